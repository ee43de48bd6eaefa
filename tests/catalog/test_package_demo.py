"""Every package of the demo county: what its plan asks together is what its items ask apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest

from onedoor.domain.catalog import conditions, forms
from onedoor.domain.catalog.packages.merging import merging
from onedoor.domain.catalog.packages.planning import plan as planned
from onedoor.domain.catalog.packages.portions import (
    asked,
    called_for,
    check_form,
    check_materials,
    portion,
    portion_materials,
)
from onedoor.domain.catalog.packages.rules import parse_package
from onedoor.domain.catalog.packages.terms import PackageVersion, Plan
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import Field, ServiceVersion
from onedoor.site.demo.loader import demo_items, demo_packages

DOCUMENTS = {document["code"]: document for document in demo_packages()}

#: Packages of which some forms have a question that hangs on another.
HANGING = {"YJS-HIRED"}


@cache
def items() -> Mapping[str, ServiceVersion]:
    return {item["code"]: parse_content(item) for item in demo_items()}


def plan(package: PackageVersion, answers: Mapping[str, Any]) -> Plan:
    ordered = [items()[member.service] for member in package.members]
    return planned(package, items(), merging(package, ordered), answers)


def value(field: Field, draw: Random) -> Any:
    """Something that will do as an answer."""
    made: dict[str, Any] = {
        "boolean": draw.random() < 0.5,
        "number": draw.choice((1, 49, 50, 499, 500)),
        "money": "1000",
        "date": "2026-05-06",
        "phone": "13000000002",
        "id_number": "110101198806160008",
        "uscc": "92990722MAXH00010M",
    }
    if field.options:
        chosen = draw.choice(field.options).value
        return [chosen] if field.type == "choices" else chosen
    return made.get(field.type, "晓禾")


def answered(package: PackageVersion, draw: Random) -> dict[str, Any]:
    """Answers to every question that comes up."""
    answers = {field.code: value(field, draw) for field in package.questions if not field.required}
    while missing := plan(package, answers).missing:
        answers |= {field.code: value(field, draw) for field in missing}
    return answers


def filled(made: Plan, draw: Random) -> dict[str, Any]:
    """A merged form in which everything that comes up has an answer; groups are left out where they may be."""
    form: dict[str, Any] = {}
    while True:
        open_ = [
            each.field
            for each in asked(made, form)
            if each.answer is None and each.field.code not in form
            and (each.field.type != "group" or each.field.required)
        ]  # fmt: skip
        if not open_:
            return form
        for field in open_:
            rows = [{inner.code: value(inner, draw) for inner in field.fields}]
            form[field.code] = rows if field.type == "group" else value(field, draw)


@pytest.mark.parametrize(("code", "seed"), tuple(product(DOCUMENTS, range(2))))
def test_a_form_filled_in_once_is_right_for_every_member(code: str, seed: int) -> None:
    draw = Random(f"{code} {seed}")
    package = parse_package(DOCUMENTS[code], items())
    made = plan(package, answered(package, draw))
    assert made.complete
    assert not made.open
    assert {m.service.code for m in made.members} | {s.code for s in made.skipped} == {
        member.service for member in package.members
    }
    form = filled(made, draw)
    given = [
        {"code": each.material.code, "provided": "original"}
        for each in called_for(made, form)
        if not each.proved
    ]
    assert check_form(made, form) == ()
    assert check_materials(made, form, given) == ()
    done: set[str] = set()
    for member in made.members:
        service = member.service.code
        own = portion(made, service, form)
        assert forms.check_answers(member.service, own) == ()
        handed_in = portion_materials(made, service, given, form)
        assert forms.check_materials(member.service, own, handed_in) == ()
        assert {each["code"] for each in handed_in} <= {
            material.code for material in forms.materials_for(member.service, own)
        }
        assert set(member.after) <= done, "each comes after those it waits for"
        done.add(service)


@pytest.mark.parametrize("code", DOCUMENTS)
def test_a_question_stands_after_those_it_hangs_on(code: str) -> None:
    """A form is read from its first page to its last: what hangs on a later answer would never come up."""
    package = parse_package(DOCUMENTS[code], items())
    hanging = 0
    for seed in range(16):
        made = plan(package, answered(package, Random(f"{code} {seed}")))
        pages = [field for section in made.sections for field in section.fields]
        assert {field.code for field in pages} == {each.field.code for each in made.fields}
        for order in ([each.field for each in made.fields], pages):
            places = {field.code: place for place, field in enumerate(order)}
            for field in order:
                named = set(conditions.compiled(field.when).variables()) if field.when else set()
                hanging += len(named)
                assert all(places[name] < places[field.code] for name in named & places.keys())
    assert hanging or code not in HANGING


@pytest.mark.parametrize("code", DOCUMENTS)
def test_every_member_of_a_package_is_needed_by_some_answers_and_skipped_by_none_without_a_reason(
    code: str,
) -> None:
    package = parse_package(DOCUMENTS[code], items())
    needed: set[str] = set()
    for seed in range(16):
        made = plan(package, answered(package, Random(f"{code} {seed}")))
        needed |= {member.service.code for member in made.members}
        assert all(member.why for member in (*made.members, *made.skipped))
        for figure in (made.figures.materials, made.figures.steps, made.figures.visits, made.figures.days):
            assert figure.saved is None or figure.saved >= 0
    assert needed == {member.service for member in package.members}
