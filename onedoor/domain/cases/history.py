"""Every limit that ever ran in a case, and how it ended: the account a supervisor asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from onedoor.core.calendar import Calendar
from onedoor.core.due import ExplainedDay
from onedoor.core.instants import civil_date
from onedoor.domain.catalog.terms import Procedure

from .engine.clocks import Clock, Limits, clocks
from .engine.evolve import evolve
from .engine.terms import Happened, State


@dataclass(frozen=True, slots=True)
class Law:
    """What a case was handled by right after one of its facts: procedure and limits of its version."""

    procedure: Procedure
    limits: Limits


@dataclass(frozen=True, slots=True)
class ClockRun:
    """A limit from its start to its end. `ended_at` is None while it runs; `late` tells whether it was missed by
    then, or by `at` for a running one. `days` explains every day up to the due day; while a pause is open, up to the
    end or `at`."""

    clock: Clock
    ended_at: datetime | None
    late: bool
    days: tuple[ExplainedDay, ...]


def clock_runs(
    facts: Iterable[tuple[Happened, Law]], *, calendar: Calendar, at: datetime
) -> tuple[ClockRun, ...]:
    """All limits in the order in which they started, replayed from the facts, each under the law of its day."""
    running: dict[tuple[str, datetime], Clock] = {}
    ended: dict[tuple[str, datetime], datetime] = {}
    state = State()
    for fact, law in facts:
        state = evolve(state, fact)
        now = clocks(state, procedure=law.procedure, limits=law.limits, calendar=calendar)
        present = {(clock.code, clock.start): clock for clock in now}
        for key in running:
            if key not in present and key not in ended:
                ended[key] = fact.effective_at
        running |= present
    return tuple(_run(clock, ended.get(key), calendar, at) for key, clock in running.items())


def _run(clock: Clock, ended_at: datetime | None, calendar: Calendar, at: datetime) -> ClockRun:
    instant = clock.due.instant
    late = instant is not None and (ended_at or at) > instant
    return ClockRun(clock, ended_at, late, clock.explained(calendar, civil_date(ended_at or at)))
