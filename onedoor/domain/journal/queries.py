"""Reading the journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection

from onedoor.domain.journal import anchor_file, anchoring, rules
from onedoor.domain.journal.records import ANCHOR_COLUMNS, FACT_COLUMNS, read_anchor, read_fact
from onedoor.domain.journal.terms import Anchor, AnchorStatus, Fact, Fault, FollowerStatus, PlacedFact
from onedoor.domain.journal.verification import verify

__all__ = [
    "anchor_status",
    "anchors_agree",
    "facts",
    "facts_after",
    "follower_status",
    "latest",
    "latest_values",
    "log",
    "newest_anchor",
    "stream_faults",
    "verify",
]

_STREAM: Final = (
    f"SELECT {FACT_COLUMNS} FROM journal_fact f WHERE f.stream_id = %s AND f.seq > %s ORDER BY f.seq"
)

_LATEST: Final = f"""
    SELECT DISTINCT ON (f.stream_id) {FACT_COLUMNS} FROM journal_fact f
    WHERE f.stream_id = ANY(%s) AND f.kind = %s ORDER BY f.stream_id, f.seq DESC"""

_LATEST_VALUES: Final = """
    SELECT DISTINCT ON (stream_id) stream_id, (effective_at AT TIME ZONE 'Asia/Shanghai')::date, data ->> %s
    FROM journal_fact WHERE stream_id = ANY(%s) AND kind = %s ORDER BY stream_id, seq DESC"""

_AFTER: Final = f"""
    SELECT p.position, {FACT_COLUMNS}
    FROM journal_position p JOIN journal_fact f USING (stream_id, seq)
    WHERE p.position > %s ORDER BY p.position LIMIT %s"""

_LOG: Final = f"""
    SELECT {FACT_COLUMNS} FROM journal_fact f
    WHERE f.tenant_id = %s AND f.stream_kind <> 'case' AND f.stream_kind = ANY(%s)
      AND (%s::text[] IS NULL OR f.kind = ANY(%s)) AND (%s = '' OR f.principal = %s)
      AND f.recorded_at >= %s AND f.recorded_at <= %s AND (f.recorded_at, f.stream_id, f.seq) < (%s, %s, %s)
    ORDER BY f.recorded_at DESC, f.stream_id DESC, f.seq DESC LIMIT %s"""

_NEWEST_ANCHOR: Final = f"SELECT {ANCHOR_COLUMNS} FROM journal_anchor ORDER BY number DESC LIMIT 1"

_UNCOVERED: Final = """
    SELECT (SELECT coalesce(max(position), 0) FROM journal_position) - %s + (SELECT count(*) FROM journal_outbox)"""

_FOLLOWERS: Final = """
    SELECT name, position, (SELECT coalesce(max(position), 0) FROM journal_position) - position,
           failures, failed_at, retry_at
    FROM journal_follower ORDER BY name"""


def facts(stream_id: UUID, *, after: int = 0) -> tuple[Fact, ...]:
    """The facts of a stream in order, those after seq `after` only; empty if there is no such stream."""
    with connection.cursor() as cursor:
        cursor.execute(_STREAM, [stream_id, after])
        return tuple(read_fact(row) for row in cursor.fetchall())


def latest(stream_ids: Sequence[UUID], kind: str) -> tuple[Fact, ...]:
    """The newest fact of a kind in each of these streams; nothing for a stream without one."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [list(stream_ids), kind])
        return tuple(read_fact(row) for row in cursor.fetchall())


def latest_values(
    stream_ids: Sequence[UUID], kind: str, name: str
) -> tuple[tuple[UUID, date, str | None], ...]:
    """Of the newest fact of a kind in each of these streams: the civil day of its effect, and one value of its data
    as text. For thousands of streams, where whole facts would take long to read."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST_VALUES, [name, list(stream_ids), kind])
        return tuple(cursor.fetchall())


def stream_faults(read: tuple[Fact, ...]) -> tuple[Fault, ...]:
    """What is wrong with the chain of one stream, given all its facts in order; () if every hash fits.

    Only `verify` also sees a stream that was cut off at its end or rewritten as a whole.
    """
    before = (None, *read)
    return tuple(
        fault for fact, former in zip(read, before, strict=False) for fault in rules.check(fact, former)
    )


def facts_after(position: int, limit: int) -> tuple[PlacedFact, ...]:
    """At most `limit` facts behind a position, in the order of positions."""
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [position, limit])
        return tuple(PlacedFact(row[0], read_fact(row[1:])) for row in cursor.fetchall())


def log(
    *,
    tenant_id: int,
    stream_kinds: Sequence[str],
    since: datetime,
    until: datetime,
    limit: int,
    kinds: Sequence[str] | None = None,
    principal: str = "",
    before: tuple[datetime, UUID, int] | None = None,
) -> tuple[Fact, ...]:
    """Facts of streams other than cases, newest first: of all `kinds` for None, by anybody for no `principal`.

    `before` is the place of the last fact of the page before: when it was recorded, its stream and seq.
    """
    wanted = None if kinds is None else list(kinds)
    place = before or (until, UUID(int=2**128 - 1), 2**31 - 1)
    parameters = [tenant_id, list(stream_kinds), wanted, wanted, principal, principal, since, until, *place]
    with connection.cursor() as cursor:
        cursor.execute(_LOG, [*parameters, limit])
        return tuple(read_fact(row) for row in cursor.fetchall())


def newest_anchor() -> Anchor | None:
    """The last anchor the database holds."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_ANCHOR)
        row = cursor.fetchone()
    return read_anchor(row) if row else None


def anchor_status() -> AnchorStatus:
    """How far the anchors reach."""
    newest = newest_anchor()
    with connection.cursor() as cursor:
        cursor.execute(_UNCOVERED, [newest.position if newest else 0])
        (uncovered,) = cursor.fetchone()
    return AnchorStatus(newest, uncovered)


def anchors_agree(path: Path) -> bool:
    """Whether the newest anchor of the file at `path` is the database's, or the one it is just making.

    False after the database went back to an earlier state, or was tampered with; `verify` tells which.
    """
    filed, newest = anchor_file.newest(path), newest_anchor()
    if filed is None or (newest is not None and filed.number < newest.number):
        return True
    return filed == newest or anchoring.fits(newest, filed)


def follower_status() -> tuple[FollowerStatus, ...]:
    """How far every follower has come, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWERS)
        return tuple(FollowerStatus(*row) for row in cursor.fetchall())
