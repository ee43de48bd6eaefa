"""A list as an Excel file: masked, without formulas, recorded before it is handed out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from onedoor.core.instants import SHANGHAI
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseLine
from onedoor.domain.offices import queries as offices
from onedoor.faces import casefilters
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import lamp_of, masked_applicant
from onedoor.faces.staff import STAFF

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    ("办件编号", 26), ("事项", 34), ("申请人", 28), ("主办部门", 24), ("状态", 18), ("申请渠道", 12),
    ("收件时间", 18), ("到期时间", 18), ("时限", 24),
)  # fmt: skip
CHUNK = 64 * 1024
#: With these a spreadsheet takes a text for a formula.
_FORMULA = re.compile(r"^[\s]*[=+\-@\t\r]")
#: What no spreadsheet may hold.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@admits(STAFF)
@require_POST
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list with its conditions as a file."""
    principal, at = signed_in(request), now()
    place = casefilters.place_of(request.POST.get("list", ""))
    asked = casefilters.read(request, principal, at)
    told, urgent = casefilters.told(asked), casefilters.by_due(asked)
    lines = cases.export(principal, at=at, place=place, asked=asked.filter, told=told, by_due=urgent)
    names = {code: view.name for code, view in offices.departments(principal.tenant_id).items()}
    file = workbook((row_of(line, names) for line in lines), _note(len(lines), principal.name, at))
    answer = StreamingHttpResponse(_chunks(file), content_type=XLSX)
    name = quote(f"办件清单{at.astimezone(SHANGHAI):%Y%m%d-%H%M}.xlsx")
    answer["Content-Disposition"] = f"attachment; filename=\"cases.xlsx\"; filename*=UTF-8''{name}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _note(rows: int, who: str, at: datetime) -> str:
    """What stands below the rows."""
    whole = f"只含前 {rows:,} 件，其余请缩小条件再导出" if rows >= cases.MOST_EXPORTED else f"共 {rows:,} 件"
    return f"{whole}。{at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M} 由{who}导出，申请人姓名已隐去，请勿外传。"


def row_of(line: CaseLine, departments: dict[str, str]) -> tuple[str, ...]:
    """A line as the file shows it: persons masked, no numbers of persons at all."""
    return (
        line.number,
        line.service_name,
        masked_applicant(line.applicant_name, line.applicant_kind),
        departments.get(line.department, line.department),
        line.stage_name,
        cases.CHANNEL_NAMES.get(line.channel, line.channel),
        _minute(line.received_at),
        _minute(line.due_at),
        lamp_of(line).words,
    )


def _minute(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def workbook(rows: Iterable[tuple[str, ...]], note: str) -> IO[bytes]:
    """The rows as a file of texts, written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("办件")
    sheet.freeze_panes = "A2"
    for letter, (_, width) in zip("ABCDEFGHI", COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = width
    heads = [_text(sheet, name) for name, _ in COLUMNS]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([_text(sheet, text) for text in row])
    sheet.append([_text(sheet, note)])
    # Closed when the last of it has been sent.
    file = TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _text(sheet: Any, text: str) -> Any:
    """A cell that is a text and nothing else, wherever it is copied to."""
    cell = WriteOnlyCell(sheet, harmless(text))
    cell.data_type = "s"
    return cell


def harmless(text: str) -> str:
    """A text that no spreadsheet reads as a formula."""
    stored = _UNSTORABLE.sub("", text)
    return f"'{stored}" if _FORMULA.match(stored) else stored


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
