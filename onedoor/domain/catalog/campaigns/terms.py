"""The words of clean-ups 事项清理: what departments report of their items, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.states import Decision, EntryState

DECISION_NAMES: dict[Decision, str] = {
    Decision.KEEP: "保留",
    Decision.CANCEL: "取消",
    Decision.MERGE: "合并",
    Decision.HAND_OVER: "下放划转",
    Decision.MODIFY: "修改",
    Decision.ADD: "新增",
}
#: Decisions after which an item is no longer the county's own.
GONE = frozenset({Decision.CANCEL, Decision.MERGE, Decision.HAND_OVER})


STATE_NAMES: dict[EntryState, str] = {
    EntryState.OPEN: "待自查",
    EntryState.REPORTED: "待审核",
    EntryState.RETURNED: "已退回",
    EntryState.CONFIRMED: "已确认",
    EntryState.DROPPED: "已撤回",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a department says of an item.

    `target` is the code of the item it is merged into, or whom it is handed over to; `places` are the places that are
    modified, one text each.
    """

    decision: Decision
    basis: str = ""
    reason: str = ""
    target: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """An item that a department wants to have; `code` may be open."""

    name: str
    type: str
    department: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An item of a clean-up. `number` is its version when the clean-up began, None for an addition."""

    id: int
    code: str
    number: int | None
    name: str
    type: str
    department: str
    department_name: str
    state: EntryState
    decision: Decision | None
    basis: str
    reason: str
    target: str
    places: tuple[str, ...]
    note: str
    reported_by: str
    reported_at: datetime | None
    reviewed_at: datetime | None

    @property
    def added(self) -> bool:
        """Whether it was no item of the county when the clean-up began."""
        return self.number is None

    @property
    def counts(self) -> bool:
        """Whether it is part of the clean-up still."""
        return self.state is not EntryState.DROPPED

    @property
    def decision_name(self) -> str:
        """The decision in words, "" before there is one."""
        return DECISION_NAMES[self.decision] if self.decision else ""

    @property
    def state_name(self) -> str:
        """The state in words."""
        return STATE_NAMES[self.state]

    @property
    def type_name(self) -> str:
        """The kind of item in words."""
        return TYPES.get(self.type, self.type)


@dataclass(frozen=True, slots=True)
class Counts:
    """A clean-up in figures. `items` were there when it began, `remaining` are there afterwards, as far as decided;
    `places` were modified; `open` still wait for a report, `waiting` for a review."""

    items: int = 0
    keep: int = 0
    cancel: int = 0
    merge: int = 0
    hand_over: int = 0
    modify: int = 0
    add: int = 0
    places: int = 0
    open: int = 0
    waiting: int = 0

    @property
    def remaining(self) -> int:
        """How many items the county has after the clean-up."""
        return self.items - self.cancel - self.merge - self.hand_over + self.add

    @property
    def unfinished(self) -> int:
        """How many items are not confirmed yet."""
        return self.open + self.waiting


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of a department or a kind of item."""

    key: str
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A clean-up as its readers see it; `departments` and `kinds` are empty where nothing is left out."""

    id: UUID
    name: str
    basis: str
    departments: tuple[str, ...]
    kinds: tuple[str, ...]
    opens_on: date
    closes_on: date
    opened_at: datetime
    published_at: datetime | None

    @property
    def published(self) -> bool:
        """Whether the result is out, so that nothing changes any more."""
        return self.published_at is not None


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What became of one item, as the public reads it."""

    code: str
    name: str
    type: str
    department: str
    department_name: str
    decision: Decision
    target: str
    basis: str
    reason: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """The published result: it never changes, and `digest` is the SM3 of its canonical content."""

    id: UUID
    name: str
    basis: str
    opens_on: date
    closes_on: date
    published_at: datetime
    digest: bytes
    counts: Counts
    departments: tuple[Tally, ...]
    kinds: tuple[Tally, ...]
    lines: tuple[ResultLine, ...]

    def by_decision(self) -> Mapping[Decision, tuple[ResultLine, ...]]:
        """The lines by decision, in the order of decisions; those that nothing fell to are left out."""
        parts = {each: tuple(line for line in self.lines if line.decision is each) for each in Decision}
        return {decision: lines for decision, lines in parts.items() if lines}


@dataclass(frozen=True, slots=True)
class TrailLine:
    """What happened to an item of a clean-up: `confirmed` of a review, None of a report; `told` in the words of whoever
    did it."""

    at: datetime
    principal: str
    decision: Decision | None
    confirmed: bool | None
    told: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a decision leaves to be done in the catalogue. `done` is read off the catalogue, nobody ticks it."""

    code: str
    name: str
    department_name: str
    decision: Decision
    task: str
    done: bool


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which items of a clean-up are wanted; "" does not narrow."""

    department: str = ""
    kind: str = ""
    state: str = ""
    decision: str = ""
    q: str = ""
