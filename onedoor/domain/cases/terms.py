"""The words of the cases room that others speak: who asks, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from onedoor.domain.offices.terms import Role
from onedoor.domain.people.terms import AgentGiven

from .engine.terms import Stage


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
class Revealed:
    """The people of a case in clear; `agent` is None where nobody acts for the applicant."""

    applicant: Applicant
    agent: AgentGiven | None


@dataclass(frozen=True, slots=True)
class MaterialGiven:
    """A material as handed in: `provided` is upload, original, licence, data or deferred."""

    code: str
    provided: str
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """A filing: which service, by whom, with which answers and materials, and who acts for the applicant.

    With `package` it is for a package instead of a service: `answers` are those to the package's questions, `form` and
    `materials` those of the plan that they make.
    """

    service: str
    applicant: Applicant
    channel: str
    form: Mapping[str, Any] = field(default_factory=dict)
    materials: tuple[MaterialGiven, ...] = ()
    draft: bool = False
    agent: AgentGiven | None = None
    package: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


class BundleStage(StrEnum):
    """Where a bundle stands."""

    DRAFT = "draft"  # 草稿
    IN_HAND = "in_hand"  # 办理中
    CONCLUDED = "concluded"  # 全部事项已有结果
    WITHDRAWN = "withdrawn"  # 草稿作废


BUNDLE_STAGE_NAMES: Final[Mapping[BundleStage, str]] = {
    BundleStage.DRAFT: "草稿",
    BundleStage.IN_HAND: "办理中",
    BundleStage.CONCLUDED: "已办结",
    BundleStage.WITHDRAWN: "已作废",
}


class MemberState(StrEnum):
    """What has become of a member of a bundle."""

    WAITING = "waiting"  # 等前置事项
    OPEN = "open"  # 办理中
    GRANTED = "granted"  # 已准予
    REFUSED = "refused"  # 不予许可
    DECLINED = "declined"  # 不予受理
    WITHDRAWN = "withdrawn"  # 已撤回
    DROPPED = "dropped"  # 不再办理


MEMBER_STATE_NAMES: Final[Mapping[MemberState, str]] = {
    MemberState.WAITING: "等前置事项",
    MemberState.OPEN: "办理中",
    MemberState.GRANTED: "已准予",
    MemberState.REFUSED: "不予许可",
    MemberState.DECLINED: "不予受理",
    MemberState.WITHDRAWN: "已撤回",
    MemberState.DROPPED: "不再办理",
}


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a bundle as it stands now. `number` is "" while it waits for those named in `after`; `stage` is the
    stage of its case, "" without one. `due_at` is the limit now running, as far as the reader is told of it; `mine`
    says whether the reader may open the case."""

    service: str
    service_name: str
    department: str
    number: str
    state: str
    state_name: str
    stage: str
    after: tuple[str, ...]
    due_at: datetime | None
    over: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What came of an act on one member of a bundle; `refused` says why it was not done, "" if it was."""

    service_name: str
    number: str
    state_name: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act answers with: the case after it. `query_code` is given only when a case is created.

    Of a bundle, `members` are its members, `due_at` is the earliest of their limits, and `results` tells what came of
    an act on each of them.
    """

    number: str
    state: str
    state_name: str
    seq: int
    due_at: datetime | None
    case_id: UUID
    query_code: str | None = None
    members: tuple[MemberLine, ...] = ()
    results: tuple[MemberResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Special:
    """A running 特别程序: what it is, the working days it was told to take, the last of them, and how many are left,
    negative once it takes longer. No limit is missed by that: the clocks stand still until it ends."""

    name: str
    days: int
    until: date
    left: int

    @property
    def over(self) -> bool:
        """Whether it takes longer than was told."""
        return self.left < 0


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
    """The cases a department leads: still open, missed a limit at any time, concluded, and those still open that have
    missed one. Drafts are not counted."""

    department: str
    open: int
    overdue: int
    concluded: int
    late: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The cases somebody may see, counted: by stage, and by lead department."""

    stages: Mapping[str, int]
    departments: tuple[DepartmentCount, ...]


@dataclass(frozen=True, slots=True)
class VersionUse:
    """The cases on a version of an item: received and not concluded, and concluded."""

    running: int
    ended: int


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is narrowed to; a part that is empty narrows nothing.

    `q` is a number of a case or bundle or the beginning of the applicant's name, `tail` the last four places of the
    applicant's identity number, `subjects` the ids of the people room. `department` leads, `place` is a place code or
    its prefix, `lamp` red, yellow, green or special (a special procedure that takes longer than was told). `since` and
    `until` are civil days of receipt, both included. `overdue` keeps cases that missed a limit at any time, `in_hand`
    those received and not concluded, `ended` those received and concluded. `version` is the number of the version of
    `service` that a case stands on, None for any.
    """

    q: str = ""
    stage: str = ""
    service: str = ""
    department: str = ""
    place: str = ""
    channel: str = ""
    lamp: str = ""
    tail: str = ""
    subjects: tuple[int, ...] | None = None
    since: date | None = None
    until: date | None = None
    overdue: bool = False
    in_hand: bool = False
    ended: bool = False
    version: int | None = None


#: Who may let a case go on under the version in force: those who decide, and the head of the organ.
MOVERS: Final = frozenset({Role.DECIDER, Role.HEAD})
#: Stages in which a case may be moved.
MOVED_IN: Final = frozenset({Stage.SUBMITTED, Stage.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Moveable:
    """A running case on a former version: `why_not` says why it may not go on under the one in force, "" if it may."""

    number: str
    why_not: str


#: Counts go no further: a list of more than so many cases says 1000+.
MOST_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class FilterKept:
    """常用筛选: a named question to a list; `asked` holds the list's own words."""

    id: int
    name: str
    asked: Mapping[str, str]
    is_default: bool


@dataclass(frozen=True, slots=True)
class PhraseKept:
    """常用意见: a sentence kept for a text of a verb."""

    id: int
    verb: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a verb may be done to a case now, at one step; `why` says why not, "" if it may."""

    number: str
    service_name: str
    applicant_name: str
    applicant_kind: str
    stage_name: str
    seq: int
    step: str
    step_name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """The case of a number as it was read with whoever calls; what it holds is for the act alone."""

    number: str
    case: object
