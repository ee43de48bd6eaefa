"""Making anchors: the heads of the streams that changed, under one signed root."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from onedoor.domain.journal import merkle
from onedoor.domain.journal.records import ANCHOR_COLUMNS
from onedoor.domain.journal.terms import GENESIS, Anchor, Head

#: Most positions one anchor covers, which bounds its memory; the next anchor takes the rest.
SPAN: Final = 50_000

_HEADS: Final = """
    SELECT DISTINCT ON (p.stream_id) p.stream_id, p.seq, f.hash
    FROM journal_position p JOIN journal_fact f USING (stream_id, seq)
    WHERE p.position > %s AND p.position <= %s
    ORDER BY p.stream_id, p.seq DESC"""

_LAST_POSITION: Final = "SELECT max(position) FROM journal_position WHERE position > %s AND position <= %s"

_KEEP_LEAVES: Final = """
    INSERT INTO journal_anchor_leaf (number, stream_id, seq, hash)
    SELECT %s, * FROM unnest(%s::uuid[], %s::int[], %s::bytea[])"""

_KEEP: Final = f"INSERT INTO journal_anchor ({ANCHOR_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)"


def draft(before: Anchor | None, at: datetime) -> tuple[Anchor, list[Head]] | None:
    """The next anchor, unsigned, with its leaves; None if nothing happened since the one before."""
    start = before.position if before else 0
    with connection.cursor() as cursor:
        cursor.execute(_LAST_POSITION, [start, start + SPAN])
        (position,) = cursor.fetchone()
    return None if position is None else build(before, position, at)


def build(before: Anchor | None, position: int, at: datetime) -> tuple[Anchor, list[Head]]:
    """The anchor over what stands between the one before and `position`, unsigned, with its leaves."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [before.position if before else 0, position])
        leaves: list[Head] = [(stream_id, seq, bytes(digest)) for stream_id, seq, digest in cursor.fetchall()]
    number = before.number + 1 if before else 1
    previous_root = before.root if before else GENESIS
    root = _root(previous_root, number, position, at, leaves)
    return Anchor(number, at, position, len(leaves), root, previous_root), leaves


def fits(before: Anchor | None, filed: Anchor) -> bool:
    """Whether an anchor found in the file is the one the database would make after `before`."""
    built, _ = build(before, filed.position, filed.at)
    return (built.number, built.leaves, built.root) == (filed.number, filed.leaves, filed.root)


def keep(anchor: Anchor, leaves: Sequence[Head]) -> None:
    """Write an anchor and its leaves to the database."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_LEAVES, [anchor.number, *_columns(leaves)])
        cursor.execute(
            _KEEP,
            [
                anchor.number,
                anchor.at,
                anchor.position,
                anchor.leaves,
                anchor.root,
                anchor.previous_root,
                anchor.signature,
            ],
        )


def _root(previous_root: bytes, number: int, position: int, at: datetime, leaves: Sequence[Head]) -> bytes:
    tree = merkle.Tree()
    tree.add(merkle.link(previous_root, number, position, at))
    for head in leaves:
        tree.add(merkle.leaf(*head))
    return tree.root()


def _columns(leaves: Sequence[Head]) -> list[list[object]]:
    return [[head[column] for head in leaves] for column in range(3)]
