"""Writing to the journal: facts are chained, written and queued for followers, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal.canonical import encode_data, fact_hash
from onedoor.domain.journal.terms import GENESIS, FactRow, NewFact

_COLUMNS: Final = """stream_id, seq, tenant_id, stream_kind, kind, version, effective_at, recorded_at,
                              principal, command_id, command_hash, data, prev_hash, hash"""
_CTE: Final = f"""journal_facts AS (
    INSERT INTO journal_fact ({_COLUMNS})
    {{}}
    RETURNING stream_id, seq
), journal_queue AS (
    INSERT INTO journal_outbox (stream_id, seq) SELECT stream_id, seq FROM journal_facts ORDER BY 1, 2
)"""

#: Two common table expressions that write facts and queue them, for a room's own single statement:
#: `f"WITH {APPEND_CTE}, … UPDATE …"`, with `append_params(rows)` standing first among its parameters.
#: They are named `journal_facts` (returning stream_id, seq) and `journal_queue`.
APPEND_CTE: Final = _CTE.format(
    """SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::text[], %s::text[], %s::smallint[],
                         %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::bytea[],
                         %s::jsonb[], %s::bytea[], %s::bytea[])"""
)

_APPEND: Final = f"WITH {APPEND_CTE} SELECT count(*) FROM journal_facts"
_HEAD: Final = "SELECT seq, hash FROM journal_fact WHERE stream_id = %s ORDER BY seq DESC LIMIT 1"
_QUEUE_UP: Final = "SELECT pg_advisory_xact_lock(%s)"


def chain(
    *,
    stream_id: UUID,
    seq: int,
    prev_hash: bytes,
    tenant_id: int,
    stream_kind: str,
    principal: str,
    recorded_at: datetime,
    facts: Iterable[NewFact],
    command_id: str | None = None,
    command_hash: bytes | None = None,
) -> list[FactRow]:
    """Continue a stream whose last fact has `seq` and `prev_hash` (0 and `GENESIS` for a new stream).

    Pure: nothing is read or written. The command stands on the first fact alone, so that a repetition of it
    collides there. Raises TypeError for data without a canonical form and `Refused` for unstorable text.
    """
    rows: list[FactRow] = []
    for fact in facts:
        seq += 1
        row = _row(
            fact,
            stream_id,
            seq,
            prev_hash,
            tenant_id,
            stream_kind,
            principal,
            recorded_at,
            command_id,
            command_hash,
        )
        rows.append(row)
        prev_hash, command_id, command_hash = row.hash, None, None
    return rows


@cache
def append_cte(facts: int) -> str:
    """`APPEND_CTE` for so many facts as plain values, with `append_values(rows)` as its parameters.

    For one fact or a few this is half the work of arrays, here and in the database. Each number of facts is a
    statement of its own to be prepared, so many at once are better left to the arrays.
    """
    row = f"({', '.join(['%s'] * 14)})"
    return _CTE.format(f"VALUES {', '.join([row] * facts)}")


#: The same for one fact, written only if the expression `{source}`, which stands before it, has a row; the
#: parameters are `append_values` of that fact.
APPEND_IF: Final = _CTE.format(f"SELECT {', '.join(['%s'] * 14)} FROM {{source}}")


def append_values(rows: Sequence[FactRow]) -> list[Any]:
    """The parameters of `append_cte(len(rows))`."""
    return [
        value
        for row in rows
        for value in (
            row.stream_id,
            row.seq,
            row.tenant_id,
            row.stream_kind,
            row.kind,
            row.version,
            row.effective_at,
            row.recorded_at,
            row.principal,
            row.command_id,
            row.command_hash,
            row.body,
            row.prev_hash,
            row.hash,
        )
    ]


def append_params(rows: Sequence[FactRow]) -> list[Any]:
    """The parameters of `APPEND_CTE`: one array a column."""
    return [
        [row.stream_id for row in rows],
        [row.seq for row in rows],
        [row.tenant_id for row in rows],
        [row.stream_kind for row in rows],
        [row.kind for row in rows],
        [row.version for row in rows],
        [row.effective_at for row in rows],
        [row.recorded_at for row in rows],
        [row.principal for row in rows],
        [row.command_id for row in rows],
        [row.command_hash for row in rows],
        [row.body for row in rows],
        [row.prev_hash for row in rows],
        [row.hash for row in rows],
    ]


def append(
    *,
    stream_id: UUID,
    tenant_id: int,
    stream_kind: str,
    principal: str,
    at: datetime,
    facts: Iterable[NewFact],
    command_id: str | None = None,
    command_hash: bytes | None = None,
    queue_up: bool = False,
) -> list[FactRow]:
    """Append facts to the end of a stream, for rooms that keep no head of their own.

    Of two writers at once one is refused as `stale`; with `queue_up` the second waits for the first to
    commit instead, for logs that many write to. A command that the stream already holds is refused as
    `repeated_command`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if queue_up:
            cursor.execute(_QUEUE_UP, [int.from_bytes(stream_id.bytes[:8], signed=True)])
        cursor.execute(_HEAD, [stream_id])
        seq, head = cursor.fetchone() or (0, GENESIS)
        rows = chain(
            stream_id=stream_id,
            seq=seq,
            prev_hash=bytes(head),
            tenant_id=tenant_id,
            stream_kind=stream_kind,
            principal=principal,
            recorded_at=at,
            facts=facts,
            command_id=command_id,
            command_hash=command_hash,
        )
        _write(rows)
    return rows


def _write(rows: list[FactRow]) -> None:
    """Insert the rows; collisions on the stream's end or on the command become refusals."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_APPEND, append_params(rows))
    except IntegrityError as fault:
        if "journal_fact_command" in str(fault):
            raise Refused(
                "repeated_command", "这个请求已经处理过了，请刷新页面查看结果。", status=409
            ) from fault
        raise Refused("stale", "这份记录刚被他人更新，请刷新页面后再试。", status=409) from fault


def _row(
    fact: NewFact,
    stream_id: UUID,
    seq: int,
    prev_hash: bytes,
    tenant_id: int,
    stream_kind: str,
    principal: str,
    recorded_at: datetime,
    command_id: str | None,
    command_hash: bytes | None,
) -> FactRow:
    body = encode_data(fact.data)
    digest = fact_hash(
        stream_id=stream_id,
        seq=seq,
        tenant_id=tenant_id,
        stream_kind=stream_kind,
        kind=fact.kind,
        version=fact.version,
        effective_at=fact.effective_at,
        recorded_at=recorded_at,
        principal=principal,
        command_id=command_id,
        command_hash=command_hash,
        body=body,
        prev_hash=prev_hash,
    )
    return FactRow(
        stream_id,
        seq,
        tenant_id,
        stream_kind,
        fact.kind,
        fact.version,
        fact.effective_at,
        recorded_at,
        principal,
        command_id,
        command_hash,
        fact.data,
        prev_hash,
        digest,
        body,
    )
