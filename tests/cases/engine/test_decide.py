"""What a command brings about, and every reason to refuse it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.cases.engine.lifecycle import LIFECYCLE
from onedoor.domain.cases.engine.procedure import stage_name
from onedoor.domain.cases.engine.terms import Kind, Stage
from tests.cases.engine.conftest import FRIDAY, Case, accepted
from tests.factories.procedures import decision, making, procedure, step

DELIVERY = {"method": "window", "receiver": "庄晓禾"}
FAULTY = {"target": "material:m1", "reason": "没有签名", "mend": "补签"}


def test_a_case_goes_its_way(plain: Case) -> None:
    plain.does("accept")
    plain.reviews("check")
    plain.does("decide", step="decide", outcome="approve")
    plain.does("issue")
    plain.does("deliver", **DELIVERY)
    plain.does("rate", level=5)
    assert [fact.kind for fact in plain.facts] == [
        Kind.SUBMITTED,
        Kind.ACCEPTED,
        Kind.REVIEWED,
        Kind.DECIDED,
        Kind.ISSUED,
        Kind.DELIVERED,
        Kind.RATED,
    ]
    assert (plain.state.outcome, plain.state.concluded_at, plain.state.seq) == ("approve", FRIDAY, 7)


@pytest.mark.parametrize("verb", LIFECYCLE)
def test_a_verb_is_refused_from_every_other_stage(verb: str, plain: Case) -> None:
    from dataclasses import replace

    for stage in set(Stage) - LIFECYCLE[verb].stages:
        plain.state = replace(plain.state, stage=stage, received_at=None)
        with pytest.raises(Refused, match="verb_out_of_order") as refusal:
            plain.does(verb)
        assert stage_name(plain.state, plain.graph) in refusal.value.detail
        assert refusal.value.status == 409


def test_an_unknown_verb(plain: Case) -> None:
    with pytest.raises(Refused, match="unknown_verb"):
        plain.does("bribe")


def test_a_clock_set_back_does_not_reorder_what_happened(plain: Case) -> None:
    assert plain.does("accept", FRIDAY - timedelta(days=2)).effective_at == FRIDAY


@pytest.mark.parametrize(
    ("code", "verb", "more"),
    [
        ("step_missing", "review", {"outcome": "pass"}),
        ("unknown_step", "review", {"step": "nowhere", "outcome": "pass"}),
        ("step_kind", "review", {"step": "decide", "outcome": "pass"}),
        ("step_kind", "review", {"step": "make", "outcome": "pass"}),
        ("step_kind", "decide", {"step": "check", "outcome": "approve"}),
        ("step_not_open", "decide", {"step": "decide", "outcome": "approve"}),
    ],
)
def test_a_step_must_be_the_right_one(plain: Case, code: str, verb: str, more: dict[str, Any]) -> None:
    plain.does("accept")
    with pytest.raises(Refused) as refusal:
        plain.does(verb, **more)
    assert refusal.value.code == code


def test_a_step_is_done_once(plain: Case) -> None:
    plain.does("accept")
    plain.reviews("check")
    with pytest.raises(Refused, match="step_done"):
        plain.reviews("check")


def test_an_objection_leaves_only_a_reasoned_refusal() -> None:
    case = accepted(step("a"), step("b"), decision("a", "b"), making())
    case.reviews("a")
    case.reviews("b", outcome="object")
    with pytest.raises(Refused, match="review_objected"):
        case.does("decide", step="decide", outcome="approve")
    for empty in ({}, {"reasons": "  "}):
        with pytest.raises(Refused, match="reasons_missing"):
            case.does("decide", step="decide", outcome="refuse", **empty)
    case.does("decide", step="decide", outcome="refuse", reasons="现场不符")
    assert case.state.stage is Stage.REFUSED
    with pytest.raises(Refused, match="verb_out_of_order"):
        case.does("issue")
    case.does("deliver", **DELIVERY)


def test_nobody_is_declined_for_not_correcting_before_the_term_is_over(plain: Case) -> None:
    plain.does("notify_correction", items=[FAULTY], days=3)
    last = plain.state.correct_by
    assert last is not None
    midnight = datetime.combine(last + timedelta(days=1), time(), UTC) - timedelta(hours=8)
    with pytest.raises(Refused, match="correction_term_running"):
        plain.does("decline", midnight - timedelta(seconds=1), reasons="逾期没有补正")
    late = plain.state
    plain.does("correct", midnight)
    assert plain.state.stage is Stage.SUBMITTED, "who corrects late, before anybody has declined, is heard"
    plain.state = late
    plain.does("decline", midnight, reasons="逾期没有补正")
    assert plain.state.stage is Stage.DECLINED


def test_correction_is_told_once_and_each_place_once(plain: Case) -> None:
    with pytest.raises(Refused, match="correction_target_twice"):
        plain.does("notify_correction", items=[FAULTY, FAULTY])
    plain.does("notify_correction", items=[FAULTY])
    assert plain.state.correction_targets == ("material:m1",)
    plain.does("correct")
    assert plain.state.correction_targets == ()
    with pytest.raises(Refused, match="correction_already_told"):
        plain.does("notify_correction", items=[FAULTY])


def test_what_has_to_be_made_is_made_before_it_is_handed_over(plain: Case) -> None:
    plain.does("accept")
    plain.reviews("check")
    plain.does("decide", step="decide", outcome="approve")
    with pytest.raises(Refused, match="licence_not_made"):
        plain.does("deliver", **DELIVERY)
    with pytest.raises(Refused, match="step_kind"):
        plain.does("issue", step="check")
    assert plain.does("issue", step="make").data == {"step": "make"}


def test_a_reply_needs_no_making() -> None:
    case = accepted(decision())
    case.does("decide", step="decide", outcome="approve")
    with pytest.raises(Refused, match="nothing_to_make"):
        case.does("issue")
    with pytest.raises(Refused, match="courier_number_missing"):
        case.does("deliver", method="courier", receiver="庄晓禾", courier_number=" ")
    assert case.does("deliver", method="courier", courier_number="KD1").data == {"method": "courier"}


def test_a_case_is_rated_once() -> None:
    case = Case(procedure(decision()))
    case.does("submit")
    case.does("decline", reasons="不属本县")
    case.does("rate", level=3)
    with pytest.raises(Refused, match="already_rated"):
        case.does("rate", level=5)


def test_no_fact_carries_what_a_person_wrote(plain: Case) -> None:
    plain.does("accept", note="秘密")
    plain.reviews("check")
    plain.does("decide", step="decide", outcome="refuse", reasons="秘密", opinion="秘密")
    plain.does("deliver", method="window", receiver="秘密")
    assert "秘密" not in str(plain.facts)
    assert "已核" not in str(plain.facts)
