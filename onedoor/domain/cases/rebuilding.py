"""Deriving every row of a case or bundle anew from its facts, to compare it with the row that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Head
from onedoor.domain.offices import queries as offices
from onedoor.plumbing.database.snapshots import snapshot

from . import lineage, rules
from .bundlerows import derived
from .bundles import Noted, fold
from .engine.evolve import fold_all
from .engine.terms import Happened
from .models import Bundle, Case

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
    """A column of a row that its facts do not bear out."""

    number: str
    column: str
    kept: str
    derived: str


def differences() -> Iterator[Difference]:
    """Every column of every case and bundle that differs from what its facts say; nothing for sound tables.

    Rows and facts are those of one instant, that of the first row.
    """
    with snapshot():
        for row in _rows():
            yield from _compare(row)
        for bundle in _bundles():
            yield from _compare_bundle(bundle)


def heads() -> Iterator[Head]:
    """What the tables remember of the end of each case's and bundle's stream."""
    for row in _rows():
        yield row.id, row.seq, bytes(row.head_hash)
    for bundle in _bundles():
        yield bundle.id, bundle.seq, bytes(bundle.head_hash)


def _rows() -> Iterator[Case]:
    """All cases in order of id, a thousand at a time, so that memory stays bounded."""
    last = UUID(int=0)
    while rows := list(Case.objects.filter(id__gt=last).order_by("id")[:_AT_ONCE]):
        yield from rows
        last = rows[-1].id


def _bundles() -> Iterator[Bundle]:
    """All bundles, likewise."""
    last = UUID(int=0)
    while rows := list(Bundle.objects.filter(id__gt=last).order_by("id")[:_AT_ONCE]):
        yield from rows
        last = rows[-1].id


def _compare(row: Case) -> Iterator[Difference]:
    facts = journal.facts(row.id)
    state = fold_all(Happened(f.kind, f.data, f.effective_at) for f in facts)
    version = catalog.version(row.version_id)
    calendar = offices.calendar(row.tenant_id, row.calendar_version)
    wanted_row = rules.derive(state, version, calendar, row.lead_department)
    head = facts[-1].hash if facts else bytes(32)
    pairs = [(name, getattr(row, name), getattr(wanted_row, name)) for name in _COLUMNS]
    named = [fact.data["entrustment"] for fact in facts if "entrustment" in fact.data]
    pairs += [("entrustment", str(row.entrustment_id or ""), named[-1] if named else "")]
    parents = [fact.data["bundle"] for fact in facts if "bundle" in fact.data]
    pairs += [("parent", str(row.parent_id or ""), parents[0] if parents else "")]
    pairs += [
        ("version", version.number, lineage.number_of(facts) or version.number),
        ("version_id", row.version_id, lineage.version_of(facts, row.version_id)),
        ("service_name", row.service_name, version.name),
        ("departments", list(row.departments), list(rules.departments_of(version))),
    ]
    pairs += [("seq", row.seq, state.seq), ("head_hash", bytes(row.head_hash).hex(), head.hex())]
    for column, kept, wanted in pairs:
        if kept != wanted:
            yield Difference(row.number, column, str(kept), str(wanted))


def _compare_bundle(row: Bundle) -> Iterator[Difference]:
    facts = journal.facts(row.id)
    state = fold(Noted(fact.kind, fact.data, fact.effective_at) for fact in facts)
    head = facts[-1].hash if facts else bytes(32)
    pairs = [(column, getattr(row, column), wanted) for column, wanted in derived(state).items()]
    pairs += [("head_hash", bytes(row.head_hash).hex(), head.hex())]
    for column, kept, wanted in pairs:
        if kept != wanted:
            yield Difference(row.number, column, str(kept), str(wanted))
