"""A county that lives some days: people come, and everything that follows happens in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from django.db import connection

from onedoor.core.instants import civil_date, end_of_day

from . import habits, hours, presence
from .life import Life, Visit
from .tally import Tally
from .together import Together
from .world import Following, Plan, World

#: Told after every act: how far the county has come, and what it has done so far.
Watching = Callable[[datetime, Tally], None]


def live(plan: Plan, *, watching: Watching | None = None, following: Following | None = None) -> Tally:
    """Live the days of a plan through the actions that people do.

    `following` is the worker's follower by which packages learn of their members; without it, members that wait for
    others are opened when a worker runs. What would be due after the plan's end is left for others to do.

    Raises Refused: not_a_demo_county, nothing_in_force, county_already_lives; `life.Refusal` if an act was refused
    that should not have been.
    """
    with presence.living(), _hurried():
        return _County(World.of(plan, following), watching or (lambda at, tally: None)).live()


@contextmanager
def _hurried() -> Iterator[None]:
    """Commit without waiting for the disk: a virtual county may be lost in a power cut, order stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


@dataclass(slots=True)
class _County:
    """The queue of lives, each with the instant at which it goes on; ties go by arrival."""

    world: World
    watching: Watching
    queue: list[tuple[datetime, int, Life | Together, Iterator[datetime]]] = field(default_factory=list)
    arrived: Iterator[int] = field(default_factory=count)

    def live(self) -> Tally:
        plan = self.world.plan
        days = (civil_date(plan.end) - plan.first).days + 1
        for day in (plan.first + timedelta(days=ahead) for ahead in range(days)):
            self._welcome(day)
            self._go_on(min(plan.end, end_of_day(day)))
        for _, _, life, _ in sorted(self.queue, key=lambda entry: entry[1]):
            life.let_time_pass(plan.end)
        return self.world.tally

    def _welcome(self, day: date) -> None:
        """Queue up everyone who comes on a day."""
        rng = Random(f"{self.world.plan.seed}:{day}")
        for visit in self._visits(day, rng):
            together = self.world.packages and rng.random() < habits.TOGETHER_SHARE
            living = Together if together else Life
            life = living(self.world, visit, Random(rng.getrandbits(64)))
            heapq.heappush(self.queue, (visit.at, next(self.arrived), life, life.story()))

    def _visits(self, day: date, rng: Random) -> Iterator[Visit]:
        opened = self.world.calendar.is_working(day)
        share = rng.uniform(0.85, 1.15) if opened else habits.CLOSED_DAY_SHARE
        for _ in range(round(self.world.plan.cases_per_day * share)):
            online = not opened or rng.random() < habits.ONLINE_SHARE
            at = hours.moment(rng, day, hours.ONLINE if online else hours.AT_COUNTER)
            yield Visit(at, online)

    def _go_on(self, until: datetime) -> None:
        """Let everything happen that is due before `until`, in order."""
        while self.queue and self.queue[0][0] < until:
            at, arrival, life, story = heapq.heappop(self.queue)
            life.at = at
            upcoming = next(story, None)
            self.watching(at, self.world.tally)
            if upcoming is not None:
                heapq.heappush(self.queue, (max(upcoming, at), arrival, life, story))
