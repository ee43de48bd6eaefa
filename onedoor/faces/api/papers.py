"""Uploads, documents and their public verification through the interface."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile

from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.offices import actions as offices
from onedoor.domain.papers import actions, queries
from onedoor.faces.access import PUBLIC, SIGNED_IN, address_of, county, now

from .gate import ACCOUNT, declares, once, principal
from .schemas import ProblemOut, UploadOut, VerifiedOut

router = Router(tags=["文书与材料"])


@router.post(
    "/uploads",
    response={
        201: UploadOut,
        413: ProblemOut,
        415: ProblemOut,
        422: ProblemOut,
        503: ProblemOut,
    },
    auth=ACCOUNT,
    summary="上传材料",
)
@declares(SIGNED_IN)
def upload(request: HttpRequest, file: UploadedFile = File(...)) -> Any:  # noqa: B008
    """Keep one file (PDF, JPG, PNG, at most 20 MB) for use in a case."""
    who = principal(request)
    ref = actions.upload(
        tenant_id=who.tenant_id,
        owner=who.key,
        name=file.name or "",
        content=file,
        declared=file.content_type or "",
        at=now(),
        once=once(request, who, content=b"").command_id,
    )
    return Status(201, {"id": ref.id, "sm3": ref.sm3, "size": ref.size, "media_type": ref.media_type})


@router.get("/papers/{paper_id}.pdf", auth=ACCOUNT, summary="文书 PDF")
@declares(SIGNED_IN)
def pdf(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """The PDF of a document, to whoever may see it in its case."""
    ref = queries.paper(paper_id)
    if ref is None or not cases.may_read_paper(ref, actor=principal(request), at=now()):
        raise Refused("paper_unknown", "没有这份文书，请核对编号。", status=404)
    response = HttpResponse(queries.pdf(ref.id, now()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{ref.kind.value}-{ref.id}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@router.get("/verify/{code}", response=VerifiedOut, auth=None, summary="文书核验")
@declares(PUBLIC)
def verify(request: HttpRequest, code: str) -> Any:
    """What anyone may learn of a document by the code on it."""
    county(request)
    offices.count_attempt(key=f"verify:{address_of(request)}", limit=600, at=now())
    found = queries.verify(code[:60])
    if found is None:
        raise Refused("paper_unknown", "没有这个核验码对应的文书，请核对后重新输入。", status=404)
    return {
        "kind": found.kind.value,
        "title": found.title,
        "document_number": found.document_number,
        "organ": found.organ,
        "holder": found.holder,
        "issued_on": found.issued_on.isoformat(),
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
        "state": found.state.value,
        "sm3": found.sm3,
    }
