"""A case that lives in memory, for the tests of the engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onedoor.core.calendar import seed_calendar
from onedoor.domain.cases.engine.clocks import Limits, clocks
from onedoor.domain.cases.engine.decide import decide
from onedoor.domain.cases.engine.evolve import fold_all
from onedoor.domain.cases.engine.lapse import lapse
from onedoor.domain.cases.engine.procedure import open_steps
from onedoor.domain.cases.engine.terms import Command, Happened, State
from onedoor.domain.catalog.terms import Procedure
from tests.factories import procedures

#: Friday morning; Sunday the 20th is a make-up working day, Friday the 25th a holiday.
FRIDAY = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)


class Case:
    """Commands go in, facts are kept; time passes before every command, as in the room's actions."""

    def __init__(self, graph: Procedure, limits: Limits | None = None) -> None:
        self.graph, self.limits = graph, limits or procedures.limits()
        self.facts: list[Happened] = []
        self.state = State()

    def passes(self, at: datetime) -> tuple[Happened, ...]:
        """What time brings about by `at`."""
        found = lapse(self.state, procedure=self.graph, limits=self.limits, calendar=seed_calendar(), at=at)
        self._keep(found)
        return found

    def does(self, verb: str, at: datetime = FRIDAY, step: str = "", **payload: Any) -> Happened:
        """One verb at `at`."""
        self.passes(at)
        command = Command(verb, payload, step)
        made = decide(self.state, command, procedure=self.graph, calendar=seed_calendar(), at=at)
        self._keep(made)
        return made[0]

    def reviews(self, *codes: str, at: datetime = FRIDAY, outcome: str = "pass") -> None:
        """Several steps at the same instant."""
        for code in codes:
            self.does("review", at, code, outcome=outcome, opinion="已核")

    @property
    def open(self) -> list[str]:
        """The codes of the open branches."""
        return [step.code for step, _ in open_steps(self.graph, self.state)]

    def dues(self) -> dict[str, datetime | None]:
        """Every running limit with its due instant."""
        running = clocks(self.state, procedure=self.graph, limits=self.limits, calendar=seed_calendar())
        return {clock.code: clock.due.instant for clock in running}

    def _keep(self, facts: tuple[Happened, ...]) -> None:
        self.facts += facts
        self.state = fold_all(facts, self.state)


def accepted(*steps: Any, limits: Limits | None = None, skipped: tuple[str, ...] = ()) -> Case:
    """A case accepted on Friday."""
    case = Case(procedures.procedure(*steps), limits)
    case.does("submit", skipped=list(skipped))
    case.does("accept")
    return case


@pytest.fixture
def plain() -> Case:
    """A submitted case with one review, one decision and a licence to be made."""
    graph = procedures.procedure(procedures.step("check"), procedures.decision("check"), procedures.making())
    case = Case(graph)
    case.does("submit")
    return case
