"""What the papers room does: keep uploads, issue papers, render them once, declare them void."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import IO, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum

from onedoor.core.identifiers import uuid7
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.papers import blobs, events, rules, typesetting
from onedoor.domain.papers.inspection import MAX_BYTES, PNG, Found, inspect
from onedoor.domain.papers.models import Blob, Paper, Upload
from onedoor.domain.papers.photographs import without_place
from onedoor.domain.papers.previews import Preview, preview_of
from onedoor.domain.papers.records import Contents, paper_ref, seal_contents
from onedoor.domain.papers.scanning import found_in
from onedoor.domain.papers.terms import OrganRef, PaperKind, PaperRef, PaperState, UploadRef
from onedoor.plumbing.crypto import sm3

# One statement counts and locks: the row stays ours until the transaction ends, and a rollback gives the
# number back, so the series has neither gaps nor doubles.
_NEXT_NUMBER = """
    INSERT INTO papers_numberseries (tenant_id, organ, series, year, last) VALUES (%s, %s, %s, %s, 1)
    ON CONFLICT (tenant_id, organ, series, year) DO UPDATE SET last = papers_numberseries.last + 1
    RETURNING last
"""


def upload(
    *,
    tenant_id: int,
    owner: str,
    name: str,
    content: bytes | IO[bytes],
    at: datetime,
    declared: str = "",
    once: str = "",
) -> UploadRef:
    """Keep a file somebody hands in.

    `owner` is the principal's key, `name` the file name as given, `declared` the media type the sender
    claims ("" if none). The type is decided by the content; name and claim must agree with it. Of a photo, what
    tells where it was taken is not kept; the digest is that of what is. A small picture of it is kept beside.
    The bytes are on disk, encrypted, before the row commits. With `once`, the same file again under the same key
    is the same upload. Refuses with the codes of `inspection.inspect` and `scanning.found_in`, with
    `upload_too_many` (429), `upload_infected`, or with `idempotency_key_reused` for another file under the same key.
    """
    body = content if isinstance(content, bytes) else content.read(MAX_BYTES + 1)
    found = inspect(body, name=name, declared=declared)
    _refuse_floods(owner, at)
    _refuse_infected(body, found, tenant_id, owner, at)
    body = without_place(body, found)
    shown = preview_of(body, found)
    with transaction.atomic():
        blob = _keep(body, found.media_type, at)
        small = _keep_preview(shown, body, blob, at)
        row, _ = Upload.objects.get_or_create(
            id=uuid5(NAMESPACE_OID, f"{owner}\0{once}") if once else uuid7(at),
            defaults={
                "tenant_id": tenant_id,
                "owner": owner,
                "name": rules.clean_file_name(name, found.extension),
                "media_type": found.media_type,
                "size": len(body),
                "blob": blob,
                "preview": small,
                "pages": shown.pages or None,
                "created_at": at,
            },
        )
    if row.blob_id != blob.sm3:
        raise Refused("idempotency_key_reused", "这个 Idempotency-Key 已用于另一个文件，请换一个新的键。")
    return UploadRef(row.id, blob.sm3, row.size, row.media_type)


def _keep_preview(shown: Preview, body: bytes, blob: Blob, at: datetime) -> Blob | None:
    if shown.picture == body:
        return blob
    return _keep(shown.picture, PNG.media_type, at) if shown.picture else None


def _refuse_floods(owner: str, at: datetime) -> None:
    """Nobody fills the disk: more than a day's work of the busiest window is too much."""
    recent = Upload.objects.filter(owner=owner, created_at__gt=at - timedelta(days=1))
    handed_in = recent.aggregate(files=Count("pk"), size=Sum("size"))
    if handed_in["files"] >= rules.FILES_A_DAY or (handed_in["size"] or 0) >= rules.BYTES_A_DAY:
        raise Refused("upload_too_many", "您今天上传的文件太多，请明天再传，急用请到窗口交原件", status=429)


def uploads_stream(tenant_id: int) -> UUID:
    """The stream of facts about files that were not kept."""
    return uuid5(NAMESPACE_OID, f"onedoor:uploads:{tenant_id}")


def _refuse_infected(content: bytes, found: Found, tenant_id: int, owner: str, at: datetime) -> None:
    """Ask the scanner, if there is one; what it finds is recorded, the file is not."""
    name = found_in(content)
    if not name:
        return
    data = {
        "sm3": sm3(content).hex(),
        "size": len(content),
        "media_type": found.media_type,
        "found": name[:200],
    }
    journal.append(
        stream_id=uploads_stream(tenant_id),
        stream_kind="uploads",
        tenant_id=tenant_id,
        facts=[NewFact(events.UPLOAD_INFECTED, data, at)],
        principal=owner,
        at=at,
        queue_up=True,
    )
    raise Refused("upload_infected", "文件带有病毒，没有保存，请先给电脑或手机杀毒，再重新制作文件上传")


def issue_paper(
    *,
    tenant_id: int,
    stream_id: UUID,
    source_seq: int,
    kind: PaperKind,
    organ: OrganRef,
    holder_name: str,
    data: Mapping[str, Any],
    at: datetime,
) -> PaperRef:
    """Issue the paper that fact `source_seq` of stream `stream_id` calls for, with its series' next number.

    Issuing again for the same fact and kind gives the paper already issued. `data` has the keys of
    `rules.ENTRIES` (`paper_data_invalid` otherwise); it is sealed, and only title and validity are readable
    in the table. The number's row stays locked until the surrounding transaction ends, so issue last in it.
    Rendering comes after the commit.
    """
    standing = _standing(stream_id, source_seq, kind)
    if standing is not None:
        return paper_ref(standing)
    printed = rules.printable(kind, data)
    holder = rules.checked_holder(holder_name)
    try:
        with transaction.atomic():
            paper = _unnumbered(tenant_id, stream_id, source_seq, kind, organ, at)
            paper.title = rules.title_of(kind, printed)
            paper.data_sealed = seal_contents(paper.id, Contents(holder, printed))
            paper.valid_until = _date(printed.get("valid_until"))
            paper.number = _next_number(tenant_id, organ.name, paper.series, paper.year)
            paper.document_number = rules.document_number(organ.word, kind, paper.year, paper.number)
            paper.save(force_insert=True)
    except IntegrityError:
        # Another issuer was faster; the savepoint has given our number back.
        standing = _standing(stream_id, source_seq, kind)
        if standing is None:
            raise
        return paper_ref(standing)
    return paper_ref(paper)


def render(paper_id: UUID, at: datetime) -> PaperRef:
    """Set the paper's PDF and keep its bytes; a paper already rendered is left as it is.

    Refuses with `paper_unknown` and, when a character has no glyph in the pinned faces, `glyph_missing`.
    """
    with transaction.atomic():
        paper = Paper.objects.select_for_update().filter(pk=paper_id).first()
        if paper is None:
            raise Refused("paper_unknown", "没有这份文书，请核对编号", status=404)
        if paper.blob_id is None:
            pdf = typesetting.typeset(typesetting.sheet_of(paper))
            paper.blob = _keep(pdf, "application/pdf", at)
            paper.rendered_at, paper.template_version = at, typesetting.template_version()
            paper.save(update_fields=["blob", "rendered_at", "template_version"])
    return paper_ref(paper)


def declare_void(*, tenant_id: int, paper_id: UUID, reason: str, at: datetime) -> PaperRef:
    """Declare that a paper no longer stands (withdrawn, replaced, revoked); verification says so at once.

    Its bytes stay as they were signed. Repeating it changes nothing. Refuses with `paper_unknown` and
    `reason_required`.
    """
    if not reason.strip():
        raise Refused("reason_required", "请写明作废的理由")
    with transaction.atomic():
        paper = Paper.objects.select_for_update().filter(pk=paper_id, tenant_id=tenant_id).first()
        if paper is None:
            raise Refused("paper_unknown", "没有这份文书，请核对编号", status=404)
        if paper.state == PaperState.VALID:
            paper.state, paper.void_reason, paper.voided_at = PaperState.VOID, reason.strip()[:200], at
            paper.save(update_fields=["state", "void_reason", "voided_at"])
    return paper_ref(paper)


def _keep(content: bytes, media_type: str, at: datetime) -> Blob:
    digest = blobs.keep(content)
    defaults = {"size": len(content), "media_type": media_type, "created_at": at}
    return Blob.objects.get_or_create(sm3=digest, defaults=defaults)[0]


def _standing(stream_id: UUID, source_seq: int, kind: PaperKind) -> Paper | None:
    return Paper.objects.filter(subject_stream=stream_id, source_seq=source_seq, kind=kind).first()


def _unnumbered(
    tenant_id: int, stream_id: UUID, source_seq: int, kind: PaperKind, organ: OrganRef, at: datetime
) -> Paper:
    return Paper(
        id=uuid7(at),
        tenant_id=tenant_id,
        subject_stream=stream_id,
        source_seq=source_seq,
        kind=kind,
        organ=organ.name,
        demo=organ.demo,
        series=organ.word + rules.SERIES[kind],
        year=civil_date(at).year,
        template_version=typesetting.template_version(),
        verify_code=rules.new_verify_code(),
        state=PaperState.VALID,
        created_at=at,
    )


def _next_number(tenant_id: int, organ: str, series: str, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [tenant_id, organ, series, year])
        (number,) = cursor.fetchone()
    return int(number)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
