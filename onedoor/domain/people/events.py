"""Facts the people room publishes.

Who looked at whose identity stands in the stream kind `access`, one stream a user-day; who acts for whom in
`entrustment`, one stream an entrustment; whom an identity service vouched for in `verification`, one stream an
account. No fact names a person but by the number of its row.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from onedoor.core.instants import civil_date
from onedoor.domain.journal.terms import NewFact, named_stream

from .terms import Ending, Scope

ACCESS = "access"
IDENTITY_REVEALED = "people.identity_revealed"
VERIFICATION = "verification"
IDENTITY_VERIFIED = "people.identity_verified"
ENTRUSTMENT = "entrustment"
ENTRUSTED = "people.entrusted"
ENTRUSTMENT_ENDED = "people.entrustment_ended"
ENTRUSTMENTS_LISTED = "people.entrustments_listed"


def access_stream(*, tenant_id: int, user_id: int, at: datetime) -> UUID:
    """The access log of a user on the civil day of `at`."""
    return named_stream(ACCESS, tenant_id, user_id, civil_date(at).isoformat())


def identity_revealed(*, subject_id: int, purpose: str, at: datetime) -> NewFact:
    """Name, identity number and telephone of a subject were shown in clear."""
    return NewFact(IDENTITY_REVEALED, {"subject": subject_id, "purpose": purpose}, at)


def verification_stream(*, tenant_id: int, user_id: int) -> UUID:
    """What identity services have said of the holder of an account."""
    return named_stream(VERIFICATION, tenant_id, user_id)


def identity_verified(*, subject_id: int, issuer: str, level: str, at: datetime) -> NewFact:
    """An identity service vouched for the subject as the holder of the account."""
    return NewFact(IDENTITY_VERIFIED, {"subject": subject_id, "issuer": issuer, "level": level}, at)


def entrusted(
    *, principal: int, agent: int, capacity: str, scope: Scope, standing: bool, at: datetime
) -> NewFact:
    """A subject lets another act for it; `standing` when that is not for a single case."""
    data = {
        "principal": principal,
        "agent": agent,
        "capacity": capacity,
        "acts": sorted(scope.acts),
        "services": sorted(scope.services),
        "until": scope.until.isoformat(),
        "standing": standing,
    }
    return NewFact(ENTRUSTED, data, at)


def entrustment_ended(*, ending: Ending, at: datetime, counter_reason: str = "") -> NewFact:
    """An entrustment was revoked or resigned; one that expires needs no fact.

    `counter_reason` is why its principal, who came in person, had it revoked at the counter.
    """
    at_counter = {"counter": True, "reason": counter_reason} if counter_reason else {}
    return NewFact(ENTRUSTMENT_ENDED, {"ending": ending.value, **at_counter}, at)


def entrustments_listed(*, subject_id: int, at: datetime) -> NewFact:
    """What a subject has entrusted was looked up at the counter."""
    return NewFact(ENTRUSTMENTS_LISTED, {"subject": subject_id, "purpose": "委托人到窗口撤销委托"}, at)
