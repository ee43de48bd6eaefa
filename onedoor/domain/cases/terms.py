"""The words of the cases room that others speak: who asks, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who shows a case number together with its query code, without an account."""

    query_code: str

    @property
    def key(self) -> str:
        """The stable text that facts record as their principal."""
        return "holder"


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key with the digest of the request that it stands for."""

    command_id: str
    command_hash: bytes


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies: `kind` is person or organization, `id_type` resident_id or uscc."""

    kind: str
    name: str
    id_type: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class MaterialGiven:
    """A material as handed in: `provided` is upload, original, licence, data or deferred."""

    code: str
    provided: str
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """A filing: which service, by whom, with which answers and materials."""

    service: str
    applicant: Applicant
    channel: str
    form: Mapping[str, Any] = field(default_factory=dict)
    materials: tuple[MaterialGiven, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act answers with: the case after it. `query_code` is given only when a case is created."""

    number: str
    state: str
    state_name: str
    seq: int
    due_at: datetime | None
    case_id: UUID
    query_code: str | None = None


#: How satisfied an applicant says to be, in words.
SATISFACTION: Final[Mapping[int, str]] = {
    5: "非常满意",
    4: "满意",
    3: "基本满意",
    2: "不满意",
    1: "非常不满意",
}


class Turn(StrEnum):
    """What a case in an inbox waits for."""

    ACCEPT = "accept"  # 待受理
    REVIEW = "review"  # 待审查
    DECIDE = "decide"  # 待决定
    MAKE = "make"  # 待制证
    DELIVER = "deliver"  # 待送达


@dataclass(frozen=True, slots=True)
class DepartmentCount:
    """The cases a department leads: still open, missed a limit at any time, concluded. Drafts are not counted."""

    department: str
    open: int
    overdue: int
    concluded: int
