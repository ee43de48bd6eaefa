"""The words of the engine: stages, state, commands, facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from onedoor.core.due import Pause

#: A package of nothing, for commands without a payload.
EMPTY: Mapping[str, Any] = MappingProxyType({})


class Stage(StrEnum):
    """Where a case stands. The journal starts at NEW, which is never stored."""

    NEW = "new"
    DRAFT = "draft"  # 草稿
    SUBMITTED = "submitted"  # 已收件，待受理
    CORRECTING = "correcting"  # 待补正
    ACCEPTED = "accepted"  # 已受理，审查中
    SUSPENDED = "suspended"  # 特别程序中，计时暂停
    APPROVED = "approved"  # 准予，待制证；不需要制证的，待送达
    REFUSED = "refused"  # 不予许可，待送达
    ISSUED = "issued"  # 已制证，待领取
    DELIVERED = "delivered"  # 已送达，办结
    DECLINED = "declined"  # 不予受理
    WITHDRAWN = "withdrawn"  # 已撤回


STAGE_NAMES: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.NEW: "未开始",
        Stage.DRAFT: "草稿",
        Stage.SUBMITTED: "已收件，待受理",
        Stage.CORRECTING: "待补正",
        Stage.ACCEPTED: "已受理，审查中",
        Stage.SUSPENDED: "特别程序中，计时暂停",
        Stage.APPROVED: "已准予，待制证或送达",
        Stage.REFUSED: "不予许可，待送达",
        Stage.ISSUED: "已制证，待领取",
        Stage.DELIVERED: "已办结",
        Stage.DECLINED: "不予受理",
        Stage.WITHDRAWN: "已撤回",
    }
)

#: A granted case in words, by whether a licence or other paper is made before it is handed over.
APPROVED_NAMES: Mapping[bool, str] = MappingProxyType({True: "已准予，待制证", False: "已准予，待送达"})


def stage_words(stage: Stage, *, makes: bool) -> str:
    """The stage of one case in words; `makes` says whether its procedure has something to be made."""
    return APPROVED_NAMES[makes] if stage is Stage.APPROVED else STAGE_NAMES[stage]


#: Stages in which the office has nothing more to decide.
CONCLUDED = frozenset({Stage.DELIVERED, Stage.DECLINED, Stage.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class StepDone:
    """A finished step: `outcome` is pass, object, approve, refuse or made."""

    code: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """What a head has added to limits (Art. 42): so many working days after the day each of them would end.

    `limits` are the codes of the clocks that were not yet missed when it was granted.
    """

    days: int
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the facts of a case add up to.

    `received_at` starts the five days of Art. 32; `clock_from` starts the limit of the decision (the acceptance,
    or the receipt when acceptance was deemed); `steps_from` is when the first steps opened; `overdue` holds the
    codes of clocks whose expiry is already a fact; `last_at` is the effect of the latest fact. `pauses` are the
    special procedures of Art. 45 by their instants, the last one without an end while it lasts. `correct_by` is the
    last day of the term that the applicant was told to correct in; what was told is not moved by a later calendar.
    """

    seq: int = 0
    stage: Stage = Stage.NEW
    last_at: datetime | None = None
    received_at: datetime | None = None
    corrections: int = 0
    correction_targets: tuple[str, ...] = ()
    correct_by: date | None = None
    clock_from: datetime | None = None
    steps_from: datetime | None = None
    deemed: bool = False
    skipped: tuple[str, ...] = ()
    done: tuple[StepDone, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    overdue: tuple[str, ...] = ()
    decided_at: datetime | None = None
    concluded_at: datetime | None = None
    outcome: str = ""
    rated: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A verb of the lifecycle table with its payload, already checked against the verb's schema."""

    verb: str
    payload: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    step: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact as the engine makes it, before it is given a place in the journal."""

    kind: str
    data: Mapping[str, Any]
    effective_at: datetime


class Kind(StrEnum):
    """Every kind of fact in a case's stream."""

    DRAFT_SAVED = "case.draft_saved"
    SUBMITTED = "case.submitted"
    CORRECTION_NOTIFIED = "case.correction_notified"
    CORRECTED = "case.corrected"
    ACCEPTED = "case.accepted"
    DEEMED_ACCEPTED = "case.deemed_accepted"
    DECLINED = "case.declined"
    REVIEWED = "case.reviewed"
    SUSPENDED = "case.suspended"
    RESUMED = "case.resumed"
    EXTENDED = "case.extended"
    DECIDED = "case.decided"
    ISSUED = "case.issued"
    DELIVERED = "case.delivered"
    WITHDRAWN = "case.withdrawn"
    DRAFT_EXPIRED = "case.draft_expired"
    RATED = "case.rated"
    STEP_OVERDUE = "case.step_overdue"
    OVERDUE = "case.overdue"


KIND_NAMES: Mapping[str, str] = MappingProxyType(
    {
        Kind.DRAFT_SAVED: "保存草稿",
        Kind.SUBMITTED: "提交申请",
        Kind.CORRECTION_NOTIFIED: "一次性告知补正",
        Kind.CORRECTED: "已补正",
        Kind.ACCEPTED: "受理",
        Kind.DEEMED_ACCEPTED: "逾期未告知，视为受理",
        Kind.DECLINED: "不予受理",
        Kind.REVIEWED: "环节审查",
        Kind.SUSPENDED: "进入特别程序，暂停计时",
        Kind.RESUMED: "特别程序结束，恢复计时",
        Kind.EXTENDED: "延长办理期限",
        Kind.DECIDED: "作出决定",
        Kind.ISSUED: "制证",
        Kind.DELIVERED: "送达",
        Kind.WITHDRAWN: "申请人撤回",
        Kind.DRAFT_EXPIRED: "草稿到期作废",
        Kind.RATED: "评价",
        Kind.STEP_OVERDUE: "环节超时",
        Kind.OVERDUE: "超过时限",
    }
)
