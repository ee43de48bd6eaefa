"""A list of items as platforms publish it: one row an item, by name, type, code and department.

Such a list knows no forms, limits or materials. Its items are listed and say what is not yet known; nothing is
made up for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from onedoor.core.divisions import is_valid_division_code
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.exporting.item_sheets import ITEMS
from onedoor.domain.catalog.exporting.layout import Column, Unreadable, put
from onedoor.domain.catalog.exporting.xlsx import letter_of
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.terms import RowProblem

from .catalogue import understood
from .cells import Line
from .departments import Directory
from .rows import Source, SourceRow
from .sheets import means, read_cell
from .tables import Table

#: The columns of a list, by the headings they may have.
HEADINGS: dict[str, tuple[str, ...]] = {
    "department": ("department", "部门", "部门名称", "实施主体", "实施部门", "所属部门", "dept_name"),
    "main_item": ("main_item", "主项", "主项名称", "所属主项"),
    "name": ("name", "事项名称", "名称", "办理项名称", "业务办理项名称", "task_name"),
    "type": ("type", "事项类型", "类型", "权力类型", "task_type"),
    "item_code": ("item_code", "事项编码", "编码", "实施编码", "事项代码", "local_task_code"),
    "local_basic_code": ("local_basic_code", "基本编码", "地方基本编码", "目录编码", "catalog_code"),
    "area_code": ("area_code", "区划代码", "行政区划代码", "行政区划"),
    "dept_code": ("dept_code", "部门编码", "部门代码", "实施主体编码"),
}
REQUIRED = ("department", "name", "type", "item_code")
#: The national code stands for the county's own where a list has no other.
_NATIONAL = "task_code"
#: What of an item a list says in columns of its own; any other column of the sheet 事项 is understood as there.
_OWN = frozenset(
    {"code", "name", "type", "department", "department_name", "basic_code", "main_item", "ready"}
)

_NAMES = {name: code for code, name in TYPES.items()} | {
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
    further = _further(table.headings, places)
    rows = []
    for line in table.lines:
        row = _row(line, table.headings, places, columns, departments, names)
        rows.append(_located(_with_further(row, line, further, departments)))
    used = {*places.values(), *further}
    left = [heading for place, heading in enumerate(table.headings) if place not in used and heading]
    notes = (f"以下列与事项目录无关，未导入：{'、'.join(left)}。",) if left else ()
    return Source(tuple(rows), notes)


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
    if "item_code" not in found and _NATIONAL in map(str.lower, headings):
        found["item_code"] = [heading.lower() for heading in headings].index(_NATIONAL)
    missing = [f"{HEADINGS[key][1]}（{key}）" for key in REQUIRED if key not in found]
    if missing:
        raise Refused("columns_missing", f"表格缺少列：{'、'.join(missing)}，请在第一行补上这些表头。")
    return found


def _located(row: SourceRow) -> SourceRow:
    """A row whose faults name their cells."""
    letters = {heading: letter_of(place) for place, heading in enumerate(row.cells, start=1)}
    problems = tuple(
        replace(problem, cell=f"{letters[problem.column]}{row.number}")
        if problem.column in letters
        else problem
        for problem in row.problems
    )
    return replace(row, problems=problems) if problems else row


def _further(headings: tuple[str, ...], places: Mapping[str, int]) -> dict[int, Column]:
    """Columns that only the sheet 事项 knows, by where they stand."""
    found: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        column = next((each for each in ITEMS.columns if means(each, heading)), None)
        if (
            column is None
            or column.path in _OWN
            or (place in places.values() and heading.lower() != _NATIONAL)
        ):
            continue
        if column in found.values():
            raise Refused("heading_repeated", f"有两列都是“{column.heading}”，请只保留一列。")
        found[place] = column
    return found


def _with_further(
    row: SourceRow, line: Line, further: Mapping[int, Column], departments: Directory
) -> SourceRow:
    """A row with what its further columns say."""
    if not further:
        return row
    document: dict[str, Any] = dict(row.document)
    problems, columns = list(row.problems), dict(row.columns)
    headings = list(row.cells)
    for place, column in further.items():
        cell = line.cells[place] if place < len(line.cells) else ""
        columns.setdefault("/" + column.path.replace(".", "/"), headings[place])
        try:
            if cell:
                put(document, column.path, read_cell(cell, column))
        except Unreadable as fault:
            problems.append(RowProblem(headings[place], fault.code, fault.detail))
    document = understood(document, departments)
    return replace(row, document=document, problems=tuple(problems), columns=columns)


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
    if text and code not in TYPES:
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
