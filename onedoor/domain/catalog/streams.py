"""Facts for the streams of many items, written in a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal import queries as journal_queries
from onedoor.domain.journal.terms import GENESIS, Fact, FactRow, NewFact

from . import events

_APPEND = f"WITH {journal.APPEND_CTE} SELECT count(*) FROM journal_facts"
#: Every kind of fact that an item's stream may end with.
_KINDS = (events.VERSION_PUBLISHED, events.VERSION_RETIRED, *events.DRAFT_KINDS)
#: Facts written by one statement.
AT_ONCE = 2_000


def append_all(
    facts: Mapping[UUID, Sequence[NewFact]],
    *,
    tenant_id: int,
    principal: str,
    at: datetime,
    fresh: frozenset[UUID] = frozenset(),
) -> None:
    """Append to each of these streams of items; `fresh` are those that are known to be new.

    Raises Refused("stale") if somebody else has appended to one of them meanwhile.
    """
    heads = _heads([stream for stream in facts if stream not in fresh])
    rows: list[FactRow] = []
    for stream, told in facts.items():
        head = heads.get(stream)
        rows += journal.chain(
            stream_id=stream,
            seq=head.seq if head else 0,
            prev_hash=head.hash if head else GENESIS,
            tenant_id=tenant_id,
            stream_kind=events.STREAM_KIND,
            principal=principal,
            recorded_at=at,
            facts=told,
        )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for start in range(0, len(rows), AT_ONCE):
                cursor.execute(_APPEND, journal.append_params(rows[start : start + AT_ONCE]))
    except IntegrityError as fault:
        raise Refused("stale", "事项刚被他人更新，请刷新页面后再试。", status=409) from fault


def _heads(streams: Sequence[UUID]) -> dict[UUID, Fact]:
    """The last fact of each stream that has one."""
    found: dict[UUID, Fact] = {}
    for kind in _KINDS if streams else ():
        for fact in journal_queries.latest(streams, kind):
            former = found.get(fact.stream_id)
            if former is None or former.seq < fact.seq:
                found[fact.stream_id] = fact
    return found
