"""The words of the journal: facts as they are written and as they are read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
class PlacedFact:
    """A fact with its place in the one order that followers read."""

    position: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed statement of what the streams looked like.

    `root` commits to the heads of all streams that changed up to `position` since the anchor before, and
    through `previous_root` to every earlier anchor. `signature` is SM2 over all other values.
    """

    number: int
    at: datetime
    position: int
    leaves: int
    root: bytes
    previous_root: bytes
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class AnchorStatus:
    """The newest anchor, if there is one, and how many facts it does not cover yet."""

    newest: Anchor | None
    uncovered: int


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """How far a follower has come and how far it has to go; `failures` in a row at its next fact."""

    name: str
    position: int
    behind: int
    failures: int
    failed_at: datetime | None
    retry_at: datetime | None


#: The last fact of a stream as a projection knows it: stream, seq, hash.
Head = tuple[UUID, int, bytes]

#: Gives the heads that a projection (such as the case table) holds, without holding them all in memory.
HeadSource = Callable[[], Iterable[Head]]


class FaultKind(StrEnum):
    """What can be wrong with a journal."""

    EDITED = "edited"  # a fact's content is not what was written
    MOVED = "moved"  # a fact stands where another stood
    REMOVED = "removed"  # facts are missing inside or before the rest of a stream
    BROKEN = "broken"  # a fact does not continue the one before it
    TRUNCATED = "truncated"  # facts at the end of a stream, or all of it, are missing
    INSERTED = "inserted"  # a fact that no action wrote
    REWRITTEN = "rewritten"  # consistent in itself, but not what an anchor or projection remembers
    ANCHOR_ALTERED = "anchor_altered"  # an anchor in the database differs from what was signed
    ANCHOR_FORGED = "anchor_forged"  # a signature was not made with the anchor key
    ANCHOR_LOST = "anchor_lost"  # an anchor is missing in the database or in the file outside it


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding: `stream_id` and `seq` name the place (for anchors, `seq` is the anchor's number)."""

    kind: FaultKind
    stream_id: UUID | None
    seq: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what was found. `faults` holds the first findings, `fault_count` counts all."""

    streams: int
    facts: int
    anchors: int
    heads: int
    fault_count: int
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault_count == 0
