"""Rows of the journal's tables as the room's terms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from onedoor.domain.journal.terms import Anchor, Fact

#: Columns of `journal_fact f` in the order `read_fact` takes them.
FACT_COLUMNS: Final = """f.stream_id, f.seq, f.tenant_id, f.stream_kind, f.kind, f.version, f.effective_at,
    f.recorded_at, f.principal, f.command_id, f.command_hash, f.data, f.prev_hash, f.hash"""

#: Columns of `journal_anchor` in the order `read_anchor` takes them.
ANCHOR_COLUMNS: Final = "number, at, position, leaves, root, previous_root, signature"


def read_fact(row: Sequence[Any]) -> Fact:
    """A fact from `FACT_COLUMNS`; jsonb arrives as text."""
    command_hash, body, prev_hash, digest = row[10:]
    values = [*row[:10], _bytes(command_hash), json.loads(body), _bytes(prev_hash), _bytes(digest)]
    return Fact(*values)


def read_anchor(row: Sequence[Any]) -> Anchor:
    """An anchor from `ANCHOR_COLUMNS`."""
    number, at, position, leaves, *binary = row
    return Anchor(number, at, position, leaves, *map(bytes, binary))


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
