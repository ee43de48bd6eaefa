"""Service guides 办事指南 as collected from platforms, turned into items that can be applied for.

What a guide says is kept; what an application needs beyond it is a plain form. Whatever had to be translated, such
as a promise in half days or a material that is asked for "in some cases", is said in the row's notes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onedoor.core.identifiers import is_valid_service_code
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.terms import RowProblem

from .departments import Directory
from .processes import procedure
from .rows import SourceRow

#: Keys every guide has, with the kind of their values.
_NEEDED: dict[str, type | tuple[type, ...]] = {
    "key": str,
    "name": str,
    "type": str,
    "dept": str,
    "materials": list,
    "process": list,
    "case_type": str,
    "legal_days": (int, float),
    "promise_days": (int, float),
}
_PERSONS = ("自然人", "个人")
_UNITS = {"工作日": "working", "日": "calendar", "天": "calendar", "自然日": "calendar", "小时": "hours"}
_CASE_KINDS = {"即办件": "instant", "承诺件": "committed"}
_CHANNELS = {"窗口": "window", "网上": "web", "自助终端": "kiosk", "村（社区）代办": "agent"}
_RESULTS = {"证照": "licence", "批文": "approval"}
_FORMS = {"原件": "original", "原件或复印件": "original", "复印件": "copy"}
_ORIGINS = {"申请人自备": "applicant", "政府部门核发": "government", "中介机构": "intermediary"}
#: What the law takes out of the limits; guides call more than that special. 行政许可法第四十五条
_SPECIAL = ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审")
_YEARS = re.compile(r"(\d{1,2})\s*年")
_LATER = re.compile(r"可后补|容缺")

#: Opening hours of half a working day, rounded up to whole hours.
_HALF_DAY_HOURS = 4


@dataclass(slots=True)
class Limits:
    """Turns a guide's numbers of days into limits, and notes what had to be changed for it."""

    unit: str
    notes: list[str] = field(default_factory=list)

    def term(self, days: float, what: str) -> dict[str, Any]:
        """A limit of whole units. Half a working day becomes hours, other fractions are rounded up."""
        if days == int(days):
            return {"amount": int(days), "unit": self.unit}
        if self.unit == "working" and days == 0.5:
            self.notes.append(f"{what} 0.5 个工作日按 {_HALF_DAY_HOURS} 个工作小时计。")
            return {"amount": _HALF_DAY_HOURS, "unit": "working-hours", "note": "半个工作日"}
        whole = math.ceil(days)
        self.notes.append(f"{what} {days} 天不是整数，按 {whole} 天计。")
        return {"amount": whole, "unit": self.unit, "note": f"原为 {days} 天"}


def read_guides(guides: Sequence[object], departments: Directory) -> tuple[SourceRow, ...]:
    """One row a guide; a guide that is not well-formed becomes a row that names its faults."""
    return tuple(_row(number, guide, departments) for number, guide in enumerate(guides, start=1))


def _row(number: int, guide: object, departments: Directory) -> SourceRow:
    if not isinstance(guide, Mapping):
        problem = RowProblem("", "wrong_type", "此处应是一份办事指南（键和值），请修改。")
        return SourceRow(number, {}, (problem,))
    problems = tuple(_problems(guide))
    cells = {key: str(guide.get(key, "")) for key in ("key", "name", "type", "dept")}
    if problems:
        return SourceRow(number, {"code": cells["key"], "name": cells["name"]}, problems, cells=cells)
    document, notes = _item(guide, departments)
    return SourceRow(number, document, notes=tuple(dict.fromkeys(notes)), cells=cells)


def _problems(guide: Mapping[str, Any]) -> Iterator[RowProblem]:
    for key, kind in _NEEDED.items():
        value = guide.get(key)
        if value is None or value == "":
            yield RowProblem(key, "required", f"缺少“{key}”，请补上。")
        elif isinstance(value, bool) or not isinstance(value, kind):
            yield RowProblem(key, "wrong_type", f"“{key}”的类型不对，请参照其他指南修改。")
        elif isinstance(value, int | float) and not 0 <= value <= 3660:
            yield RowProblem(key, "out_of_range", f"“{key}”应在 0 到 3660 天之间，请修改。")
        elif isinstance(value, str) and has_control(value):
            yield RowProblem(key, "control_character", f"“{key}”中有不可见字符，请删去。")
    yield from _entry_problems(guide)


def _entry_problems(guide: Mapping[str, Any]) -> Iterator[RowProblem]:
    for index, material in enumerate(_list(guide, "materials")):
        if not isinstance(material, Mapping) or not isinstance(material.get("name"), str):
            yield RowProblem(f"materials/{index}", "wrong_type", "材料应写明名称 name，请补上。")
    for index, step in enumerate(_list(guide, "process")):
        if not _is_step(step):
            yield RowProblem(f"process/{index}", "wrong_type", "环节应写成 [名称, 天数]，请修改。")
    if guide.get("unit") not in (None, *_UNITS):
        yield RowProblem("unit", "unknown_value", f"时限单位应为 {'、'.join(_UNITS)} 之一，请修改。")
    if guide.get("case_type") not in (None, "", *_CASE_KINDS):
        yield RowProblem("case_type", "unknown_value", "办件类型应为 即办件 或 承诺件，请修改。")


def _is_step(step: object) -> bool:
    if not isinstance(step, list) or len(step) != 2:
        return False
    name, days = step
    return isinstance(name, str) and isinstance(days, int | float) and not isinstance(days, bool)


def _item(guide: Mapping[str, Any], departments: Directory) -> tuple[dict[str, Any], list[str]]:
    limits = Limits(_UNITS[guide.get("unit") or "工作日"])
    code = departments.code(guide["dept"])
    notes = [*departments.note(code, guide["dept"])]
    materials, questions, material_notes = _materials(guide["materials"])
    steps, step_notes = procedure(guide["process"], code, limits.term)
    document = {
        "code": re.sub(r"[^A-Za-z0-9]+", "-", guide["key"]).strip("-").upper(),
        "national_code": _national_code(guide),
        "basic_code": _basic_code(guide),
        "name": guide["name"],
        "type": guide["type"],
        "level": str(guide.get("level") or "4"),
        "department": code,
        "department_name": departments.name(code, guide["dept"]),
        "audience": _audience(_list(guide, "object")),
        "basis": [_basis(str(entry)) for entry in _list(guide, "basis")],
        "conditions": [str(entry) for entry in _list(guide, "conditions")],
        "case_kind": _CASE_KINDS[guide["case_type"]],
        "statutory_limit": limits.term(guide["legal_days"], "法定时限"),
        "promised_limit": limits.term(guide["promise_days"], "承诺时限"),
        "visits": guide.get("visits", 1),
        "channels": _channels(_list(guide, "handle")),
        "fee": str(guide.get("fee") or ""),
        "materials": materials,
        "sections": _sections(questions),
        "procedure": steps,
        "result": _result(guide),
        "details": {"special": [{"name": name} for name in _list(guide, "special") if name in _SPECIAL]},
    }
    return document, [*notes, *material_notes, *step_notes, *limits.notes]


def _list(guide: Mapping[str, Any], key: str) -> list[Any]:
    value = guide.get(key)
    return value if isinstance(value, list) else []


def _national_code(guide: Mapping[str, Any]) -> str:
    """The 31-digit code if the guide has a valid one; anything else is an example of the source."""
    codes = guide.get("codes")
    code = str(codes.get("task_code") or "") if isinstance(codes, Mapping) else ""
    return code if is_valid_service_code(code) else ""


def _basic_code(guide: Mapping[str, Any]) -> str:
    """The code of the directory entry, the national one if there are two; "" if it is not well-formed."""
    given = guide.get("codes")
    codes: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    code = str(codes.get("national_catalog_code") or codes.get("catalog_code") or "")
    return code if re.fullmatch(r"[0-9]{12}", code) else ""


def _audience(objects: Sequence[Any]) -> list[str]:
    found = ["person"] if any(entry in _PERSONS for entry in objects) else []
    return [*found, "organization"] if any(entry not in _PERSONS for entry in objects) or not found else found


def _basis(text: str) -> dict[str, str]:
    """A statute in book marks and what stands behind it; a title without marks is kept as it is."""
    title, mark, article = text.partition("》")
    return {"title": title + mark, "article": article.strip()}


def _channels(words: Sequence[Any]) -> list[str]:
    """Known ways to hand in; a mobile phone reaches whatever is open on the web. Without any, the window."""
    found = [_CHANNELS[word] for word in words if word in _CHANNELS]
    return [*found, "mobile"] if "web" in found else found or ["window"]


def _result(guide: Mapping[str, Any]) -> dict[str, Any]:
    given = guide.get("result")
    result: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    years = _YEARS.fullmatch(str(result.get("valid") or ""))
    return {
        "name": str(result.get("name") or f"{guide['name']}办理结果"),
        "kind": _RESULTS.get(str(result.get("kind")), "reply"),
        "validity_months": int(years[1]) * 12 if years else 0,
    }


def _materials(
    given: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """Materials, the questions that tell whether those for some cases are needed, and notes."""
    materials: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []
    notes: list[str] = []
    for number, entry in enumerate(given, start=1):
        material = _material(f"m{number}", entry)
        materials.append(material)
        if material["necessity"] == "conditional":
            questions.append(_question(f"needs_m{number}", entry))
            material["when"] = f"needs_m{number} == true"
            notes.append(f"材料“{entry['name']}”视情形提交，表单中加了一个是否适用的问题。")
    return materials, questions, notes


def _material(code: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    note, channel = str(entry.get("note") or ""), str(entry.get("source_channel") or "")
    licence = str(entry.get("e_licence") or "")
    form = _FORMS.get(str(entry.get("form")), "electronic")
    given = entry.get("copies")
    count = given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 1
    origin = _ORIGINS.get(channel, "other") if channel else ""
    if origin in ("intermediary", "other"):
        note = f"由{channel}出具。{note}"
    return {
        "code": code,
        "name": entry["name"],
        "necessity": _necessity(entry, note),
        "source": "licence" if licence else "applicant",
        "licence_type": licence,
        "form": form,
        "originals": count if form == "original" else 0,
        "copies": count if form == "copy" else 0,
        "note": note,
        "origin": origin,
        "origin_note": channel if origin == "other" else "",
    }


def _necessity(entry: Mapping[str, Any], note: str) -> str:
    if not entry.get("required", True):
        return "conditional"
    return "deferrable" if _LATER.search(note) else "required"


def _question(code: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    note = str(entry.get("note") or "")
    label = f"是否需要提交“{entry['name']}”"
    return {
        "code": code,
        "element": "application.situation",
        "label": label if len(label) <= 100 else f"{label[:98]}…”",
        "type": "boolean",
        "hint": f"适用情形：{note}" if note else "有这份材料可以提交，没有可以不交",
    }


def _sections(questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The plain form: where to reach the applicant, what is wanted, and which case applies."""
    contact = [
        {
            "code": "contact_name",
            "element": "contact.name",
            "label": "联系人",
            "type": "text",
            "max_length": 50,
        },
        {"code": "contact_phone", "element": "contact.phone", "label": "联系电话", "type": "phone"},
        {"code": "contact_address", "element": "contact.address", "label": "联系地址", "type": "address"},
    ]
    purpose = {
        "code": "purpose",
        "element": "application.purpose",
        "label": "申请事由",
        "type": "textarea",
        "max_length": 500,
        "hint": "简要写明要办什么、为什么办",
    }
    sections: list[dict[str, Any]] = [
        {"code": "contact", "title": "联系方式", "fields": contact},
        {"code": "matter", "title": "申请内容", "fields": [purpose]},
    ]
    if questions:
        sections.append({"code": "situation", "title": "适用情形", "fields": list(questions)})
    return sections
