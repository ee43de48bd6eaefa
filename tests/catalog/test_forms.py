"""Answers and materials: what is accepted, what is told, what is kept."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.domain.catalog import forms
from onedoor.domain.catalog.rules import parse_content
from tests.catalog.samples import every_field, food

VERSION = parse_content(food())
EVERY = every_field()
GOOD = {
    "f_text": "文字",
    "f_textarea": "一\n二",
    "f_choice": "a",
    "f_choices": ["b", "a"],
    "f_date": "2026-10-13",
    "f_number": 12,
    "f_money": "120.50",
    "f_phone": "13800138000",
    "f_id_number": "11010519491231002X",
    "f_uscc": "91350100M000100Y43",
    "f_address": "清源街道中街 18 号",
    "f_boolean": False,
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
field_codes = st.sampled_from([*GOOD, "shop", "cold", "fridge", "stranger"])


def codes(answers: object, version: Any = VERSION) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in forms.check_answers(version, answers)}


def test_good_answers_of_every_type_pass() -> None:
    assert codes(GOOD, EVERY) == {}


def test_missing_answers_are_named_one_by_one() -> None:
    assert codes({}) == {"/form/shop": "required", "/form/cold": "required"}
    assert codes({"shop": "  ", "cold": None}) == {"/form/shop": "required", "/form/cold": "required"}


def test_a_question_is_asked_only_under_its_condition() -> None:
    assert codes({"shop": "店", "cold": "yes"}) == {"/form/fridge": "required"}
    assert codes({"shop": "店", "cold": "no"}) == {}


def test_answers_to_hidden_questions_are_dropped() -> None:
    answers = {"shop": " 店 ", "cold": "no", "fridge": "many"}
    assert codes(answers) == {}
    assert forms.clean_answers(VERSION, answers) == {"shop": "店", "cold": "no"}


def test_unknown_keys_are_refused() -> None:
    assert codes({"shop": "店", "cold": "no", "a/b": 1}) == {"/form/a~1b": "unknown_field"}


@pytest.mark.parametrize("answers", [None, [], "x", 3])
def test_answers_must_be_an_object(answers: object) -> None:
    assert codes(answers) == {"/form": "wrong_type"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("f_text", 3, "wrong_type"),
        ("f_text", "a\nb", "control_character"),
        ("f_text", "a\0b", "control_character"),
        ("f_text", "长" * 31, "too_long"),
        ("f_choice", "c", "unknown_option"),
        ("f_choice", ["a"], "unknown_option"),
        ("f_choices", "a", "wrong_type"),
        ("f_choices", ["a", {}], "unknown_option"),
        ("f_date", "2026-02-30", "date_malformed"),
        ("f_date", "20260213", "date_malformed"),
        ("f_number", "十", "number_malformed"),
        ("f_number", True, "number_malformed"),
        ("f_number", float("nan"), "number_malformed"),
        ("f_number", 10**15, "too_large"),
        ("f_number", "0.1234567", "too_precise"),
        ("f_money", "1.234", "too_precise"),
        ("f_money", "-1", "negative"),
        ("f_phone", "12345", "phone_malformed"),
        ("f_id_number", "110105194912310021", "id_number_check"),
        ("f_boolean", "yes", "wrong_type"),
        ("f_boolean", 1, "wrong_type"),
    ],
)
def test_a_faulty_answer_is_told_at_its_field(field: str, value: object, code: str) -> None:
    assert codes({**GOOD, field: value}, EVERY) == {f"/form/{field}": code}


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("f_text", "  店  ", "店"),
        ("f_textarea", "一\r\n二 ", "一\n二"),
        ("f_choices", ["b", "a", "b"], ["a", "b"]),
        ("f_number", "０12.50 ", "12.5"),
        ("f_number", 1.5, "1.5"),
        ("f_number", -3, -3),
        ("f_money", 120, "120"),
        ("f_money", 0.1, "0.1"),
        ("f_phone", "138 0013 8000", "13800138000"),
        ("f_id_number", "11010519491231002x", "11010519491231002X"),
        ("f_boolean", "true", True),
    ],
)
def test_answers_are_kept_clean(field: str, value: object, kept: object) -> None:
    cleaned = forms.clean_answers(EVERY, {field: value})
    assert cleaned == {field: kept}
    assert type(cleaned[field]) is type(kept)


def test_leading_zeros_of_numbers_are_dropped() -> None:
    assert forms.clean_answers(EVERY, {"f_number": "007"}) == {"f_number": "7"}


@given(st.dictionaries(field_codes, anything, max_size=8) | anything)
def test_no_answers_are_too_strange_to_be_told_about(answers: Any) -> None:
    for version in (VERSION, EVERY):
        problems = forms.check_answers(version, answers)
        assert all(problem.detail and problem.pointer.startswith("/form") for problem in problems)
        if isinstance(answers, dict):
            cleaned = forms.clean_answers(version, answers)
            json.dumps(cleaned, allow_nan=False, ensure_ascii=False).encode()
            assert forms.clean_answers(version, cleaned) == cleaned
            assert {s.code for s in forms.materials_for(version, answers)} <= {"m1", "m2", "m3", "m4"}
            asked = {field.code for field in forms.fields_for(version, answers)}
            required = {p.pointer for p in problems if p.code == "required"}
            assert required <= {f"/form/{code}" for code in asked}


@given(st.fixed_dictionaries({code: st.just(value) | anything for code, value in GOOD.items()}))
def test_accepted_answers_satisfy_the_published_schema(answers: dict[str, Any]) -> None:
    if not forms.check_answers(EVERY, answers):
        jsonschema_rs.validate(forms.form_schema(EVERY), forms.clean_answers(EVERY, answers))


def test_the_schema_says_what_is_asked_and_what_it_is_bound_to() -> None:
    schema = forms.form_schema(VERSION)
    jsonschema_rs.meta.validate(schema)
    assert schema["required"] == ["shop", "cold"]
    assert schema["properties"]["cold"]["enum"] == ["yes", "no"]
    assert schema["properties"]["cold"]["x-element"] == "food.cold"
    assert schema["properties"]["fridge"]["x-when"] == 'cold == "yes"'
    assert not jsonschema_rs.is_valid(schema, {"shop": "店"})
    assert jsonschema_rs.is_valid(schema, {"shop": "店", "cold": "no"})


def faults(provided: object, **answers: str) -> set[tuple[str, str]]:
    found = forms.check_materials(VERSION, {"shop": "店", "cold": "no", **answers}, provided)
    return {(problem.pointer, problem.code) for problem in found}


def test_materials_depend_on_the_answers() -> None:
    assert [m.code for m in forms.materials_for(VERSION, {"cold": "no"})] == ["m1", "m2", "m4"]
    assert [m.code for m in forms.materials_for(VERSION, {"cold": "yes"})] == ["m1", "m2", "m3", "m4"]


def test_what_is_proved_need_not_be_named_and_what_may_wait_may_be_deferred() -> None:
    given_now = [{"code": "m1", "provided": "upload"}, {"code": "m4", "provided": "deferred"}]
    assert faults(given_now) == set()
    ways = forms.settle_materials(VERSION, {"cold": "no"}, given_now)
    assert [(material.code, way) for material, way in ways] == [
        ("m1", "upload"), ("m2", "licence"), ("m4", "deferred"),
    ]  # fmt: skip


def test_missing_materials_are_all_named() -> None:
    found = forms.check_materials(VERSION, {"cold": "yes"}, [])
    assert [problem.code for problem in found] == ["material_missing"] * 3
    assert all(name in "".join(p.detail for p in found) for name in ("申请书", "冷藏设备说明", "健康证明"))


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"code": "m9", "provided": "upload"}, ("/materials/2/code", "unknown_material")),
        ({"code": "m1", "provided": "upload"}, ("/materials/2/code", "duplicate_material")),
        ({"code": "m3", "provided": "fax"}, ("/materials/2/provided", "unknown_provided")),
        ({"code": "m3", "provided": ["upload"]}, ("/materials/2/provided", "unknown_provided")),
        ({"code": "m3"}, ("/materials/2/provided", "unknown_provided")),
        ({"code": "m3", "provided": "licence"}, ("/materials/2/provided", "material_not_provable")),
        ({"code": "m3", "provided": "deferred"}, ("/materials/2/provided", "material_not_deferrable")),
        ("m3", ("/materials/2", "wrong_type")),
        ({"code": ["m3"], "provided": "upload"}, ("/materials/2", "wrong_type")),
    ],
)
def test_a_faulty_material_is_told_at_its_place(entry: object, fault: tuple[str, str]) -> None:
    good = [{"code": "m1", "provided": "original"}, {"code": "m4", "provided": "upload"}]
    assert faults([*good, entry]) == {fault}


@given(anything | st.lists(anything | st.fixed_dictionaries({"code": anything, "provided": anything})))
def test_no_materials_are_too_strange_to_be_told_about(provided: Any) -> None:
    assert forms.check_materials(VERSION, {}, provided)
