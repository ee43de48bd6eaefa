"""A guide in words: what the catalogue says in codes, as a page prints it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from onedoor.domain.catalog.guides.flowchart import chart_of, lanes, only_when
from onedoor.domain.catalog.guides.guide import (
    CHANNEL_NAMES,
    FORM_NAMES,
    LEVEL_NAMES,
    NECESSITY_NAMES,
    TYPE_NAMES,
    count_words,
    delegation_words,
    fee_words,
    further,
    material_words,
    result_words,
)
from onedoor.domain.catalog.terms import (
    CaseKind,
    LimitTerm,
    Material,
    Necessity,
    ServiceVersion,
    Source,
    Step,
    StepKind,
)
from onedoor.domain.offices.queries import DepartmentView
from onedoor.faces.flowcharts import Drawing, drawing_of
from onedoor.faces.parts import Row
from onedoor.faces.wording import limit_zh

AUDIENCES = {"person": "个人", "organization": "企业和其他组织"}
CASE_KINDS = {CaseKind.INSTANT: "即办件", CaseKind.COMMITTED: "承诺件"}
CHANNELS = CHANNEL_NAMES | {"agent": "代办"}
NECESSITIES = NECESSITY_NAMES
SOURCES = {
    Source.APPLICANT: "申请人自备",
    Source.LICENCE: "电子证照核验",
    Source.RECORD: "部门数据共享",
    Source.MADE: "办理机构制作",
}
FORMS = FORM_NAMES
STEP_KINDS = {
    StepKind.REVIEW: "审查",
    StepKind.OPINION: "征求意见",
    StepKind.SURVEY: "联合踏勘",
    StepKind.MEETING: "联席预审",
    StepKind.PUBLICITY: "公示",
    StepKind.DECISION: "决定",
    StepKind.MAKING: "制证",
}
#: What is said of items that are applied for alone.
APPLIED = frozenset({"服务对象", "办件类型", "办理渠道", "到现场次数", "办理结果"})
#: What stands for something that the catalogue does not say yet.
OPEN = "暂未公布，请电话咨询"
#: Channels that need nobody's counter.
ONLINE = ("web", "mobile")


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material in the guide. `free` means that nobody has to hand it in 免提交. `details` say more of it;
    `blank_form` and `sample` are addresses."""

    name: str
    necessity: str
    source: str
    count: str
    note: str
    free: bool
    sometimes: bool
    details: tuple[Row, ...] = ()
    blank_form: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in the guide; `limit` and `note` may be empty."""

    name: str
    kind: str
    department: str
    limit: str
    note: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide's parts in words. Of the materials `to_bring` are always wanted of the applicant, `sometimes` only in
    some cases, and `free` need not be handed in. `lanes` are the steps in their order; those of one lane run side
    by side. `flow` is their picture, None without any."""

    basics: tuple[Row, ...]
    limits: tuple[Row, ...]
    places: tuple[Row, ...]
    materials: tuple[MaterialLine, ...]
    lanes: tuple[tuple[StepLine, ...], ...]
    flow: Drawing | None
    special: tuple[Row, ...]
    intermediaries: tuple[Row, ...]
    fees: tuple[Row, ...]
    nearby: tuple[str, ...]
    further: tuple[Row, ...]
    online: bool
    to_bring: int
    sometimes: int
    free: int


def compose(version: ServiceVersion, departments: Mapping[str, DepartmentView]) -> Guide:
    """The guide of a version."""
    details = version.details
    materials = tuple(detailed(version, material) for material in version.materials)
    return Guide(
        basics=_basics(version),
        limits=_limits(version),
        places=_places(version),
        materials=materials,
        lanes=tuple(
            tuple(_step_line(version, step, departments) for step in lane)
            for lane in lanes(version.procedure)
        ),
        flow=drawing_of(chart_of(version, {code: view.name for code, view in departments.items()})),
        special=tuple(Row(each.name, _joined(each.duration, each.basis)) for each in details.special),
        intermediaries=tuple(
            Row(each.name, _joined(each.note, each.basis)) for each in details.intermediaries
        ),
        fees=tuple(Row(fee.name, fee_words(fee)) for fee in details.fees),
        nearby=tuple(delegation_words(each) for each in details.delegations),
        further=tuple(Row(name, value) for name, value in further(version)),
        online=is_online(version),
        to_bring=sum(not line.free and not line.sometimes for line in materials),
        sometimes=sum(not line.free and line.sometimes for line in materials),
        free=sum(line.free for line in materials),
    )


def is_online(version: ServiceVersion) -> bool:
    """Whether it can be applied for from a browser."""
    return version.ready and any(channel in version.channels for channel in ONLINE)


def channel_of(version: ServiceVersion, user_agent: str) -> str:
    """The channel of a browser: mobile for telephones, if the item is offered there."""
    return online_channel(version.channels, user_agent)


def online_channel(offered: Collection[str], user_agent: str) -> str:
    """The same among the channels that are offered."""
    wanted = "mobile" if "Mobile" in user_agent else "web"
    return wanted if wanted in offered else next((c for c in ONLINE if c in offered), wanted)


def _basics(version: ServiceVersion) -> tuple[Row, ...]:
    rows = [
        Row("实施机关", version.department_name),
        Row(
            "事项类型",
            TYPE_NAMES.get(version.type, version.type) + ("（依职权）" if version.ex_officio else ""),
        ),
        Row("行使层级", LEVEL_NAMES.get(version.level, "")),
        Row("服务对象", "、".join(AUDIENCES.get(each, each) for each in version.audience) or OPEN),
        Row("办件类型", CASE_KINDS.get(version.case_kind, OPEN)),
        Row("办理渠道", "、".join(CHANNELS.get(each, each) for each in version.channels)),
        Row("到现场次数", _visits(version.visits) if version.ready else ""),
        Row("办理结果", result_words(version) or OPEN),
        Row("事项编码", version.national_code or version.code),
    ]
    return tuple(row for row in rows if row.value and not (version.ex_officio and row.name in APPLIED))


def _visits(visits: int) -> str:
    return f"最多跑 {visits} 次" if visits else "一次都不用跑"


def _joined(*words: str) -> str:
    return "；".join(filter(None, words)) or "详情请电话咨询"


def limit_words(limit: LimitTerm) -> str:
    """A limit in words; what is not known is said to be."""
    if not limit.known:
        return OPEN
    return limit_zh(limit.amount, limit.unit) + (f"（{limit.note}）" if limit.note else "")


def _limits(version: ServiceVersion) -> tuple[Row, ...]:
    return (
        Row("承诺办结时限", limit_words(version.promised_limit)),
        Row("法定办结时限", limit_words(version.statutory_limit)),
        Row("告知是否受理", "收到申请后 5 个工作日内"),
    )


def _places(version: ServiceVersion) -> tuple[Row, ...]:
    return (
        Row("办理地点", version.location or OPEN),
        Row("办理时间", version.hours or OPEN),
        Row("咨询电话", version.phone or "12345"),
        Row("投诉电话", version.complaint_phone or "12345"),
    )


def material_line(material: Material) -> MaterialLine:
    """A material in words."""
    free = material.source is not Source.APPLICANT
    return MaterialLine(
        name=material.name,
        necessity=NECESSITIES[material.necessity],
        source=SOURCES[material.source] + (f"（{material.licence_type}）" if material.licence_type else ""),
        count="免提交" if free else count_words(material) or material.form,
        note=material.note,
        free=free,
        sometimes=material.necessity is Necessity.CONDITIONAL,
    )


def detailed(version: ServiceVersion, material: Material) -> MaterialLine:
    """The same with everything that is said of it."""
    said = [pair for pair in material_words(version, material) if pair[0] != "说明"]
    return replace(
        material_line(material),
        details=tuple(Row(name, value) for name, value in said),
        blank_form=material.blank_form,
        sample=material.sample,
    )


def _step_line(version: ServiceVersion, step: Step, departments: Mapping[str, DepartmentView]) -> StepLine:
    department = departments.get(step.department)
    return StepLine(
        name=step.name,
        kind=STEP_KINDS[step.kind],
        department=department.name if department else step.department,
        limit=limit_zh(step.limit.amount, step.limit.unit) if step.limit else "",
        note=only_when(version, step.when, "要办"),
    )
