"""Which limits run in a state, and when they fall due.

A special procedure (Art. 45) pauses every limit that has not ended before it began; an extension (Art. 42) moves the
ends of the limits on the decision by working days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from onedoor.core.calendar import Calendar
from onedoor.core.due import Due, ExplainedDay, Limit, Pause, Unit, due, explain
from onedoor.core.instants import civil_date
from onedoor.domain.catalog.terms import LimitTerm, Procedure

from .procedure import open_steps
from .terms import Stage, State

#: Art. 32 of the Administrative Licensing Law: tell what is missing within five working days.
ACCEPTANCE_LIMIT = Limit(5, Unit.WORKING_DAY)
#: Art. 44: deliver within ten working days of the decision.
DELIVERY_LIMIT = Limit(10, Unit.WORKING_DAY)

#: Art. 42: the head of an organ may add up to ten working days, once.
MOST_EXTENSION = 10
_WHOLE_DAYS = (Unit.WORKING_DAY, Unit.CALENDAR_DAY)

ACCEPTANCE, PROMISED, STATUTORY, DELIVERY, STEP = "acceptance", "promised", "statutory", "delivery", "step:"

#: What the five days are called when they run once more, after a correction.
ACCEPTANCE_AGAIN = "受理期限（补正后）"
#: Stages in which the limits on the decision run or stand still.
_DECIDING = (Stage.ACCEPTED, Stage.SUSPENDED)

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
    """A running limit. `code` is acceptance, promised, statutory, delivery or `step:<code>`.

    `limit` is what it was at the start, `extended` the working days added to it since; `pauses` do not count.
    """

    code: str
    name: str
    start: datetime
    limit: Limit
    pauses: tuple[Pause, ...]
    due: Due
    extended: int = 0

    @property
    def since(self) -> date:
        """What counting starts from: the day of the event, for limits of hours its instant."""
        return civil_date(self.start) if self.limit.unit in _WHOLE_DAYS else self.start

    def explained(self, calendar: Calendar, until: date) -> tuple[ExplainedDay, ...]:
        """Every day from the start of counting to the due day; while a pause is open, up to `until`."""
        days = explain(self.since, limit=self.limit, calendar=calendar, pauses=self.pauses, until=until)
        if not self.extended:
            return days
        base = due(self.since, limit=self.limit, calendar=calendar, pauses=self.pauses).date
        if base is None:
            return days
        more = Limit(self.extended, Unit.WORKING_DAY)
        return (*days, *explain(base, limit=more, calendar=calendar, pauses=self.pauses, until=until))


def limit_of(term: LimitTerm) -> Limit:
    """A catalogue limit as the clock counts it."""
    return Limit(term.amount, Unit(term.unit))


def _clock(code: str, name: str, start: datetime, limit: Limit, state: State, calendar: Calendar) -> Clock:
    since = civil_date(start) if limit.unit in _WHOLE_DAYS else start
    ends = due(since, limit=limit, calendar=calendar, pauses=state.pauses)
    more = 0
    if state.extension and code in state.extension.limits:
        more = state.extension.days
        ends = _later(ends, more, state.pauses, calendar)
    return Clock(code, name, start, limit, state.pauses, ends, more)


def _later(ends: Due, days: int, pauses: tuple[Pause, ...], calendar: Calendar) -> Due:
    """So many working days after a limit would have ended; the added days are paused like all others."""
    if ends.date is None:
        return ends
    later = due(ends.date, limit=Limit(days, Unit.WORKING_DAY), calendar=calendar, pauses=pauses)
    return replace(later, provisional=ends.provisional or later.provisional)


def clocks(state: State, *, procedure: Procedure, limits: Limits, calendar: Calendar) -> tuple[Clock, ...]:
    """Every limit that runs in this state; the one that binds the office comes first."""
    if state.stage is Stage.SUBMITTED and state.received_at is not None:
        name = ACCEPTANCE_AGAIN if state.corrections else CLOCK_NAMES[ACCEPTANCE]
        return (_clock(ACCEPTANCE, name, state.received_at, ACCEPTANCE_LIMIT, state, calendar),)
    if state.stage in _DECIDING and state.clock_from is not None:
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
