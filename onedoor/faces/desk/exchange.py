"""导入导出: the whole catalogue as a file, out and in; a file is checked before it is taken over."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote, urlencode

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.importing.workbook import errors_workbook
from onedoor.domain.catalog.terms import ImportReport, Outcome, RowResult
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page
from onedoor.plumbing.home import Home

PAGE = "/desk/exchange"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}
#: A page has somebody waiting for it; larger files are for the command.
LARGEST = 8 * 1024 * 1024
#: How long a file that was checked waits to be taken over, in seconds.
KEPT_SECONDS = 2 * 3600
SHOWN_ROWS = 300
CHUNK = 64 * 1024
OUTCOMES = {
    Outcome.REFUSED: ("有误", "seal"),
    Outcome.ADDED: ("新增", "jade"),
    Outcome.CHANGED: ("变更", "door"),
    Outcome.UNCHANGED: ("未变", ""),
}
_SUFFIXES = (".xlsx", ".csv", ".json", ".yaml", ".yml")
_HANDLE = re.compile(r"[0-9a-f]{32}\.(xlsx|csv|json|ya?ml)")


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """What can be fetched, and a file to be checked; POST checks it and tells what it would do."""
    if request.method != "POST":
        return page(request, "desk/exchange.html", _words(request))
    principal = signed_in(request)
    try:
        handle = _kept(principal, request.FILES.get("file"), now())
        report = _run(principal, handle, dry_run=True)
    except Refused as refused:
        return page(request, "desk/exchange.html", {**_words(request), "refused": refused}, status=422)
    return _told(request, report, handle)


@admits(EDITOR)
@require_POST
def take_over(request: HttpRequest) -> HttpResponse:
    """Import a file that has been checked, all of it or nothing."""
    principal = signed_in(request)
    handle = request.POST.get("handle", "")
    try:
        report = _run(principal, handle, dry_run=False)
    except Refused as refused:
        return page(request, "desk/exchange.html", {**_words(request), "refused": refused}, status=422)
    if report.refused:
        return _told(request, report, handle)
    _path(principal, handle).unlink(missing_ok=True)
    done = {str(outcome): report.count(outcome) for outcome in OUTCOMES if outcome is not Outcome.REFUSED}
    return HttpResponseRedirect(f"{PAGE}?{urlencode(done)}")


@admits(EDITOR)
@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    """The rows of a checked file that cannot be taken over, as a workbook."""
    report = _run(signed_in(request), request.POST.get("handle", ""), dry_run=True)
    answer = HttpResponse(errors_workbook(report), content_type=XLSX)
    return _named(answer, "有误.xlsx")


@admits(EDITOR)
@require_safe
def catalogue(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The catalogue in force as a file."""
    if kind not in KINDS:
        raise Refused(
            "unknown_file_kind", "只能导出为 .xlsx、.csv、.json 或 .yaml，请从页面上选择。", status=404
        )
    at = now()
    file = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when the last of it has been sent
    catalog.export_catalogue(signed_in(request).tenant_id, kind, at, file)
    file.seek(0)
    answer = StreamingHttpResponse(_chunks(file), content_type=KINDS[kind])
    return _named(answer, f"事项目录{at.astimezone(SHANGHAI):%Y%m%d}.{kind}")


@admits(EDITOR)
@require_safe
def template(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """An empty workbook to be filled in."""
    file = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when the last of it has been sent
    catalog.write_template(file)
    file.seek(0)
    return _named(StreamingHttpResponse(_chunks(file), content_type=XLSX), "事项目录模板.xlsx")


def _words(request: HttpRequest) -> dict[str, Any]:
    done = {
        name: request.GET[outcome]
        for outcome, (name, _) in OUTCOMES.items()
        if re.fullmatch(r"[0-9]{1,6}", request.GET.get(outcome, ""))
    }
    return {
        "kinds": [(kind, f"{PAGE}/catalogue.{kind}") for kind in KINDS],
        "done": "，".join(f"{name} {count}" for name, count in done.items()),
        "largest": f"{LARGEST >> 20} MB",
    }


def _told(request: HttpRequest, report: ImportReport, handle: str) -> HttpResponse:
    """What a file would do, row by row, the faulty ones first."""
    order = list(OUTCOMES)
    rows = sorted(
        (row for row in report.rows if row.outcome is not Outcome.UNCHANGED),
        key=lambda row: order.index(row.outcome),
    )
    words = {
        "report": report,
        "counts": [(name, tone, report.count(each)) for each, (name, tone) in OUTCOMES.items()],
        "total": len(report.rows),
        "rows": [_row(row) for row in rows[:SHOWN_ROWS]],
        "left_out": max(0, len(rows) - SHOWN_ROWS),
        "handle": handle,
        "nothing_new": not rows,
    }
    return page(request, "desk/exchange_report.html", words, status=422 if report.refused else 200)


def _row(row: RowResult) -> dict[str, Any]:
    name, tone = OUTCOMES[row.outcome]
    problems = [
        {"where": " ".join(filter(None, (p.sheet, p.cell, p.column))) or "整行", "detail": p.detail}
        for p in row.problems
    ]
    return {"row": row, "outcome": name, "tone": tone, "problems": problems}


def _run(principal: Principal, handle: str, *, dry_run: bool) -> ImportReport:
    path = _path(principal, handle)
    if not path.exists():
        raise Refused("file_gone", "检查过的文件已经过期，请重新选择文件检查一次。")
    return actions.import_file(
        tenant_id=principal.tenant_id, path=path, principal=principal.key, at=now(), dry_run=dry_run
    )


def _path(principal: Principal, handle: str) -> Path:
    """Where a file waits; only who has put it there finds it."""
    if not _HANDLE.fullmatch(handle):
        raise Refused("file_gone", "检查过的文件已经过期，请重新选择文件检查一次。")
    return _folder() / f"{principal.user_id}-{handle}"


def _folder() -> Path:
    return Home.current().state / "imports"


def _kept(principal: Principal, file: UploadedFile | None, at: datetime) -> str:
    """Keep a file until it is taken over, in place of what its owner had put there before; returns its handle."""
    if file is None or not file.name:
        raise Refused("file_missing", "还没有选择文件，请先选择要导入的文件。")
    suffix = Path(file.name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise Refused("unknown_file_kind", "只能导入 .xlsx、.csv、.json 或 .yaml 文件，请转换格式后再试。")
    if (file.size or 0) > LARGEST:
        raise Refused(
            "file_too_large",
            f"文件超过 {LARGEST >> 20} MB，请分成几个文件，或者请系统管理员用 onedoor catalog import 导入。",
        )
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _swept(folder, principal, at)
    handle = f"{secrets.token_hex(16)}{suffix}"
    opened = os.open(_path(principal, handle), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return handle


def _swept(folder: Path, principal: Principal, at: datetime) -> None:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            old = at.timestamp() - path.stat().st_mtime > KEPT_SECONDS
            if old or path.name.startswith(f"{principal.user_id}-"):
                path.unlink()


def _named(answer: Any, name: str) -> Any:
    answer["Content-Disposition"] = f"attachment; filename=\"catalogue\"; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
