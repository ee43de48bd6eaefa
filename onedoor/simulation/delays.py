"""What stops or moves a limit in the virtual county: special procedures, and more time from a head."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from onedoor.domain.cases.terms import Holder
from onedoor.domain.catalog.terms import CaseKind, ServiceVersion
from onedoor.domain.offices.terms import Principal

from . import habits, hours
from .world import World

#: Working minutes of a day.
_DAY = 420
_A_DAY = timedelta(days=1)


class Life(Protocol):
    """What is known here of a case and those who have to do with it."""

    world: World
    rng: Random
    at: datetime
    version: ServiceVersion
    due_at: datetime | None
    extended: bool

    def do(self, verb: str, actor: Principal | Holder, *, step: str = "", **payload: Any) -> None:
        """One act."""


def special_procedure(life: Life) -> Iterator[datetime]:
    """A few cases wait for a laboratory, an expert or a hearing; most come back about when it was told."""
    rng, calendar = life.rng, life.world.calendar
    if life.version.case_kind is CaseKind.INSTANT or rng.random() >= habits.SPECIAL_SHARE:
        return
    examiner = life.world.staff.examiner(life.version, rng)
    kind, days = rng.choice(list(habits.SPECIAL_REASONS)), rng.randint(3, 15)
    yield hours.at_work(life.at, rng.uniform(20, 200), calendar)
    life.do("suspend", examiner, kind=kind, days=days, reason=habits.SPECIAL_REASONS[kind])
    life.world.tally.suspended += 1
    yield hours.at_work(life.at, rng.uniform(0.4, 1.2) * days * _DAY, calendar)
    life.do("resume", examiner, result=habits.SPECIAL_RESULT)


def extension(life: Life, at: datetime) -> Iterator[datetime]:
    """A head who sees, a day before the limit, that a case will be done `at` its last hours or later, may give it more
    time."""
    if life.extended or life.due_at is None or at <= life.due_at - _A_DAY:
        return
    head = life.world.staff.head(life.version)
    if head is None or life.rng.random() >= habits.EXTENDED_SHARE:
        return
    seen = life.due_at - _A_DAY - timedelta(hours=life.rng.uniform(8, 14))
    when = hours.at_work(max(seen, life.at), 0, life.world.calendar)
    if when >= min(at, life.due_at):
        return
    yield when
    life.do("extend", head, days=life.rng.randint(3, 10), reasons=life.rng.choice(habits.EXTENSIONS))
    life.extended = True
    life.world.tally.extended += 1
