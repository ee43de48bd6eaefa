"""Packages 一件事 from files: our own documents, and lists of packages that name their items only.

A list knows neither questions nor an order. Whatever it says of a condition becomes a question; what it does not say is
not made up. Items are found by name, and how each was found stands in the row's notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.terms import RowProblem

from .departments import Directory
from .matching import Shelf, department_for
from .rows import SourceRow

_AREA = re.compile(r"<\s*(\d{1,6})\s*(?:㎡|平方米)\s*免办")
_AREA_QUESTION = {
    "code": "area",
    "element": "premises.area_sqm",
    "label": "经营场所有多大（平方米）",
    "type": "number",
}
#: Keys of a list that say where it comes from, or what only people can use.
_ASIDE = ("limit",)


def package_row(number: int, entry: object, departments: Directory, shelf: Shelf) -> SourceRow:
    """One package of a file as a document; a list entry is turned into one, a row of a sheet is one already."""
    if isinstance(entry, SourceRow):
        return entry
    if not isinstance(entry, Mapping):
        problem = RowProblem("", "wrong_type", "此处应是一件一件事（键和值），请按一件事文档格式修改。")
        return SourceRow(number, {}, (problem,))
    cells = {key: str(entry.get(key, "")) for key in ("code", "key", "name", "lead") if entry.get(key)}
    if "items" not in entry:
        return SourceRow(number, entry, cells=cells)
    problems = tuple(_problems(entry))
    if problems:
        return SourceRow(number, {"code": _code(entry), "name": entry.get("name")}, problems, cells=cells)
    document, notes = _document(entry, departments, shelf)
    return SourceRow(number, document, notes=tuple(dict.fromkeys(notes)), cells=cells)


def _code(entry: Mapping[str, Any]) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", str(entry.get("key") or "")).strip("-").upper()[:64]


def _problems(entry: Mapping[str, Any]) -> Iterator[RowProblem]:
    for key in ("key", "name", "lead"):
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            yield RowProblem(key, "required", f"缺少“{key}”，请补上。")
        elif has_control(value):
            yield RowProblem(key, "control_character", f"“{key}”中有不可见字符，请删去。")
    items = entry["items"]
    if not isinstance(items, list) or not items:
        yield RowProblem("items", "required", "缺少联办事项“items”，请至少写一个。")
        return
    for index, item in enumerate(items):
        name = item.get("item") if isinstance(item, Mapping) else None
        if not isinstance(name, str) or not name.strip() or has_control(name):
            yield RowProblem(f"items/{index}", "wrong_type", "联办事项应写明名称 item，请补上。")


def _document(
    entry: Mapping[str, Any], departments: Directory, shelf: Shelf
) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []
    questions: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    for number, item in enumerate(entry["items"], start=1):
        member = _member(item, number, questions, shelf, notes)
        taken = next((m for m in members if m.get("service") and m["service"] == member.get("service")), None)
        if taken is None:
            members.append(member)
        else:
            notes.append(f"“{item['item']}”和“{taken['name']}”是同一个事项，只列一次。")
    notes += _unmatched(members)
    lead = department_for(entry["lead"], departments.known)
    code = lead or departments.code(entry["lead"])
    notes += departments.note(code, entry["lead"])
    notes += [f"“{entry[key]}”只作参考，没有当作承诺时限。" for key in _ASIDE if entry.get(key)]
    document = {
        "code": _code(entry),
        "name": entry["name"],
        "audience": ["person"] if entry.get("side") == "个人" else ["organization"],
        "lead": code,
        "lead_name": departments.name(code, entry["lead"]),
        "questions": questions,
        "members": members,
        "conditions": list(_conditions(entry)),
        "ready": all(member.get("service") for member in members),
    }
    return document, notes


def _unmatched(members: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = "、".join(member["name"] for member in members if not member.get("service"))
    if names:
        yield f"没有对上目录里的事项：{names}。先只列名称，能查看清单，还不能一起申请；事项发布后重新导入。"


def _conditions(entry: Mapping[str, Any]) -> Iterator[str]:
    """What has to be known before, as the list has it."""
    for key in ("precondition", "choices", "branches"):
        value = entry.get(key)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each.strip():
                yield each.strip()[:500]


def _member(
    item: Mapping[str, Any],
    number: int,
    questions: list[dict[str, Any]],
    shelf: Shelf,
    notes: list[str],
) -> dict[str, Any]:
    name, department = item["item"].strip(), str(item.get("dept") or "")
    match = shelf.find(name, department)
    notes += [match.note] if match.note else []
    member: dict[str, Any] = {"name": name[:200], "department_name": department[:100]}
    if match.item is not None:
        member = {
            "service": match.item.code,
            "name": match.item.name,
            "department_name": match.item.department_name,
        }
    condition = str(item.get("condition") or "").strip()
    if item.get("optional"):
        member |= _conditional(name, condition, number, questions)
        member["optional"] = not _AREA.search(condition)
    return member


def _conditional(name: str, condition: str, number: int, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """A condition that can be counted becomes one over the area; any other is asked as it stands."""
    area = _AREA.search(condition)
    if area is not None:
        if _AREA_QUESTION not in questions:
            questions.append(_AREA_QUESTION)
        return {"when": f"area >= {area[1]}", "why": f"场所 {area[1]} 平方米及以上的要办。"}
    label = f"要不要办“{name}”"
    questions.append(
        {
            "code": f"needs_{number}",
            "element": "package.situation",
            "label": label if len(label) <= 100 else f"{label[:98]}…”",
            "type": "boolean",
            "hint": f"适用情形：{condition}"[:200] if condition else "拿不准的可以先选否，到窗口再问",
        }
    )
    return {
        "when": f"needs_{number} == true",
        "why": f"适用情形：{condition}"[:300] if condition else "需要的才办。",
    }
