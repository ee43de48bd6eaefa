"""A package in the words of those who compose it: its parts, its faults with their places, what it spares, its past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onedoor.core.refusals import Problem
from onedoor.domain.catalog import events
from onedoor.domain.catalog.packages.draft_terms import PackageDraft, PackageEvent
from onedoor.domain.catalog.packages.drafts import asked, needed
from onedoor.domain.catalog.packages.terms import Figure, PackageVersion, Plan
from onedoor.domain.catalog.terms import Field
from onedoor.domain.offices import queries as offices
from onedoor.faces.parts import Entry, Row
from onedoor.faces.wording import limit_zh

HOME = "/desk/packages"
AUDIENCES = {"person": "个人", "organization": "企业和其他组织"}
#: Ways to answer a question before a package, in the order in which they are offered.
TYPES = {
    "boolean": "答“是”或“否”",
    "choice": "从几个里选一个",
    "choices": "从几个里选几个",
    "number": "填一个数，例如面积",
    "money": "填一个金额",
    "date": "填一个日期",
}
_PAST = {
    events.PACKAGE_PUBLISHED: "发布第 {} 版",
    events.PACKAGE_RETIRED: "第 {} 版停用",
    events.PACKAGE_DRAFT_BEGUN: "开始编写草案",
    events.PACKAGE_DRAFT_CHANGED: "修改草案",
    events.PACKAGE_DRAFT_HANDED_IN: "草案送审",
    events.PACKAGE_DRAFT_HANDED_BACK: "审核退回",
    events.PACKAGE_DRAFT_ABANDONED: "作废草案",
}
_CHANGES = {
    "basics_kept": "修改基本情况",
    "member_added": "增加事项",
    "member_kept": "修改事项",
    "member_dropped": "去掉事项",
    "members_moved": "调整事项的排列",
    "question_added": "增加问题",
    "question_kept": "修改问题",
    "question_dropped": "去掉问题",
    "questions_moved": "调整问题的排列",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a draft, and the page where it is mended ("" if it can be mended on none of them)."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question as the composer lists it; `place` counts from 1, `faulty` tells of a fault at it."""

    place: int
    label: str
    answers: str
    when: str
    optional: bool
    bound: bool
    faulty: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """An item as the composer lists it; `code` is "" for one that is known by name only."""

    place: int
    code: str
    name: str
    department: str
    when: str
    why: str
    after: str
    optional: bool
    faulty: bool


@dataclass(frozen=True, slots=True)
class Saving:
    """What a plan spares: 材料 −3, from 12 to 9."""

    name: str
    difference: str
    detail: str


def draft_url(code: str, *parts: str | int) -> str:
    """An address within the composer of a package."""
    return "/".join([HOME, code, "draft", *map(str, parts)])


def faults(draft: PackageDraft) -> tuple[Fault, ...]:
    """What keeps a draft from being handed in, each with the page where it is mended."""
    return tuple(Fault(problem.detail, _place(draft.code, problem.pointer)) for problem in draft.problems)


def _place(code: str, pointer: str) -> str:
    _, part, *rest = f"{pointer}/".split("/")
    if part in ("members", "questions"):
        if rest and rest[0].isdecimal():
            return draft_url(code, part, int(rest[0]) + 1)
        return draft_url(code, part, "add") if part == "members" else f"{draft_url(code)}#questions"
    return f"{draft_url(code, 'basics')}#id_{part}" if part else draft_url(code, "basics")


def _faulty(problems: Iterable[Problem], part: str, place: int) -> bool:
    return any(f"{problem.pointer}/".startswith(f"/{part}/{place}/") for problem in problems)


def answers_of(question: Field) -> str:
    """How a question is answered, in a line."""
    if question.options:
        return "、".join(option.label for option in question.options)
    return TYPES.get(question.type, question.type).partition("，")[0]


def questions_of(package: PackageVersion, problems: Sequence[Problem] = ()) -> tuple[QuestionLine, ...]:
    """The questions of a package, one line each."""
    return tuple(
        QuestionLine(
            place=place + 1,
            label=question.label,
            answers=answers_of(question),
            when=asked(question.when, package.questions) if question.when else "",
            optional=not question.required,
            bound=not question.element.startswith("package."),
            faulty=_faulty(problems, "questions", place),
        )
        for place, question in enumerate(package.questions)
    )


def members_of(package: PackageVersion, problems: Sequence[Problem] = ()) -> tuple[MemberLine, ...]:
    """The items of a package, one line each."""
    names = {member.service: member.name or member.service for member in package.members}
    return tuple(
        MemberLine(
            place=place + 1,
            code=member.service,
            name=member.name or member.service,
            department=member.department_name,
            when=needed(member.when, package.questions),
            why=member.why,
            after=f"等“{'”“'.join(names.get(code, code) for code in member.after)}”办好后开始"
            if member.after
            else "可以马上开始",
            optional=member.optional,
            faulty=_faulty(problems, "members", place),
        )
        for place, member in enumerate(package.members)
    )


def basics_of(package: PackageVersion) -> tuple[Row, ...]:
    """What a package says of itself."""
    limit = package.promised_limit
    known = limit is not None and limit.known
    return (
        Row("编码", package.code),
        Row("通俗名称", package.plain_name),
        Row("说明", package.summary),
        Row("服务对象", "、".join(AUDIENCES.get(each, each) for each in package.audience)),
        Row("牵头部门", package.lead_name or package.lead),
        Row("承诺时限", limit_zh(limit.amount, limit.unit) if limit and known else "按各事项的承诺时限"),
        Row("到现场次数", f"最多 {package.visits} 次" if package.visits else "不用到现场"),
        Row("主题", "、".join(package.themes)),
        Row("人生大事、经营阶段", "、".join(package.occasions)),
        Row("办理前提", "\n".join(package.conditions)),
        Row("搜索词", "、".join(package.keywords)),
        Row("能不能申请", "可以一起申请" if package.ready else "先只列清单，暂不能一起申请"),
    )


def savings_of(plan: Plan) -> tuple[Saving, ...]:
    """材料、环节、跑动、时限 against the sum of the items; () where nothing is done together."""
    if len(plan.members) < 2:
        return ()
    figures = plan.figures
    day = "个工作日" if figures.unit == "working" else "天"
    lines: Sequence[tuple[str, Figure, str]] = (
        ("材料", figures.materials, "份"),
        ("环节", figures.steps, "个"),
        ("跑动", figures.visits, "次"),
        ("时限", figures.days, day),
    )
    return tuple(_saving(name, figure, unit) for name, figure, unit in lines)


def _saving(name: str, figure: Figure, unit: str) -> Saving:
    if figure.saved is None:
        return Saving(name, "—", "各事项的单位不同，不能相加")
    sign = "−" if figure.saved > 0 else "+" if figure.saved < 0 else ""
    return Saving(name, f"{sign}{abs(figure.saved)}", f"{figure.parts} {unit}变 {figure.together} {unit}")


def past_of(happened: Sequence[PackageEvent], package: PackageVersion) -> tuple[Entry, ...]:
    """What happened to a package, as a timeline; its items are called by their names."""
    items = {member.service: member.name for member in package.members if member.name}
    names = names_of(each.principal for each in happened)
    return tuple(
        Entry(
            _PAST.get(each.kind, each.kind).format(each.number),
            each.at,
            names.get(each.principal, each.principal),
            "：".join(_detail(each, items)),
            tone="warn" if each.kind == events.PACKAGE_DRAFT_HANDED_BACK else "",
        )
        for each in happened
    )


def _detail(event: PackageEvent, items: Mapping[str, str]) -> Iterator[str]:
    if event.what:
        yield _CHANGES.get(event.what, event.what)
    if event.about:
        yield items.get(event.about, event.about)
    if event.reason:
        yield "由新版本代替" if event.reason == "superseded" else event.reason


def names_of(principals: Iterable[str]) -> dict[str, str]:
    """The names of people behind principals of facts."""
    wanted = set(principals)
    ids = {int(each[5:]) for each in wanted if each.startswith("user:") and each[5:].isdecimal()}
    people = offices.users(ids)
    found = {f"user:{user_id}": user.name for user_id, user in people.items()}
    return found | {each: _machine(each) for each in wanted if each not in found}


def _machine(principal: str) -> str:
    return "服务器上的命令" if principal.startswith(("command", "import")) else "系统"
