"""The words of drafts 事项草案: what is prepared, checked and reviewed before it becomes law of the hall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.states import DraftState, Operation
from onedoor.domain.catalog.terms import ServiceVersion

OPERATION_NAMES: dict[Operation, str] = {
    Operation.ADD: "新增",
    Operation.CHANGE: "变更",
    Operation.PAUSE: "暂停",
    Operation.RESUME: "恢复",
    Operation.CANCEL: "取消",
    Operation.SPLIT: "拆分",
    Operation.MERGE: "合并",
}
#: Operations that put a document into force; the others take the item out of force.
WRITTEN = frozenset({Operation.ADD, Operation.CHANGE, Operation.RESUME})


STATE_NAMES: dict[DraftState, str] = {
    DraftState.DRAFTING: "起草中",
    DraftState.CHECKING: "待编制核对",
    DraftState.REVIEWING: "待法制审核",
    DraftState.APPROVED: "待施行",
    DraftState.DONE: "已施行",
    DraftState.ABANDONED: "已作废",
}


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list; `fault` says why it came back, "" if it did not."""

    id: int
    code: str
    name: str
    department: str
    operation: Operation
    state: DraftState
    effective_on: date | None
    changed_at: datetime
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands. `content` is the item document in work, `version` the same parsed (for looking only
    while there are `problems`), `base` the version it was begun from. `flags` are doubts that stop nobody.

    `revision` counts its changes: whoever changes it says which one was seen. `writers` are the principals who have
    worked on the content, `checker` and `reviewer` those who judged it ("" if not yet). `batch` is the batch
    it goes with, None if it goes alone.
    """

    id: int
    tenant_id: int
    code: str
    operation: Operation
    state: DraftState
    revision: int
    content: Mapping[str, Any]
    version: ServiceVersion
    base: ServiceVersion | None
    problems: tuple[Problem, ...]
    flags: tuple[Problem, ...]
    reason: str
    fault: str
    successors: tuple[str, ...]
    effective_on: date | None
    author: str
    writers: tuple[str, ...]
    checker: str
    reviewer: str
    changed_at: datetime
    changed_by: str
    batch: UUID | None = None
    merged: tuple[str, ...] = ()

    @property
    def written(self) -> bool:
        """Whether it puts a document into force."""
        return self.operation in WRITTEN

    @property
    def number(self) -> int:
        """The number of the version it was begun from, 0 for a new item."""
        return self.base.number if self.base else 0


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """Something that happened to a draft: a stable `kind`, when, by which principal, and the reason given."""

    kind: str
    at: datetime
    principal: str
    reason: str = ""
    effective_on: str = ""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of an item in the list of all of them; in force from `published_at` until `retired_at`."""

    id: int
    number: int
    name: str
    published_at: datetime
    published_by: str
    retired_at: datetime | None
