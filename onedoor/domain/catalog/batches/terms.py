"""The words of batches 批次: what came in one file, checked, reviewed and published as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from onedoor.domain.catalog.states import BatchState

STATE_NAMES: Final[Mapping[BatchState, str]] = {
    BatchState.READING: "检查中",
    BatchState.FAULTY: "有误",
    BatchState.READY: "待送审",
    BatchState.CHECKING: "待编制核对",
    BatchState.REVIEWING: "待法制审核",
    BatchState.APPROVED: "待施行",
    BatchState.DONE: "已施行",
    BatchState.ABANDONED: "已作废",
}
#: How far the reading of a file has come; "" before it begins.
PHASE_NAMES: Final[Mapping[str, str]] = {
    "": "排队等候",
    "reading": "读取文件",
    "checking": "逐行检查",
    "packages": "检查一件事",
    "keeping": "整理变化",
}
#: What an entry of a batch may be: an operation on an item, or a package.
KIND_NAMES: Final[Mapping[str, str]] = {
    "add": "新增事项",
    "change": "变更事项",
    "resume": "恢复事项",
    "package": "一件事",
}
#: The largest file that is taken in at the desk, in bytes, and the most items and packages in it: both together are
#: read in some 400 MB of memory, by a process that gives it back.
LARGEST: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of the file worth telling: what is wrong with it (where, and how to mend it), or how it was understood."""

    row: int
    sheet: str
    code: str
    name: str
    outcome: str  # as terms.Outcome
    problems: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands. `counts` are rows of its file by outcome (terms.Outcome), `entries` how many of each kind
    (KIND_NAMES) it has now. `fault` says why it came back or could not be read.

    `phase`, `done` and `total` tell how far the reading has come, `seen_at` when whoever reads gave the last sign of
    life. `revision` counts its steps: whoever takes one says which was seen.
    """

    id: UUID
    tenant_id: int
    name: str
    size: int
    state: BatchState
    revision: int
    phase: str
    done: int
    total: int
    seen_at: datetime
    counts: Mapping[str, int]
    entries: Mapping[str, int]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    fault: str
    reason: str
    effective_on: date | None
    author: str
    checker: str
    reviewer: str
    handed_at: datetime | None
    changed_at: datetime

    @property
    def many(self) -> int:
        """How many changes it has."""
        return sum(self.entries.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of a batch in a list: `draft` is the id of its draft, `kind` as in KIND_NAMES."""

    draft: int
    kind: str
    code: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """A change of a batch, opened: sentences by the part they belong to, the faults it has by now, and doubts.

    `number` is the version it changes, 0 for something new.
    """

    entry: Entry
    number: int
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    problems: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """Something that happened to a batch: a stable `kind`, when, by which principal, the reason given, the day from
    which it is to hold, and the codes of rows that were returned."""

    kind: str
    at: datetime
    principal: str
    reason: str
    effective_on: str
    codes: tuple[str, ...]
