"""导入导出: the whole catalogue as a file, and files that come in; `exchange_batches` has what becomes of these."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.batches import actions as batching
from onedoor.domain.catalog.batches import queries as batches
from onedoor.domain.catalog.batches.terms import LARGEST, MOST_ROWS, STATE_NAMES, Batch
from onedoor.domain.catalog.exporting.catalogue import export_catalogue, write_template
from onedoor.domain.catalog.states import BatchState
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page

from .items import names_of

PAGE = "/desk/exchange"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}
CHUNK = 64 * 1024
STATE_TONES = {
    BatchState.READING: "door",
    BatchState.FAULTY: "seal",
    BatchState.READY: "door",
    BatchState.CHECKING: "amber",
    BatchState.REVIEWING: "amber",
    BatchState.APPROVED: "jade",
    BatchState.DONE: "jade",
    BatchState.ABANDONED: "",
}
#: Batches that are over in the list.
MOST_OVER = 10


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """What can be fetched, batches under way, and a file to be taken in; POST takes it in, the worker reads it."""
    if request.method != "POST":
        return page(request, "desk/exchange.html", _words(request))
    file = request.FILES.get("file")
    try:
        batch = batching.take_in(
            actor=signed_in(request),
            name=(file.name or "") if file else "",
            size=(file.size or 0) if file else 0,
            chunks=file.chunks() if file else (),
            at=now(),
        )
    except Refused as refused:
        words = {**_words(request), "refused": refused}
        return page(request, "desk/exchange.html", words, status=refused.status)
    return HttpResponseRedirect(f"{PAGE}/batches/{batch}")


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
    return named(answer, f"事项目录{at.astimezone(SHANGHAI):%Y%m%d}.{kind}")


@admits(EDITOR)
@require_safe
def template(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """An empty workbook to be filled in."""
    file = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115  closed when the last of it has been sent
    write_template(file)
    file.seek(0)
    return named(StreamingHttpResponse(_chunks(file), content_type=XLSX), "事项目录模板.xlsx")


def _words(request: HttpRequest) -> dict[str, Any]:
    principal = signed_in(request)
    return {
        "kinds": [(kind, f"{PAGE}/catalogue.{kind}") for kind in KINDS],
        "open": [line(each) for each in batches.batches(principal)],
        "over": [line(each) for each in batches.batches(principal, closed=True)[:MOST_OVER]],
        "dropped": "dropped" in request.GET,
        "largest": f"{LARGEST >> 20} MB",
        "most": MOST_ROWS,
        "whole": any(grant.role is Role.EDITOR and grant.department is None for grant in principal.grants),
    }


def line(found: Batch) -> dict[str, Any]:
    """A batch as lists show it."""
    return {
        "batch": found,
        "url": f"{PAGE}/batches/{found.id}",
        "state": STATE_NAMES[found.state],
        "tone": STATE_TONES[found.state],
        "by": names_of(found.author),
    }


def named(answer: Any, name: str) -> Any:
    """An answer that the browser saves under a name."""
    answer["Content-Disposition"] = f"attachment; filename=\"catalogue\"; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
