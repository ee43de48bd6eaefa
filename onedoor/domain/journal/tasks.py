"""What is done to the journal after commit: giving positions, handing facts to followers, anchoring.

Each is safe to run in any number of processes at any time: one does the work, the others return at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal import anchor_file, anchoring
from onedoor.domain.journal.queries import facts_after, newest_anchor
from onedoor.domain.journal.resuming import disagreement, resume
from onedoor.domain.journal.terms import Anchor, Fact, PlacedFact
from onedoor.plumbing import crypto
from onedoor.plumbing.home import Home

__all__ = ["Handler", "anchor", "disagreement", "follow", "resume", "sequence"]

log = logging.getLogger("onedoor.journal")

#: What a follower does with a fact. It runs in a savepoint and may see the same fact again.
Handler = Callable[[Fact], None]

#: Longest wait before a follower tries a failing fact again.
LONGEST_WAIT: Final = timedelta(minutes=5)

#: Seconds a follower may hand over facts before it keeps what it has reached and lets others work.
TURN: Final = 2.0

_SEQUENCER_LOCK: Final = 0x6F6E65646F6F7201
_ANCHOR_LOCK: Final = 0x6F6E65646F6F7202

_SEQUENCE: Final = """
    WITH taken AS (
        DELETE FROM journal_outbox
        WHERE id = ANY(ARRAY(SELECT id FROM journal_outbox ORDER BY id LIMIT %s))
        RETURNING id, stream_id, seq
    )
    INSERT INTO journal_position (position, stream_id, seq)
    SELECT (SELECT coalesce(max(position), 0) FROM journal_position) + row_number() OVER (ORDER BY id),
           stream_id, seq
    FROM taken"""

_ENLIST: Final = (
    "INSERT INTO journal_follower (name, position, failures) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING"
)
_LOCK_FOLLOWER: Final = """
    SELECT position, failures FROM journal_follower
    WHERE name = %s AND (retry_at IS NULL OR retry_at <= %s) FOR UPDATE SKIP LOCKED"""
_MOVE: Final = """
    UPDATE journal_follower SET position = %s, moved_at = %s, failures = 0, failed_at = NULL, retry_at = NULL
    WHERE name = %s"""
_FAIL: Final = """
    UPDATE journal_follower SET position = %s, failures = %s, failed_at = %s, retry_at = %s WHERE name = %s"""


def sequence(*, limit: int = 1000) -> int:
    """Give the oldest visible outbox rows, at most `limit`, their positions. Returns how many.

    A writer still open elsewhere is not waited for: its facts get later positions once it commits. Facts of
    one stream keep their order, since a fact is only written after its predecessor has committed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not _try_lock(_SEQUENCER_LOCK):
            return 0
        cursor.execute(_SEQUENCE, [limit])
        return int(cursor.rowcount)


def follow(name: str, handler: Handler, *, limit: int = 100, at: datetime) -> int:
    """Hand a follower the facts after its position, at most `limit` and for `TURN` seconds. Returns how many it took.

    Its position moves in the same transaction as what the handler writes. A fact it fails at stops this
    follower there until a later call, after a wait that doubles up to `LONGEST_WAIT`; the facts before it
    count. Nothing happens while another process is at it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ENLIST, [name])
        cursor.execute(_LOCK_FOLLOWER, [name, at])
        row = cursor.fetchone()
        if row is None:
            return 0
        position, failures = row
        placed = facts_after(position, limit)
        taken, failed = _hand_over(name, handler, placed)
        reached = placed[taken - 1].position if taken else position
        if failed:
            failures = 1 if taken else failures + 1
            cursor.execute(_FAIL, [reached, failures, at, at + _wait(failures), name])
        elif taken:
            cursor.execute(_MOVE, [reached, at, name])
        return taken


def anchor(at: datetime, *, home: Home | None = None) -> Anchor | None:
    """Sign the heads of all streams that changed since the last anchor, in the database and in the file.

    The file is written first: an anchor of the database is always in the file, and one that only the file
    holds because the process died in between is taken over by the next call. Returns None if nothing changed
    or another process is anchoring. Raises `Refused` if the file holds what the database cannot have made.
    `home` is the current one unless given.
    """
    home = home or Home.current()
    path = home.anchors_file
    with transaction.atomic():
        if not _try_lock(_ANCHOR_LOCK):
            return None
        before, filed = newest_anchor(), anchor_file.newest(path)
        if filed is not None and filed.number > (before.number if before else 0):
            return _take_over(before, filed, crypto.SigningKey.of(home))
        drafted = anchoring.draft(before, at)
        if drafted is None:
            return None
        unsigned, leaves = drafted
        signed = replace(unsigned, signature=crypto.SigningKey.of(home).sign(anchor_file.payload(unsigned)))
        anchoring.keep(signed, leaves)
        anchor_file.append(path, signed)
        return signed


def _take_over(before: Anchor | None, filed: Anchor, key: crypto.SigningKey) -> Anchor:
    built, leaves = anchoring.build(before, filed.position, filed.at)
    same = replace(built, signature=filed.signature) == filed
    if not same or not crypto.verify(key.public, anchor_file.payload(filed), filed.signature):
        raise Refused(
            "anchors_disagree",
            "锚点文件比数据库新，而数据库里的记录与它不符：数据库可能被恢复到了较早的备份，或被人改动过。"
            "请运行 onedoor journal verify 查明原因；确实是恢复了备份的，用 onedoor journal resume 登记后继续签锚。",
            status=409,
        )
    anchoring.keep(filed, leaves)
    return filed


def _hand_over(name: str, handler: Handler, placed: tuple[PlacedFact, ...]) -> tuple[int, bool]:
    """Handle facts one by one until one fails or the turn is over; how many were handled, whether one failed."""
    end = time.monotonic() + TURN
    for taken, item in enumerate(placed):
        if taken and time.monotonic() > end:
            return taken, False
        try:
            with transaction.atomic():
                handler(item.fact)
        except Exception as error:  # whatever one follower does wrong, the others go on
            # The text of the error may quote personal data; its kind and the place do not.
            log.error(
                "follower %s failed at position %d (%s, stream %s, seq %d): %s",
                name,
                item.position,
                item.fact.kind,
                item.fact.stream_id,
                item.fact.seq,
                type(error).__name__,
            )
            return taken, True
    return len(placed), False


def _wait(failures: int) -> timedelta:
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures, 16)))


def _try_lock(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        (locked,) = cursor.fetchone()
    return bool(locked)
