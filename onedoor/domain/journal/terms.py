"""The words of the journal: facts as they are written and as they are read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

#: What stands before the first fact of every stream.
GENESIS = bytes(32)

_STREAMS = UUID("5d6e31c2-8f0b-5a8d-9a77-2f6c0b1de4a1")


def named_stream(kind: str, *parts: str | int) -> UUID:
    """The stream of something that has no identifier of its own, such as the access log of a user-day."""
    return uuid5(_STREAMS, "/".join((kind, *map(str, parts))))


@dataclass(frozen=True, slots=True)
class NewFact:
    """Something that happened, not yet in a stream.

    `kind` is `<room>.<past_tense>`; `data` holds only str, int, bool, None, list and dict (a float has no
    canonical form; write decimals as text); `effective_at` is when it took effect in law.
    """

    kind: str
    data: Mapping[str, Any]
    effective_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact in its stream: `seq` starts at 1 and has no gaps; `hash` covers every other column."""

    stream_id: UUID
    seq: int
    tenant_id: int
    stream_kind: str
    kind: str
    version: int
    effective_at: datetime
    recorded_at: datetime
    principal: str
    command_id: str | None
    command_hash: bytes | None
    data: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class FactRow(Fact):
    """A fact ready to be written: `body` is the canonical JSON of `data`."""

    body: str = ""
