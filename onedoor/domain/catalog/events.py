"""Facts the catalogue publishes into an item's stream (stream kind `service`)."""

from __future__ import annotations

from datetime import datetime

from onedoor.domain.journal.terms import NewFact

STREAM_KIND = "service"
VERSION_PUBLISHED = "catalog.version_published"
VERSION_RETIRED = "catalog.version_retired"


def version_published(*, code: str, number: int, digest: bytes, at: datetime) -> NewFact:
    """Version `number` of an item is in force from `at`; `digest` is the SM3 of its canonical content."""
    return NewFact(VERSION_PUBLISHED, {"code": code, "number": number, "digest": digest.hex()}, at)


def version_retired(*, code: str, number: int, reason: str, at: datetime) -> NewFact:
    """Version `number` of an item is out of force from `at`.

    `reason` is `superseded` when a newer version took its place at the same instant, otherwise the words of
    whoever retired the item.
    """
    return NewFact(VERSION_RETIRED, {"code": code, "number": number, "reason": reason}, at)
