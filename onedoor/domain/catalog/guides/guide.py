"""The guide of a version in the words an applicant reads, and what its printed form holds.

Pure; the papers room sets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.catalog.item_terms import (
    ACT_NAMES,
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    ORIGIN_NAMES,
    REACH_NAMES,
    Delegation,
    Fee,
)
from onedoor.domain.catalog.terms import (
    CaseKind,
    Hall,
    LimitTerm,
    Material,
    Necessity,
    ServiceVersion,
    Source,
)

from .flowchart import Chart, Line, chart_of, only_when

UNIT_NAMES = {"working": "个工作日", "calendar": "日", "hours": "小时", "working-hours": "个工作小时"}
TYPE_NAMES = dict(TYPES)
LEVEL_NAMES = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "乡镇（街道）级",
    "6": "村（社区）级",
    "7": "其他",
}
CASE_KIND_NAMES = {CaseKind.INSTANT: "即办件", CaseKind.COMMITTED: "承诺件"}
AUDIENCE_NAMES = {"person": "个人", "organization": "法人和其他组织"}
CHANNEL_NAMES = {"window": "窗口", "web": "网上", "mobile": "手机", "kiosk": "自助终端", "agent": "帮代办"}
NECESSITY_NAMES = {
    Necessity.REQUIRED: "必要",
    Necessity.CONDITIONAL: "视情形",
    Necessity.DEFERRABLE: "可容缺后补",
}
HALL_NAMES = {
    Hall.IN: "已进驻政务服务大厅",
    Hall.OUT: "尚未进驻政务服务大厅",
    Hall.EXEMPT: "不进驻政务服务大厅",
}
FORM_NAMES = {"original": "原件", "copy": "复印件", "electronic": "电子件"}

#: A name and what stands beside it.
Pair = tuple[str, str]


def limit_text(term: LimitTerm) -> str:
    """A limit as a sentence has it, "" if it is not known."""
    return f"{term.amount} {UNIT_NAMES[term.unit]}" if term.unit in UNIT_NAMES else ""


def guide_data(version: ServiceVersion, departments: Mapping[str, str]) -> dict[str, Any]:
    """What the guide prints; `departments` gives names by code. Empty parts are left out by the template."""
    after = [step.after for step in version.procedure.steps if step.after]
    parallel = any(len(each) > 1 for each in after) or sum(not s.after for s in version.procedure.steps) > 1
    details = version.details
    return {
        "code": version.code,
        "version": f"第 {version.number} 版",
        "name": version.name,
        "plain_name": version.plain_name,
        "department": department_of(version, departments),
        "facts": [_labelled(pair) for pair in _facts(version)],
        "further": [_labelled(pair) for pair in further(version)],
        "conditions": list(version.conditions),
        "situations": [_labelled((each.name, each.note)) for each in details.situations],
        "materials": [_material(version, material) for material in version.materials],
        "flow": flow_data(chart_of(version, departments)),
        "steps": [
            {
                "name": step.name,
                "department": departments.get(step.department, step.department),
                "limit": limit_text(step.limit) if step.limit else "—",
                "when": only_when(version, step.when, "要办"),
            }
            for step in version.procedure.steps
        ],
        "parallel": "互不等待的环节由各部门同时办理，合计不超过承诺时限。" if parallel else "",
        "special": [
            _labelled((s.name, "；".join(filter(None, (s.duration, s.basis))))) for s in details.special
        ],
        "intermediaries": [
            _labelled((each.name, "；".join(filter(None, (each.note, each.basis)))))
            for each in details.intermediaries
        ],
        "fees": [_labelled((fee.name, fee_words(fee))) for fee in details.fees],
        "delegations": [delegation_words(each) for each in details.delegations],
        "basis": [f"{basis.title}{basis.article}" for basis in version.basis],
        "questions": [{"question": q.question, "answer": q.answer} for q in version.questions],
    }


def department_of(version: ServiceVersion, departments: Mapping[str, str]) -> str:
    """The name of the department that handles an item."""
    return departments.get(version.department) or version.department_name or version.department


def _labelled(pair: Pair) -> dict[str, str]:
    return {"label": pair[0], "value": pair[1]}


def _facts(version: ServiceVersion) -> list[Pair]:
    pairs = (
        ("事项类型", TYPE_NAMES.get(version.type, "") + ("（依职权）" if version.ex_officio else "")),
        ("行使层级", LEVEL_NAMES.get(version.level, "")),
        ("服务对象", "、".join(AUDIENCE_NAMES.get(each, each) for each in version.audience)),
        ("办件类型", CASE_KIND_NAMES.get(version.case_kind, "")),
        ("承诺时限", _limit_noted(version.promised_limit)),
        ("法定时限", _limit_noted(version.statutory_limit)),
        ("收费", version.fee),
        ("到现场次数", f"{version.visits} 次" if version.ready else ""),
        ("办理方式", "" if version.ex_officio else _channels(version)),
        ("办理结果", result_words(version)),
        ("办理地点", version.location),
        ("办理时间", version.hours),
        ("咨询电话", version.phone),
        ("投诉电话", version.complaint_phone),
    )
    return [pair for pair in pairs if pair[1]]


def _channels(version: ServiceVersion) -> str:
    return "、".join(CHANNEL_NAMES.get(each, each) for each in version.channels)


def _limit_noted(term: LimitTerm) -> str:
    text = limit_text(term)
    return f"{text}（{term.note}）" if text and term.note else text


def result_words(version: ServiceVersion) -> str:
    """What one gets, and for how long it holds; "" if that is not known."""
    result, months = version.result, version.result.validity_months
    if not (result.name and months):
        return result.name
    years, rest = divmod(months, 12)
    return f"{result.name}（有效期 {f'{years} 年' if not rest else f'{months} 个月'}）"


def further(version: ServiceVersion) -> tuple[Pair, ...]:
    """What a directory says of an item beyond what an applicant asks first; only what is known."""
    details = version.details
    pairs = (
        ("主项", version.main_item),
        ("子项", details.sub_item),
        ("基本编码", version.basic_code),
        ("实施编码", version.national_code),
        ("业务办理项编码", details.handling_code),
        ("地方编码", details.local_code),
        ("权力来源", details.power_source),
        ("实施主体性质", BODY_NATURES.get(details.body_nature, "")),
        ("委托部门", details.entrusted_by),
        ("联办机构", "、".join(details.joint)),
        ("服务对象类别", "、".join(APPLICANT_KINDS.get(each, each) for each in details.applicant_kinds)),
        ("数量限制", details.quota),
        ("进驻大厅", HALL_NAMES.get(version.hall, "")),
        ("通办范围", REACH_NAMES.get(details.reach, "")),
        ("网上办理深度", details.depth),
        ("到现场的原因", details.visit_reason),
        ("便民方式", "、".join(_conveniences(version))),
        ("咨询地址", details.consult_address),
    )
    return tuple(pair for pair in pairs if pair[1])


def _conveniences(version: ServiceVersion) -> Iterator[str]:
    details = version.details
    if details.appointment:
        yield "可以预约"
    if details.by_post:
        yield "可以寄件申请"
    if details.pay_online:
        yield "可以网上缴费"
    if details.result_by_post:
        yield "结果可以寄送"


def fee_words(fee: Fee) -> str:
    """A fee with its standard, its basis, and whether it is reduced."""
    reduced = f"可以减免{f'：{fee.reduction}' if fee.reduction else ''}" if fee.reducible else ""
    return "；".join(filter(None, (fee.standard, fee.basis and f"依据：{fee.basis}", reduced)))


def delegation_words(delegation: Delegation) -> str:
    """What towns or villages do in the county's place."""
    acts = "、".join(ACT_NAMES[act] for act in delegation.acts)
    where = f"（指定的 {len(delegation.places)} 个）" if delegation.places else ""
    seal = "，使用审批专用章" if delegation.seal else ""
    basis = f"，依据：{delegation.basis}" if delegation.basis else ""
    return f"{DELEGATED_LEVELS.get(delegation.level, '')}{where}可以{acts}{seal}{basis}"


def count_words(material: Material) -> str:
    """How many of a material are wanted, or in what form if that is not counted."""
    counted = (("原件", material.originals), ("复印件", material.copies))
    return "、".join(f"{word} {number} 份" for word, number in counted if number) or FORM_NAMES.get(
        material.form, ""
    )


def material_words(version: ServiceVersion, material: Material) -> tuple[Pair, ...]:
    """What is said of a material besides name, need and number; only what is known."""
    origin = "：".join(filter(None, (ORIGIN_NAMES.get(material.origin, ""), material.origin_note)))
    pairs = (
        ("什么时候要", only_when(version, material.when, "要")),
        ("说明", material.note),
        ("填写要求", material.fill_note),
        ("受理标准", material.accept_standard),
        ("用来证明", material.proves),
        ("从哪里来", origin),
        ("由谁出具", material.issuer),
        ("材料类型", material.kind),
        ("规格", material.paper_size),
        ("依据", material.basis),
    )
    return tuple(pair for pair in pairs if pair[1])


def way_words(material: Material) -> str:
    """How a material is provided."""
    ways = {
        Source.LICENCE: f"免提交，核验电子{material.licence_type or '证照'}",
        Source.RECORD: "免提交，部门数据核验",
        Source.MADE: "由办理机构制作",
    }
    return ways.get(material.source) or f"{PROVIDED['upload']}或交{count_words(material)}"


def _material(version: ServiceVersion, material: Material) -> dict[str, Any]:
    said = dict(material_words(version, material))
    note = said.pop("说明", "")
    return {
        "name": material.name + (f"（{note}）" if note else ""),
        "need": NECESSITY_NAMES[material.necessity],
        "way": way_words(material),
        "notes": [f"{label}：{value}" for label, value in said.items()],
    }


def flow_data(chart: Chart | None) -> dict[str, Any]:
    """A flow chart as the template draws it, places counted from the top of each band; {} for none."""
    if chart is None:
        return {}
    return {
        "width": chart.width,
        "told": "。".join(chart.told),
        "bands": [
            {
                "height": band.height,
                "boxes": [
                    {
                        "x": box.x,
                        "y": box.y - band.top,
                        "width": box.width,
                        "height": box.height,
                        "shape": box.shape.value,
                        "dashed": box.dashed,
                        "skipped": box.skipped,
                        "title": list(box.title),
                        "notes": list(box.notes),
                    }
                    for box in band.boxes
                ],
                "lines": [_line(line, band.top) for line in band.lines],
            }
            for band in chart.bands
        ],
    }


def _line(line: Line, top: int) -> dict[str, Any]:
    points = [[x, y - top] for x, y in line.points]
    return {"points": points, "arrow": line.arrow, "label": line.label}
