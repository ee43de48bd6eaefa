"""What is amiss in published items, though it kept nobody from publishing them. Pure: versions in, findings out.

A rule looks at one version and names every place where something is amiss and how to mend it. Some know the rest of
the catalogue through `Around`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from onedoor.core.refusals import Problem
from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.rules import longer
from onedoor.domain.catalog.terms import CaseKind, Field, Hall, ServiceVersion, Source

from .flags import flags


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # 必须改：人办不成事，或者违反规定
    WARNING = "warning"  # 应当改：指南说不清
    ADVICE = "advice"  # 建议改


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss. `pointer` is where in the item document, `place` the same in words."""

    code: str
    severity: Severity
    item: str
    name: str
    department: str
    pointer: str
    place: str
    detail: str
    mend: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a rule may know beside the version: the county's departments by code, how often each name of an item is in
    force, and the kinds of licence that items of the county verify."""

    departments: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    licences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule found something, what, and how to mend it."""

    pointer: str
    place: str
    detail: str
    mend: str


Check = Callable[[ServiceVersion, Around], Iterable[Spot]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its code. `bare` ones look at items that are only listed, too."""

    code: str
    severity: Severity
    name: str
    check: Check
    bare: bool = False


#: One name of an item written in several ways.
_SPACES = re.compile(r"[\s（）()《》“”、，,]+")
#: A comparison of a question with one of its values, in either order.
_COMPARED = re.compile(r'\b([a-z][a-z0-9_]*)\s*[!=]=\s*"([^"]*)"|"([^"]*)"\s+in\s+([a-z][a-z0-9_]*)\b')
#: What is told with a case kind that is settled on the spot.
_ONE_DAY: Final = {"working": 1, "calendar": 1, "hours": 24, "working-hours": 7}


def lint(versions: Sequence[ServiceVersion], departments: Mapping[str, str]) -> tuple[Finding, ...]:
    """Everything amiss in the items in force, the gravest first, then by department and item.

    `departments` maps the county's department codes to their names.
    """
    around = Around(
        departments=departments,
        names=Counter(plain_name(version.name) for version in versions),
        licences=frozenset(m.licence_type for v in versions for m in v.materials if m.licence_type),
    )
    order = list(Severity)
    found = [finding for version in versions for finding in examine(version, around)]
    return tuple(sorted(found, key=lambda f: (order.index(f.severity), f.department, f.item, f.pointer)))


def examine(version: ServiceVersion, around: Around) -> Iterator[Finding]:
    """What every rule finds in one version."""
    for rule in RULES:
        if version.ready or rule.bare:
            for spot in rule.check(version, around):
                yield Finding(
                    code=rule.code,
                    severity=rule.severity,
                    item=version.code,
                    name=version.name,
                    department=version.department,
                    pointer=spot.pointer,
                    place=spot.place,
                    detail=spot.detail,
                    mend=spot.mend,
                )


def plain_name(name: str) -> str:
    """The name of an item without spaces, brackets and points."""
    return _SPACES.sub("", name).lower()


def _promise(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if longer(version.promised_limit, version.statutory_limit):
        yield Spot(
            "/promised_limit", "承诺办结时限", "承诺时限长于法定时限。", "缩短承诺时限，或核对法定时限。"
        )


def _units(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    promised, statutory = version.promised_limit, version.statutory_limit
    if promised.known and statutory.known and longer(promised, statutory) is None:
        yield Spot(
            "/promised_limit/unit",
            "承诺办结时限",
            "法定时限和承诺时限一个按工作日、一个按自然日，长短无法比较。",
            "把两个时限改成同一种单位。",
        )


def _instant(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    limit = version.promised_limit
    instant = version.case_kind is CaseKind.INSTANT
    if instant and limit.known and limit.amount > _ONE_DAY[limit.unit]:
        yield Spot(
            "/case_kind",
            "办件类型",
            "写的是即办件，承诺时限却超过一天。",
            "当场办结的把承诺时限改为 0，否则把办件类型改为承诺件。",
        )


def _basis(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if not version.basis:
        yield Spot(
            "/basis",
            "设定依据",
            "没有设定依据。",
            "写明法律、法规或规章的名称和条款；找不到依据的，提请清理。",
        )


def _already_proved(version: ServiceVersion, around: Around) -> Iterator[Spot]:
    return _flagged(version, around, "already_proved", "申请材料")


def _several_visits(version: ServiceVersion, around: Around) -> Iterator[Spot]:
    return _flagged(version, around, "several_visits", "到现场次数")


def _flagged(version: ServiceVersion, around: Around, code: str, place: str) -> Iterator[Spot]:
    """What the editor is told while writing, told of what is published as well."""
    problems: Iterable[Problem] = flags(version, around.licences)
    for problem in problems:
        if problem.code == code:
            what, _, mend = problem.detail.partition("请")
            yield Spot(problem.pointer, place, what.rstrip("，。") + "。", f"请{mend}" if mend else what)


def _empty_guide(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    parts = (
        ("audience", "服务对象", bool(version.audience)),
        ("statutory_limit", "法定办结时限", version.statutory_limit.known),
        ("promised_limit", "承诺办结时限", version.promised_limit.known),
        ("conditions", "受理条件", bool(version.conditions)),
        ("fee", "收费情况", bool(version.fee)),
        ("result", "办理结果", bool(version.result.name)),
        ("hours", "办理时间", bool(version.hours)),
    )
    for key, place, filled in parts:
        if not filled:
            yield Spot(f"/{key}", place, f"办事指南没有{place}。", f"补上{place}；确实没有的，写明“无”。")


def _missing(key: str, place: str, mend: str) -> Check:
    """A rule that a text of the guide is there."""

    def check(version: ServiceVersion, _: Around) -> Iterator[Spot]:
        if not getattr(version, key):
            yield Spot(f"/{key}", place, f"没有{place}。", mend)

    return check


def _place(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if not version.location and "window" in version.channels:
        yield Spot(
            "/location",
            "办理地点",
            "可以到窗口办，却没有办理地点。",
            "写明大厅、楼层和窗口；不在窗口办的，去掉窗口渠道。",
        )


def _procedure(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if not version.procedure.steps:
        yield Spot("/procedure", "办理流程", "没有办理流程。", "写明环节，至少有一个决定环节。")


def _incomplete(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if not version.ready and not version.ex_officio:
        missing = "、".join(version.unknown) or "申请表单"
        yield Spot("", "整个事项", f"只有目录信息，群众不能申请，缺{missing}。", "补齐后发布新版本。")


def _departments(version: ServiceVersion, around: Around) -> Iterator[Spot]:
    places = [("/department", "实施部门", version.department)]
    places += [
        (f"/procedure/{index}/department", f"环节“{step.name}”的部门", step.department)
        for index, step in enumerate(version.procedure.steps)
    ]
    for pointer, place, code in places:
        if code not in around.departments:
            yield Spot(
                pointer,
                place,
                f"本县没有代码为“{code}”的部门，没有人能办。",
                "改成本县的部门，或先建立这个部门。",
            )


def _duplicate(version: ServiceVersion, around: Around) -> Iterator[Spot]:
    times = around.names.get(plain_name(version.name), 0)
    if times > 1:
        yield Spot(
            "/name",
            "事项名称",
            f"有 {times} 个在用事项都叫这个名字，群众分不清。",
            "在名称里写明区别（新办、变更、延续……），重复的取消一个。",
        )


def _hall(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    if version.hall is Hall.UNSTATED:
        yield Spot(
            "/hall",
            "进驻大厅",
            "没有写明是否进驻政务大厅。",
            "填写 in（已进驻）、out（未进驻）或 exempt（不宜进驻）。",
        )


def _material_basis(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    names = [m.name for m in version.materials if m.source is Source.APPLICANT and not m.basis]
    if names:
        told = "、".join(names[:3]) + ("等" if len(names) > 3 else "")
        yield Spot(
            "/materials",
            "申请材料",
            f"{len(names)} 份申请人自备的材料没有写明索要依据：{told}。",
            "写明要这份材料的法律、法规或规章；没有依据的不要收。",
        )


def _asked(version: ServiceVersion) -> Iterator[tuple[str, Field]]:
    """Every question with its pointer, those of a group's rows among them."""
    for page, section in enumerate(version.sections):
        for index, question in enumerate(section.fields):
            pointer = f"/sections/{page}/fields/{index}"
            yield pointer, question
            yield from ((f"{pointer}/fields/{n}", inner) for n, inner in enumerate(question.fields))


def _sources(version: ServiceVersion) -> Iterator[tuple[str, str, str]]:
    """Every condition: its pointer, whose it is, and the condition itself."""
    for pointer, question in _asked(version):
        yield f"{pointer}/when", f"填写项“{question.label}”的条件", question.when
    for index, material in enumerate(version.materials):
        yield f"/materials/{index}/when", f"材料“{material.name}”的条件", material.when
    for index, step in enumerate(version.procedure.steps):
        yield f"/procedure/{index}/when", f"环节“{step.name}”的条件", step.when


def _one_option(version: ServiceVersion, _: Around) -> Iterator[Spot]:
    for pointer, question in _asked(version):
        if question.type in ("choice", "choices") and len(question.options) == 1:
            yield Spot(
                f"{pointer}/options",
                f"填写项“{question.label}”",
                f"选择项“{question.label}”只有一个选项，等于没有问。",
                "补上其他选项，或删去这个填写项。",
            )


def _never_used(version: ServiceVersion, __: Around) -> Iterator[Spot]:
    used = {name for _, _, source in _sources(version) for name in _variables(source)}
    for pointer, question in _asked(version):
        chosen = question.type in ("choice", "choices", "boolean")
        if chosen and not question.required and question.code not in used:
            yield Spot(
                pointer,
                f"填写项“{question.label}”",
                f"“{question.label}”可以不答，答什么也不影响材料和环节。",
                "删去这个填写项，或让材料、环节的条件用到它，或改为必填。",
            )


def _variables(source: str) -> set[str]:
    """The questions that a condition names; none of one that cannot be read."""
    try:
        return set(conditions.compiled(source).variables()) if source else set()
    except ValueError:
        return set()


def _unknown_value(version: ServiceVersion, __: Around) -> Iterator[Spot]:
    """Conditions that compare a choice with what nobody can choose."""
    options = {
        question.code: {option.value for option in question.options}
        for _pointer, question in _asked(version)
        if question.options
    }
    for pointer, place, source in _sources(version):
        for code, value, member, holder in _COMPARED.findall(source):
            name, wanted = (code, value) if code else (holder, member)
            if name in options and wanted not in options[name]:
                yield Spot(
                    pointer,
                    place,
                    f"条件把“{name}”和“{wanted}”比较，但它没有这个选项，条件永远是一个结果。",
                    f"改成已有的选项：{'、'.join(sorted(options[name]))}。",
                )


_COMPLAINT = _missing("complaint_phone", "监督投诉电话", "写明监督投诉的电话。")
_E, _W, _A = Severity
#: Every rule, in the order in which they are told.
RULES: Final[tuple[Rule, ...]] = (
    Rule("promise_longer_than_law", _E, "承诺时限长于法定时限", _promise, bare=True),
    Rule("no_basis", _E, "没有设定依据", _basis),
    Rule("no_phone", _E, "没有咨询电话", _missing("phone", "咨询电话", "写明能接通的电话。")),
    Rule("no_place", _E, "没有办理地点", _place),
    Rule("no_procedure", _E, "没有办理流程", _procedure),
    Rule("unknown_department", _E, "部门不存在", _departments),
    Rule("incomplete", _W, "只有目录信息", _incomplete, bare=True),
    Rule("empty_guide", _W, "办事指南有空缺", _empty_guide),
    Rule("limits_in_different_units", _W, "两个时限单位不同", _units, bare=True),
    Rule("instant_takes_days", _W, "即办件要办几天", _instant, bare=True),
    Rule("already_proved", _W, "索要可以核验的材料", _already_proved),
    Rule("duplicate_name", _W, "事项重名", _duplicate, bare=True),
    Rule("choice_with_one_option", _W, "选择项只有一个选项", _one_option),
    Rule("condition_unknown_value", _W, "条件用到没有的选项", _unknown_value),
    Rule("several_visits", _A, "要跑几次", _several_visits),
    Rule("question_never_used", _A, "填写项没有用处", _never_used),
    Rule("material_without_basis", _A, "材料没有索要依据", _material_basis),
    Rule("no_questions", _A, "没有常见问题", _missing("questions", "常见问题", "把群众常问的写成问答。")),
    Rule(
        "no_complaint_phone",
        _A,
        "没有监督投诉电话",
        _missing("complaint_phone", "监督投诉电话", "写明监督投诉的电话。"),
    ),
    Rule("hall_unstated", _A, "没有写明是否进驻大厅", _hall),
)
RULE_NAMES: Final[Mapping[str, str]] = {rule.code: rule.name for rule in RULES}
SEVERITY_NAMES: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "必须改",
    Severity.WARNING: "应当改",
    Severity.ADVICE: "建议改",
}
