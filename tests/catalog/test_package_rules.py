"""What a package must be before it is published: each fault with its code, its place and a mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.packages.documents import read_package, write_package
from onedoor.domain.catalog.packages.order import in_order, promise_of, total, without
from onedoor.domain.catalog.packages.rules import examine_package, parse_package
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import LimitTerm
from tests.catalog.package_samples import items, members, package, parsed


def found(document: Any, offered: Any = None) -> set[tuple[str, str]]:
    """The faults of a document: (pointer, code)."""
    problems = examine_package(document, items() if offered is None else offered)[1]
    assert all(problem.detail.endswith("。") for problem in problems)
    return {(problem.pointer, problem.code) for problem in problems}


def changed(place: str, index: int, **changes: Any) -> dict[str, Any]:
    """The sample with one question or member changed."""
    document = package()
    document[place][index] = {**document[place][index], **changes}
    return document


def test_the_sample_is_without_fault() -> None:
    assert found(package()) == set()


def test_writing_gives_back_what_was_read_in_one_form() -> None:
    made = parsed()
    assert read_package(write_package(made)) == (made, ())
    assert canonical(write_package(read_package(write_package(made))[0])) == canonical(write_package(made))


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (package(code=None), ("/code", "required")),
        (package(code="开饭馆"), ("/code", "wrong_format")),
        (package(lead=None), ("/lead", "required")),
        (package(unheard="of"), ("/unheard", "unknown_key")),
        (package(audience=[]), ("/audience", "required")),
        (package(members=[]), ("/members", "required")),
        (package(members=[{"service": "REG"}, {"service": "REG"}]), ("/members", "duplicate_code")),
        (changed("questions", 1, code="area"), ("/questions", "duplicate_code")),
        (changed("questions", 0, type="text"), ("/questions/0/type", "question_type")),
        (changed("questions", 0, type="group"), ("/questions/0/type", "question_type")),
        (changed("questions", 0, code="size"), ("/questions/0/code", "reserved_word")),
        (changed("questions", 0, type="choice"), ("/questions/0/options", "options_missing")),
        (changed("questions", 0, when="smoke == true"), ("/questions/0/when", "condition_unknown_field")),
        (changed("members", 2, when="floor >= 50"), ("/members/2/when", "condition_unknown_field")),
        (changed("members", 2, when="area >="), ("/members/2/when", "condition_invalid")),
        (changed("members", 3, when=""), ("/members/3/when", "choice_missing")),
        (changed("members", 1, service="GONE"), ("/members/1/service", "unknown_service")),
        (changed("members", 1, service=""), ("/members/1/service", "required")),
        (changed("members", 1, after=["GONE"]), ("/members/1/after", "unknown_predecessor")),
        (changed("members", 0, after=["FOOD"]), ("/members/0/after", "package_cycle")),
        (changed("members", 0, after=["FOOD"]), ("/members/2/after", "member_unreachable")),
        (changed("members", 0, after=["REG"]), ("/members/0/after", "package_cycle")),
        (package(promised_limit={"amount": 31}), ("/promised_limit", "promise_longer_than_law")),
        (package(promised_limit={"amount": 30 * 7 + 1, "unit": "working-hours"}),
         ("/promised_limit", "promise_longer_than_law")),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_place(document: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in found(document)


def test_a_promise_may_use_what_the_law_leaves_along_the_longest_chain() -> None:
    # 3 days for the registration, 20 for the food licence, 7 for the fire check after it.
    assert found(package(promised_limit={"amount": 30})) == set()
    apart = changed("members", 2, after=["REG"])
    assert ("/promised_limit", "promise_longer_than_law") in found(
        {**apart, "promised_limit": {"amount": 24}}
    )
    assert found({**apart, "promised_limit": {"amount": 23}}) == set()
    # Calendar days cannot be held against working days.
    assert found(package(promised_limit={"amount": 99, "unit": "calendar"})) == set()


def test_an_item_that_cannot_be_applied_for_is_no_member_of_a_ready_package() -> None:
    offered = items()
    bare = {**offered, "FOOD": replace(offered["FOOD"], ready=False)}
    assert ("/members/1/service", "service_not_ready") in found(package(), bare)
    assert found(package(ready=False), bare) == set()
    for_persons = {**offered, "FOOD": replace(offered["FOOD"], audience=("person",))}
    assert ("/members/1/service", "audience_differs") in found(package(), for_persons)


def test_a_package_that_is_not_ready_may_know_an_item_by_its_name_only() -> None:
    document = package(ready=False)
    document["members"].append({"name": "银行预约开户", "department_name": "银行"})
    assert found(document) == set()
    assert ("/members/4/service", "required") in found({**document, "ready": True})
    made = parse_package(document, items())
    assert read_package(write_package(made)) == (made, ())


def test_questions_about_one_element_that_take_different_answers_are_refused_by_name() -> None:
    document = changed("questions", 0, type="boolean")
    problems = examine_package(document, items())[1]
    fault = next(problem for problem in problems if problem.code == "element_types_differ")
    assert fault.pointer == "/questions/0"
    for word in ("premises.area_sqm", "“食品经营许可”的“面积”", "问题“店面有多大”", "boolean", "number"):
        assert word in fault.detail
    # The same between two members; an item's own way of answering one element twice is its own business.
    fire = next(item for item in members() if item["code"] == "FIRE")
    fire["sections"][0]["fields"][2]["type"] = "date"
    offered = {**items(), "FIRE": parse_content(fire)}
    other = changed("questions", 0, element="shop.area")
    assert found(other, offered) == {("/members/2", "element_types_differ")}


def test_a_faulty_document_is_refused_with_all_its_faults() -> None:
    with pytest.raises(Refused) as refused:
        parse_package(package(name="", audience=[]), items())
    assert refused.value.code == "package_invalid"
    assert {problem.pointer for problem in refused.value.errors} == {"/name", "/audience"}


@pytest.mark.parametrize("document", [None, [], "x", 3, {"members": [3, None]}, {"members": {}}])
def test_what_is_no_document_is_refused_without_a_crash(document: Any) -> None:
    assert found(document)


def test_members_come_after_those_they_wait_for() -> None:
    chain = {"c": ("a",), "a": (), "d": ("b", "c"), "b": ()}
    assert in_order(chain) == ("a", "c", "b", "d")
    assert in_order({"a": ("b",), "b": ("a",), "c": ()}) == ("c", "a", "b"), (
        "a cycle comes last, none is lost"
    )


def test_who_waited_for_somebody_left_out_waits_for_what_that_waited_for() -> None:
    chain = {"a": (), "b": ("a",), "c": ("b",), "d": ("c", "a")}
    assert without(chain, ["a", "d"]) == {"a": (), "d": ("a",)}
    assert without(chain, ["d"]) == {"d": ()}


def test_limits_add_up_within_one_kind_of_days() -> None:
    days, hours, calendar = LimitTerm(2), LimitTerm(8, "working-hours"), LimitTerm(3, "calendar")
    assert total([days, hours]) == LimitTerm(4, "working"), "eight opening hours begin a second day"
    assert total([days, calendar]) is None
    assert total([LimitTerm(0, "")]) is None
    assert promise_of(
        {"a": (), "b": ("a",), "c": ()}, {"a": days, "b": days, "c": LimitTerm(3)}
    ) == LimitTerm(4)
    assert promise_of({"a": ("a",)}, {"a": days}) is None
