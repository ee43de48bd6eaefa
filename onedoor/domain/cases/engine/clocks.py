"""Which limits run in a state, and when they fall due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onedoor.core.calendar import Calendar
from onedoor.core.due import Due, Limit, Pause, Unit, due
from onedoor.core.instants import civil_date
from onedoor.domain.catalog.terms import LimitTerm, Procedure

from .procedure import open_steps
from .terms import Stage, State

#: Art. 32 of the Administrative Licensing Law: tell what is missing within five working days.
ACCEPTANCE_LIMIT = Limit(5, Unit.WORKING_DAY)
#: Art. 44: deliver within ten working days of the decision.
DELIVERY_LIMIT = Limit(10, Unit.WORKING_DAY)

ACCEPTANCE, PROMISED, STATUTORY, DELIVERY, STEP = "acceptance", "promised", "statutory", "delivery", "step:"

CLOCK_NAMES = {
    ACCEPTANCE: "受理期限",
    PROMISED: "承诺办结时限",
    STATUTORY: "法定办结时限",
    DELIVERY: "送达期限",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The two limits of a service version on the decision."""

    statutory: Limit
    promised: Limit


@dataclass(frozen=True, slots=True)
class Clock:
    """A running limit. `code` is acceptance, promised, statutory, delivery or `step:<code>`."""

    code: str
    name: str
    start: datetime
    limit: Limit
    pauses: tuple[Pause, ...]
    due: Due


def limit_of(term: LimitTerm) -> Limit:
    """A catalogue limit as the clock counts it."""
    return Limit(term.amount, Unit(term.unit))


def _clock(code: str, name: str, start: datetime, limit: Limit, state: State, calendar: Calendar) -> Clock:
    whole_days = limit.unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY)
    since = civil_date(start) if whole_days else start
    return Clock(
        code,
        name,
        start,
        limit,
        state.pauses,
        due(since, limit=limit, calendar=calendar, pauses=state.pauses),
    )


def clocks(state: State, *, procedure: Procedure, limits: Limits, calendar: Calendar) -> tuple[Clock, ...]:
    """Every limit that runs in this state; the one that binds the office comes first."""
    if state.stage is Stage.SUBMITTED and state.received_at is not None:
        return (_named(ACCEPTANCE, state.received_at, ACCEPTANCE_LIMIT, state, calendar),)
    if state.stage is Stage.ACCEPTED and state.clock_from is not None:
        return _decision_clocks(state, state.clock_from, procedure, limits, calendar)
    if state.stage in (Stage.APPROVED, Stage.REFUSED, Stage.ISSUED) and state.decided_at is not None:
        return (_named(DELIVERY, state.decided_at, DELIVERY_LIMIT, state, calendar),)
    return ()


def _named(code: str, start: datetime, limit: Limit, state: State, calendar: Calendar) -> Clock:
    return _clock(code, CLOCK_NAMES[code], start, limit, state, calendar)


def _decision_clocks(
    state: State, start: datetime, procedure: Procedure, limits: Limits, calendar: Calendar
) -> tuple[Clock, ...]:
    found = [
        _named(PROMISED, start, limits.promised, state, calendar),
        _named(STATUTORY, start, limits.statutory, state, calendar),
    ]
    for step, since in open_steps(procedure, state):
        if step.limit is not None:
            name = f"{step.name}环节时限"
            found.append(_clock(STEP + step.code, name, since, limit_of(step.limit), state, calendar))
    return tuple(found)
