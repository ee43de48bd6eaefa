"""The file of errors: the bad rows of an import as they stood, with the reasons in a column of their own."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from onedoor.domain.catalog.terms import ImportReport, Outcome

LINE, REASONS = "行号", "问题与改法"

#: What a spreadsheet would take for a formula or a command.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_000


def errors_workbook(report: ImportReport) -> bytes:
    """An .xlsx file of the rows that were refused, in their own columns, so that they can be mended there.

    Every cell is text, and what looks like a formula is made harmless with a leading apostrophe.
    """
    bad = [row for row in report.rows if row.outcome is Outcome.REFUSED]
    headings = list(dict.fromkeys(heading for row in bad for heading in row.cells if heading))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "有误的行"
    sheet.append([LINE, *map(harmless, headings), REASONS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in bad:
        reasons = "\n".join(f"{problem.column}：{problem.detail}" for problem in row.problems)
        cells = [harmless(row.cells.get(heading, "")) for heading in headings]
        sheet.append([row.row, *cells, harmless(reasons)])
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def harmless(text: str) -> str:
    """A text that a spreadsheet neither refuses nor runs."""
    plain = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:_LONGEST_CELL]
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
