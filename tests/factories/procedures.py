"""Procedures for tests: written in a line, or drawn at random."""

from __future__ import annotations

from random import Random

from onedoor.core.due import Limit, Unit
from onedoor.domain.cases.engine.clocks import Limits
from onedoor.domain.catalog.terms import Join, LimitTerm, Procedure, Step, StepKind

DEPARTMENTS = ("scjg", "wsjk", "xfjy")
_DOERS = {StepKind.DECISION: "decider", StepKind.MAKING: "issuer"}
_BY_PEOPLE = (StepKind.REVIEW, StepKind.OPINION, StepKind.SURVEY, StepKind.MEETING, StepKind.PUBLICITY)


def step(
    code: str,
    *after: str,
    kind: StepKind = StepKind.REVIEW,
    join: Join = Join.ALL,
    quorum: int = 0,
    limit: LimitTerm | None = None,
    department: str = "scjg",
) -> Step:
    """A step behind those in `after`."""
    role = _DOERS.get(kind, "reviewer")
    return Step(code, f"环节{code}", kind, department, role, after, join, quorum, limit)


def decision(*after: str, join: Join = Join.ALL, quorum: int = 0, limit: LimitTerm | None = None) -> Step:
    """The decision step."""
    return step("decide", *after, kind=StepKind.DECISION, join=join, quorum=quorum, limit=limit)


def making() -> Step:
    """The making step, after the decision."""
    return step("make", "decide", kind=StepKind.MAKING, department="wsjk")


def procedure(*steps: Step) -> Procedure:
    """The graph of these steps."""
    return Procedure(steps)


def working(amount: int) -> Limit:
    """So many working days."""
    return Limit(amount, Unit.WORKING_DAY)


def limits(promised: int = 8, statutory: int = 20) -> Limits:
    """The limits of a version, in working days."""
    return Limits(statutory=working(statutory), promised=working(promised))


def drawn_procedure(draw: Random) -> Procedure:
    """A graph as the catalogue would publish it: parallel branches, every kind of join, one decision."""
    steps: list[Step] = []
    for number in range(draw.randrange(6)):
        before = [each.code for each in steps]
        after = draw.sample(before, draw.randint(0, min(3, len(before))))
        steps.append(_drawn_step(draw, f"s{number}", after))
    led_on = {code for each in steps for code in each.after}
    last = [each.code for each in steps if each.code not in led_on]
    join, quorum = _drawn_join(draw, len(last))
    steps.append(decision(*last, join=join, quorum=quorum, limit=_drawn_term(draw)))
    if draw.random() < 0.6:
        steps.append(making())
    draw.shuffle(steps)
    return Procedure(tuple(steps))


def drawn_limits(draw: Random) -> Limits:
    """A promise no longer than the law, often shorter than the five days of Art. 32, sometimes equal to it."""
    unit = draw.choice((Unit.WORKING_DAY, Unit.WORKING_DAY, Unit.CALENDAR_DAY))
    statutory = draw.randint(0, 25)
    if draw.random() < 0.2:
        return Limits(Limit(statutory, unit), Limit(draw.randint(0, 72), Unit.HOUR))
    return Limits(Limit(statutory, unit), Limit(draw.randint(0, statutory), unit))


def drawn_skips(draw: Random, graph: Procedure) -> list[str]:
    """The steps that the answers leave out; never the decision."""
    if draw.random() < 0.5:
        return []
    return [each.code for each in graph.steps if each.kind is not StepKind.DECISION and draw.random() < 0.4]


def _drawn_step(draw: Random, code: str, after: list[str]) -> Step:
    join, quorum = _drawn_join(draw, len(after))
    kind, department = draw.choice(_BY_PEOPLE), draw.choice(DEPARTMENTS)
    return step(
        code, *after, kind=kind, join=join, quorum=quorum, limit=_drawn_term(draw), department=department
    )


def _drawn_join(draw: Random, branches: int) -> tuple[Join, int]:
    if branches < 2:
        return Join.ALL, 0
    join = draw.choice(tuple(Join))
    return join, draw.randint(1, branches) if join is Join.QUORUM else 0


def _drawn_term(draw: Random) -> LimitTerm | None:
    if draw.random() < 0.4:
        return None
    unit = draw.choice(("working", "working", "calendar", "hours"))
    return LimitTerm(draw.randint(0, 60) if unit == "hours" else draw.randint(0, 6), unit)
