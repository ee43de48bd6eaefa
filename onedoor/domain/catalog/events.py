"""Facts the catalogue publishes into the stream of an item (stream kind `service`), a package (`package`), a county's
own words (`vocabulary`) or what came in one file (`batch`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onedoor.domain.journal.terms import NewFact

STREAM_KIND = "service"
VERSION_PUBLISHED = "catalog.version_published"
VERSION_RETIRED = "catalog.version_retired"

DRAFT_OPENED = "catalog.draft_opened"
DRAFT_SUBMITTED = "catalog.draft_submitted"
DRAFT_CHECKED = "catalog.draft_checked"
DRAFT_RETURNED = "catalog.draft_returned"
DRAFT_WITHDRAWN = "catalog.draft_withdrawn"
DRAFT_APPROVED = "catalog.draft_approved"
DRAFT_APPLIED = "catalog.draft_applied"
DRAFT_ABANDONED = "catalog.draft_abandoned"
#: What may happen to a draft, in the stream of its item.
DRAFT_KINDS = (
    DRAFT_OPENED,
    DRAFT_SUBMITTED,
    DRAFT_CHECKED,
    DRAFT_RETURNED,
    DRAFT_WITHDRAWN,
    DRAFT_APPROVED,
    DRAFT_APPLIED,
    DRAFT_ABANDONED,
)

BATCH_STREAM = "batch"
BATCH_HANDED_IN = "catalog.batch_handed_in"
BATCH_CHECKED = "catalog.batch_checked"
BATCH_RETURNED = "catalog.batch_returned"
BATCH_ROWS_RETURNED = "catalog.batch_rows_returned"
BATCH_WITHDRAWN = "catalog.batch_withdrawn"
BATCH_APPROVED = "catalog.batch_approved"
BATCH_APPLIED = "catalog.batch_applied"
BATCH_ABANDONED = "catalog.batch_abandoned"

VOCABULARY_STREAM = "vocabulary"
SYNONYM_KEPT = "catalog.synonym_kept"
SYNONYM_DROPPED = "catalog.synonym_dropped"
QUESTIONS_CHANGED = "catalog.questions_changed"
QUESTIONS_PUBLISHED = "catalog.questions_published"

PACKAGE_STREAM = "package"
PACKAGE_PUBLISHED = "catalog.package_published"
PACKAGE_RETIRED = "catalog.package_retired"
PACKAGE_DRAFT_BEGUN = "catalog.package_draft_begun"
PACKAGE_DRAFT_CHANGED = "catalog.package_draft_changed"
PACKAGE_DRAFT_HANDED_IN = "catalog.package_draft_handed_in"
PACKAGE_DRAFT_HANDED_BACK = "catalog.package_draft_handed_back"
PACKAGE_DRAFT_ABANDONED = "catalog.package_draft_abandoned"


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


def package_draft_begun(*, code: str, number: int, at: datetime) -> NewFact:
    """A draft of a package was begun from its version `number`, 0 for a new package."""
    return NewFact(PACKAGE_DRAFT_BEGUN, {"code": code, "number": number}, at)


def package_draft_changed(
    *, code: str, revision: int, what: str, about: str, digest: bytes, at: datetime
) -> NewFact:
    """A draft of a package was changed and now has this revision and digest; `what` names the kind of change
    (basics_kept, member_added, question_dropped and so on), `about` the item's code or the question's label."""
    data = {"code": code, "revision": revision, "what": what, "about": about, "digest": digest.hex()}
    return NewFact(PACKAGE_DRAFT_CHANGED, data, at)


def package_draft_handed_in(*, code: str, revision: int, reason: str, digest: bytes, at: datetime) -> NewFact:
    """A draft of a package was handed over for review; `reason` says why there should be this version."""
    data = {"code": code, "revision": revision, "reason": reason, "digest": digest.hex()}
    return NewFact(PACKAGE_DRAFT_HANDED_IN, data, at)


def package_draft_handed_back(*, code: str, revision: int, reason: str, at: datetime) -> NewFact:
    """A draft of a package came back from review; `reason` says what is to be mended."""
    return NewFact(PACKAGE_DRAFT_HANDED_BACK, {"code": code, "revision": revision, "reason": reason}, at)


def package_draft_abandoned(*, code: str, revision: int, reason: str, at: datetime) -> NewFact:
    """A draft of a package was given up."""
    return NewFact(PACKAGE_DRAFT_ABANDONED, {"code": code, "revision": revision, "reason": reason}, at)


def synonym_kept(*, said: str, terms: Sequence[str], at: datetime) -> NewFact:
    """From `at` on, what people say stands for these official words or codes."""
    return NewFact(SYNONYM_KEPT, {"said": said, "terms": list(terms)}, at)


def synonym_dropped(*, said: str, at: datetime) -> NewFact:
    """From `at` on, what people say stands for nothing but itself."""
    return NewFact(SYNONYM_DROPPED, {"said": said}, at)


def questions_changed(*, what: str, about: str, revision: int, digest: bytes, at: datetime) -> NewFact:
    """The draft of a county's guided questions was changed and now has this revision and digest.

    `what` is begun, added, changed, moved, removed or discarded; `about` is the path of the answer, "" for the first
    question or the whole.
    """
    data = {"what": what, "about": about, "revision": revision, "digest": digest.hex()}
    return NewFact(QUESTIONS_CHANGED, data, at)


def questions_published(*, number: int, own: bool, digest: bytes, at: datetime) -> NewFact:
    """Edition `number` of the guided questions holds from `at`; not `own`: those of the program hold again."""
    return NewFact(QUESTIONS_PUBLISHED, {"number": number, "own": own, "digest": digest.hex()}, at)


def draft_moved(
    *,
    kind: str,
    code: str,
    draft: int,
    operation: str,
    at: datetime,
    reason: str = "",
    **more: str | list[str],
) -> NewFact:
    """A draft of an item went one step on or back: `kind` is one of DRAFT_KINDS.

    `reason` is why, in the words of whoever did it; `more` may have `digest` (SM3 of the content that was handed on),
    `effective_on` (the day from which it is to hold), `successors` (codes of the items that take the place of one that
    goes) and `merged` (codes of those that go with it).
    """
    data = {"code": code, "draft": draft, "operation": operation, "reason": reason}
    return NewFact(kind, data | {key: value for key, value in more.items() if value}, at)


def batch_moved(
    *, kind: str, name: str, at: datetime, reason: str = "", **more: str | int | list[str]
) -> NewFact:
    """A batch of changes from the file `name` went one step on or back: `kind` is one of the BATCH_… above.

    `reason` is why, in the words of whoever did it; `more` may have `digest` (SM3 over the contents that were handed
    on, see `batches.rules.digest`), `items` and `packages` (how many it has), `effective_on` (the day from which it is
    to hold) and `codes` (rows that were returned).
    """
    data: dict[str, object] = {"name": name, "reason": reason}
    return NewFact(kind, data | {key: value for key, value in more.items() if value}, at)
