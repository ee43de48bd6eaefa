"""Facts of clean-ups, in the stream of each (stream kind `campaign`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from onedoor.domain.journal.terms import NewFact

from .terms import Counts, Declaration

CAMPAIGN_STREAM = "campaign"
CAMPAIGN_OPENED = "catalog.campaign_opened"
ITEM_REPORTED = "catalog.campaign_item_reported"
ITEM_REVIEWED = "catalog.campaign_item_reviewed"
ITEM_DROPPED = "catalog.campaign_item_dropped"
CAMPAIGN_PUBLISHED = "catalog.campaign_published"


def campaign_opened(
    *,
    name: str,
    basis: str,
    departments: Sequence[str],
    kinds: Sequence[str],
    since: date,
    until: date,
    items: int,
    digest: bytes,
    at: datetime,
) -> NewFact:
    """A clean-up began with so many items in force; `digest` is the SM3 of their codes, versions and digests."""
    data = {
        "name": name,
        "basis": basis,
        "departments": list(departments),
        "kinds": list(kinds),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "items": items,
        "digest": digest.hex(),
    }
    return NewFact(CAMPAIGN_OPENED, data, at)


def item_reported(*, entry: int, code: str, name: str, declared: Declaration, at: datetime) -> NewFact:
    """A department said what is to become of an item, or that it wants a new one."""
    data = {
        "entry": entry,
        "code": code,
        "name": name,
        "decision": declared.decision.value,
        "basis": declared.basis,
        "reason": declared.reason,
        "target": declared.target,
        "places": list(declared.places),
    }
    return NewFact(ITEM_REPORTED, data, at)


def item_reviewed(*, entry: int, code: str, name: str, confirmed: bool, note: str, at: datetime) -> NewFact:
    """A reviewer confirmed what was reported, or returned it with a note."""
    data = {"entry": entry, "code": code, "name": name, "confirmed": confirmed, "note": note}
    return NewFact(ITEM_REVIEWED, data, at)


def item_dropped(*, entry: int, name: str, at: datetime) -> NewFact:
    """A department took an addition back."""
    return NewFact(ITEM_DROPPED, {"entry": entry, "name": name}, at)


def campaign_published(*, digest: bytes, counts: Counts, at: datetime) -> NewFact:
    """The result is out; `digest` is the SM3 of its canonical content."""
    data = {
        "digest": digest.hex(),
        "items": counts.items,
        "remaining": counts.remaining,
        "keep": counts.keep,
        "cancel": counts.cancel,
        "merge": counts.merge,
        "hand_over": counts.hand_over,
        "modify": counts.modify,
        "places": counts.places,
        "add": counts.add,
    }
    return NewFact(CAMPAIGN_PUBLISHED, data, at)
