"""The demo county's files: well-formed, complete and consistent with one another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cel
import pytest
import yaml

import onedoor.site
from onedoor.domain.catalog.rules import examine
from onedoor.domain.catalog.terms import CaseKind, Necessity, Source, StepKind
from onedoor.domain.offices.terms import Role

DEMO = Path(onedoor.site.__file__).parent / "demo"
COUNTY: dict[str, Any] = yaml.safe_load((DEMO / "county.yaml").read_text(encoding="utf-8"))
FILES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((DEMO / "items").glob("*.yaml"))
}
ITEMS: list[dict[str, Any]] = [item for items in FILES.values() for item in items]
DEPARTMENTS = {department["code"] for department in COUNTY["departments"]}
WINDOWS = {window["number"]: window["name"] for hall in COUNTY["halls"][:1] for window in hall["windows"]}

FIELD_TYPES = {
    "text", "textarea", "choice", "choices", "date", "number", "money",
    "phone", "id_number", "uscc", "address", "boolean", "group",
}  # fmt: skip
SAMPLES: dict[str, Any] = {"number": 3, "money": 3, "date": "2026-01-05", "boolean": True, "group": []}
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def each_item() -> pytest.MarkDecorator:
    """Parametrise a test by item, named by its code."""
    return pytest.mark.parametrize("item", ITEMS, ids=[item["code"] for item in ITEMS])


def fields_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The form's fields in the order they are asked."""
    return [field for section in item["sections"] for field in section["fields"]]


def conditions_of(item: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every CEL condition of an item with the fields it may speak of."""
    fields = fields_of(item)
    for position, field in enumerate(fields):
        if "when" in field:
            yield field["when"], fields[:position]
    for part in item["materials"] + item["procedure"]:
        if "when" in part:
            yield part["when"], fields


def names_in(expression: str) -> set[str]:
    """The variables of a condition: the identifiers outside its string literals."""
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"[A-Za-z_]\w*", bare)) - {"in", "true", "false"}


def values_asked(expression: str) -> list[tuple[str, str]]:
    """The pairs (field, option value) a condition compares."""
    equal = re.findall(r'(\w+) [!=]= "([^"]*)"', expression)
    member = [(name, value) for value, name in re.findall(r'"([^"]*)" in (\w+)', expression)]
    return equal + member


def sample(field: dict[str, Any]) -> Any:
    """An answer of the right shape for a field."""
    if field["type"] == "choice":
        return field["options"][0]["value"]
    if field["type"] == "choices":
        return [field["options"][0]["value"]]
    return SAMPLES.get(field["type"], "样例")


def longest(item: dict[str, Any]) -> int:
    """The sum of step limits along the longest path; fails on a cycle or an unknown predecessor."""
    steps = {step["code"]: step for step in item["procedure"]}

    def until(code: str, seen: frozenset[str]) -> int:
        assert code not in seen, f"循环：{code}"
        step = steps[code]
        own: int = step.get("limit", {}).get("amount", 0)
        return own + max((until(before, seen | {code}) for before in step["after"]), default=0)

    return max(until(code, frozenset()) for code in steps)


def parallel(item: dict[str, Any]) -> bool:
    """Whether two departments work at once: steps of different departments behind the same predecessors."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for step in item["procedure"]:
        if step["kind"] in {"review", "opinion", "survey"}:
            groups.setdefault(tuple(step["after"]), set()).add(step["department"])
    return any(len(departments) > 1 for departments in groups.values())


def valid_uscc(code: str) -> bool:
    """GB 32100 check character."""
    total = sum(USCC_ALPHABET.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return len(code) == 18 and code[17] == USCC_ALPHABET[(31 - total % 31) % 31]


def valid_id_number(number: str) -> bool:
    """GB 11643 check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number[17] == "10X98765432"[total % 11]


def test_the_catalogue_is_wide_enough() -> None:
    assert len(ITEMS) >= 64
    assert len({item["department"] for item in ITEMS}) >= 14
    assert sum(parallel(item) for item in ITEMS) >= 20
    assert sum(any("when" in material for material in item["materials"]) for item in ITEMS) >= 20
    wanted = "SCJG-FOOD-NEW SCJG-GETI-NEW WSJK-HYGIENE-NEW MZJ-ELDER-ALLOWANCE RSJ-CARD LYJ-LOGGING"
    assert set(wanted.split()) <= {item["code"] for item in ITEMS}


def test_codes_and_names_are_unique() -> None:
    for key in ("code", "name"):
        assert [value for value, n in Counter(item[key] for item in ITEMS).items() if n > 1] == []


def test_files_are_named_after_their_department_and_short() -> None:
    for stem, items in FILES.items():
        assert {item["department"] for item in items} == {stem.split("_")[0]}
        assert len((DEMO / "items" / f"{stem}.yaml").read_text(encoding="utf-8").splitlines()) <= 400


@each_item()
def test_the_head_is_complete(item: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z0-9-]{1,50}", item["code"])
    assert item["department"] in DEPARTMENTS
    assert item["type"] in {"01", "05", "07", "08", "09", "10", "20"}
    assert item["level"] == "4"
    assert item["audience"]
    assert set(item["audience"]) <= {"person", "organization"}
    assert set(item["channels"]) <= {"window", "web", "mobile"}
    assert item["plain_name"] != item["name"]
    assert item["themes"]
    assert item["fee"]
    assert all(re.fullmatch("《.+》", basis["title"]) for basis in item["basis"])
    assert item["basis"]
    assert all(
        re.fullmatch("(第[一二三四五六七八九十百零]+条)?", basis["article"]) for basis in item["basis"]
    )
    assert 3 <= len(item["conditions"]) <= 6
    assert len(item["keywords"]) >= 4
    assert len(item["questions"]) >= 2
    assert all(entry["question"].endswith("？") and entry["answer"] for entry in item["questions"])
    assert item["hours"]
    assert re.fullmatch(r"0000-\d{7}", item["phone"])
    assert item["complaint_phone"]


@each_item()
def test_the_catalogue_would_publish_it(item: dict[str, Any]) -> None:
    _, problems = examine(item)
    assert problems == ()


@each_item()
def test_the_place_names_a_window_of_the_hall(item: dict[str, Any]) -> None:
    found = re.search(r"(\d+) 号(\S+)", item["location"])
    assert found is not None
    assert WINDOWS[int(found[1])].startswith(found[2])


@each_item()
def test_limits_keep_the_law_and_the_promise(item: dict[str, Any]) -> None:
    statutory, promised = item["statutory_limit"], item["promised_limit"]
    assert statutory["unit"] == promised["unit"]
    assert 0 < promised["amount"] <= statutory["amount"]
    units = {step["limit"]["unit"] for step in item["procedure"] if "limit" in step}
    assert units <= {promised["unit"]}
    assert longest(item) <= promised["amount"]


@each_item()
def test_the_procedure_can_be_worked(item: dict[str, Any]) -> None:
    steps = item["procedure"]
    kinds = Counter(StepKind(step["kind"]) for step in steps)
    assert kinds[StepKind.DECISION] == 1
    assert kinds[StepKind.MAKING] <= 1
    assert len({step["code"] for step in steps}) == len(steps)
    if CaseKind(item["case_kind"]) is CaseKind.INSTANT:
        assert len(steps) == 1
    for step in steps:
        assert step["department"] in DEPARTMENTS
        assert can_act(step["role"], step["department"]), step


def can_act(role: str, department: str) -> bool:
    """Whether some user of the county may act at a step."""
    grants = [grant for user in COUNTY["staff"] for grant in user["grants"] if not grant["place"]]
    return any(grant["role"] == Role(role) and grant["department"] in (None, department) for grant in grants)


@each_item()
def test_materials_are_well_formed(item: dict[str, Any]) -> None:
    materials = item["materials"]
    assert 3 <= len(materials) <= 8
    assert len({material["code"] for material in materials}) == len(materials)
    for material in materials:
        Necessity(material["necessity"])
        assert (Source(material["source"]) is Source.LICENCE) == bool(material.get("licence_type"))
        assert (material["necessity"] == "conditional") == ("when" in material)
        assert material["form"] in {"original", "copy", "electronic"}
        assert (material["form"] == "copy") == bool(material.get("copies", 0))


@each_item()
def test_fields_are_well_formed(item: dict[str, Any]) -> None:
    fields = fields_of(item)
    assert 3 <= len(fields) <= 12
    assert len({field["code"] for field in fields}) == len(fields)
    for field in fields:
        assert field["type"] in FIELD_TYPES
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["code"])
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", field["element"])
        assert (field["type"] in {"choice", "choices"}) == ("options" in field)
        values = [option["value"] for option in field.get("options", ())]
        assert len(set(values)) == len(values)
        assert all(isinstance(value, str) for value in values)


@each_item()
def test_conditions_speak_of_answers_that_exist(item: dict[str, Any]) -> None:
    for expression, known in conditions_of(item):
        cel.compile(expression)
        by_code = {field["code"]: field for field in known}
        assert names_in(expression), expression
        assert names_in(expression) <= set(by_code), expression
        for name, value in values_asked(expression):
            assert value in {option["value"] for option in by_code[name]["options"]}, expression
        asked = [by_code[name] for name in names_in(expression)]
        assert all(field.get("required", True) and "when" not in field for field in asked), expression
        answers = {field["code"]: sample(field) for field in known}
        assert isinstance(cel.evaluate(expression, answers), bool)


def test_departments_have_codes_that_pass_their_checks() -> None:
    departments = COUNTY["departments"]
    assert len(departments) >= 16
    for key in ("code", "name", "number_prefix", "organ_word", "uscc", "phone"):
        assert len({department[key] for department in departments}) == len(departments), key
    for department in departments:
        assert re.fullmatch("[A-Z]{2,4}", department["number_prefix"])
        assert valid_uscc(department["uscc"])
        assert department["uscc"][2:8] == COUNTY["tenant"]["region_code"]


def test_places_form_a_tree_of_twelve_digit_codes() -> None:
    places = {place["code"]: place for place in COUNTY["places"]}
    assert len(places) == len(COUNTY["places"])
    assert all(re.fullmatch(r"990722\d{6}", code) for code in places)
    assert all(place["parent"] in places for place in places.values() if place["kind"] != "county")
    villages = Counter(place["parent"] for place in places.values() if place["kind"] == "village")
    assert len(villages) == 6
    assert min(villages.values()) >= 4


def test_windows_serve_known_departments() -> None:
    assert len(WINDOWS) >= 10
    for hall in COUNTY["halls"]:
        for window in hall["windows"]:
            assert set(window["departments"]) <= DEPARTMENTS


def test_staff_cover_every_role_and_department() -> None:
    staff = COUNTY["staff"]
    assert len({user["username"] for user in staff}) == len(staff)
    assert all(re.fullmatch("[a-z][a-z0-9]+", user["username"]) for user in staff)
    assert {user["department"] for user in staff} <= DEPARTMENTS
    grants = [grant for user in staff for grant in user["grants"]]
    assert {Role(grant["role"]) for grant in grants} == set(Role) - {Role.APPLICANT}
    for department in DEPARTMENTS:
        assert {"reviewer", "decider"} <= {
            grant["role"] for grant in grants if grant["department"] == department
        }
    codes = [place["code"] for place in COUNTY["places"]]
    assert all(any(code.startswith(grant["place"]) for code in codes) for grant in grants)


def test_no_one_holds_powers_that_exclude_each_other() -> None:
    for user in COUNTY["staff"]:
        roles = {grant["role"] for grant in user["grants"]}
        assert len(roles & {"admin", "security", "auditor"}) <= 1
        assert not {"reviewer", "decider"} <= roles
        assert not {"password", "secret"} & set(user)


def test_applicants_are_marked_as_fictional_and_pass_the_checks() -> None:
    applicants = COUNTY["applicants"]
    assert len(applicants) >= 2
    for applicant in applicants:
        assert applicant["fictional"] is True
        assert valid_id_number(applicant["id_number"])
        assert applicant["id_number"][14:17] == "000"
    assert all(valid_uscc(a["organization"]["uscc"]) for a in applicants if "organization" in a)
