"""What the facts of a bundle add up to. Pure.

A bundle 一件事办件 is what was applied for as one; its members are cases of their own. A member that depends on others
waits until they are granted and has no case before; if one of them fails, it is dropped. What was granted stays
granted, whatever becomes of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from .engine.terms import Kind
from .events import BundleKind
from .terms import BundleStage, MemberState

#: A member in one of these has come to nothing, and whatever waits for it with it.
FAILED: Final = frozenset(
    {MemberState.REFUSED, MemberState.DECLINED, MemberState.WITHDRAWN, MemberState.DROPPED}
)
#: Facts of a case that its bundle learns of, and what they make of the member; a decision says it itself.
_LEARNED: Final[Mapping[str, MemberState | None]] = {
    Kind.DECIDED: None,
    Kind.DELIVERED: None,
    Kind.DECLINED: MemberState.DECLINED,
    Kind.WITHDRAWN: MemberState.WITHDRAWN,
}
_OUTCOMES: Final[Mapping[str, MemberState]] = {
    "approve": MemberState.GRANTED,
    "refuse": MemberState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a bundle. `after` are the services it waits for; `case` and `number` are there once it is opened;
    `over` says that nothing more will happen to it."""

    service: str
    version: int
    after: tuple[str, ...] = ()
    case: UUID | None = None
    number: str = ""
    state: MemberState = MemberState.WAITING
    over: bool = False


@dataclass(frozen=True, slots=True)
class BundleState:
    """A bundle as far as its facts go."""

    seq: int = 0
    stage: BundleStage = BundleStage.DRAFT
    package_number: int = 0
    members: tuple[Member, ...] = ()
    filed_at: datetime | None = None
    concluded_at: datetime | None = None
    entrustment: str = ""

    @property
    def granted(self) -> int:
        """How many members were granted."""
        return sum(member.state is MemberState.GRANTED for member in self.members)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to any member."""
        return bool(self.members) and all(member.over for member in self.members)


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact of a bundle as the fold reads it."""

    kind: str
    data: Mapping[str, Any]
    effective_at: datetime


def fold(facts: Iterable[Noted], state: BundleState | None = None) -> BundleState:
    """What these facts add up to, from the beginning or from a state on."""
    found = state or BundleState()
    for fact in facts:
        found = replace(_evolved(found, fact), seq=found.seq + 1)
    return found


def _evolved(state: BundleState, fact: Noted) -> BundleState:
    data, at = fact.data, fact.effective_at
    match fact.kind:
        case BundleKind.FILED:
            return replace(
                state,
                stage=BundleStage.IN_HAND,
                package_number=data["version"],
                members=tuple(member_from_json(member) for member in data["members"]),
                filed_at=at,
                entrustment=data.get("entrustment", ""),
            )
        case BundleKind.MEMBER_DECIDED:
            return _with(state, UUID(data["case"]), state=_OUTCOMES[data["outcome"]])
        case BundleKind.MEMBER_OPENED:
            opened = {"case": UUID(data["case"]), "number": data["number"], "state": MemberState.OPEN}
            return _with(state, data["service"], **opened)
        case BundleKind.MEMBER_OVER:
            return _with(state, UUID(data["case"]), state=MemberState(data["state"]), over=True)
        case BundleKind.MEMBER_DROPPED:
            return _with(state, data["service"], state=MemberState.DROPPED, over=True)
        case BundleKind.CONCLUDED:
            return replace(state, stage=BundleStage.CONCLUDED, concluded_at=at)
        case BundleKind.DRAFT_WITHDRAWN | BundleKind.DRAFT_EXPIRED:
            return replace(state, stage=BundleStage.WITHDRAWN, concluded_at=at)
    return state


def _with(whole: BundleState, which: UUID | str, /, **changed: Any) -> BundleState:
    """The state with one member changed, named by its case or its service."""
    members = tuple(
        replace(member, **changed) if which in (member.case, member.service) else member
        for member in whole.members
    )
    return replace(whole, members=members)


def learned(state: BundleState, case: UUID, fact: Noted) -> tuple[Noted, ...]:
    """What a bundle notes of a fact of one of its members; () for what it knows already or need not know."""
    member = next((each for each in state.members if each.case == case), None)
    if member is None or member.over or fact.kind not in _LEARNED:
        return ()
    named = {"case": str(case)}
    if fact.kind == Kind.DECIDED:
        outcome = fact.data["outcome"]
        if member.state is not MemberState.OPEN:
            return ()
        return (Noted(BundleKind.MEMBER_DECIDED, {**named, "outcome": outcome}, fact.effective_at),)
    ended = _LEARNED[fact.kind] or member.state
    return (Noted(BundleKind.MEMBER_OVER, {**named, "state": ended.value}, fact.effective_at),)


def dropped(state: BundleState, at: datetime) -> tuple[Noted, ...]:
    """The members that wait for something that has come to nothing, and those that wait for them in turn."""
    failed = {member.service for member in state.members if member.state in FAILED}
    found: list[Noted] = []
    while True:
        lost = [
            (member.service, next(each for each in member.after if each in failed))
            for member in state.members
            if member.state is MemberState.WAITING
            and member.service not in failed
            and not failed.isdisjoint(member.after)
        ]
        if not lost:
            return tuple(found)
        for service, because in lost:
            found.append(Noted(BundleKind.MEMBER_DROPPED, {"service": service, "because": because}, at))
            failed.add(service)


def given_up(state: BundleState, at: datetime) -> tuple[Noted, ...]:
    """The members that still wait, dropped since the applicant takes the whole back."""
    return tuple(
        Noted(BundleKind.MEMBER_DROPPED, {"service": member.service, "because": ""}, at)
        for member in state.members
        if member.state is MemberState.WAITING
    )


def ready(state: BundleState) -> tuple[Member, ...]:
    """The members that wait for nothing any more."""
    granted = {member.service for member in state.members if member.state is MemberState.GRANTED}
    return tuple(
        member
        for member in state.members
        if member.state is MemberState.WAITING and granted.issuperset(member.after)
    )


def concluded(state: BundleState, at: datetime) -> tuple[Noted, ...]:
    """That all members are over, once."""
    if state.stage is not BundleStage.IN_HAND or not state.over:
        return ()
    told = {"granted": state.granted, "of": len(state.members)}
    return (Noted(BundleKind.CONCLUDED, told, at),)


def member_to_json(member: Member) -> dict[str, Any]:
    """As facts and the row hold it."""
    return {
        "service": member.service,
        "version": member.version,
        "after": list(member.after),
        "case": str(member.case) if member.case else None,
        "number": member.number,
        "state": member.state.value,
        "over": member.over,
    }


def member_from_json(found: Mapping[str, Any]) -> Member:
    """The inverse of `member_to_json`."""
    return Member(
        service=found["service"],
        version=found["version"],
        after=tuple(found["after"]),
        case=UUID(found["case"]) if found["case"] else None,
        number=found["number"],
        state=MemberState(found["state"]),
        over=found["over"],
    )
