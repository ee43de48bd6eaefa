"""What time alone has brought about.

Law never waits for a worker: every command first runs `lapse`, and a sweep runs it for cases that nobody touches.
A fact made here bears the instant it fell due, however late it is noticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from onedoor.core.calendar import Calendar
from onedoor.core.instants import format_instant
from onedoor.domain.catalog.terms import Procedure

from .clocks import ACCEPTANCE, STEP, Clock, Limits, clocks
from .evolve import evolve
from .terms import Happened, Kind, Stage, State

#: How long an application that nobody goes on writing is kept.
DRAFT_LIFE = timedelta(days=90)


def lapse(
    state: State, *, procedure: Procedure, limits: Limits, calendar: Calendar, at: datetime
) -> tuple[Happened, ...]:
    """The facts that fell due by `at`, in the order in which they fell due.

    Deemed acceptance starts further clocks, which may themselves have expired, so the search repeats until
    nothing more is due. A draft at which nobody has written for `DRAFT_LIFE` is no longer an application.
    """
    ends = draft_ends(state)
    if ends is not None and ends <= at:
        return (Happened(Kind.DRAFT_EXPIRED, {}, ends),)
    found: list[Happened] = []
    while True:
        expired = next_alarm(state, procedure=procedure, limits=limits, calendar=calendar)
        if expired is None or expired[0] > at:
            return tuple(found)
        fact = _fact_of(expired[1], expired[0])
        found.append(fact)
        state = evolve(state, fact)


def draft_ends(state: State) -> datetime | None:
    """When a draft expires if nobody goes on with it; None for what is no draft."""
    if state.stage is not Stage.DRAFT or state.last_at is None:
        return None
    return state.last_at + DRAFT_LIFE


def next_alarm(
    state: State, *, procedure: Procedure, limits: Limits, calendar: Calendar
) -> tuple[datetime, Clock] | None:
    """The earliest running clock whose expiry is not yet a fact, and its instant."""
    running = clocks(state, procedure=procedure, limits=limits, calendar=calendar)
    return earliest(running, state)


def earliest(running: tuple[Clock, ...], state: State) -> tuple[datetime, Clock] | None:
    """The first of these clocks to expire; ties go to the earlier listed, so the order of facts is fixed."""
    best: tuple[datetime, Clock] | None = None
    for clock in running:
        instant = clock.due.instant
        if instant is None or clock.code in state.overdue:
            continue
        if best is None or instant < best[0]:
            best = (instant, clock)
    return best


def _fact_of(clock: Clock, instant: datetime) -> Happened:
    # A provisional calendar can be amended so that a limit ends before something that already happened; the
    # fact still bears the instant that the law gives it.
    if clock.code == ACCEPTANCE:
        return Happened(Kind.DEEMED_ACCEPTED, {"clock_from": format_instant(clock.start)}, instant)
    if clock.code.startswith(STEP):
        return Happened(Kind.STEP_OVERDUE, {"step": clock.code.removeprefix(STEP)}, instant)
    return Happened(Kind.OVERDUE, {"clock": clock.code}, instant)
