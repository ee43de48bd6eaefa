"""Identifiers: published vectors, single slips, masking."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.identifiers import (
    birth_date,
    canonical,
    check_character,
    is_valid_id_number,
    is_valid_licence_identifier,
    is_valid_mobile,
    is_valid_service_code,
    is_valid_uscc,
    licence_identifier,
    mask_id,
    mask_name,
    mask_numbers,
    mask_phone,
    uscc_check,
    uuid7,
    validate_basic_code,
    validate_id_number,
    validate_licence_identifier,
    validate_mobile,
    validate_service_code,
    validate_uscc,
)
from onedoor.core.refusals import Refused

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "check_vectors.json"

#: The two worked examples of GB 11643.
ID_NUMBERS = ("11010519491231002X", "440524188001010014")
USCC = "11430000006122244L"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def refusal(validate: Callable[[str], None], text: str) -> str:
    with pytest.raises(Refused) as refused:
        validate(text)
    assert any("一" <= character <= "鿿" for character in refused.value.detail)
    return refused.value.code


def test_published_vectors() -> None:
    if not SHARED.exists():
        pytest.skip("the shared vectors are not at hand")
    vectors: dict[str, Any] = json.loads(SHARED.read_text(encoding="utf-8"))
    for text in vectors["licence_identifier"]["valid"]:
        validate_licence_identifier(text)
    for text in vectors["licence_identifier"]["invalid"]:
        assert not is_valid_licence_identifier(text)
    for text in vectors["uscc"]["valid"]:
        validate_uscc(text)
    for text in vectors["task_code_31"]["valid"]:
        validate_service_code(text)
        validate_service_code(f"{text}01")
    for text in vectors["task_code_31"]["catalog_code"]:
        validate_basic_code(text)


@pytest.mark.parametrize("number", ID_NUMBERS)
def test_identity_numbers(number: str) -> None:
    validate_id_number(number)
    assert birth_date(number) == date.fromisoformat(number[6:14])


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105194912310021", "id_number_check"),
        ("11010519491231002x", "id_number_malformed"),
        ("1101051949123100", "id_number_malformed"),
        ("１１０１０５19491231002X", "id_number_malformed"),
        ("110105194912310O2X", "id_number_malformed"),
        ("990722194912310022", "id_number_region"),
        ("000105194912310022", "id_number_region"),
        ("110105194902300022", "id_number_birth_date"),
        ("110105170012310022", "id_number_birth_date"),
        ("", "id_number_malformed"),
        ("11010519491231002X\n", "id_number_malformed"),
    ],
)
def test_wrong_identity_numbers(number: str, code: str) -> None:
    assert refusal(validate_id_number, number) == code
    assert not is_valid_id_number(number)


@pytest.mark.parametrize("region", ["810000", "820000", "830000", "710000", "911344"])
def test_regions_beyond_the_mainland(region: str) -> None:
    assert any(is_valid_id_number(f"{region}19900101001{check}") for check in "0123456789X")


@given(place=st.integers(0, 17), digit=st.sampled_from("0123456789"), number=st.sampled_from(ID_NUMBERS))
def test_an_identity_number_with_one_slip_is_refused(place: int, digit: str, number: str) -> None:
    slipped = number[:place] + digit + number[place + 1 :]
    assert is_valid_id_number(slipped) == (slipped == number)


@given(place=st.integers(0, 17), character=st.sampled_from(ALPHANUMERIC))
def test_a_credit_code_with_one_slip_is_refused(place: int, character: str) -> None:
    slipped = USCC[:place] + character + USCC[place + 1 :]
    assert is_valid_uscc(slipped) == (slipped == USCC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1143000000612224L", "uscc_malformed"),
        ("11430000006122244I", "uscc_malformed"),
        ("1143000000612224SL", "uscc_malformed"),
        ("11430000006122244l", "uscc_malformed"),
        ("11430000006122244M", "uscc_check"),
        ("114300000O6122244L", "uscc_malformed"),
    ],
)
def test_wrong_credit_codes(text: str, code: str) -> None:
    assert refusal(validate_uscc, text) == code


def test_the_check_of_a_credit_code() -> None:
    assert uscc_check(USCC[:17]) == USCC[17]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{USCC}4511031018000"[:-1], "service_code_length"),
        ("11430000006122244M4511031018000", "service_code_body"),
        (f"{USCC}8511031018000", "service_code_tail"),
        (f"{USCC}451103101800A", "service_code_tail"),
        (f"{USCC}4991031018000", "basic_code_setter"),
        (f"{USCC}4510031018000", "basic_code_type"),
    ],
)
def test_wrong_service_codes(text: str, code: str) -> None:
    assert refusal(validate_service_code, text) == code
    assert not is_valid_service_code(text)


@pytest.mark.parametrize("text", ["00010511400", "00010511400A", "", "０００１０５１１４００１"])
def test_wrong_basic_codes(text: str) -> None:
    assert refusal(validate_basic_code, text) == "basic_code_malformed"


def test_a_licence_identifier_is_made_and_valid() -> None:
    made = licence_identifier(type_code="11100000000013338W011", issuer=USCC, serial="20230000403", version=1)
    assert made == "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"


@pytest.mark.parametrize(
    "part", [{"type_code": "111"}, {"issuer": "1234"}, {"serial": "a-1"}, {"serial": ""}, {"version": 1000}]
)
def test_a_licence_identifier_of_wrong_parts_is_refused(part: dict[str, Any]) -> None:
    parts = {"type_code": "11100000000013338W011", "issuer": "340100", "serial": "16", "version": 1}
    with pytest.raises(Refused):
        licence_identifier(**{**parts, **part})


@pytest.mark.parametrize(
    "text", ["", "1.2.156.3005.2.", "1.2.156.3005.3.11100000000013338W011.340100.1.001.0"]
)
def test_other_object_identifiers_are_refused(text: str) -> None:
    assert refusal(validate_licence_identifier, text) == "licence_identifier_malformed"


@given(body=st.text(ALPHANUMERIC, min_size=1, max_size=60), data=st.data())
def test_the_check_character_finds_every_slip(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from(ALPHANUMERIC.replace(body[place], "")))
    assert check_character(body[:place] + other + body[place + 1 :]) != check_character(body)


@pytest.mark.parametrize("text", ["13812345678", "19912345678"])
def test_mobile_numbers(text: str) -> None:
    assert is_valid_mobile(text)


@pytest.mark.parametrize(
    "text", ["12812345678", "1381234567", "138123456789", "+8613812345678", "138 1234 5678"]
)
def test_wrong_mobile_numbers(text: str) -> None:
    assert refusal(validate_mobile, text) == "mobile_malformed"


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_id, "220822199001011234", "2208**********1234"),
        (mask_id, "12345678", "1*******"),
        (mask_id, "1", "1*"),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "1234567", "1******"),
        (mask_name, "张三", "张*"),
        (mask_name, "欧阳娜娜", "欧***"),
        (mask_name, "张", "张*"),
        (mask_name, "", ""),
    ],
)
def test_masking(mask: Callable[[str], str], text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text(min_size=1, max_size=30))
def test_masking_never_shows_a_text_whole(text: str) -> None:
    for mask in (mask_id, mask_phone, mask_name):
        assert "*" in mask(text)
        assert len(mask(text)) == max(len(text), 2)


def test_what_people_type_becomes_canonical() -> None:
    assert canonical(" １１０１０５ 1949 1231 002x ") == "11010519491231002X"


def test_uuid7_carries_its_instant_and_is_random() -> None:
    at = datetime(2026, 10, 13, 1, 5, 7, 123_456, tzinfo=UTC)
    one, other = uuid7(at), uuid7(at)
    assert one != other
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one.int >> 80 == int(at.timestamp() * 1000)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 10**12),
)
def test_uuid7_sorts_by_time(at: datetime, later: int) -> None:
    assert uuid7(at) < uuid7(at + timedelta(microseconds=later))


def test_whole_numbers_in_a_text_are_masked_and_nothing_else() -> None:
    text = "庄晓禾110101198806160008，电话１３０００００００02；办件SC2026112213000000002，票号110101198806160009"
    assert mask_numbers(text) == (
        "庄晓禾1101**********0008，电话130****0002；办件SC2026112213000000002，票号110101198806160009"
    )
    assert mask_numbers("11010119880616000x 13800138000.") == "11010119880616000x 138****8000."
