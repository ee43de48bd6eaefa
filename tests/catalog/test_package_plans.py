"""Plans: which items answers call for, what is merged, and how it is split again."""

from __future__ import annotations

import cProfile
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.packages.merging import merging, rename
from onedoor.domain.catalog.packages.planning import plan as planned
from onedoor.domain.catalog.packages.portions import (
    asked,
    called_for,
    check_form,
    check_materials,
    form_schema,
    portion,
    portion_materials,
)
from onedoor.domain.catalog.packages.rules import parse_package
from onedoor.domain.catalog.packages.terms import Plan, PlannedMaterial
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import Necessity
from tests.catalog.package_samples import PACKAGE, members, package, plan

BIG = {"area": 80, "smoke": True}
SMALL = {"area": 30, "smoke": False}
NAME, PLACE, AREA, HOUSE = "org__name", "premises__address", "premises__area_sqm", "premises__kind"
FORM = {NAME: "晓禾小吃店", PLACE: "中街 18 号", HOUSE: "yes", "food__cold": "no", "smoke__house": "own"}


def codes(made: Plan) -> list[str]:
    return [member.service.code for member in made.members]


def material(made: Plan, code: str) -> PlannedMaterial:
    return next(each for each in made.materials if each.material.code == code)


def test_members_come_in_their_order_and_say_why() -> None:
    made = plan(BIG)
    assert codes(made) == ["REG", "FOOD", "FIRE", "SMOKE"]
    assert [member.after for member in made.members] == [(), ("REG",), ("FOOD",), ("REG",)]
    assert made.members[3].why == "店里卖烟要有证。"
    assert codes(plan(BIG, members=package()["members"][::-1])) == ["REG", "SMOKE", "FOOD", "FIRE"]
    assert all(member.why for member in made.members)


def test_a_member_that_is_not_needed_says_why_not_and_is_passed_through() -> None:
    made = plan(SMALL)
    assert codes(made) == ["REG", "FOOD"]
    assert {each.code: each.why for each in made.skipped}["FIRE"] == (
        "按您的回答，这一项不用办。（50 平方米以上的店要查消防）"
    )
    chained = package()
    chained["members"][1]["when"] = "area < 50"
    made = plan(BIG, members=chained["members"])
    assert [member.after for member in made.members if member.service.code == "FIRE"] == [("REG",)]


@pytest.mark.parametrize(
    ("area", "fire"), [(49, False), ("49.99", False), (50, True), ("50.0", True), (51, True)]
)
def test_a_threshold_holds_to_the_square_metre(area: Any, fire: bool) -> None:
    assert ("FIRE" in codes(plan({"area": area, "smoke": False}))) is fire


def test_an_open_question_leaves_open_only_what_hangs_on_it() -> None:
    made = plan({"smoke": False})
    assert [field.code for field in made.missing] == ["area"]
    assert [(each.code, each.questions) for each in made.open] == [("FIRE", ("area",))]
    assert [each.code for each in made.skipped] == ["SMOKE"]
    assert codes(made) == ["REG", "FOOD"]
    assert not made.complete
    assert plan(SMALL).complete


def test_what_one_answer_decides_waits_for_no_other() -> None:
    chained = package()
    chained["members"][2]["when"] = "area >= 50 || smoke == true"
    assert "FIRE" in codes(plan({"smoke": True}, members=chained["members"]))
    assert [each.code for each in plan({"smoke": False}, members=chained["members"]).open] == ["FIRE"]


def test_a_question_that_may_still_come_up_leaves_open_what_hangs_on_it() -> None:
    questions = [
        *package()["questions"],
        {
            "code": "lift",
            "element": "shop.lift",
            "label": "有没有电梯",
            "type": "boolean",
            "when": "area >= 50",
        },
    ]
    chained = package()
    chained["members"][2]["when"] = "lift == true"
    made = plan({}, questions=questions, members=chained["members"])
    assert [field.code for field in made.missing] == ["area", "smoke"]
    assert [(each.code, each.questions) for each in made.open if each.code == "FIRE"] == [("FIRE", ("lift",))]
    assert "FIRE" in {
        each.code for each in plan(SMALL, questions=questions, members=chained["members"]).skipped
    }


@pytest.mark.parametrize(
    "answers", [None, [], "x", {"area": "大"}, {"area": {}}, {"smoke": "maybe"}, {"x": 1}, {1: 2}]
)
def test_what_is_no_answer_is_refused(answers: Any) -> None:
    with pytest.raises(Refused, match="answers_invalid") as refused:
        plan(answers)
    assert all(problem.pointer.startswith("/answers") for problem in refused.value.errors)


def test_one_data_element_is_asked_once() -> None:
    made = plan(BIG)
    fields = {each.field.code: each for each in made.fields}
    name = fields[NAME]
    assert name.sources == (("REG", "name"), ("FOOD", "shop"), ("FIRE", "venue"), ("SMOKE", "name"))
    assert (name.field.max_length, name.field.hint) == (30, "和招牌一致"), "what the strictest member takes"
    assert fields[AREA].answer == 80
    assert fields[HOUSE].sources == (("REG", "house"),)
    assert fields["smoke__house"].sources == (("SMOKE", "house"),), "other choices are another question"
    assert [page.code for page in made.sections] == ["shared", "reg", "food", "smoke"]
    assert [field.code for page in made.sections for field in page.fields] == [
        f.field.code for f in made.fields
    ]


def test_codes_of_the_merged_form_do_not_depend_on_the_answers() -> None:
    small, big = ({each.field.code for each in plan(answers).fields} for answers in (SMALL, BIG))
    assert small < big


def test_an_element_that_an_item_asks_twice_is_not_merged() -> None:
    twice = members()
    twice[1]["sections"][0]["fields"].append({"code": "old", "element": "org.name", "label": "原店名"})
    offered = {item["code"]: parse_content(item) for item in twice}
    wanted = parse_package(package(), offered)
    made = planned(wanted, offered, merging(wanted, list(offered.values())), BIG)
    sources = {each.field.code: each.sources for each in made.fields}
    assert sources["food__shop"] == (("FOOD", "shop"),)
    assert sources["food__old"] == (("FOOD", "old"),)
    assert sources[NAME] == (("REG", "name"), ("FIRE", "venue"), ("SMOKE", "name"))


def test_one_proof_is_asked_for_once() -> None:
    made = plan(BIG)
    licence = material(made, "food_m2")
    assert licence.sources == (("FOOD", "m2"), ("FIRE", "b"), ("SMOKE", "m2"))
    assert (licence.proved, licence.given_by) == (True, "REG")
    drawing = material(made, "food_m4")
    assert drawing.sources == (("FOOD", "m4"), ("FIRE", "c"))
    assert drawing.material.necessity is Necessity.REQUIRED, "one member cannot wait for it"
    assert drawing.why == "办理“食品经营许可”“消防安全检查”要用，只交一次。"
    forms_of = [each for each in made.materials if "申请" in each.material.name]
    assert len(forms_of) == 3, "forms of different names stay apart"
    assert all(each.why for each in made.materials)


def test_a_material_that_the_answers_rule_out_is_not_listed_and_one_they_call_for_is_required() -> None:
    assert "food_m6" not in {each.material.code for each in plan(SMALL).materials}
    made = plan({"area": 300, "smoke": False})
    assert (material(made, "food_m6").material.necessity, material(made, "food_m6").material.when) == (
        Necessity.REQUIRED, "",
    )  # fmt: skip
    assert material(made, "food_m5").material.when == 'food__cold == "yes"'


def test_a_licence_is_given_by_an_earlier_member_only_to_those_that_come_after_it() -> None:
    free = package()
    free["members"][2]["after"] = []
    assert material(plan(BIG, members=free["members"]), "food_m2").given_by == ""


def test_figures_compare_the_parts_with_the_whole() -> None:
    figures = plan(BIG).figures
    # 3 + 5 + 3 + 2 materials; the identity card, the plan and three business licences are one each, of which the
    # last is issued on the way.
    assert (figures.materials.parts, figures.materials.together, figures.materials.saved) == (13, 8, 5)
    # 3 + 5 + 3 + 2 questions and the two of the package; names, addresses and areas are one each, the area is known.
    assert (figures.questions.parts, figures.questions.together) == (13, 8)
    assert (figures.steps.parts, figures.steps.together) == (24, 18)
    assert (figures.visits.parts, figures.visits.together) == (3, 1)
    assert (figures.days.parts, figures.days.together, figures.unit) == (22, 10, "working")
    assert plan(SMALL).figures.days.together == 9, "never longer than the members themselves"


def test_days_of_different_kinds_are_not_compared() -> None:
    offered = {item["code"]: parse_content(item) for item in members()}
    fire = next(item for item in members() if item["code"] == "FIRE")
    limits = {key: {"amount": 5, "unit": "calendar"} for key in ("statutory_limit", "promised_limit")}
    offered["FIRE"] = parse_content({**fire, **limits})
    wanted = parse_package(package(), offered)
    figures = planned(wanted, offered, merging(wanted, list(offered.values())), BIG).figures
    assert (figures.days.parts, figures.days.saved) == (None, None)


def test_a_merged_form_is_each_members_own_again() -> None:
    made = plan(BIG)
    assert check_form(made, FORM) == ()
    assert portion(made, "FIRE", FORM) == {"venue": "晓禾小吃店", "spot": "中街 18 号", "floor_area": 80}
    assert portion(made, "SMOKE", FORM) == {"name": "晓禾小吃店", "house": "own"}
    for member in made.members:
        assert forms.check_answers(member.service, portion(made, member.service.code, FORM)) == ()


def test_a_fault_of_a_merged_form_is_told_once_at_its_place() -> None:
    faults = check_form(plan(BIG), {**FORM, NAME: "", "food__cold": "x", "stray": 1, AREA: 90})
    assert {(fault.pointer, fault.code) for fault in faults} == {
        (f"/form/{NAME}", "required"),
        ("/form/food__cold", "unknown_option"),
        ("/form/stray", "unknown_field"),
        (f"/form/{AREA}", "contradicts_answer"),
    }
    assert len(faults) == 4
    assert check_form(plan(BIG), {**FORM, AREA: "80.0"}) == ()
    assert [fault.pointer for fault in check_form(plan(BIG), [])] == ["/form"]


def test_questions_come_up_by_the_law_of_each_member() -> None:
    made = plan(BIG)
    fridge = "food__fridge"
    assert fridge not in {each.field.code for each in asked(made, FORM)}
    assert fridge in {each.field.code for each in asked(made, {**FORM, "food__cold": "yes"})}
    assert next(each for each in made.fields if each.field.code == fridge).field.when == 'food__cold == "yes"'


def test_merged_materials_are_each_members_own_again() -> None:
    made = plan(BIG)
    given = [
        {"code": code, "provided": "upload", "uploads": ["u"]}
        for code in ("reg_m1", "food_m1", "food_m4", "fire_a", "smoke_m1")
    ]
    assert check_materials(made, FORM, given) == ()
    assert portion_materials(made, "FIRE", given) == [
        {"code": "c", "provided": "upload", "uploads": ["u"]}, {"code": "a", "provided": "upload", "uploads": ["u"]},
    ]  # fmt: skip
    for member in made.members:
        own = portion_materials(made, member.service.code, given, FORM)
        answers = portion(made, member.service.code, FORM)
        assert forms.check_materials(member.service, answers, own) == ()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], ("/materials", "material_missing")),
        ([{"code": "food_m4", "provided": "deferred"}], ("/materials/0/provided", "material_not_deferrable")),
        ([{"code": "m4", "provided": "upload"}], ("/materials/0/code", "unknown_material")),
        ([{"code": "reg_m1", "provided": "fax"}], ("/materials/0/provided", "unknown_provided")),
        ([{"code": "reg_m1", "provided": "licence"}], ("/materials/0/provided", "material_not_provable")),
        ([3], ("/materials/0", "wrong_type")),
        (None, ("/materials", "wrong_type")),
    ],
)
def test_a_fault_of_merged_materials_is_told_at_its_place(given: Any, fault: tuple[str, str]) -> None:
    assert fault in {(each.pointer, each.code) for each in check_materials(plan(BIG), FORM, given)}


def test_materials_are_called_for_by_the_form() -> None:
    made = plan(SMALL)
    cold = {**FORM, "food__cold": "yes", "food__fridge": 2}
    assert "food_m5" not in {each.material.code for each in called_for(made, FORM)}
    assert "food_m5" in {each.material.code for each in called_for(made, cold)}
    missing = [each.detail for each in check_materials(made, cold, []) if each.code == "material_missing"]
    assert any("冷藏设备说明" in detail for detail in missing)


def test_the_merged_form_as_a_schema_knows_what_was_answered() -> None:
    schema = form_schema(plan(BIG))
    assert schema["$id"] == f"urn:onedoor:package:{PACKAGE}:0:form"
    assert schema["properties"][AREA]["default"] == 80
    assert AREA not in schema["required"]
    assert NAME in schema["required"]


def test_conditions_are_renamed_outside_texts_and_members_only() -> None:
    names = {("A", "kind"): "shop__kind", ("A", "rows"): "org__rows"}
    assert rename('kind == "kind" && rows.exists(r, r.kind == kind)', "A", names) == (
        'shop__kind == "kind" && org__rows.exists(r, r.kind == shop__kind)'
    )
    assert rename(r'kind == "a \" kind"', "A", names) == r'shop__kind == "a \" kind"'


def test_the_work_of_a_plan_grows_with_its_items_not_with_their_square() -> None:
    base = members()[1]
    several = [
        {**base, "code": f"I{number}", "name": f"事项{number}", "keywords": [], "sections": [
            {"code": "all", "title": "情况", "fields": [
                *base["sections"][0]["fields"],
                *({"code": f"own{place}", "element": f"own.e{number}_{place}", "label": "一问"} for place in range(12)),
            ]},
        ]}
        for number in range(22)
    ]  # fmt: skip
    offered = {item["code"]: parse_content(item) for item in several}

    def spent(count: int) -> int:
        document = package(
            members=[{"service": f"I{number}"} for number in range(count)], promised_limit=None
        )
        wanted = parse_package(document, offered)
        merged = merging(wanted, [offered[member.service] for member in wanted.members])
        profile = cProfile.Profile()
        profile.runcall(planned, wanted, offered, merged, SMALL)
        return sum(entry.callcount for entry in profile.getstats())

    spent(22)
    assert spent(22) < 2.5 * spent(11)
