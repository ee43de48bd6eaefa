"""Case numbers and query codes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.numbers import LONGEST, STANDARD, new_query_code, normalise_query_code
from onedoor.core.refusals import Refused

DAY = date(2026, 10, 13)


def test_a_case_number_reads_as_described() -> None:
    number = STANDARD.make("990722", DAY, "SCJG", 42)
    assert number[:-1] == "99072220261013SCJG00042"
    assert STANDARD.check(number)
    assert len(number) <= LONGEST


@given(
    region=st.from_regex(r"[0-9]{6}", fullmatch=True),
    day=st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    department=st.from_regex(r"[0-9A-Z]{2,4}", fullmatch=True),
    serial=st.integers(1, 99_999),
    slip=st.tuples(st.integers(0, 30), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
)
def test_made_numbers_check_and_slips_do_not(
    region: str, day: date, department: str, serial: int, slip: tuple[int, str]
) -> None:
    number = STANDARD.make(region, day, department, serial)
    assert STANDARD.check(number)
    place, character = slip[0] % len(number), slip[1]
    slipped = number[:place] + character + number[place + 1 :]
    assert STANDARD.check(slipped) == (slipped == number)


@pytest.mark.parametrize(
    ("region", "department", "serial", "code"),
    [
        ("99072", "SCJG", 1, "number_region"),
        ("990722", "scjg", 1, "number_department"),
        ("990722", "SCJGX", 1, "number_department"),
        ("990722", "SCJG", 0, "number_serial"),
        ("990722", "SCJG", 100_000, "number_serial"),
    ],
)
def test_parts_that_do_not_fit_are_refused(region: str, department: str, serial: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        STANDARD.make(region, DAY, department, serial)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "99072220261013SCJG00042", "99072220261313SCJG00042", "１２３"])
def test_other_texts_are_no_case_numbers(text: str) -> None:
    assert not STANDARD.check(text)


def test_query_codes_are_random_and_canonical() -> None:
    codes = {new_query_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(normalise_query_code(code) == code for code in codes)
    # 50 bits: each of ten places takes every one of 32 characters.
    assert len({character for code in codes for character in code.replace("-", "")}) == 32


@pytest.mark.parametrize("typed", ["7k3qx9mz41", " 7K3QX 9MZ41", "7K3QX-9MZ4l", "7k3qx—9mz4I"])
def test_query_codes_as_people_type_them(typed: str) -> None:
    assert normalise_query_code(typed) == "7K3QX-9MZ41"


def test_the_letter_o_is_a_nought() -> None:
    assert normalise_query_code("OOOOO-ooooo") == "00000-00000"


@pytest.mark.parametrize("typed", ["", "7K3QX-9MZ4", "7K3QX-9MZ4U", "7K3QX-9MZ412", "7K3QX/9MZ41"])
def test_what_is_no_query_code_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        normalise_query_code(typed)
    assert refused.value.code == "query_code_malformed"
