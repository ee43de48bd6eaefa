"""What time alone brings about: deemed acceptance, missed limits, in the order in which they fell due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.cases.engine.clocks import Limits
from onedoor.domain.cases.engine.evolve import evolve
from onedoor.domain.cases.engine.terms import Happened, Kind, Stage
from onedoor.domain.catalog.terms import LimitTerm
from tests.cases.engine.conftest import FRIDAY, Case, accepted
from tests.factories.procedures import decision, limits, procedure, step, working

#: End of 24 September: five working days after Friday the 18th, with Sunday the 20th worked.
FIVE_DAYS = datetime(2026, 9, 24, 16, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def submitted(promised: int, statutory: int = 20) -> Case:
    case = Case(procedure(step("check", limit=LimitTerm(2)), decision("check")), limits(promised, statutory))
    case.does("submit")
    return case


def kinds(facts: tuple[Happened, ...]) -> list[tuple[str, datetime]]:
    return [(fact.kind, fact.effective_at) for fact in facts]


def test_silence_is_acceptance_at_the_very_instant() -> None:
    case = submitted(promised=8)
    assert case.passes(FIVE_DAYS - MOMENT) == ()
    assert kinds(case.passes(FIVE_DAYS)) == [(Kind.DEEMED_ACCEPTED, FIVE_DAYS)]
    assert case.passes(FIVE_DAYS) == ()
    assert case.state.deemed
    assert case.state.clock_from == FRIDAY
    assert case.state.steps_from == FIVE_DAYS


def test_a_promise_shorter_than_the_silence_was_missed_before_it_was_deemed() -> None:
    case = submitted(promised=2)
    found = case.passes(datetime(2026, 10, 30, tzinfo=UTC))
    assert kinds(found) == [
        (Kind.DEEMED_ACCEPTED, FIVE_DAYS),
        (Kind.OVERDUE, datetime(2026, 9, 21, 16, 0, tzinfo=UTC)),
        (Kind.STEP_OVERDUE, datetime(2026, 9, 29, 16, 0, tzinfo=UTC)),
        (Kind.OVERDUE, datetime(2026, 10, 22, 16, 0, tzinfo=UTC)),
    ]
    assert [fact.data.get("clock") for fact in found] == [None, "promised", None, "statutory"]
    assert case.state.last_at == found[-1].effective_at
    case.passes(datetime(2027, 1, 1, tzinfo=UTC))
    assert len(case.facts) == 5


def test_an_act_after_the_silence_finds_the_case_accepted() -> None:
    case = submitted(promised=8)
    with pytest.raises(Refused, match="verb_out_of_order"):
        case.does("decline", FIVE_DAYS, reasons="不属本县")
    case.does("review", FIVE_DAYS, "check", outcome="pass", opinion="已核")
    assert case.state.stage is Stage.ACCEPTED


def test_a_clock_set_back_brings_nothing_about() -> None:
    case = submitted(promised=8)
    assert case.passes(FRIDAY - timedelta(days=30)) == ()


def test_of_limits_that_end_together_the_promise_comes_first_and_steps_in_their_order() -> None:
    steps = (step("b", limit=LimitTerm(2)), step("a", limit=LimitTerm(2)), decision("a", "b"))
    case = accepted(*steps, limits=Limits(statutory=working(2), promised=working(2)))
    found = case.passes(FRIDAY + timedelta(days=9))
    assert len({fact.effective_at for fact in found}) == 1
    assert [fact.data.get("clock") or fact.data["step"] for fact in found] == [
        "promised",
        "statutory",
        "b",
        "a",
    ]


def test_correction_stops_the_silence_and_begins_it_anew() -> None:
    case = submitted(promised=8)
    item = {"target": "material:m1", "reason": "缺", "mend": "补"}
    case.does("notify_correction", FRIDAY + timedelta(days=3), items=[item])
    assert case.dues() == {}
    assert case.passes(FRIDAY + timedelta(days=300)) == ()
    monday = datetime(2026, 9, 21, 2, 0, tzinfo=UTC)
    case.does("correct", monday)
    assert case.dues() == {"acceptance": datetime(2026, 9, 29, 16, 0, tzinfo=UTC)}


def test_a_step_that_opens_late_has_its_own_limit_from_then() -> None:
    case = accepted(step("a"), step("b", "a", limit=LimitTerm(24, "hours")), decision("b"))
    assert "step:b" not in case.dues()
    case.reviews("a", at=FRIDAY + timedelta(hours=5))
    assert case.dues()["step:b"] == FRIDAY + timedelta(hours=29)


def test_limits_of_a_decision_end_with_it_and_delivery_begins() -> None:
    case = accepted(decision())
    assert set(case.dues()) == {"promised", "statutory"}
    case.does("decide", step="decide", outcome="approve")
    assert case.dues() == {"delivery": datetime(2026, 10, 9, 16, 0, tzinfo=UTC)}
    found = case.passes(datetime(2026, 10, 30, tzinfo=UTC))
    assert [fact.data for fact in found] == [{"clock": "delivery"}]
    case.does("deliver", datetime(2026, 10, 30, tzinfo=UTC), method="window", receiver="庄晓禾")
    assert case.dues() == {}
    assert case.state.overdue == ("delivery",)


def test_a_fact_of_a_later_edition_is_counted_and_otherwise_left_alone(plain: Case) -> None:
    unknown = Happened("case.blessed", {"by": "nobody"}, FRIDAY + MOMENT)
    expected = replace(plain.state, seq=plain.state.seq + 1, last_at=FRIDAY + MOMENT)
    assert evolve(plain.state, unknown) == expected


def test_a_draft_that_nobody_goes_on_with_ends() -> None:
    case = Case(procedure(decision()), limits(8))
    case.does("save_draft")
    ends = FRIDAY + timedelta(days=90)
    assert case.passes(ends - MOMENT) == ()
    assert kinds(case.passes(ends)) == [(Kind.DRAFT_EXPIRED, ends)]
    assert case.state.stage is Stage.WITHDRAWN
    assert case.passes(ends + timedelta(days=90)) == ()
