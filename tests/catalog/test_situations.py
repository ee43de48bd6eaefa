"""What answers to an item's ticked questions call for: exactly what the form would, and nothing of a person."""

from __future__ import annotations

from itertools import islice, product
from typing import Any

from onedoor.domain.catalog import forms
from onedoor.domain.catalog.documents import read_document
from onedoor.domain.catalog.guides.sheets import CARD_MATERIALS, card_data, notice_data
from onedoor.domain.catalog.guides.situations import TICKED, answers_in, called_for, questions_of
from onedoor.domain.catalog.item_terms import GivenAnswer, Situation
from onedoor.domain.catalog.terms import Field, ServiceVersion, Source
from onedoor.site.demo.loader import demo_items
from tests.catalog.samples import food


def version_of(**changes: Any) -> ServiceVersion:
    version, problems = read_document(food(**changes))
    assert problems == ()
    return version


def codes(materials: tuple[Any, ...]) -> list[str]:
    return [material.code for material in materials]


def test_an_answer_brings_or_spares_a_material() -> None:
    version = version_of()
    assert [field.code for field in questions_of(version)] == ["cold"]
    open_, _ = called_for(version, {})
    assert (codes(open_.bring), codes(open_.free), codes(open_.perhaps)) == (["m1", "m4"], ["m2"], ["m3"])
    assert [field.code for field in open_.open] == ["cold"]
    yes, _ = called_for(version, {"cold": "yes"})
    assert (codes(yes.bring), yes.perhaps, yes.open) == (["m1", "m3", "m4"], (), ())
    no, _ = called_for(version, {"cold": "no"})
    assert (codes(no.bring), codes(no.spared)) == (["m1", "m4"], ["m3"])


def test_a_wrong_answer_is_told_and_counts_as_none() -> None:
    called, problems = called_for(version_of(), {"cold": "perhaps", "shop": "晓禾小吃店"})
    assert [(p.pointer, p.code) for p in problems] == [("/answers/cold", "unknown_option")]
    assert called.answers == {}
    assert codes(called.perhaps) == ["m3"]


def test_nothing_that_was_typed_is_asked_and_what_hangs_on_it_stays_open() -> None:
    fields = [
        {"code": "area", "element": "premises.area", "label": "面积", "type": "number"},
        {"code": "who", "element": "person.name", "label": "姓名"},
    ]
    materials = [
        {"code": "m1", "name": "大店说明", "necessity": "conditional", "when": "area > 100"},
        {"code": "m2", "name": "授权书", "necessity": "conditional", "when": 'who != ""'},
    ]
    version = version_of(sections=[{"code": "s", "title": "店", "fields": fields}], materials=materials)
    assert questions_of(version) == ()
    called, _ = called_for(version, {"area": "120", "who": "庄晓禾"})
    assert called.answers == {}
    assert codes(called.perhaps) == ["m1", "m2"]
    printed = notice_data(version, called, {})
    assert "面积" in printed["perhaps"][0]["when"]


def test_a_question_comes_up_with_the_answer_that_brings_it() -> None:
    options = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    fields = [
        {"code": "one", "element": "x.one", "label": "一", "type": "choice", "options": options},
        {"code": "two", "element": "x.two", "label": "二", "type": "boolean", "when": 'one == "a"'},
        {"code": "many", "element": "x.many", "label": "三", "type": "choices", "options": options,
         "required": False},
    ]  # fmt: skip
    materials = [
        {"code": "m1", "name": "甲材料", "necessity": "conditional", "when": "two == true"},
        {"code": "m2", "name": "乙材料", "necessity": "conditional", "when": '"b" in many'},
    ]
    version = version_of(sections=[{"code": "s", "title": "店", "fields": fields}], materials=materials)
    called, _ = called_for(version, {"one": "b", "two": "true", "many": []})
    assert [field.code for field in called.questions] == ["one", "many"]
    assert codes(called.spared) == ["m1", "m2"]
    called, _ = called_for(version, {"one": "a", "two": "true", "many": ["b"]})
    assert called.answers == {"one": "a", "two": True, "many": ["b"]}
    assert codes(called.bring) == ["m1", "m2"]
    given = Situation("x", "某种情形", answers=(GivenAnswer("one", "a"), GivenAnswer("many", "b")))
    assert answers_in(given, questions_of(version)) == {"one": "a", "many": ["b"]}


def _some(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Some answers to these questions."""
    each = []
    for field in fields:
        values: list[Any] = [option.value for option in field.options] or [True, False]
        each.append([[value] for value in values] if field.type == "choices" else values)
    return [dict(zip([f.code for f in fields], found, strict=True)) for found in islice(product(*each), 40)]


def test_what_is_told_is_what_the_form_of_every_demo_item_asks() -> None:
    compared = 0
    for document in demo_items():
        version, _ = read_document(document | {"department_name": "某局"})
        asked = questions_of(version)
        assert all(field.type in TICKED for field in asked)
        for answers in _some(asked):
            called, problems = called_for(version, answers)
            assert problems == ()
            wanted = {m.code for m in forms.materials_for(version, called.answers)}
            told = {m.code for m in (*called.bring, *called.free)}
            perhaps = {m.code for m in called.perhaps}
            assert told <= wanted, version.code
            assert wanted <= told | perhaps, version.code
            assert set(forms.skipped_steps(version, called.answers)) >= called.skipped, version.code
            compared += 1
    assert compared > 300


def test_a_card_has_room_for_so_many_and_says_how_many_more() -> None:
    name = "经营场所平面布局和操作流程说明材料"
    materials = [{"code": f"m{n}", "name": f"{name}{n}"} for n in range(CARD_MATERIALS + 3)]
    version = version_of(materials=materials)
    called, _ = called_for(version, {"cold": "yes"})
    card = card_data(version, called, {})
    assert (len(card["bring"]), card["more"], card["size"]) == (CARD_MATERIALS, 3, "a5")
    small = version_of(
        materials=[
            *materials[:2],
            {"code": "m9", "name": "乙", "necessity": "conditional", "when": 'cold == "yes"'},
        ]
    )
    assert card_data(small, called_for(small, {})[0], {})["size"] == "a6"
    cold = called_for(small, {"cold": "yes"})[0]
    assert card_data(small, cold, {})["situation"] == "是否制售冷食：是"
    assert card["situation"] == "", "a question on which nothing hangs is not asked"


def test_what_an_office_makes_is_nobody_s_to_bring() -> None:
    version = version_of()
    called, _ = called_for(version, {"cold": "yes"})
    every = (*called.bring, *called.free, *called.perhaps, *called.spared)
    assert all(material.source is not Source.MADE for material in every)
