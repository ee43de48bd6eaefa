"""特别程序: how long a running one was told to take, and whether it has taken longer. All of it from the facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from onedoor.core.calendar import Calendar
from onedoor.core.due import Limit, Unit, due, remaining
from onedoor.core.instants import civil_date
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact

from .engine.schemas import SPECIAL_NAMES
from .engine.terms import Kind
from .terms import Special

#: How many suspended cases are looked through for those that take too long.
MOST_SUSPENDED: Final = 5000


def special_of(fact: Fact, calendar: Calendar, at: datetime) -> Special | None:
    """The special procedure that this fact began, as it stands at `at`; None if it does not say how long it takes."""
    days = fact.data.get("days")
    if not isinstance(days, int):
        return None
    until = _last_day(civil_date(fact.effective_at), days, calendar)
    name = SPECIAL_NAMES.get(str(fact.data.get("kind", "")), "特别程序")
    return Special(name, days, until, remaining(civil_date(at), until, calendar))


def _last_day(begun: date, days: int, calendar: Calendar) -> date:
    """The last of so many working days after the day on which it began."""
    until = due(begun, limit=Limit(days, Unit.WORKING_DAY), calendar=calendar).date
    assert until is not None, "nothing pauses it"
    return until


def running(ids: Iterable[UUID], calendar: Calendar, at: datetime) -> dict[UUID, Special]:
    """The special procedures of these suspended cases, by case."""
    wanted = list(ids)
    if not wanted:
        return {}
    begun = journal.latest(wanted, Kind.SUSPENDED.value)
    specials = {fact.stream_id: special_of(fact, calendar, at) for fact in begun}
    return {case_id: special for case_id, special in specials.items() if special}


def overrun(ids: Iterable[UUID], calendar: Calendar, at: datetime) -> list[UUID]:
    """Those of these suspended cases whose special procedure has taken longer than was told."""
    today, last = civil_date(at), {}
    found = []
    for case_id, begun, days in journal.latest_values(list(ids), Kind.SUSPENDED.value, "days"):
        if days is None:
            continue
        if (begun, days) not in last:
            last[begun, days] = _last_day(begun, int(days), calendar)
        if last[begun, days] < today:
            found.append(case_id)
    return found
