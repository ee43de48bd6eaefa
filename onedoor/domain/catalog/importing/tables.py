"""Tables from .csv and .xlsx: headings and rows of text, with the line each row stands on."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

from onedoor.core.refusals import Refused

#: The most rows of a table; a county has a few thousand items.
MOST_ROWS = 20_000
MOST_COLUMNS = 100
#: The most bytes a workbook may unpack to.
MOST_UNPACKED = 200 * 1024 * 1024

#: From here on a spreadsheet's number has lost digits.
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file and its cells, as many as there are."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and the rows below them; rows without anything in them are left out."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def read_csv(data: bytes) -> Table:
    """A table from comma-separated text in UTF-8 or GB 18030. Raises Refused if it is neither."""
    reader = csv.reader(io.StringIO(decode(data), newline=""))
    try:
        return _table((reader.line_num, row) for row in reader)
    except csv.Error as fault:
        raise Refused(
            "csv_malformed", f"第 {reader.line_num} 行附近不是正常的 CSV 内容，请另存为 CSV UTF-8 后再导入。"
        ) from fault


def decode(data: bytes) -> str:
    """Text in UTF-8, with or without a mark, or in GB 18030."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Refused("encoding_unknown", "无法识别文件的文字编码，请另存为 UTF-8 编码后再导入。")


def read_workbook(data: bytes) -> Table:
    """A table from the first sheet of an .xlsx file; formulas stay formulas, as text. Raises Refused."""
    _check_unpacked(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        table = _table(enumerate((map(_text, row) for row in sheet.iter_rows(values_only=True)), start=1))
    except (KeyError, ValueError, IndexError, OSError, TypeError, SyntaxError, zipfile.BadZipFile) as fault:
        raise _no_workbook() from fault
    book.close()
    return table


def _check_unpacked(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError) as fault:
        raise _no_workbook() from fault
    if unpacked > MOST_UNPACKED:
        raise Refused("file_too_large", "表格展开后过大，请删去多余的工作表和空行，或分成几个文件导入。")


def _no_workbook() -> Refused:
    return Refused("workbook_malformed", "文件不是可读的 Excel 工作簿，请用“另存为 .xlsx”重新保存后再导入。")


def _text(value: Any) -> str:
    """A cell as text. A number too long for a spreadsheet is marked as such, its digits being lost."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.4E}"
    return str(int(value)) if value == int(value) else str(value)


def _table(rows: Iterable[tuple[int, Iterable[str]]]) -> Table:
    lines = _lines(rows)
    head = next(lines, None)
    if head is None:
        raise Refused("file_empty", "文件里没有内容，请核对后重新选择文件。")
    headings = _headings(head.cells)
    found: list[Line] = []
    for line in lines:
        if len(found) == MOST_ROWS:
            raise Refused("too_many_rows", f"文件超过 {MOST_ROWS} 行，请分成几个文件导入。")
        found.append(line)
    return Table(headings, tuple(found))


def _lines(rows: Iterable[tuple[int, Iterable[str]]]) -> Iterator[Line]:
    for number, row in rows:
        cells = tuple(cell.strip() for cell in row)
        while cells and not cells[-1]:
            cells = cells[:-1]
        if len(cells) > MOST_COLUMNS:
            raise Refused("too_many_columns", f"第 {number} 行超过 {MOST_COLUMNS} 列，请删去多余的列。")
        if cells:
            yield Line(number, cells)


def _headings(cells: Sequence[str]) -> tuple[str, ...]:
    named = [cell for cell in cells if cell]
    twice = sorted({cell for cell in named if named.count(cell) > 1})
    if twice:
        raise Refused("heading_repeated", f"表头“{'、'.join(twice)}”重复，请删去一列或改名。")
    return tuple(cells)
