"""Proving the journal: every fact, every stream's end, every anchor, from one snapshot, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection

from onedoor.domain.journal import anchor_file, anchoring, merkle, rules
from onedoor.domain.journal.anchor_check import AnchorCheck
from onedoor.domain.journal.records import ANCHOR_COLUMNS, FACT_COLUMNS, read_anchor, read_fact
from onedoor.domain.journal.terms import Anchor, Fact, Fault, FaultKind, Head, HeadSource, Verification
from onedoor.plumbing.database.snapshots import snapshot

#: How many findings are kept word for word; the rest are counted.
KEPT_FAULTS: Final = 1000

#: Rows fetched at once by a server-side cursor, and heads compared at once.
BATCH: Final = 2000

_FACTS: Final = f"SELECT {FACT_COLUMNS} FROM journal_fact f ORDER BY f.stream_id, f.seq"

_UNQUEUED: Final = """
    SELECT f.stream_id, f.seq FROM journal_fact f
    WHERE NOT EXISTS (SELECT FROM journal_position p WHERE (p.stream_id, p.seq) = (f.stream_id, f.seq))
      AND NOT EXISTS (SELECT FROM journal_outbox o WHERE (o.stream_id, o.seq) = (f.stream_id, f.seq))"""

#: Facts that must have been there, since they were queued, beyond the end of what is left of their stream.
_CUT_OFF: Final = """
    SELECT q.stream_id, min(q.seq) FROM (
        SELECT stream_id, seq FROM journal_position UNION ALL SELECT stream_id, seq FROM journal_outbox
    ) q
    WHERE NOT EXISTS (SELECT FROM journal_fact f WHERE (f.stream_id, f.seq) = (q.stream_id, q.seq))
      AND NOT EXISTS (SELECT FROM journal_fact f WHERE f.stream_id = q.stream_id AND f.seq > q.seq)
    GROUP BY q.stream_id"""

_LEAVES_OFF: Final = """
    SELECT l.stream_id, l.seq, l.number, f.hash IS NULL,
           EXISTS (SELECT FROM journal_fact later WHERE later.stream_id = l.stream_id AND later.seq > l.seq)
    FROM journal_anchor_leaf l LEFT JOIN journal_fact f USING (stream_id, seq)
    WHERE f.hash IS DISTINCT FROM l.hash"""

_ANCHORS: Final = f"SELECT {ANCHOR_COLUMNS} FROM journal_anchor ORDER BY number"

_LEAVES: Final = "SELECT number, stream_id, seq, hash FROM journal_anchor_leaf ORDER BY number, stream_id"

_ENDS: Final = """
    SELECT asked.stream_id, fact.seq, fact.hash
    FROM unnest(%s::uuid[]) AS asked (stream_id)
    LEFT JOIN LATERAL (
        SELECT seq, hash FROM journal_fact f WHERE f.stream_id = asked.stream_id ORDER BY seq DESC LIMIT 1
    ) fact ON true"""

_HASH_AT: Final = "SELECT hash FROM journal_fact WHERE stream_id = %s AND seq = %s"


def verify(
    *,
    anchors_path: Path,
    public_key: bytes,
    heads: Iterable[HeadSource] = (),
    every_signature: bool = False,
) -> Verification:
    """Check everything the journal can be held to.

    `anchors_path` is the file outside the database (or a copy kept elsewhere), `public_key` the anchor key's
    65-byte point, `heads` what projections remember. Every anchor commits to all before it, so the newest
    signature vouches for the rest; `every_signature` checks each (60 ms apiece).
    """
    findings = _Findings()
    with snapshot():
        findings.add(_check_anchors(findings, anchors_path, public_key, every_signature))
        findings.add(_check_streams(findings))
        findings.add(_check_queue())
        findings.add(_check_leaves())
        for source in heads:
            findings.add(_check_heads(findings, source()))
    return findings.result()


@dataclass(slots=True)
class _Findings:
    """Counts everything, keeps the first faults; one place is reported once a kind."""

    streams: int = 0
    facts: int = 0
    anchors: int = 0
    heads: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    _seen: set[tuple[FaultKind, UUID | None, int]] = field(default_factory=set)

    def add(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            place = (fault.kind, fault.stream_id, fault.seq)
            if place in self._seen:
                continue
            self.fault_count += 1
            if len(self.faults) < KEPT_FAULTS:
                self._seen.add(place)
                self.faults.append(fault)

    def result(self) -> Verification:
        return Verification(
            streams=self.streams,
            facts=self.facts,
            anchors=self.anchors,
            heads=self.heads,
            fault_count=self.fault_count,
            faults=tuple(self.faults),
        )


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement by a cursor on the server."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while batch := cursor.fetchmany(BATCH):
            yield from batch


def _check_streams(findings: _Findings) -> Iterator[Fault]:
    """Recompute every hash and follow every chain."""
    before: Fact | None = None
    for row in _rows(_FACTS):
        fact = read_fact(row)
        if before is None or before.stream_id != fact.stream_id:
            before = None
            findings.streams += 1
        findings.facts += 1
        yield from rules.check(fact, before)
        before = fact


def _check_queue() -> Iterator[Fault]:
    """Every fact was queued by the action that wrote it, and everything queued is still there."""
    for stream_id, seq in _rows(_UNQUEUED):
        detail = f"第 {seq} 条不是经系统办理写入的，是直接加进数据库的。"
        yield Fault(FaultKind.INSERTED, stream_id, seq, detail)
    for stream_id, seq in _rows(_CUT_OFF):
        yield _truncated(stream_id, seq, "办理顺序登记")


def _check_leaves() -> Iterator[Fault]:
    """What the anchors remember of each stream."""
    for stream_id, seq, number, absent, goes_on in _rows(_LEAVES_OFF):
        if not absent:
            detail = f"第 {seq} 条与第 {number} 号锚点留存的摘要不符，这一条或更早的记录被整段改写过。"
            yield Fault(FaultKind.REWRITTEN, stream_id, seq, detail)
        elif not goes_on:
            yield _truncated(stream_id, seq, f"第 {number} 号锚点")


def _check_heads(findings: _Findings, heads: Iterable[Head]) -> Iterator[Fault]:
    """What a projection remembers of each stream."""
    remaining = iter(heads)
    while batch := list(islice(remaining, BATCH)):
        findings.heads += len(batch)
        with connection.cursor() as cursor:
            cursor.execute(_ENDS, [[stream_id for stream_id, _, _ in batch]])
            ends = {stream_id: (seq or 0, digest) for stream_id, seq, digest in cursor.fetchall()}
        for stream_id, seq, digest in batch:
            yield from _check_head(stream_id, seq, bytes(digest), *ends[stream_id])


def _check_head(
    stream_id: UUID, seq: int, digest: bytes, end: int, end_hash: bytes | None
) -> Iterator[Fault]:
    if end < seq:
        yield _truncated(stream_id, end + 1, "业务数据")
        return
    if end > seq:
        detail = f"第 {seq + 1} 条起的记录在业务数据里没有对应，可能是直接加进数据库的。"
        yield Fault(FaultKind.INSERTED, stream_id, seq + 1, detail)
    if (end_hash if end == seq else _hash_at(stream_id, seq)) != digest:
        detail = f"第 {seq} 条与业务数据留存的摘要不符，这一条或更早的记录被整段改写过。"
        yield Fault(FaultKind.REWRITTEN, stream_id, seq, detail)


def _check_anchors(
    findings: _Findings, path: Path, public_key: bytes, every_signature: bool
) -> Iterator[Fault]:
    """The anchors of the database against those of the file, and both against leaves and signatures."""
    check = AnchorCheck(
        kept=_anchors(),
        filed=anchor_file.lines(path),
        leaves=_leaves(),
        public_key=public_key,
        in_the_making=_in_the_making,
        every_signature=every_signature,
    )
    findings.anchors = yield from check.faults()


def _anchors() -> Iterator[tuple[int, Anchor]]:
    for row in _rows(_ANCHORS):
        yield row[0], read_anchor(row)


def _leaves() -> Iterator[tuple[int, Iterator[bytes]]]:
    """The leaves of each anchor, without holding them all."""
    for number, rows in groupby(_rows(_LEAVES), key=itemgetter(0)):
        yield number, (merkle.leaf(row[1], row[2], bytes(row[3])) for row in rows)


def _in_the_making(before: Anchor | None, filed: Anchor) -> bool:
    """Whether an anchor is in the file alone because it is newer than the snapshot, or its maker died then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        (snapshot_at,) = cursor.fetchone()
    return bool(filed.at >= snapshot_at) or anchoring.fits(before, filed)


def _truncated(stream_id: UUID, seq: int, witness: str) -> Fault:
    detail = f"第 {seq} 条起的末尾记录缺失，被人截去了（{witness}里还有）。"
    return Fault(FaultKind.TRUNCATED, stream_id, seq, detail)


def _hash_at(stream_id: UUID, seq: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(_HASH_AT, [stream_id, seq])
        row = cursor.fetchone()
    return bytes(row[0]) if row else None
