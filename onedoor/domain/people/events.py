"""Facts the people room publishes: who looked at whose identity (stream kind `access`, one stream a user-day)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from onedoor.core.instants import civil_date
from onedoor.domain.journal.terms import NewFact, named_stream

ACCESS = "access"
IDENTITY_REVEALED = "people.identity_revealed"


def access_stream(*, tenant_id: int, user_id: int, at: datetime) -> UUID:
    """The access log of a user on the civil day of `at`."""
    return named_stream(ACCESS, tenant_id, user_id, civil_date(at).isoformat())


def identity_revealed(*, subject_id: int, purpose: str, at: datetime) -> NewFact:
    """Name, identity number and telephone of a subject were shown in clear."""
    return NewFact(IDENTITY_REVEALED, {"subject": subject_id, "purpose": purpose}, at)
