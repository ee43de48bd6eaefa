"""Guessing is slow, and a stranger who guesses shuts nobody out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory, override_settings

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions
from onedoor.faces.access import address_of
from tests.county import County

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
