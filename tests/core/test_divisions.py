"""Place codes: levels, prefixes, containment."""

from __future__ import annotations

import pytest

from onedoor.core.divisions import (
    DivisionLevel,
    contains,
    full_code,
    is_valid_division_code,
    level,
    parent,
    significant_prefix,
    validate_division_code,
)
from onedoor.core.refusals import Refused

COUNTY, TOWN, VILLAGE = "990722000000", "990722101000", "990722101203"


@pytest.mark.parametrize(
    ("code", "kind", "prefix"),
    [
        ("430000000000", DivisionLevel.PROVINCE, "43"),
        ("430500000000", DivisionLevel.CITY, "4305"),
        (COUNTY, DivisionLevel.COUNTY, "990722"),
        (TOWN, DivisionLevel.TOWN, "990722101"),
        (VILLAGE, DivisionLevel.VILLAGE, VILLAGE),
        ("441900003000", DivisionLevel.TOWN, "441900003"),
    ],
)
def test_levels_and_prefixes(code: str, kind: DivisionLevel, prefix: str) -> None:
    validate_division_code(code)
    assert level(code) is kind
    assert significant_prefix(code) == prefix
    assert full_code(prefix) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("990722", "division_code_malformed"),
        ("99072200000A", "division_code_malformed"),
        ("000000000000", "division_code_malformed"),
        ("990722000203", "division_code_gap"),
        ("430000101000", "division_code_gap"),
        ("430022000000", "division_code_gap"),
    ],
)
def test_wrong_codes_are_refused(code: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        validate_division_code(code)
    assert refused.value.code == reason
    assert not is_valid_division_code(code)


@pytest.mark.parametrize(
    ("prefix", "code", "held"),
    [
        ("", VILLAGE, True),
        ("990722", VILLAGE, True),
        ("990722101", TOWN, True),
        ("990722101", "990722102000", False),
        (VILLAGE, VILLAGE, True),
        (VILLAGE, TOWN, False),
        (COUNTY, VILLAGE, True),
        (TOWN, VILLAGE, True),
        ("990722101", COUNTY, False),
    ],
)
def test_containment(prefix: str, code: str, held: bool) -> None:
    assert contains(prefix, code) is held


@pytest.mark.parametrize("prefix", ["9", "99072", "9907221", "99072210120", "county"])
def test_half_a_place_is_no_scope(prefix: str) -> None:
    with pytest.raises(Refused):
        contains(prefix, VILLAGE)


def test_parents_lead_up_to_the_province() -> None:
    chain, code = [], "430524101203"
    while code := parent(code) or "":
        chain.append(code)
    assert chain == ["430524101000", "430524000000", "430500000000", "430000000000"]


def test_the_parent_of_a_town_without_county_is_its_city() -> None:
    assert parent("441900003000") == "441900000000"
