"""The only reading of the papers room that others do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions, blobs, glyphs, rules, scanning, typesetting
from onedoor.domain.papers.models import Paper, Upload
from onedoor.domain.papers.records import open_contents, paper_ref
from onedoor.domain.papers.terms import (
    GuideForm,
    PaperKind,
    PaperRef,
    PaperState,
    ScannerTrial,
    UploadView,
    VerifiedPaper,
)


def uploads(ids: Iterable[UUID], owner: str | None = None) -> tuple[UploadView, ...]:
    """The uploads with these ids, in the order asked; with `owner`, only that principal's.

    Others are left out, so a caller that needs them all compares the counts.
    """
    wanted = list(ids)
    rows = Upload.objects.filter(pk__in=wanted)
    if owner is not None:
        rows = rows.filter(owner=owner)
    found = {row.id: _upload_view(row) for row in rows}
    return tuple(found[each] for each in wanted if each in found)


def open_blob(sm3: str) -> bytes:
    """The content stored under a hex digest, checked against it; `BlobDamaged` if missing or changed."""
    return blobs.fetch(sm3)


def scanner_trial() -> ScannerTrial:
    """Show the scanner a file that it must find something in."""
    return scanning.trial()


def paper(paper_id: UUID) -> PaperRef | None:
    """One paper, or None."""
    row = Paper.objects.filter(pk=paper_id).first()
    return None if row is None else paper_ref(row)


def papers_of(stream_id: UUID) -> tuple[PaperRef, ...]:
    """Every paper issued on one stream, in the order of the facts that called for them."""
    rows = Paper.objects.filter(subject_stream=stream_id).order_by("source_seq", "created_at", "kind")
    return tuple(map(paper_ref, rows))


def papers_of_all(stream_ids: Iterable[UUID]) -> Mapping[tuple[UUID, int], PaperRef]:
    """The papers issued on these streams by stream and seq of the fact that called for each."""
    rows = Paper.objects.filter(subject_stream__in=list(stream_ids)).order_by("created_at")
    return {(row.subject_stream, row.source_seq): paper_ref(row) for row in rows}


def unrendered(limit: int = 100) -> tuple[UUID, ...]:
    """Papers still without their PDF, oldest first."""
    rows = Paper.objects.filter(blob__isnull=True).order_by("created_at").values_list("pk", flat=True)
    return tuple(rows[:limit])


def pdf(paper_id: UUID, at: datetime | None = None) -> bytes:
    """The paper's PDF, the same bytes every time.

    One not yet rendered is rendered now; `at` is then recorded as the instant of rendering (the instant of
    issue where none is given). Refuses like `actions.render`; raises `BlobDamaged` if the kept file is
    missing or changed.
    """
    row = Paper.objects.filter(pk=paper_id).first()
    if row is None:
        raise Refused("paper_unknown", "没有这份文书，请核对编号", status=404)
    return blobs.fetch(row.blob_id or actions.render(row.id, at or row.created_at).sm3)


def verify(code: str) -> VerifiedPaper | None:
    """What the public may learn from the verification code on a paper; None if no paper bears it."""
    normal = rules.normal_code(code)
    row = Paper.objects.filter(verify_code=normal).first() if normal else None
    if row is None:
        return None
    return VerifiedPaper(
        kind=PaperKind(row.kind),
        title=row.title,
        document_number=row.document_number,
        organ=row.organ,
        holder=rules.mask_holder(open_contents(row).holder),
        issued_on=civil_date(row.created_at),
        valid_until=row.valid_until,
        state=PaperState(row.state),
        void_reason=row.void_reason,
        demo=row.demo,
        sm3=row.blob_id or "",
    )


def missing_glyphs(text: str) -> str:
    """The characters of `text` that papers cannot print, each once; "" if all can. For warning at intake."""
    return glyphs.missing_glyphs(text)


def _upload_view(row: Upload) -> UploadView:
    return UploadView(
        id=row.id,
        tenant_id=row.tenant_id,
        owner=row.owner,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sm3=row.blob_id,
        created_at=row.created_at,
        preview=row.preview_id or "",
        pages=row.pages or 0,
    )


def guide_pdf(
    *,
    title: str,
    organ: str,
    demo: bool,
    path: str,
    at: datetime,
    data: Mapping[str, Any],
    form: GuideForm = GuideForm.GUIDE,
) -> bytes:
    """A service guide, notice or card on paper: `data` has the keys that the template of `form` prints, `path` is
    where its code leads. Nothing is kept. Refuses with `glyph_missing`."""
    return typesetting.typeset_guide(
        title=title, organ=organ, demo=demo, path=path, at=at, data=data, form=form
    )
