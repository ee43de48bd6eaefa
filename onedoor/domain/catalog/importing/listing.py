"""A list of items as platforms publish it: one row an item, by name, type, code and department.

Such a list knows no forms, limits or materials. Its items are listed and say what is not yet known; nothing is
made up for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from onedoor.core.divisions import is_valid_division_code
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.terms import RowProblem

from .departments import Directory
from .rows import Source, SourceRow
from .tables import Line, Table

#: The columns of a list, by the headings they may have.
HEADINGS: dict[str, tuple[str, ...]] = {
    "department": ("department", "部门", "部门名称", "实施主体", "实施部门", "所属部门"),
    "main_item": ("main_item", "主项", "主项名称", "所属主项"),
    "name": ("name", "事项名称", "名称", "办理项名称", "业务办理项名称"),
    "type": ("type", "事项类型", "类型", "权力类型"),
    "item_code": ("item_code", "事项编码", "编码", "实施编码", "事项代码"),
    "local_basic_code": ("local_basic_code", "基本编码", "地方基本编码", "目录编码"),
    "area_code": ("area_code", "区划代码", "行政区划代码", "行政区划"),
    "dept_code": ("dept_code", "部门编码", "部门代码", "实施主体编码"),
}
REQUIRED = ("department", "name", "type", "item_code")

#: Types that offices act on by themselves: nobody applies for them.
_OFFICIAL = {"02": "行政处罚", "03": "行政强制", "04": "行政征收", "06": "行政检查"}
_NAMES = {name: code for code, name in {**TYPES, **_OFFICIAL}.items()} | {
    "其他类别事项": "10",
    "其他类别事项（其他行政权力）": "10",
    "公共服务事项": "20",
}
_TYPE = re.compile(r"(?P<code>\d{1,2})?\s*[-.、]?\s*(?P<name>\D*)")
_FORMULA = ("=", "+", "-", "@")
_LOST_DIGITS = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_UNSORTED = "未分类"

#: Which column feeds which place of the item document.
_PLACES = {"/name": "name", "/type": "type", "/code": "item_code", "/basic_code": "local_basic_code"} | {
    "/department": "dept_code",
    "/department_name": "department",
    "/main_item": "main_item",
}


def read_listing(table: Table, departments: Directory) -> Source:
    """The rows of a list. Raises Refused("columns_missing") unless every required column is there."""
    places = _columns(table.headings)
    columns = {key: table.headings[place] for key, place in places.items()}
    names: dict[str, str] = {}
    rows = tuple(_row(line, table.headings, places, columns, departments, names) for line in table.lines)
    left = [
        heading for place, heading in enumerate(table.headings) if place not in places.values() and heading
    ]
    notes = (f"以下列与事项目录无关，未导入：{'、'.join(left)}。",) if left else ()
    return Source(rows, notes)


def _columns(headings: tuple[str, ...]) -> dict[str, int]:
    """Where each known column stands."""
    found: dict[str, int] = {}
    for key, names in HEADINGS.items():
        places = [place for place, heading in enumerate(headings) if heading.lower() in names]
        if len(places) > 1:
            both = "、".join(headings[place] for place in places)
            raise Refused("heading_repeated", f"表头“{both}”意思相同，请只保留一列。")
        if places:
            found[key] = places[0]
    missing = [f"{HEADINGS[key][1]}（{key}）" for key in REQUIRED if key not in found]
    if missing:
        raise Refused("columns_missing", f"表格缺少列：{'、'.join(missing)}，请在第一行补上这些表头。")
    return found


def _row(
    line: Line,
    headings: tuple[str, ...],
    places: Mapping[str, int],
    columns: Mapping[str, str],
    departments: Directory,
    names: dict[str, str],
) -> SourceRow:
    cells = {key: line.cells[place] if place < len(line.cells) else "" for key, place in places.items()}
    code = departments.code(cells["department"], cells.get("dept_code", ""))
    problems = [*_width(line, headings), *_cell_problems(cells, columns)]
    problems += _type_problems(cells["type"], columns["type"])
    problems += _department_problems(cells, columns, names)
    return SourceRow(
        number=line.number,
        document=_document(cells, code, departments),
        problems=tuple(problems),
        notes=departments.note(code, cells["department"]),
        cells=dict(zip(headings, line.cells + ("",) * len(headings), strict=False)),
        columns={
            pointer: columns.get(key, columns["department"])
            for pointer, key in _PLACES.items()
            if key in columns or key == "dept_code"
        },
    )


def _document(cells: Mapping[str, str], code: str, departments: Directory) -> dict[str, Any]:
    """The item document: what the row says, and that the rest is open."""
    main_item = cells.get("main_item", "")
    return {
        "code": cells["item_code"],
        "name": cells["name"],
        "type": _type_code(cells["type"]),
        "department": code,
        "department_name": departments.name(code, cells["department"]),
        "basic_code": cells.get("local_basic_code", ""),
        "main_item": "" if main_item == _UNSORTED else main_item,
        "channels": [],
        "ready": False,
    }


def _width(line: Line, headings: tuple[str, ...]) -> Iterator[RowProblem]:
    if len(line.cells) > len(headings):
        extra = line.cells[len(headings)]
        yield RowProblem(
            f"第 {len(headings) + 1} 列",
            "cell_beyond_headings",
            f"内容“{extra[:20]}”没有对应的表头，请核对是否错位。",
        )


def _cell_problems(cells: Mapping[str, str], columns: Mapping[str, str]) -> Iterator[RowProblem]:
    for key, text in cells.items():
        if not text:
            if key in REQUIRED:
                yield RowProblem(columns[key], "required", f"“{columns[key]}”是空的，请补上。")
        elif text.startswith(_FORMULA):
            yield RowProblem(
                columns[key], "formula_cell", f"“{columns[key]}”以“{text[0]}”开头，像公式，请改为普通文字。"
            )
        elif has_control(text):
            yield RowProblem(
                columns[key], "control_character", f"“{columns[key]}”中有换行或不可见字符，请删去。"
            )
        elif key.endswith("_code") and _LOST_DIGITS.fullmatch(text):
            yield RowProblem(
                columns[key],
                "digits_lost",
                f"“{columns[key]}”被表格软件改成了科学计数，请把该列设为文本后重填。",
            )
        elif key == "area_code" and not is_valid_division_code(text):
            yield RowProblem(
                columns[key],
                "area_code_malformed",
                f"区划代码“{text[:20]}”有误，应为 12 位数字，请核对。",
            )


def _type_code(text: str) -> str:
    """The two-digit code of a type written as code, name, or both; "" if it cannot be read."""
    read = _TYPE.fullmatch(text.strip())
    if read is None:
        return ""
    return read["code"].zfill(2) if read["code"] else _NAMES.get(read["name"].strip(), "")


def _type_problems(text: str, column: str) -> Iterator[RowProblem]:
    code = _type_code(text)
    if code in _OFFICIAL:
        yield RowProblem(
            column, "type_not_applied_for", f"{_OFFICIAL[code]}不是依申请办理的事项，请从表中删去此行。"
        )
    elif text and code not in TYPES:
        known = "、".join(f"{code} {name}" for code, name in TYPES.items())
        yield RowProblem(column, "unknown_type", f"没有“{text[:20]}”这种事项类型，请改为：{known}。")
    elif text and (name := text.strip().lstrip("0123456789 -.、")) and _NAMES.get(name) != code:
        yield RowProblem(column, "type_mismatch", f"“{text[:20]}”的代码和名称不是同一类型，请改正其中之一。")


def _department_problems(
    cells: Mapping[str, str], columns: Mapping[str, str], names: dict[str, str]
) -> Iterator[RowProblem]:
    """One code must not stand for two departments; `names` remembers what earlier rows called it."""
    code, name = cells.get("dept_code", ""), cells["department"]
    if code and names.setdefault(code, name) != name:
        detail = f"部门编码“{code}”在前面的行是“{names[code]}”，请改正编码或部门名称。"
        yield RowProblem(columns["dept_code"], "department_conflict", detail)
