"""The printed guide of a version: its document in the words an applicant reads.

Pure; the papers room sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .forms import PROVIDED
from .terms import CaseKind, LimitTerm, Material, Necessity, ServiceVersion, Source

UNIT_NAMES = {"working": "个工作日", "calendar": "日", "hours": "小时", "working-hours": "个工作小时"}
TYPE_NAMES = {
    "01": "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
CASE_KIND_NAMES = {CaseKind.INSTANT: "即办件", CaseKind.COMMITTED: "承诺件"}
AUDIENCE_NAMES = {"person": "个人", "organization": "法人和其他组织"}
CHANNEL_NAMES = {"window": "窗口", "web": "网上", "mobile": "手机", "kiosk": "自助终端", "agent": "帮代办"}
NECESSITY_NAMES = {
    Necessity.REQUIRED: "必要",
    Necessity.CONDITIONAL: "视情形",
    Necessity.DEFERRABLE: "可容缺后补",
}


def limit_text(term: LimitTerm) -> str:
    """A limit as a sentence has it, "" if it is not known."""
    return f"{term.amount} {UNIT_NAMES[term.unit]}" if term.unit in UNIT_NAMES else ""


def guide_data(version: ServiceVersion, departments: Mapping[str, str]) -> dict[str, Any]:
    """What the guide prints; `departments` gives names by code. Empty parts are left out by the template."""
    after = [step.after for step in version.procedure.steps if step.after]
    parallel = any(len(each) > 1 for each in after) or sum(not s.after for s in version.procedure.steps) > 1
    return {
        "code": version.code,
        "version": f"第 {version.number} 版",
        "name": version.name,
        "plain_name": version.plain_name,
        "department": departments.get(version.department) or version.department_name or version.department,
        "facts": _facts(version),
        "conditions": list(version.conditions),
        "materials": [_material(material) for material in version.materials],
        "steps": [
            {
                "name": step.name,
                "department": departments.get(step.department, step.department),
                "limit": limit_text(step.limit) if step.limit else "—",
            }
            for step in version.procedure.steps
        ],
        "parallel": "互不等待的环节由各部门同时办理，合计不超过承诺时限。" if parallel else "",
        "basis": [f"{basis.title}{basis.article}" for basis in version.basis],
        "questions": [{"question": q.question, "answer": q.answer} for q in version.questions],
    }


def _facts(version: ServiceVersion) -> list[dict[str, str]]:
    pairs = (
        ("事项类型", TYPE_NAMES.get(version.type, "")),
        ("服务对象", "、".join(AUDIENCE_NAMES.get(each, each) for each in version.audience)),
        ("办件类型", CASE_KIND_NAMES.get(version.case_kind, "")),
        ("承诺时限", limit_text(version.promised_limit)),
        ("法定时限", limit_text(version.statutory_limit)),
        ("收费", version.fee),
        ("到现场次数", f"{version.visits} 次" if version.ready else ""),
        ("办理方式", "、".join(CHANNEL_NAMES.get(each, each) for each in version.channels)),
        ("办理结果", version.result.name),
        ("办理地点", version.location),
        ("办理时间", version.hours),
        ("咨询电话", version.phone),
        ("投诉电话", version.complaint_phone),
    )
    return [{"label": label, "value": value} for label, value in pairs if value]


def _material(material: Material) -> dict[str, str]:
    ways = {
        Source.LICENCE: f"免提交，核验电子{material.licence_type or '证照'}",
        Source.RECORD: "免提交，部门数据核验",
        Source.MADE: "由办理机构制作",
    }
    form = {"original": "原件", "copy": "复印件", "electronic": "电子件"}.get(material.form, "")
    count = "、".join(
        f"{word} {number} 份"
        for word, number in (("原件", material.originals), ("复印件", material.copies))
        if number
    )
    way = ways.get(material.source) or f"{PROVIDED['upload']}或交{count or form}"
    note = f"（{material.note}）" if material.note else ""
    return {"name": material.name + note, "need": NECESSITY_NAMES[material.necessity], "way": way}
