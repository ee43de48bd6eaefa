"""What one version of a package has that another has not, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from onedoor.domain.catalog.terms import Field, LimitTerm

from .conditions import asked, needed
from .terms import PackageMember, PackageVersion

_AUDIENCES = {"person": "个人", "organization": "企业和其他组织"}
_UNITS = {"working": "个工作日", "calendar": "天", "hours": "小时", "working-hours": "个工作小时"}
_TYPES = {
    "boolean": "是或否",
    "choice": "选一个",
    "choices": "选几个",
    "number": "填数",
    "money": "填金额",
    "date": "填日期",
}
_TEXTS = (("name", "名称"), ("plain_name", "通俗名称"), ("summary", "说明"), ("lead_name", "牵头部门"))
_LISTS = (
    ("themes", "主题"),
    ("occasions", "人生大事和经营阶段"),
    ("conditions", "办理前提"),
    ("keywords", "搜索词"),
)


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One difference in a sentence; `kind` is added, dropped or changed."""

    kind: str
    words: str


def differences(former: PackageVersion, made: PackageVersion) -> tuple[PackageChange, ...]:
    """Everything in which `made` differs from `former`, from the whole to its parts; () if in nothing."""
    return (*_basics(former, made), *_questions(former, made), *_members(former, made))


def _changed(what: str, old: str, new: str) -> Iterator[PackageChange]:
    if old == new:
        return
    if not old:
        yield PackageChange("added", f"{what}写为“{new}”。")
    elif not new:
        yield PackageChange("dropped", f"{what}“{old}”不再写。")
    else:
        yield PackageChange("changed", f"{what}由“{old}”改为“{new}”。")


def _basics(former: PackageVersion, made: PackageVersion) -> Iterator[PackageChange]:
    for key, name in _TEXTS:
        yield from _changed(name, getattr(former, key), getattr(made, key))
    yield from _listed("服务对象", _audience(former), _audience(made))
    for key, name in _LISTS:
        yield from _listed(name, getattr(former, key), getattr(made, key))
    yield from _changed("整件事的承诺时限", _limit(former.promised_limit), _limit(made.promised_limit))
    yield from _changed("到现场次数", f"{former.visits} 次", f"{made.visits} 次")
    if former.ready != made.ready:
        words = "可以一起申请了。" if made.ready else "改为暂不能一起申请，只列清单。"
        yield PackageChange("changed", words)


def _audience(package: PackageVersion) -> tuple[str, ...]:
    return tuple(_AUDIENCES.get(each, each) for each in package.audience)


def _limit(limit: LimitTerm | None) -> str:
    return f"{limit.amount} {_UNITS.get(limit.unit, limit.unit)}" if limit is not None and limit.known else ""


def _listed(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[PackageChange]:
    more, less = [each for each in new if each not in old], [each for each in old if each not in new]
    if more:
        yield PackageChange("added", f"{what}增加“{'”“'.join(more)}”。")
    if less:
        yield PackageChange("dropped", f"{what}去掉“{'”“'.join(less)}”。")


def _questions(former: PackageVersion, made: PackageVersion) -> Iterator[PackageChange]:
    old, new = _by_code(former.questions), _by_code(made.questions)
    for code, question in old.items():
        if code not in new:
            yield PackageChange("dropped", f"不再问“{question.label}”。")
    for code, question in new.items():
        if code not in old:
            when = f"，{asked(question.when, made.questions)}" if question.when else ""
            yield PackageChange("added", f"先问“{question.label}”（{_answers(question)}）{when}。")
        else:
            yield from _question(old[code], question, former, made)
    yield from _order(
        "问题", [old[c].label for c in old if c in new], [old[c].label for c in new if c in old]
    )


def _by_code(questions: Sequence[Field]) -> dict[str, Field]:
    return {question.code: question for question in questions}


def _answers(question: Field) -> str:
    return "、".join(option.label for option in question.options) or _TYPES.get(question.type, question.type)


def _question(
    old: Field, new: Field, former: PackageVersion, made: PackageVersion
) -> Iterator[PackageChange]:
    yield from _changed("问题", old.label, new.label)
    yield from _changed(f"“{new.label}”的答法", _answers(old), _answers(new))
    yield from _changed(f"“{new.label}”的提示", old.hint, new.hint)
    before, now = asked(old.when, former.questions), asked(new.when, made.questions)
    if before != now:
        yield PackageChange("changed", f"“{new.label}”原来{before}，改为{now}。")
    if old.required != new.required:
        words = "改为必答" if new.required else "改为可以不答"
        yield PackageChange("changed", f"“{new.label}”{words}。")


def _key(member: PackageMember) -> str:
    return member.service or member.name


def _name(member: PackageMember) -> str:
    return member.name or member.service


def _members(former: PackageVersion, made: PackageVersion) -> Iterator[PackageChange]:
    old = {_key(member): member for member in former.members}
    new = {_key(member): member for member in made.members}
    names = {**{key: _name(m) for key, m in old.items()}, **{key: _name(m) for key, m in new.items()}}
    for key, member in old.items():
        if key not in new:
            yield PackageChange("dropped", f"去掉事项“{_name(member)}”。")
    for key, member in new.items():
        if key not in old:
            yield PackageChange("added", _told(member, made, names))
        else:
            yield from _member(old[key], member, former, made, names)
    yield from _order(
        "事项", [names[key] for key in old if key in new], [names[key] for key in new if key in old]
    )


def _told(member: PackageMember, package: PackageVersion, names: Mapping[str, str]) -> str:
    parts = [f"增加{'自选' if member.optional else ''}事项“{_name(member)}”"]
    parts.append(needed(member.when, package.questions))
    if member.after:
        parts.append(f"等{_waits(member, names)}办好后开始")
    return "，".join(parts) + "。"


def _waits(member: PackageMember, names: Mapping[str, str]) -> str:
    return f"“{'”“'.join(names.get(code, code) for code in member.after)}”" if member.after else ""


def _member(
    old: PackageMember,
    new: PackageMember,
    former: PackageVersion,
    made: PackageVersion,
    names: Mapping[str, str],
) -> Iterator[PackageChange]:
    name = _name(new)
    before, now = needed(old.when, former.questions), needed(new.when, made.questions)
    if before != now:
        yield PackageChange("changed", f"“{name}”原来{before}，改为{now}。")
    if old.optional != new.optional:
        yield PackageChange("changed", f"“{name}”改为{'自选' if new.optional else '按条件必办'}。")
    if set(old.after) != set(new.after):
        words = f"改为等{_waits(new, names)}办好后开始" if new.after else "改为可以马上开始，不等别的事项"
        yield PackageChange("changed", f"“{name}”{words}。")
    yield from _changed(f"“{name}”的说明", old.why, new.why)


def _order(what: str, old: list[str], new: list[str]) -> Iterator[PackageChange]:
    if old != new:
        yield PackageChange("changed", f"{what}的排列改为：{'、'.join(new)}。")
