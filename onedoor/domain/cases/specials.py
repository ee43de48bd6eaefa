"""特别程序: how long a running one was told to take, and whether it has taken longer. All of it from the facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
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
    until = due(fact.effective_at, limit=Limit(days, Unit.WORKING_DAY), calendar=calendar).date
    if until is None:
        return None
    name = SPECIAL_NAMES.get(str(fact.data.get("kind", "")), "特别程序")
    return Special(name, days, until, remaining(civil_date(at), until, calendar))


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
    return [case_id for case_id, special in running(ids, calendar, at).items() if special.over]
