"""Guessing is slow, and a stranger who guesses shuts nobody out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from string import ascii_letters, digits

import pytest
from django.test import Client, RequestFactory, override_settings

from onedoor.core.numbers import StandardNumberFormat
from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions, rules
from onedoor.faces.access import address_of
from tests.county import County
from tests.faces.desk import filed

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PHONE = "13000000009"
OWNER, STRANGER = "192.0.2.1", "192.0.2.66"


def _sent(county: County, at: datetime, address: str = OWNER) -> str:
    return actions.issue_phone_code(tenant_id=county.tenant_id, phone=PHONE, address=address, at=at).code


def _guess(county: County, code: str, address: str, at: datetime) -> str:
    return actions.sign_in_by_phone(
        tenant_id=county.tenant_id, phone=PHONE, code=code, address=address, at=at
    )


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_stranger_cannot_use_up_the_owners_code(county_db: County) -> None:
    code = _sent(county_db, AT)
    for _ in range(20):
        with pytest.raises(Refused, match=r"wrong_code|too_many_attempts"):
            _guess(county_db, _wrong(code), STRANGER, AT)
    # Control: the stranger is shut out even with the right code, which still opens to its owner.
    with pytest.raises(Refused, match="too_many_attempts"):
        _guess(county_db, code, STRANGER, AT)
    assert _guess(county_db, code, OWNER, AT)


def test_new_codes_bring_no_new_guesses(county_db: County) -> None:
    judged = 0
    for minute in range(14):
        at = AT + timedelta(minutes=minute)
        try:
            code = _sent(county_db, at, STRANGER)
        except Refused:
            continue
        for _ in range(10):
            with pytest.raises(Refused) as refused:
                _guess(county_db, _wrong(code), STRANGER, at)
            judged += refused.value.code == "wrong_code"
    assert judged == 5


def test_one_address_sends_a_telephone_few_messages(county_db: County) -> None:
    sent = 0
    for minute in range(15):
        try:
            _sent(county_db, AT + timedelta(minutes=minute), STRANGER)
        except Refused:
            continue
        sent += 1
    assert sent == 5
    assert _sent(county_db, AT + timedelta(minutes=15), OWNER)


def _near(code: str) -> list[str]:
    """Some codes of which the last is the right one, for a guesser who has seen most of its digits."""
    others = [f"{code[:5]}{n}" for n in range(10)] + [
        f"{code[:4]}{(int(code[4]) + 1) % 10}{n}" for n in range(10)
    ]
    return [each for each in others if each != code] + [code]


def _guesses(county: County, code: str, at: datetime = AT) -> list[str]:
    """What becomes of such guesses from as many addresses."""
    return [
        _tried(partial(_guess, county, guess, f"198.51.100.{n}", at)) for n, guess in enumerate(_near(code))
    ]


def _tried(act: Callable[[], object]) -> str:
    """`in`, or the code of the refusal."""
    try:
        act()
    except Refused as refused:
        return refused.code
    return "in"


def test_many_addresses_do_not_find_a_code_nor_use_it_up(county_db: County) -> None:
    code = _sent(county_db, AT)
    assert set(_guesses(county_db, code)) == {"wrong_code"}
    # Whoever asked for it comes in, though all strangers have been shut out.
    assert _guess(county_db, code, OWNER, AT)


def test_without_a_bound_they_find_it(county_db: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PHONE_CODE_TRIES", 1_000)
    assert _guesses(county_db, _sent(county_db, AT))[-1] == "in"


def _sent_by_many(county: County) -> int:
    """How many codes forty addresses have sent to one telephone in the course of hours."""
    ways = [
        _tried(partial(_sent, county, AT + timedelta(minutes=2 * n), f"198.51.100.{n}")) for n in range(40)
    ]
    return ways.count("in")


def test_many_addresses_send_a_telephone_few_messages_a_day(county_db: County) -> None:
    assert _guess(county_db, _sent(county_db, AT - timedelta(days=9)), OWNER, AT - timedelta(days=9))
    assert _sent_by_many(county_db) == rules.PHONE_CODES_A_DAY
    # The owner, at an address where they have been before, is sent one all the same and comes in.
    later = AT + timedelta(hours=4)
    assert _guess(county_db, _sent(county_db, later), OWNER, later)
    # Control: at a new address they wait for the next day like everybody.
    assert (
        _tried(lambda: _sent(county_db, later + timedelta(minutes=2), "203.0.113.9")) == "too_many_attempts"
    )
    assert _sent(county_db, AT + timedelta(days=2), "203.0.113.9")


def test_without_that_bound_they_send_as_many_as_they_like(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PHONE_CODES_A_DAY", 1_000)
    assert _sent_by_many(county_db) == 40


def test_one_address_asks_few_telephones(county_db: County) -> None:
    ask = partial(actions.issue_phone_code, tenant_id=county_db.tenant_id, address=STRANGER, at=AT)
    asked_for = [_tried(partial(ask, phone=f"1300001{n:04d}")) for n in range(40)]
    assert asked_for.count("in") == rules.PHONE_CODES_OF_ADDRESS
    # Elsewhere somebody else still gets theirs.
    assert _sent(county_db, AT)


def _codes_like(code: str) -> list[str]:
    """Codes that differ in the last letter, the right one last."""
    others = [code[:-1] + letter for letter in "0123456789ABCDEF"]
    return [*[each for each in others if each != code][:14], code]


def _ask_page(number: str, code: str, address: str) -> int:
    form = {"number": number, "query_code": code}
    return Client().post("/progress", form, REMOTE_ADDR=address).status_code


def _ask_interface(number: str, code: str, address: str) -> int:
    path = f"/api/v1/cases/{number}"
    return Client().get(path, headers={"X-Query-Code": code}, REMOTE_ADDR=address).status_code


#: How each way answers to the right code, and how many guesses it judges.
WAYS = {"page": (_ask_page, 302, 8), "interface": (_ask_interface, 200, 10)}


@pytest.mark.parametrize("way", WAYS)
def test_query_codes_bear_few_guesses_and_open_to_their_owner(county_db: County, way: str) -> None:
    ask, opened, judged = WAYS[way]
    case = filed()
    assert case.query_code is not None
    answers = [ask(case.number, code, STRANGER) for code in _codes_like(case.query_code)]
    assert 429 not in answers[:judged]
    assert set(answers[judged:]) == {429}
    assert ask(case.number, case.query_code, OWNER) == opened


@pytest.mark.parametrize("way", WAYS)
def test_without_counting_a_query_code_is_found(
    county_db: County, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, opened, _ = WAYS[way]
    case = filed()
    assert case.query_code is not None
    for counting in ("count_attempt", "check_attempts"):
        monkeypatch.setattr(actions, counting, lambda **_: None)
    assert [ask(case.number, code, STRANGER) for code in _codes_like(case.query_code)][-1] == opened


@pytest.mark.parametrize("way", WAYS)
def test_one_address_guesses_at_few_numbers(
    county_db: County, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, opened, _ = WAYS[way]
    monkeypatch.setattr("onedoor.faces.access.WRONG_CODES_OF_ADDRESS", 20)
    case = filed()
    assert case.query_code is not None
    numbers = [StandardNumberFormat().make("990722", date(2026, 3, 2), "SCJG", n + 1) for n in range(40)]
    answers = [ask(number, "00000-00000", STRANGER) for number in numbers]
    assert set(answers[:20]) < {404, 422}
    assert set(answers[20:]) == {429}
    # The right code opens where nobody has guessed.
    assert ask(case.number, case.query_code, OWNER) == opened


def test_a_token_is_nothing_to_guess_at_and_shuts_nobody_out(county_db: County) -> None:
    token = actions.issue_token(username="chuangkou", principal="test", at=datetime.now(UTC))
    assert len(token) * 6 >= 256

    def answer(bearer: str) -> int:
        return Client().get("/api/v1/work", headers={"Authorization": f"Bearer {bearer}"}).status_code

    near = [token[:-1] + letter for letter in ascii_letters + digits if letter != token[-1]]
    assert {answer(each) for each in (*near, token[:-1], token + "A", "", "x" * 5_000)} == {401}
    assert answer(token) == 200


def asked(remote: str, forwarded: str | None, *, proxy: bool) -> str:
    """The address a request counts for."""
    more = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with override_settings(ONEDOOR_BEHIND_PROXY=proxy):
        return address_of(RequestFactory().get("/", REMOTE_ADDR=remote, headers=more))


def test_behind_a_proxy_everybody_has_an_address_of_their_own() -> None:
    proxy = "127.0.0.1"
    assert asked(proxy, OWNER, proxy=True) == OWNER
    # What the sender claims stands before what the proxy has seen.
    assert asked(proxy, f"{OWNER}, {STRANGER}", proxy=True) == STRANGER
    assert asked(proxy, "nonsense", proxy=True) == proxy
    assert asked(proxy, None, proxy=True) == proxy
    # Control: without a proxy nobody is believed.
    assert asked(STRANGER, OWNER, proxy=False) == STRANGER


def test_the_addresses_of_one_household_count_as_one() -> None:
    first, second = (asked(f"2001:db8:1:2::{n}", None, proxy=False) for n in (1, 2))
    assert first == second
    assert asked("2001:db8:1:3::1", None, proxy=False) != first
    assert asked("::ffff:192.0.2.1", None, proxy=False) == OWNER
