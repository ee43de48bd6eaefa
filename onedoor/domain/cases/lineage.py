"""On which version of its item a case stands, as its facts have it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from onedoor.domain.journal.terms import Fact

from .events import MIGRATED


def version_at(facts: Sequence[Fact], seq: int, now: int) -> int:
    """The id of the version on which a case stood right after fact `seq`; `facts` are all of it, `now` is the version
    that its row names."""
    for fact in facts:
        if fact.kind == MIGRATED and fact.seq > seq:
            return int(fact.data["versions"][0])
    return now


def version_of(facts: Sequence[Fact], now: int) -> int:
    """The id of the version on which the facts leave a case that began on a version they do not tell apart from
    `now`."""
    moved = [fact for fact in facts if fact.kind == MIGRATED]
    return int(moved[-1].data["versions"][1]) if moved else now


def number_of(facts: Sequence[Fact]) -> int | None:
    """The number of the version on which the facts leave a case; None where they do not say."""
    numbers = [
        fact.data["to"] if fact.kind == MIGRATED else fact.data["version"]
        for fact in facts
        if fact.kind == MIGRATED or "version" in fact.data
    ]
    return int(numbers[-1]) if numbers else None
