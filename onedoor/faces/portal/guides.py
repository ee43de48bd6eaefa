"""A guide in words: what the catalogue says in codes, as a page prints it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from onedoor.domain.catalog.terms import (
    CaseKind,
    LimitTerm,
    Material,
    Necessity,
    Procedure,
    ServiceVersion,
    Source,
    Step,
    StepKind,
)
from onedoor.domain.offices.queries import DepartmentView
from onedoor.faces.parts import Row
from onedoor.faces.wording import limit_zh

TYPES = {
    "01": "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
LEVELS = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "乡镇（街道）级",
    "6": "村（社区）级",
    "7": "其他",
}
AUDIENCES = {"person": "个人", "organization": "企业和其他组织"}
CASE_KINDS = {CaseKind.INSTANT: "即办件", CaseKind.COMMITTED: "承诺件"}
CHANNELS = {"window": "窗口", "web": "网上", "mobile": "手机", "kiosk": "自助终端", "agent": "代办"}
NECESSITIES = {
    Necessity.REQUIRED: "必要",
    Necessity.CONDITIONAL: "视情形",
    Necessity.DEFERRABLE: "可容缺后补",
}
SOURCES = {
    Source.APPLICANT: "申请人自备",
    Source.LICENCE: "电子证照核验",
    Source.RECORD: "部门数据共享",
    Source.MADE: "办理机构制作",
}
FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子件"}
STEP_KINDS = {
    StepKind.REVIEW: "审查",
    StepKind.OPINION: "征求意见",
    StepKind.SURVEY: "联合踏勘",
    StepKind.MEETING: "联席预审",
    StepKind.PUBLICITY: "公示",
    StepKind.DECISION: "决定",
    StepKind.MAKING: "制证",
}
#: What stands for something that the catalogue does not say yet.
OPEN = "暂未公布，请电话咨询"
#: Channels that need nobody's counter.
ONLINE = ("web", "mobile")


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material in the guide. `free` means that nobody has to hand it in 免提交."""

    name: str
    necessity: str
    source: str
    count: str
    note: str
    free: bool
    sometimes: bool


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
    by side."""

    basics: tuple[Row, ...]
    limits: tuple[Row, ...]
    places: tuple[Row, ...]
    materials: tuple[MaterialLine, ...]
    lanes: tuple[tuple[StepLine, ...], ...]
    online: bool
    to_bring: int
    sometimes: int
    free: int


def compose(version: ServiceVersion, departments: Mapping[str, DepartmentView]) -> Guide:
    """The guide of a version."""
    materials = tuple(material_line(material) for material in version.materials)
    return Guide(
        basics=_basics(version),
        limits=_limits(version),
        places=_places(version),
        materials=materials,
        lanes=_lanes(version.procedure, departments),
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
        Row("事项类型", TYPES.get(version.type, version.type)),
        Row("行使层级", LEVELS.get(version.level, "")),
        Row("服务对象", "、".join(AUDIENCES.get(each, each) for each in version.audience) or OPEN),
        Row("办件类型", CASE_KINDS.get(version.case_kind, OPEN)),
        Row("办理渠道", "、".join(CHANNELS.get(each, each) for each in version.channels)),
        Row("到现场次数", _visits(version.visits) if version.ready else ""),
        Row("办理结果", _result(version) or OPEN),
        Row("事项编码", version.national_code or version.code),
    ]
    return tuple(row for row in rows if row.value)


def _visits(visits: int) -> str:
    return f"最多跑 {visits} 次" if visits else "一次都不用跑"


def _result(version: ServiceVersion) -> str:
    months = version.result.validity_months
    if not months:
        return version.result.name
    years, rest = divmod(months, 12)
    return f"{version.result.name}（有效期 {f'{years} 年' if not rest else f'{months} 个月'}）"


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
        count="免提交" if free else _count(material),
        note=material.note,
        free=free,
        sometimes=material.necessity is Necessity.CONDITIONAL,
    )


def _count(material: Material) -> str:
    parts = [f"原件 {material.originals} 份"] if material.originals else []
    parts += [f"复印件 {material.copies} 份"] if material.copies else []
    return "、".join(parts) or FORMS.get(material.form, material.form)


def _lanes(
    procedure: Procedure, departments: Mapping[str, DepartmentView]
) -> tuple[tuple[StepLine, ...], ...]:
    """Steps by how many others must come before them."""
    depth: dict[str, int] = {}
    rest = list(procedure.steps)
    while rest:
        ready = [step for step in rest if all(code in depth for code in step.after)]
        if not ready:
            break
        for step in ready:
            depth[step.code] = 1 + max((depth[code] for code in step.after), default=0)
        rest = [step for step in rest if step.code not in depth]
    lanes: dict[int, list[StepLine]] = {}
    for step in procedure.steps:
        lanes.setdefault(depth.get(step.code, 1), []).append(_step_line(step, departments))
    return tuple(tuple(lanes[level]) for level in sorted(lanes))


def _step_line(step: Step, departments: Mapping[str, DepartmentView]) -> StepLine:
    department = departments.get(step.department)
    return StepLine(
        name=step.name,
        kind=STEP_KINDS[step.kind],
        department=department.name if department else step.department,
        limit=limit_zh(step.limit.amount, step.limit.unit) if step.limit else "",
        note="视情形需要" if step.when else "",
    )
