"""Tables of bare lists: headings and rows of text, with the line each row stands on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onedoor.core.refusals import Refused

from .cells import MOST_COLUMNS, Line

#: The most rows of a list; a county has a few thousand items.
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and the rows below them; rows without anything in them are left out."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def csv_lines(data: bytes) -> Iterator[Line]:
    """The rows of comma-separated text in UTF-8 or GB 18030 that have something in them. Raises Refused if it is
    neither."""
    reader = csv.reader(io.StringIO(decode(data), newline=""))
    try:
        for row in reader:
            cells = tuple(cell.strip().replace("\r\n", "\n") for cell in row)
            while cells and not cells[-1]:
                cells = cells[:-1]
            if len(cells) > MOST_COLUMNS:
                raise Refused(
                    "too_many_columns", f"第 {reader.line_num} 行超过 {MOST_COLUMNS} 列，请删去多余的列。"
                )
            if cells:
                yield Line(reader.line_num, cells)
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


def table(lines: Iterator[Line]) -> Table:
    """The headings and rows of a list. Raises Refused for one that is empty or too long."""
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


def _headings(cells: Sequence[str]) -> tuple[str, ...]:
    named = [cell for cell in cells if cell]
    twice = sorted({cell for cell in named if named.count(cell) > 1})
    if twice:
        raise Refused("heading_repeated", f"表头“{'、'.join(twice)}”重复，请删去一列或改名。")
    return tuple(cells)
