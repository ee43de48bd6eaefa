"""Deriving every case row anew from its facts, to compare it with the row that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Head
from onedoor.domain.offices import queries as offices

from . import rules
from .engine.evolve import fold_all
from .engine.terms import Happened
from .models import Case

_COLUMNS = (
    "stage",
    "engine",
    "work",
    "received_at",
    "accepted_at",
    "decided_at",
    "concluded_at",
    "due_at",
    "next_alarm_at",
    "overdue",
)
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of a case row that its facts do not bear out."""

    number: str
    column: str
    kept: str
    derived: str


def differences() -> Iterator[Difference]:
    """Every column of every case that differs from what its facts say; nothing for a sound table."""
    for row in _rows():
        yield from _compare(row)


def heads() -> Iterator[Head]:
    """What the case table remembers of the end of each case's stream."""
    for row in _rows():
        yield row.id, row.seq, bytes(row.head_hash)


def _rows() -> Iterator[Case]:
    """All cases in order of id, a thousand at a time, so that memory stays bounded."""
    last = UUID(int=0)
    while rows := list(Case.objects.filter(id__gt=last).order_by("id")[:_AT_ONCE]):
        yield from rows
        last = rows[-1].id


def _compare(row: Case) -> Iterator[Difference]:
    facts = journal.facts(row.id)
    state = fold_all(Happened(f.kind, f.data, f.effective_at) for f in facts)
    version = catalog.version(row.version_id)
    calendar = offices.calendar(row.tenant_id, row.calendar_version)
    derived = rules.derive(state, version, calendar, row.lead_department)
    head = facts[-1].hash if facts else bytes(32)
    pairs = [(name, getattr(row, name), getattr(derived, name)) for name in _COLUMNS]
    named = [fact.data["entrustment"] for fact in facts if "entrustment" in fact.data]
    pairs += [("entrustment", str(row.entrustment_id or ""), named[-1] if named else "")]
    pairs += [("seq", row.seq, state.seq), ("head_hash", bytes(row.head_hash).hex(), head.hex())]
    for column, kept, wanted in pairs:
        if kept != wanted:
            yield Difference(row.number, column, str(kept), str(wanted))
