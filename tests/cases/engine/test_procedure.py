"""Which branches are open: joins, skipped steps, parallel work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import Join
from tests.cases.engine.conftest import FRIDAY, accepted
from tests.factories.procedures import decision, making, step

HOUR = timedelta(hours=1)


def test_branches_are_open_side_by_side_and_the_decision_waits_for_all() -> None:
    case = accepted(step("a"), step("b"), step("c", "a"), decision("b", "c"))
    assert case.open == ["a", "b"]
    case.reviews("b")
    assert case.open == ["a"]
    case.reviews("a")
    assert case.open == ["c"]
    with pytest.raises(Refused, match="step_not_open"):
        case.does("decide", step="decide", outcome="approve")
    case.reviews("c")
    assert case.open == ["decide"]


def test_any_branch_is_enough_and_the_others_may_follow() -> None:
    case = accepted(step("a"), step("b"), decision("a", "b", join=Join.ANY))
    case.reviews("b", at=FRIDAY + HOUR)
    assert case.open == ["a", "decide"]
    case.reviews("a", at=FRIDAY + 2 * HOUR)
    assert case.open == ["decide"]


def test_a_quorum_opens_the_join_when_it_is_reached() -> None:
    case = accepted(*map(step, "abc"), decision("a", "b", "c", join=Join.QUORUM, quorum=2))
    case.reviews("c")
    assert "decide" not in case.open
    case.reviews("a")
    assert case.open == ["b", "decide"]


def test_a_quorum_is_never_more_than_the_branches_that_are_left() -> None:
    joined = decision("a", "b", "c", join=Join.QUORUM, quorum=3)
    case = accepted(*map(step, "abc"), joined, skipped=("b",))
    case.reviews("a")
    assert "decide" not in case.open
    case.reviews("c")
    assert case.open == ["decide"]


def test_what_stands_before_a_skipped_step_is_still_waited_for() -> None:
    case = accepted(step("check"), step("fire", "check"), decision("fire"), skipped=("fire",))
    assert case.open == ["check"]
    with pytest.raises(Refused, match="step_not_open"):
        case.does("decide", step="decide", outcome="approve")
    case.reviews("check")
    assert case.open == ["decide"]


def test_skipped_from_the_beginning_holds_up_nothing() -> None:
    case = accepted(step("a"), step("b", "a"), decision("b"), skipped=("a", "b"))
    assert case.open == ["decide"]


def test_a_skipped_branch_is_no_vote_where_one_is_enough() -> None:
    case = accepted(step("a"), step("b"), decision("a", "b", join=Join.ANY), skipped=("a",))
    assert case.open == ["b"]
    case.reviews("b")
    assert case.open == ["decide"]


def test_a_skipped_step_cannot_be_worked_on() -> None:
    case = accepted(step("a"), step("b"), decision("a", "b"), skipped=("b",))
    with pytest.raises(Refused, match="step_not_open"):
        case.reviews("b")


def test_a_skipped_licence_is_not_waited_for() -> None:
    case = accepted(decision(), making(), skipped=("make",))
    case.does("decide", step="decide", outcome="approve")
    with pytest.raises(Refused, match="nothing_to_make"):
        case.does("issue")
    case.does("deliver", method="window", receiver="庄晓禾")


def test_the_instant_a_branch_opened_is_that_of_the_vote_that_opened_it() -> None:
    case = accepted(*map(step, "abc"), decision("a", "b", "c", join=Join.QUORUM, quorum=2))
    case.reviews("c", at=FRIDAY + HOUR)
    case.reviews("a", at=FRIDAY + 2 * HOUR)
    case.reviews("b", at=FRIDAY + 3 * HOUR)
    from onedoor.domain.cases.engine.procedure import open_steps

    assert [since for _, since in open_steps(case.graph, case.state)] == [FRIDAY + 2 * HOUR]
