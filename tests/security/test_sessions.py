"""Sessions: how long they hold for whom, what is said when one has ended, and to which page it leads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions, queries, recognition
from onedoor.domain.offices.models import Session
from onedoor.domain.offices.terms import AccountPolicy, Entered, account_policy
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.faces.desk import at_desk
from tests.faces.portal import Citizen, text_of
from tests.factories.cases import staff

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def idle(browser: Client, minutes: int) -> None:
    """Let the browser's session have been seen for the last time so long ago."""
    seen = datetime.now(UTC) - timedelta(minutes=minutes)
    Session.objects.update(seen_at=seen)


@pytest.mark.parametrize(
    ("entered", "minutes"),
    [(Entered.PASSWORD, 20), (Entered.PASSKEY, 20), (Entered.PHONE, 40), (Entered.IDENTITY, 40)],
)
def test_staff_and_applicants_idle_for_as_long_as_is_set(
    county_db: County, entered: Entered, minutes: int
) -> None:
    secret = actions.open_session(user_id=staff("chuangkou").user_id, at=AT, entered=entered)
    last = AT + timedelta(minutes=minutes)
    with override_settings(ONEDOOR_ACCOUNTS=account_policy("asvs", "", "20", "40")):
        assert queries.principal_by_session(secret, at=last - timedelta(seconds=1)) is not None
        assert queries.principal_by_session(secret, at=last) is None
        assert len(queries.sessions(staff("chuangkou").user_id, secret="", at=last)) == 0
    # Control: it is the setting that ends it.
    with override_settings(ONEDOOR_ACCOUNTS=AccountPolicy()):
        assert queries.principal_by_session(secret, at=last) is not None


def test_somebody_at_work_is_not_signed_out_between_two_marks(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lasts() -> int:
        """For how many minutes a session holds that asks for something every minute."""
        secret = actions.open_session(user_id=staff("chuangkou").user_id, at=AT)
        for minute in range(1, 31):
            at = AT + timedelta(minutes=minute)
            found = queries.principal_by_session(secret, at=at)
            if found is None:
                return minute
            if found.stale:
                actions.touch_session(secret=secret, at=at)
        return 30

    with override_settings(ONEDOOR_ACCOUNTS=account_policy("asvs", "", "5", "5")):
        assert lasts() == 30
        # Control: marked every five minutes only, it would end in the middle of work.
        monkeypatch.setattr(recognition, "min", lambda pause, part: pause, raising=False)
        assert lasts() == 5


@pytest.mark.parametrize("minutes", ["4", "721", "0", "-5", "1.5", "x", "1" * 5000])
def test_minutes_that_are_none_are_refused(minutes: str) -> None:
    with pytest.raises(Refused, match="bad_policy"):
        account_policy("asvs", "", minutes, "")
    with pytest.raises(Refused, match="bad_policy"):
        account_policy("asvs", "", "", minutes)


def test_the_graded_protection_bears_half_an_hour_at_most() -> None:
    assert account_policy("dengbao", "", "30", "15").longest_idle == timedelta(minutes=30)
    with pytest.raises(Refused, match="bad_policy"):
        account_policy("dengbao", "", "", "31")


@pytest.mark.parametrize(("who", "page"), [("citizen", "/my/entrustments?a=1"), ("clerk", "/desk/cases?q=x")])
def test_who_idled_is_told_why_and_comes_back_to_the_same_page(
    county_db: County, who: str, page: str
) -> None:
    browser = Citizen().sign_in().browser if who == "citizen" else at_desk("chuangkou")
    assert browser.get(page).status_code == 200
    idle(browser, 121)
    led = browser.get(page)
    assert led.status_code == 302
    asked = browser.get(led["Location"])
    assert ("120 分钟没有操作" if who == "citizen" else "60 分钟没有操作") in text_of(asked)
    assert parse_qs(urlsplit(led["Location"]).query)["next"] == [page]
    # Somebody who was never signed in is told nothing of the kind.
    assert "已退出登录" not in text_of(Client().get(led["Location"]))
    if who == "clerk":
        form = {"username": "chuangkou", "password": PASSWORD, "next": page}
        assert browser.post("/desk/login", form)["Location"] == page
        assert browser.get(page).status_code == 200


def test_what_was_sent_leads_back_to_its_page_and_never_elsewhere(county_db: County) -> None:
    def target(headers: dict[str, str]) -> str:
        led = Client().post("/desk/filters", headers=headers)
        assert led.status_code == 302
        return parse_qs(urlsplit(led["Location"]).query).get("next", [""])[0]

    assert target({"Referer": "http://testserver/desk/cases?q=x"}) == "/desk/cases?q=x"
    for foreign in (
        "http://evil.example/desk/", "https://testserver.evil.example/", "//evil.example/x", "javascript:x",
        "http://testserver//evil.example/", "http://testserver@evil.example/", "http://[", "x" * 9000,
    ):  # fmt: skip
        assert target({"Referer": foreign}) == "", foreign


def test_a_part_asked_for_by_script_takes_the_whole_page_along(county_db: County) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/cases?q=x"}
    led = Client().get("/desk/cases", headers=headers)
    assert (led.status_code, led["HX-Redirect"]) == (204, "/desk/login?next=%2Fdesk%2Fcases%3Fq%3Dx")
    headers["HX-Current-URL"] = "http://evil.example/"
    assert Client().get("/desk/cases", headers=headers)["HX-Redirect"] == "/desk/login"


def test_other_ends_are_told_apart(county_db: County) -> None:
    user = staff("chuangkou").user_id
    secret = actions.open_session(user_id=user, at=AT)
    assert queries.why_ended(secret, at=AT) is None
    assert queries.why_ended(secret, at=AT + timedelta(hours=1)) == "idle"
    assert queries.why_ended(secret, at=AT + timedelta(hours=12)) == "spent"
    actions.sign_out(secret=secret)
    assert queries.why_ended(secret, at=AT) == "ended"
    browser = at_desk("chuangkou")
    actions.end_user_sessions(username="chuangkou", principal="test", at=datetime.now(UTC))
    assert "可能在别的设备上退出" in text_of(browser.get(browser.get("/desk/")["Location"]))


def test_a_session_planted_beforehand_is_nobodys_afterwards(county_db: County) -> None:
    """Fixation: what the browser brought along is never the session that signing in opens."""
    browser = at_desk("jiangyx")
    planted = browser.cookies[SESSION_COOKIE].value
    browser.post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert browser.cookies[SESSION_COOKIE].value != planted
    assert queries.principal_by_session(planted, at=datetime.now(UTC)) is None
    invented = Client()
    invented.cookies[SESSION_COOKIE] = "i-chose-this-one-myself"
    invented.post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert queries.principal_by_session("i-chose-this-one-myself", at=datetime.now(UTC)) is None
    # A citizen's sign-in ends what was planted as well.
    citizen = Citizen()
    citizen.browser.cookies[SESSION_COOKIE] = planted = actions.open_session(
        user_id=staff("jiangyx").user_id, at=datetime.now(UTC)
    )
    citizen.sign_in()
    assert citizen.browser.cookies[SESSION_COOKIE].value != planted
    assert queries.principal_by_session(planted, at=datetime.now(UTC)) is None
