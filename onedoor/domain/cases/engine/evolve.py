"""Folding facts into the state. Never refuses: what happened, happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from onedoor.core.due import Pause
from onedoor.core.instants import parse_instant

from .clocks import STEP
from .terms import Extension, Happened, Kind, Stage, State, StepDone

_Data = Mapping[str, Any]


def evolve(state: State, fact: Happened) -> State:
    """The state after one more fact. A kind this version does not know only advances `seq`."""
    fold = _FOLDS.get(fact.kind)
    folded = fold(state, fact.data, fact.effective_at) if fold else state
    last = fact.effective_at if state.last_at is None else max(state.last_at, fact.effective_at)
    return replace(folded, seq=state.seq + 1, last_at=last)


def fold_all(facts: Iterable[Happened], state: State | None = None) -> State:
    """The state after many facts."""
    result = state or State()
    for fact in facts:
        result = evolve(result, fact)
    return result


def _draft_saved(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.DRAFT)


def _submitted(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.SUBMITTED, received_at=at, skipped=tuple(data.get("skipped", ())))


def _correction_notified(state: State, data: _Data, at: datetime) -> State:
    return replace(
        state,
        stage=Stage.CORRECTING,
        corrections=state.corrections + 1,
        correction_targets=tuple(data.get("targets", ())),
        correct_by=date.fromisoformat(data["correct_by"]) if "correct_by" in data else None,
    )


def _corrected(state: State, data: _Data, at: datetime) -> State:
    return replace(
        state,
        stage=Stage.SUBMITTED,
        received_at=at,
        correction_targets=(),
        correct_by=None,
        skipped=tuple(data.get("skipped", state.skipped)),
    )


def _accepted(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.ACCEPTED, clock_from=at, steps_from=at)


def _deemed_accepted(state: State, data: _Data, at: datetime) -> State:
    since = parse_instant(str(data["clock_from"]))
    return replace(state, stage=Stage.ACCEPTED, clock_from=since, steps_from=at, deemed=True)


def _declined(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.DECLINED, concluded_at=at)


def _reviewed(state: State, data: _Data, at: datetime) -> State:
    return replace(state, done=(*state.done, StepDone(str(data["step"]), str(data["outcome"]), at)))


def _suspended(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.SUSPENDED, pauses=(*state.pauses, Pause(at)))


def _resumed(state: State, data: _Data, at: datetime) -> State:
    *ended, last = state.pauses or (Pause(at),)
    return replace(state, stage=Stage.ACCEPTED, pauses=(*ended, Pause(last.start, at)))


def _extended(state: State, data: _Data, at: datetime) -> State:
    return replace(state, extension=Extension(int(data["days"]), tuple(data["limits"])))


def _decided(state: State, data: _Data, at: datetime) -> State:
    outcome = str(data["outcome"])
    stage = Stage.APPROVED if outcome == "approve" else Stage.REFUSED
    done = (*state.done, StepDone(str(data["step"]), outcome, at))
    return replace(state, stage=stage, done=done, decided_at=at, outcome=outcome)


def _issued(state: State, data: _Data, at: datetime) -> State:
    done = (*state.done, StepDone(str(data["step"]), "made", at))
    return replace(state, stage=Stage.ISSUED, done=done)


def _delivered(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.DELIVERED, concluded_at=at)


def _withdrawn(state: State, data: _Data, at: datetime) -> State:
    return replace(state, stage=Stage.WITHDRAWN, concluded_at=at)


def _rated(state: State, data: _Data, at: datetime) -> State:
    return replace(state, rated=True)


def _step_overdue(state: State, data: _Data, at: datetime) -> State:
    return replace(state, overdue=(*state.overdue, STEP + str(data["step"])))


def _overdue(state: State, data: _Data, at: datetime) -> State:
    return replace(state, overdue=(*state.overdue, str(data["clock"])))


_FOLDS: dict[str, Callable[[State, _Data, datetime], State]] = {
    Kind.DRAFT_SAVED: _draft_saved,
    Kind.SUBMITTED: _submitted,
    Kind.CORRECTION_NOTIFIED: _correction_notified,
    Kind.CORRECTED: _corrected,
    Kind.ACCEPTED: _accepted,
    Kind.DEEMED_ACCEPTED: _deemed_accepted,
    Kind.DECLINED: _declined,
    Kind.REVIEWED: _reviewed,
    Kind.SUSPENDED: _suspended,
    Kind.RESUMED: _resumed,
    Kind.EXTENDED: _extended,
    Kind.DECIDED: _decided,
    Kind.ISSUED: _issued,
    Kind.DELIVERED: _delivered,
    Kind.WITHDRAWN: _withdrawn,
    Kind.DRAFT_EXPIRED: _withdrawn,
    Kind.RATED: _rated,
    Kind.STEP_OVERDUE: _step_overdue,
    Kind.OVERDUE: _overdue,
}
