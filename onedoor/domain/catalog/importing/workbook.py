"""The file of errors: the bad rows of an import as they stood, and every fault with its cell and how to mend it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from onedoor.domain.catalog.terms import ImportReport, Outcome, RowResult

LINE, REASONS = "行号", "问题与改法"
FAULTS = ("工作表", "行号", "单元格", "列", "编码", "名称", REASONS)

#: What a spreadsheet would take for a formula or a command.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_000


def errors_workbook(report: ImportReport) -> bytes:
    """An .xlsx file of the rows that were refused, in their own columns, so that they can be mended there; on a second
    sheet every fault has a row.

    Every cell is text, and what looks like a formula is made harmless with a leading apostrophe.
    """
    bad = [row for row in report.rows if row.outcome is Outcome.REFUSED]
    headings = list(dict.fromkeys(heading for row in bad for heading in row.cells if heading))
    book = Workbook()
    rows = book.active
    assert rows is not None
    rows.title = "有误的行"
    _fill(rows, [LINE, *map(harmless, headings), REASONS], (_row(row, headings) for row in bad))
    _fill(book.create_sheet("问题清单"), FAULTS, (line for row in bad for line in _faults(row)))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Any, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet.append(list(headings))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(list(row))
    sheet.freeze_panes = "A2"


def _row(row: RowResult, headings: Iterable[str]) -> list[Any]:
    reasons = "\n".join(f"{problem.column}：{problem.detail}" for problem in row.problems)
    return [row.row, *(harmless(row.cells.get(heading, "")) for heading in headings), harmless(reasons)]


def _faults(row: RowResult) -> Iterable[list[Any]]:
    for problem in row.problems:
        line = "".join(filter(str.isdigit, problem.cell)) or str(row.row)
        words = (problem.cell, problem.column, row.code, row.name, problem.detail)
        yield [harmless(problem.sheet or row.sheet), int(line), *map(harmless, words)]


def harmless(text: str) -> str:
    """A text that a spreadsheet neither refuses nor runs."""
    plain = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LONGEST_CELL]
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
