"""What a version must be before it may be published."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import canonical, read_document, write_document
from onedoor.domain.catalog.rules import examine, parse_content
from onedoor.domain.catalog.terms import StepKind
from tests.catalog.samples import food


def problems(**changes: Any) -> dict[str, str]:
    """Pointer → code of the problems of a changed item; the first at each pointer."""
    found = examine(food(**changes))[1]
    return {problem.pointer: problem.code for problem in reversed(found)}


def step(code: str, kind: str = "review", **changes: Any) -> dict[str, Any]:
    role = {"decision": "decider", "making": "issuer"}.get(kind, "reviewer")
    return {"code": code, "name": code, "kind": kind, "department": "scjg", "role": role, **changes}


def test_a_full_document_is_read_whole() -> None:
    version = parse_content(food())
    assert version.code == "SCJG-FOOD-NEW"
    assert [s.kind for s in version.procedure.steps][-2:] == [StepKind.DECISION, StepKind.MAKING]
    assert version.ready
    assert version.materials[1].licence_type == "营业执照"


def test_a_document_survives_writing_and_reading() -> None:
    version = parse_content(food())
    again, faults = read_document(write_document(version))
    assert (again, faults) == (version, ())


def test_the_normal_form_ignores_order_and_spelt_out_defaults() -> None:
    spelt = dict(reversed(food(visits=1, fee="").items()))
    one, other = (canonical(write_document(parse_content(d))) for d in (food(), spelt))
    assert one == other
    assert canonical(write_document(parse_content(food(visits=2)))) != one


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        foo=1, type="99", promised_limit={"amount": 30}, procedure=[step("a"), step("b", "decision")]
    )
    assert found == {
        "/foo": "unknown_key",
        "/type": "unknown_value",
        "/promised_limit": "promise_longer_than_law",
        "/procedure/0/after": "step_leads_nowhere",
    }


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"name": None}, "/name", "required"),
        ({"name": "许可\0证"}, "/name", "control_character"),
        ({"name": "许可\ud800"}, "/name", "control_character"),
        ({"name": "长" * 201}, "/name", "too_long"),
        ({"name": 7}, "/name", "wrong_type"),
        ({"code": "有 空格"}, "/code", "wrong_format"),
        ({"type": "11"}, "/type", "unknown_value"),
        ({"type": "02", "ready": True}, "/ready", "ex_officio"),
        ({"audience": []}, "/audience", "required"),
        ({"audience": ["dog"]}, "/audience/0", "unknown_value"),
        ({"statutory_limit": None}, "/statutory_limit", "required"),
        ({"statutory_limit": {"amount": 1.5}}, "/statutory_limit/amount", "wrong_type"),
        ({"national_code": "123"}, "/national_code", "service_code_length"),
        ({"materials": "许多"}, "/materials", "wrong_type"),
        ({"materials": [{"code": "m", "name": "照", "source": "licence"}]}, "/materials/0/licence_type",
         "licence_type_missing"),
        ({"materials": [{"code": "m", "name": "照", "necessity": "conditional"}]}, "/materials/0/when",
         "condition_missing"),
        ({"materials": [{"code": "m", "name": "照", "when": "nobody == 1"}]}, "/materials/0/when",
         "condition_unknown_field"),
        ({"materials": [{"code": "m", "name": "照", "when": "cold =="}]}, "/materials/0/when",
         "condition_invalid"),
        ({"materials": [{"code": "m", "name": "照", "when": "(" * 500}]}, "/materials/0/when",
         "condition_too_long"),
        ({"materials": [{"code": "m", "name": "甲"}, {"code": "m", "name": "乙"}]}, "/materials",
         "duplicate_code"),
        ({"procedure": []}, "/procedure", "required"),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_place(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert problems(**changes) == {pointer: code}


@pytest.mark.parametrize(
    ("procedure", "pointer", "code"),
    [
        ([step("a")], "/procedure", "decision_count"),
        ([step("a", "decision"), step("b", "decision")], "/procedure", "decision_count"),
        ([step("a"), step("a"), step("d", "decision", after=["a"])], "/procedure/1/code", "duplicate_code"),
        ([step("d", "decision", after=["x"])], "/procedure/0/after", "unknown_step"),
        ([step("a", after=["a"]), step("d", "decision", after=["a"])], "/procedure/0/after", "procedure_cycle"),
        ([step("a", after=["a"]), step("d", "decision", after=["a"])], "/procedure/1/after", "step_unreachable"),
        ([step("d", "decision"), step("m", "making")], "/procedure/1/after", "making_before_decision"),
        ([step("d", "decision"), step("p", "publicity", after=["d"])], "/procedure/1/after",
         "step_leads_nowhere"),
        ([step("d", "decision", when='cold == "yes"')], "/procedure/0/when", "decision_conditional"),
        ([step("a"), step("d", "decision", after=["a"], join="quorum", quorum=2)], "/procedure/1/quorum",
         "quorum_out_of_range"),
        ([step("a"), step("d", "decision", after=["a"], quorum=1)], "/procedure/1/quorum",
         "quorum_without_join"),
        ([step("d", "decision", role="applicant")], "/procedure/0/role", "unknown_value"),
        ([step("d", "decision", department="")], "/procedure/0/department", "required"),
    ],
)  # fmt: skip
def test_a_procedure_must_lead_to_one_decision(
    procedure: list[dict[str, Any]], pointer: str, code: str
) -> None:
    assert problems(procedure=procedure).get(pointer) == code


@pytest.mark.parametrize(
    ("promised", "statutory", "longer"),
    [
        (("working", 21), ("working", 20), True),
        (("working", 20), ("working", 20), False),
        (("working-hours", 8), ("working", 1), True),
        (("working-hours", 4), ("working", 1), False),
        (("hours", 25), ("calendar", 1), True),
        (("working", 100), ("calendar", 1), False),  # cannot be compared
    ],
)
def test_a_promise_is_held_against_the_law(
    promised: tuple[str, int], statutory: tuple[str, int], longer: bool
) -> None:
    found = problems(
        promised_limit={"unit": promised[0], "amount": promised[1]},
        statutory_limit={"unit": statutory[0], "amount": statutory[1]},
    )
    assert found == ({"/promised_limit": "promise_longer_than_law"} if longer else {})


def test_a_field_may_only_depend_on_earlier_ones() -> None:
    sections = deepcopy(food()["sections"])
    sections[0]["fields"].reverse()
    assert problems(sections=sections) == {"/sections/0/fields/0/when": "condition_unknown_field"}


def test_an_item_that_is_not_ready_may_leave_open_what_is_unknown_and_says_so() -> None:
    document = {
        "code": "X-1",
        "name": "某事项",
        "type": "20",
        "department": "d1",
        "channels": [],
        "ready": False,
    }
    version = parse_content(document)
    assert {"办件类型", "承诺办结时限", "办理流程", "申请材料", "办理结果"} <= set(version.unknown)
    assert not version.promised_limit.known
    assert read_document(write_document(version))[0] == version
    with pytest.raises(Refused) as refusal:
        parse_content({**document, "ready": True})
    assert {"/case_kind", "/promised_limit", "/procedure"} <= {p.pointer for p in refusal.value.errors}


@pytest.mark.parametrize("document", [None, 3, "x", [], [1], {}, {"materials": [None, 3, {"when": 1}]}])
def test_no_document_is_too_strange_to_be_refused(document: object) -> None:
    assert examine(document)[1]
