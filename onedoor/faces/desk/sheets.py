"""A table as an Excel file of plain texts, which no spreadsheet takes for formulas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .exporting import XLSX, harmless


def sheet_answer(
    name: str, columns: Mapping[str, int], rows: Iterable[Sequence[str]], note: str = ""
) -> HttpResponse:
    """A file to be saved as `name`.xlsx: headings with the widths of their columns, the rows, a note below them."""
    book = Workbook(write_only=True)
    page = book.create_sheet("清单")
    page.freeze_panes = "A2"
    for place, width in enumerate(columns.values(), start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    heads = [WriteOnlyCell(page, harmless(heading)) for heading in columns]
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    for row in (*rows, *(((note,),) if note else ())):
        cells = [WriteOnlyCell(page, harmless(text)) for text in row]
        for cell in cells:
            cell.data_type = "s"
        page.append(cells)
    target = io.BytesIO()
    book.save(target)
    return file_answer(name, target.getvalue())


def file_answer(name: str, content: bytes) -> HttpResponse:
    """An Excel file that the browser saves as `name`.xlsx."""
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
