"""导入导出: the whole catalogue as a file; one editor has a file checked and hands it on, another takes it over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.exporting.catalogue import export_catalogue, write_template
from onedoor.domain.catalog.importing.workbook import errors_workbook
from onedoor.domain.catalog.terms import ImportReport, Outcome, RowResult
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page

from . import exchange_files as files

PAGE = "/desk/exchange"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}
SHOWN_ROWS = 300
CHUNK = 64 * 1024
OUTCOMES = {
    Outcome.REFUSED: ("有误", "seal"),
    Outcome.ADDED: ("新增", "jade"),
    Outcome.CHANGED: ("变更", "door"),
    Outcome.UNCHANGED: ("未变", ""),
}


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """What can be fetched, files that wait, and a file to be checked; POST checks it and tells what it would do."""
    if request.method != "POST":
        return page(request, "desk/exchange.html", _words(request))
    principal = signed_in(request)
    try:
        _whole_county(principal)
        file = request.FILES.get("file")
        handle = files.keep(principal, file, now())
        report = _run(principal, files.checked(principal, handle), dry_run=True)
    except Refused as refused:
        return _refused(request, refused)
    return _told(request, report, {"handle": handle, "name": file.name if file else ""})


@admits(EDITOR)
@require_POST
def hand_on(request: HttpRequest) -> HttpResponse:
    """Let a file that was checked wait for another editor. One with faults does not wait."""
    principal, handle = signed_in(request), request.POST.get("handle", "")
    try:
        _whole_county(principal)
        report = _run(principal, files.checked(principal, handle), dry_run=True)
        if report.refused:
            return _told(request, report, {"handle": handle})
        name = request.POST.get("name", "").strip() or "未命名"
        files.hand_on(principal, handle, name=name, counts=_counted(report), at=now())
    except Refused as refused:
        return _refused(request, refused)
    return HttpResponseRedirect(f"{PAGE}?handed=1")


@admits(EDITOR)
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """What a waiting file would do, for the editor who is to take it over."""
    principal, handle = signed_in(request), request.POST.get("handle", "")
    try:
        report = _run(principal, files.handed(principal, handle), dry_run=True)
    except Refused as refused:
        return _refused(request, refused)
    told = files.told_of(principal, handle)
    own = told is not None and told.user_id == principal.user_id
    return _told(request, report, {"handle": handle, "awaited": told, "own": own})


@admits(EDITOR)
@require_POST
def take_over(request: HttpRequest) -> HttpResponse:
    """Import a file that another editor has handed on, all of it or nothing."""
    principal, handle = signed_in(request), request.POST.get("handle", "")
    try:
        _whole_county(principal)
        path, told = files.handed(principal, handle), files.told_of(principal, handle)
        if told is None or told.user_id == principal.user_id:
            raise Refused(
                "reviewed_by_writer", "送审的人不能审核自己的文件，请另一位事项管理员审核。", status=403
            )
        report = _run(principal, path, dry_run=False)
    except Refused as refused:
        return _refused(request, refused)
    if report.refused:
        return _told(request, report, {"handle": handle, "awaited": told})
    files.drop(principal, handle)
    done = {str(outcome): report.count(outcome) for outcome in OUTCOMES if outcome is not Outcome.REFUSED}
    return HttpResponseRedirect(f"{PAGE}?{urlencode(done)}")


@admits(EDITOR)
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Take a waiting file away, unread."""
    try:
        _whole_county(signed_in(request))
        files.drop(signed_in(request), request.POST.get("handle", ""))
    except Refused as refused:
        return _refused(request, refused)
    return HttpResponseRedirect(PAGE)


@admits(EDITOR)
@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    """The rows of a checked file that cannot be taken over, as a workbook."""
    principal, handle = signed_in(request), request.POST.get("handle", "")
    try:
        path = files.checked(principal, handle)
    except Refused:
        path = files.handed(principal, handle)
    report = _run(principal, path, dry_run=True)
    answer = HttpResponse(errors_workbook(report), content_type=XLSX)
    return _named(answer, "有误.xlsx")


def _whole_county(principal: Principal) -> None:
    """A file may change items of every department, so that only editors of the whole county bring and take them."""
    if not any(grant.role is Role.EDITOR and grant.department is None for grant in principal.grants):
        raise Refused(
            "whole_county_only",
            "您只管一个部门的事项，不能整批导入；请管全县事项的事项管理员来做，或者在“事项”里逐个修改。",
            status=403,
        )


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    words = {**_words(request), "refused": refused}
    return page(request, "desk/exchange.html", words, status=refused.status)


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
    export_catalogue(signed_in(request).tenant_id, kind, at, file)
    file.seek(0)
    answer = StreamingHttpResponse(_chunks(file), content_type=KINDS[kind])
    return _named(answer, f"事项目录{at.astimezone(SHANGHAI):%Y%m%d}.{kind}")


@admits(EDITOR)
@require_safe
def template(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """An empty workbook to be filled in."""
    file = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when the last of it has been sent
    write_template(file)
    file.seek(0)
    return _named(StreamingHttpResponse(_chunks(file), content_type=XLSX), "事项目录模板.xlsx")


def _words(request: HttpRequest) -> dict[str, Any]:
    principal = signed_in(request)
    done = {
        name: request.GET[outcome]
        for outcome, (name, _) in OUTCOMES.items()
        if re.fullmatch(r"[0-9]{1,6}", request.GET.get(outcome, ""))
    }
    return {
        "kinds": [(kind, f"{PAGE}/catalogue.{kind}") for kind in KINDS],
        "done": "，".join(f"{name} {count}" for name, count in done.items()),
        "handed": "handed" in request.GET,
        "queue": [
            {"file": each, "own": each.user_id == principal.user_id} for each in files.waiting(principal)
        ],
        "largest": f"{files.LARGEST >> 20} MB",
    }


def _counted(report: ImportReport) -> str:
    return "，".join(
        f"{name} {report.count(each)}" for each, (name, _) in OUTCOMES.items() if report.count(each)
    )


def _told(request: HttpRequest, report: ImportReport, about: dict[str, Any]) -> HttpResponse:
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
        "nothing_new": not rows,
        **about,
    }
    return page(request, "desk/exchange_report.html", words, status=422 if report.refused else 200)


def _row(row: RowResult) -> dict[str, Any]:
    name, tone = OUTCOMES[row.outcome]
    problems = [
        {"where": " ".join(filter(None, (p.sheet, p.cell, p.column))) or "整行", "detail": p.detail}
        for p in row.problems
    ]
    return {"row": row, "outcome": name, "tone": tone, "problems": problems}


def _run(principal: Principal, path: Path, *, dry_run: bool) -> ImportReport:
    return actions.import_file(
        tenant_id=principal.tenant_id, path=path, principal=principal.key, at=now(), dry_run=dry_run
    )


def _named(answer: Any, name: str) -> Any:
    answer["Content-Disposition"] = f"attachment; filename=\"catalogue\"; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
