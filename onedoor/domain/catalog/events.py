"""Facts the catalogue publishes into the stream of an item (stream kind `service`), a package (`package`) or a
county's own words (`vocabulary`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onedoor.domain.journal.terms import NewFact

STREAM_KIND = "service"
VERSION_PUBLISHED = "catalog.version_published"
VERSION_RETIRED = "catalog.version_retired"

VOCABULARY_STREAM = "vocabulary"
SYNONYM_KEPT = "catalog.synonym_kept"
SYNONYM_DROPPED = "catalog.synonym_dropped"

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


def synonym_kept(*, said: str, terms: Sequence[str], at: datetime) -> NewFact:
    """From `at` on, what people say stands for these official words or codes."""
    return NewFact(SYNONYM_KEPT, {"said": said, "terms": list(terms)}, at)


def synonym_dropped(*, said: str, at: datetime) -> NewFact:
    """From `at` on, what people say stands for nothing but itself."""
    return NewFact(SYNONYM_DROPPED, {"said": said}, at)
