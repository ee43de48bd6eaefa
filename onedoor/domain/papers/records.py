"""Between a paper's row and the world: its identity, its sealed data, its reference and its sheet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from onedoor.domain.papers import blobs
from onedoor.domain.papers.models import Paper
from onedoor.domain.papers.terms import PaperKind, PaperRef, PaperState


@dataclass(frozen=True, slots=True)
class Contents:
    """What was sealed when the paper was issued: whom it is addressed to and what it prints."""

    holder: str
    data: Mapping[str, Any]


def chinese_date(day: date) -> str:
    """2026年11月22日, as GB/T 9704 writes dates."""
    return f"{day.year}年{day.month}月{day.day}日"


def seal_contents(paper_id: UUID, contents: Contents) -> bytes:
    """The contents as the row keeps them, readable only with this home's keys and only in this row."""
    text = json.dumps({"holder": contents.holder, "data": contents.data}, ensure_ascii=False, sort_keys=True)
    return blobs.enclose(text.encode(), paper_id.bytes)


def open_contents(paper: Paper) -> Contents:
    """What `seal_contents` sealed. Raises `Unreadable` if the row was changed."""
    held = json.loads(blobs.disclose(bytes(paper.data_sealed), paper.id.bytes))
    return Contents(held["holder"], held["data"])


def paper_ref(paper: Paper) -> PaperRef:
    """The row as other rooms see it."""
    return PaperRef(
        id=paper.id,
        tenant_id=paper.tenant_id,
        stream_id=paper.subject_stream,
        source_seq=paper.source_seq,
        kind=PaperKind(paper.kind),
        title=paper.title,
        document_number=paper.document_number,
        organ=paper.organ,
        verify_code=paper.verify_code,
        created_at=paper.created_at,
        rendered_at=paper.rendered_at,
        state=PaperState(paper.state),
        sm3=paper.blob_id or "",
    )
