"""What bounds guessing at staff accounts, and whom it leaves alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions, attempts, factors, queries, rules, signing
from onedoor.domain.offices.accounts import account_stream
from onedoor.domain.offices.models import Attempt, TotpFactor, UsualPlace
from onedoor.domain.offices.passwords import check_quality
from onedoor.domain.offices.terms import ASVS, DENGBAO, AccountPolicy, Origin, PasswordProfile
from onedoor.faces.access import by_session, by_token
from tests.county import PASSWORD, County

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OWNER = Origin("192.0.2.1")


def enter(
    password: str = PASSWORD, origin: Origin = OWNER, at: datetime = AT, name: str = "chuangkou"
) -> str:
    """The session of a sign-in without a second factor."""
    return actions.sign_in(username=name, password=password, origin=origin, at=at).session


def outcome(password: str, origin: Origin, at: datetime = AT, name: str = "chuangkou") -> str:
    """ "in", or why not."""
    try:
        return "in" if enter(password, origin, at, name) else "halfway"
    except Refused as refused:
        return refused.code


def strangers(count: int, at: datetime = AT, name: str = "chuangkou") -> list[str]:
    """Guesses from as many addresses."""
    return [outcome("guess", Origin(f"198.51.{n // 250}.{n % 250}"), at, name) for n in range(count)]


def test_many_strangers_together_are_bounded_and_the_owner_goes_in(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WRONG_ANYWHERE", 20)
    assert enter()
    heard = strangers(rules.WRONG_ANYWHERE + 20)
    assert heard.count("wrong_credentials") == rules.WRONG_ANYWHERE
    assert set(heard[-20:]) == {"too_many_attempts"}
    # The owner is where they have been before; somebody new is not heard, even with the right password.
    assert outcome(PASSWORD, OWNER) == "in"
    assert outcome(PASSWORD, Origin("203.0.113.5")) == "too_many_attempts"
    # Control: it is the usual place that lets the owner in.
    UsualPlace.objects.all().delete()
    assert outcome(PASSWORD, OWNER) == "too_many_attempts"
    assert outcome(PASSWORD, OWNER, AT + timedelta(days=1, minutes=1)) == "in"


def test_behind_one_address_the_owners_browser_is_told_from_a_guesser(county_db: County) -> None:
    hall = "192.0.2.1"
    assert enter(origin=Origin(hall, device="owners-browser-22-chars"))
    for _ in range(ASVS.tries):
        assert outcome("guess", Origin(hall)) == "wrong_credentials"
    assert outcome(PASSWORD, Origin(hall)) == "too_many_attempts"
    assert outcome(PASSWORD, Origin(hall, device="owners-browser-22-chars")) == "in"
    # A name that the account has never been used with is worth nothing.
    assert outcome(PASSWORD, Origin(hall, device="guessers-browser-22-chr")) == "too_many_attempts"


def test_one_address_tries_few_accounts(county_db: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WRONG_FROM_ADDRESS", 20)
    guesser = Origin("198.51.100.7")
    heard = [outcome("guess", guesser, name=f"somebody{n}") for n in range(rules.WRONG_FROM_ADDRESS + 5)]
    assert heard.count("wrong_credentials") == rules.WRONG_FROM_ADDRESS
    assert outcome(PASSWORD, OWNER) == "in"


def test_an_unknown_name_is_answered_like_a_known_one(county_db: County) -> None:
    known = [outcome("guess", Origin("198.51.100.1")) for _ in range(10)]
    unknown = [outcome("guess", Origin("198.51.100.2"), name="nobody-here") for _ in range(10)]
    assert known == unknown


def test_a_lock_says_until_when_and_is_recorded(county_db: County) -> None:
    for n in range(ASVS.tries):
        outcome("guess", OWNER, AT + timedelta(seconds=10 * n))
    with pytest.raises(Refused, match="too_many_attempts") as refused:
        enter(at=AT + timedelta(minutes=2))
    # 02:00 UTC is 10:00 here; the first of the tries is forgotten a quarter of an hour later.
    assert "10:16" in refused.value.detail
    assert outcome(PASSWORD, OWNER, AT + timedelta(minutes=16)) == "in"
    found = queries.account_of("chuangkou")
    assert found is not None
    kinds = [fact.kind for fact in journal.facts(account_stream(found.id))]
    assert kinds[-2:] == ["offices.sign_in_locked", "offices.signed_in"]


def race(count: int, act: Callable[[], object]) -> list[object]:
    """The same act so many times at once, each on a connection of its own."""
    start, results = threading.Barrier(count), []

    def one() -> None:
        try:
            # Connecting takes longer than what is raced for.
            connection.ensure_connection()
            start.wait()
            try:
                results.append(act())
            except Refused as refused:
                results.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_guesses_at_the_same_moment_are_counted_one_by_one(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guess() -> str:
        actions.count_attempt(key="raced", limit=5, at=AT)
        return "heard"

    assert race(12, guess).count("heard") == 5
    # Control: without the lock several look before any has written.
    monkeypatch.setattr(attempts, "_ONE_AT_A_TIME", "SELECT %s, pg_sleep(0.5)")
    Attempt.objects.all().delete()
    assert race(12, guess).count("heard") > 5


def test_a_code_raced_lets_in_once(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    found = queries.account_of("chuangkou")
    assert found is not None
    actions.begin_totp(user_id=found.id, at=AT)
    enrolment = queries.enrolment(found.id)
    assert enrolment is not None
    code = pyotp.TOTP(enrolment.secret.replace(" ", "")).at(AT)
    TotpFactor.objects.update(confirmed_at=AT)
    halfways = [
        actions.sign_in(username="chuangkou", password=PASSWORD, origin=OWNER, at=AT).halfway
        for _ in range(8)
    ]
    monkeypatch.setattr(rules, "WRONG_CODES", 100)

    def give() -> str:
        return actions.pass_factor(halfway=halfways.pop(), code=code, origin=OWNER, at=AT)

    results = race(4, give)
    assert len([found for found in results if found != "wrong_code"]) == 1
    # Control: were the step only compared and not claimed, one code would let several in.
    monkeypatch.setattr(factors, "_spend_totp", lambda *_: True)
    assert "wrong_code" not in race(4, give)


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_off_by_one_step(county_db: County, seconds: int, good: bool) -> None:
    secret = pyotp.random_base32()
    code = pyotp.TOTP(secret).at(AT + timedelta(seconds=seconds))
    assert (factors._step_of(secret, code, AT) is not None) is good


def test_guessing_codes_is_bounded_also_from_many_places(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WRONG_CODES_ANYWHERE", 12)
    found = queries.account_of("chuangkou")
    assert found is not None
    actions.begin_totp(user_id=found.id, at=AT)
    TotpFactor.objects.update(confirmed_at=AT)

    def guess(origin: Origin) -> str:
        halfway = signing._halfway(signing.User.objects.get(pk=found.id), AT)
        with pytest.raises(Refused) as refused:
            actions.pass_factor(halfway=halfway, code="000000", origin=origin, at=AT)
        return refused.value.code

    here = [guess(OWNER) for _ in range(8)]
    assert here.count("wrong_code") == rules.WRONG_CODES
    everywhere = [guess(Origin(f"198.51.100.{n}")) for n in range(15)]
    assert here.count("wrong_code") + everywhere.count("wrong_code") == rules.WRONG_CODES_ANYWHERE


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("password12345", "password_common"),
        ("P@ssw0rd!!2026", "password_common"),
        ("woaini1314520", "password_common"),
        ("138001380001", "password_common"),
        ("qwertyuiop12", "password_common"),
        ("1qaz2wsx3edc", "password_common"),
        ("abcabcabcabc", "password_common"),
        ("aaaaaaaaaaab", "password_common"),
        ("chuangkou-and-more", "password_holds_username"),
        ("林小满-and-more-words", "password_holds_username"),
        ("correct-horse-battery", ""),
        ("三更灯火五更鸡正是读书时", ""),
        ("kVt7-9mQe-Rx2p-hd4W", ""),
    ],
)
def test_what_guessers_try_first_is_refused(county_db: County, password: str, code: str) -> None:
    refusal = ""
    try:
        check_quality(password, username="chuangkou", name="林小满", tenant_id=county_db.tenant_id)
    except Refused as refused:
        refusal = refused.code
    assert refusal == code


@pytest.mark.parametrize("profile", [ASVS, DENGBAO])
def test_passwords_that_the_system_makes_fit_every_profile(
    county_db: County, profile: PasswordProfile
) -> None:
    with override_settings(ONEDOOR_ACCOUNTS=AccountPolicy(profile)):
        for _ in range(50):
            check_quality(
                rules.new_password(), username="chuangkou", name="林小满", tenant_id=county_db.tenant_id
            )


def test_an_initial_password_does_not_last(county_db: County) -> None:
    password = actions.reset_password(username="chuangkou", principal="test", at=AT)
    assert outcome(password, OWNER, AT + timedelta(days=3)) == "one_time_expired"
    assert outcome(password, OWNER, AT + timedelta(days=2)) == "in"


def test_who_acts_costs_one_statement(county_db: County) -> None:
    at = datetime.now(UTC)
    found = queries.account_of("chuangkou")
    assert found is not None
    session = actions.open_session(user_id=found.id, at=at)
    token = actions.issue_token(username="chuangkou", principal="test", at=at)
    with CaptureQueriesContext(connection) as seen:
        assert by_session(session)
        assert by_session(session)
    assert len(seen) == 2
    with CaptureQueriesContext(connection) as seen:
        assert by_token(token)
        assert by_token(token)
    # The first use of a token is marked; the next five minutes need no mark.
    assert len(seen) == 3
