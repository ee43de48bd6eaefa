"""Facts the catalogue publishes into the stream of an item (stream kind `service`) or a package (`package`)."""

from __future__ import annotations

from datetime import datetime

from onedoor.domain.journal.terms import NewFact

STREAM_KIND = "service"
VERSION_PUBLISHED = "catalog.version_published"
VERSION_RETIRED = "catalog.version_retired"

PACKAGE_STREAM = "package"
PACKAGE_PUBLISHED = "catalog.package_published"
PACKAGE_RETIRED = "catalog.package_retired"


def version_published(*, code: str, number: int, digest: bytes, at: datetime) -> NewFact:
    """Version `number` of an item is in force from `at`; `digest` is the SM3 of its canonical content."""
    return NewFact(VERSION_PUBLISHED, {"code": code, "number": number, "digest": digest.hex()}, at)


def version_retired(*, code: str, number: int, reason: str, at: datetime) -> NewFact:
    """Version `number` of an item is out of force from `at`.

    `reason` is `superseded` when a newer version took its place at the same instant, otherwise the words of
    whoever retired the item.
    """
    return NewFact(VERSION_RETIRED, {"code": code, "number": number, "reason": reason}, at)


def package_published(*, code: str, number: int, digest: bytes, at: datetime) -> NewFact:
    """Version `number` of a package is in force from `at`; `digest` is the SM3 of its canonical content."""
    return NewFact(PACKAGE_PUBLISHED, {"code": code, "number": number, "digest": digest.hex()}, at)


def package_retired(*, code: str, number: int, reason: str, at: datetime) -> NewFact:
    """Version `number` of a package is out of force from `at`; `reason` as for `version_retired`."""
    return NewFact(PACKAGE_RETIRED, {"code": code, "number": number, "reason": reason}, at)
