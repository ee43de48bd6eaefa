"""One's own account at the desk: password, second factor, sessions, tokens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client, override_settings

from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries
from onedoor.domain.offices.models import Session, TotpFactor, User
from onedoor.domain.offices.terms import ASVS, DENGBAO, AccountPolicy, Role
from onedoor.faces.access import SESSION_COOKIE
from onedoor.faces.desk.signing import HALFWAY_COOKIE
from tests.county import PASSWORD
from tests.faces.desk import at_desk, text_of
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")
NEW = "plum-canal-forty-lamps"


def sign_in(username: str = "chuangkou", password: str = PASSWORD, browser: Client | None = None) -> Client:
    """Somebody signs in on the page."""
    client = browser or Client()
    client.post("/desk/login", {"username": username, "password": password})
    return client


def secret_on(page: Any) -> str:
    """The secret that the page shows as text."""
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', text_of(page))
    assert found
    return found[1].replace(" ", "")


def enrolled(username: str = "chuangkou") -> tuple[Client, str, list[str]]:
    """Somebody who has set up an authenticator: browser, secret, recovery codes."""
    client = sign_in(username)
    assert client.post("/desk/account/factor/begin")["Location"] == "/desk/account/factor/new"
    secret = secret_on(client.get("/desk/account/factor/new"))
    done = client.post("/desk/account/factor/new", {"code": pyotp.TOTP(secret).now()})
    assert done.status_code == 200, text_of(done)
    codes = re.findall(r'<li class="code">([a-z2-9]{5}-[a-z2-9]{5})</li>', text_of(done))
    assert len(codes) == 10
    return client, secret, codes


def forget_steps() -> None:
    """As if the authenticator's present code had not been spent yet."""
    TotpFactor.objects.update(last_step=0)


def test_a_changed_password_ends_other_browsers_and_tokens_and_keeps_this_one() -> None:
    here, elsewhere = sign_in(), sign_in()
    token = accounts.issue_token(username="chuangkou", principal="test", at=datetime.now(UTC))
    before = here.cookies[SESSION_COOKIE].value
    done = here.post("/desk/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert "密码已修改" in text_of(done)
    assert here.cookies[SESSION_COOKIE].value != before
    assert here.get("/desk/account").status_code == 200
    assert elsewhere.get("/desk/account").status_code == 302
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/work", headers=bearer).status_code == 401
    assert sign_in(password=PASSWORD).get("/desk/account").status_code == 302
    assert sign_in(password=NEW).get("/desk/account").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "原密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "和原密码相同"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致"),
        (PASSWORD, "short", "short", "至少 12 个字符"),
        (PASSWORD, "password1234", "password1234", "太常见"),
        (PASSWORD, "my-chuangkou-42", "my-chuangkou-42", "不能包含“chuangkou”"),
    ],
)
def test_a_poor_password_is_refused_with_its_reason(old: str, new: str, again: str, words: str) -> None:
    client = sign_in()
    answer = client.post("/desk/account/password", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert new not in text_of(answer)
    assert client.get("/desk/account").status_code == 200


def test_a_second_factor_is_asked_for_on_a_page_of_its_own() -> None:
    _, secret, _ = enrolled()
    forget_steps()
    client = Client()
    first = client.post("/desk/login", {"username": "chuangkou", "password": PASSWORD, "next": "/desk/cases"})
    assert first["Location"] == "/desk/login/code?next=%2Fdesk%2Fcases"
    assert SESSION_COOKIE not in client.cookies
    assert client.get("/desk/account").status_code == 302
    assert "第二步" in text_of(client.get(first["Location"]))
    wrong = client.post("/desk/login/code", {"code": "000000"})
    assert wrong.status_code == 422
    assert "验证码不正确" in text_of(wrong)
    right = client.post("/desk/login/code", {"code": pyotp.TOTP(secret).now(), "next": "/desk/cases"})
    assert right["Location"] == "/desk/cases"
    assert client.get("/desk/account").status_code == 200
    # The halfway secret has done its work.
    assert not client.cookies[HALFWAY_COOKIE].value


def test_without_the_first_page_the_second_leads_back() -> None:
    assert Client().get("/desk/login/code")["Location"].startswith("/desk/login?")


def test_a_code_lets_in_once_and_a_recovery_code_too() -> None:
    _, secret, codes = enrolled()
    forget_steps()
    code = pyotp.TOTP(secret).now()
    assert sign_in().post("/desk/login/code", {"code": code}).status_code == 302
    assert sign_in().post("/desk/login/code", {"code": code}).status_code == 422
    assert sign_in().post("/desk/login/code", {"code": codes[0].upper()}).status_code == 302
    assert sign_in().post("/desk/login/code", {"code": codes[0]}).status_code == 422
    # Control: it is being spent that counts, the next one is good.
    assert sign_in().post("/desk/login/code", {"code": codes[1]}).status_code == 302


def test_enrolling_ends_other_browsers_and_gives_this_one_a_new_secret() -> None:
    elsewhere = sign_in()
    client = sign_in()
    before = client.cookies[SESSION_COOKIE].value
    client.post("/desk/account/factor/begin")
    secret = secret_on(client.get("/desk/account/factor/new"))
    client.post("/desk/account/factor/new", {"code": pyotp.TOTP(secret).now()})
    assert client.cookies[SESSION_COOKIE].value != before
    assert client.get("/desk/account/factor").status_code == 200
    assert elsewhere.get("/desk/account").status_code == 302


def test_the_secret_is_sealed_and_its_pages_are_kept_nowhere() -> None:
    client = sign_in()
    client.post("/desk/account/factor/begin")
    page = client.get("/desk/account/factor/new")
    picture = client.get("/desk/account/factor/qr.svg")
    assert page["Cache-Control"] == picture["Cache-Control"] == "no-store"
    assert picture["Content-Type"] == "image/svg+xml"
    assert secret_on(page).encode() not in bytes(TotpFactor.objects.get().secret)
    assert at_desk("jiangyx").get("/desk/account/factor/qr.svg").status_code == 404


def test_a_new_authenticator_counts_only_when_it_has_shown_a_code() -> None:
    client, secret, _ = enrolled()
    client.post("/desk/account/factor/begin")
    assert client.post("/desk/account/factor/new", {"code": "000000"}).status_code == 422
    forget_steps()
    assert sign_in().post("/desk/login/code", {"code": pyotp.TOTP(secret).now()}).status_code == 302


def test_changes_ask_again_who_one_is() -> None:
    client, _, codes = enrolled()
    Session.objects.update(confirmed_at=datetime.now(UTC) - timedelta(minutes=11))
    asked = client.post("/desk/account/factor/remove")
    assert asked["Location"] == "/desk/account/confirm?next=%2Fdesk%2Faccount%2Ffactor"
    assert TotpFactor.objects.exists()
    # A recovery code is for signing in; password or authenticator are asked here.
    wrong = client.post("/desk/account/confirm", {"shown": codes[0]})
    assert wrong.status_code == 422
    before = client.cookies[SESSION_COOKIE].value
    shown = client.post("/desk/account/confirm", {"shown": PASSWORD, "next": "/desk/account/factor"})
    assert shown["Location"] == "/desk/account/factor"
    assert client.cookies[SESSION_COOKIE].value != before
    # Control: now it is done.
    client.post("/desk/account/factor/remove")
    assert not TotpFactor.objects.exists()


def test_the_old_secret_of_a_renewed_session_opens_nothing() -> None:
    client = sign_in()
    stolen = client.cookies[SESSION_COOKIE].value
    client.post("/desk/account/confirm", {"shown": PASSWORD})
    thief = Client()
    thief.cookies[SESSION_COOKIE] = stolen
    assert thief.get("/desk/account").status_code == 302
    assert client.get("/desk/account").status_code == 200


def test_a_role_may_have_to_use_a_second_factor() -> None:
    demanding = AccountPolicy(ASVS, frozenset({Role.CLERK}))
    with override_settings(ONEDOOR_ACCOUNTS=demanding):
        client = sign_in()
        assert client.get("/desk/")["Location"] == "/desk/account/factor"
        assert "请先设置两步验证" in text_of(client.get("/desk/account/factor"))
        refused = client.get("/api/v1/work")
        assert (refused.status_code, refused.json()["code"]) == (403, "duty_first")
        # Others are not bothered.
        assert sign_in("jiangyx").get("/desk/").status_code == 200
        client.post("/desk/account/factor/begin")
        secret = secret_on(client.get("/desk/account/factor/new"))
        client.post("/desk/account/factor/new", {"code": pyotp.TOTP(secret).now()})
        assert client.get("/desk/").status_code == 200
        assert client.post("/desk/account/factor/remove").status_code == 422
        assert TotpFactor.objects.exists()


def test_an_old_password_must_be_changed_where_the_profile_says_so() -> None:
    client = sign_in()
    User.objects.filter(username="chuangkou").update(password_set_at=datetime.now(UTC) - timedelta(days=91))
    assert client.get("/desk/").status_code == 200
    with override_settings(ONEDOOR_ACCOUNTS=AccountPolicy(DENGBAO)):
        assert client.get("/desk/")["Location"] == "/desk/account/password"
        simple = client.post(
            "/desk/account/password", {"old": PASSWORD, "new": "plumcanalforty", "again": "plumcanalforty"}
        )
        assert "至少 3 种" in text_of(simple)
        mixed = {"old": PASSWORD, "new": "Plum-Canal-40", "again": "Plum-Canal-40"}
        assert client.post("/desk/account/password", mixed).status_code == 200
        assert client.get("/desk/").status_code == 200


def test_one_sees_and_ends_ones_sessions() -> None:
    here = sign_in()
    phone = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0.0.0 Mobile"})
    sign_in(browser=phone)
    page = text_of(here.get("/desk/account"))
    assert "Chrome 130，安卓" in page
    assert page.count("这台设备") == 1
    (handle,) = re.findall(r"/desk/account/sessions/(\w{16})/end", page)
    # Nobody else can end it, and its handle is no secret.
    assert at_desk("jiangyx").post(f"/desk/account/sessions/{handle}/end").status_code == 404
    assert phone.get("/desk/account").status_code == 200
    here.post(f"/desk/account/sessions/{handle}/end")
    assert phone.get("/desk/account").status_code == 302
    third = sign_in()
    here.post("/desk/account/sessions/end")
    assert third.get("/desk/account").status_code == 302
    assert here.get("/desk/account").status_code == 200


def test_a_token_is_shown_once_named_and_revoked() -> None:
    client = sign_in()
    shown = client.post("/desk/account/tokens", {"name": "取号机", "days": "30"})
    (token,) = re.findall(r'<li class="code">([\w-]{43})</li>', text_of(shown))
    assert shown["Cache-Control"] == "no-store"
    bearer = {"Authorization": f"Bearer {token}"}
    page = text_of(client.get("/desk/account"))
    assert "取号机" in page
    assert "没有用过" in page
    assert token not in page
    assert Client().get("/api/v1/work", headers=bearer).status_code == 200
    page = text_of(client.get("/desk/account"))
    assert "没有用过" not in page
    (handle,) = re.findall(r"/desk/account/tokens/(\w{16})/revoke", page)
    assert at_desk("jiangyx").post(f"/desk/account/tokens/{handle}/revoke").status_code == 404
    client.post(f"/desk/account/tokens/{handle}/revoke")
    assert Client().get("/api/v1/work", headers=bearer).status_code == 401


def test_a_token_ends_by_itself() -> None:
    now = datetime.now(UTC)
    token = accounts.issue_token(username="chuangkou", principal="test", at=now)
    assert queries.principal_by_token(token, at=now + timedelta(days=89)) is not None
    assert queries.principal_by_token(token, at=now + timedelta(days=90)) is None


def test_a_session_that_idles_ends() -> None:
    now = datetime.now(UTC)
    secret = accounts.open_session(user_id=staff("chuangkou").user_id, at=now)
    assert queries.principal_by_session(secret, at=now + timedelta(minutes=59)) is not None
    assert queries.principal_by_session(secret, at=now + timedelta(minutes=60)) is None
    # Control: one that is used goes on.
    accounts.touch_session(secret=secret, at=now + timedelta(minutes=59))
    assert queries.principal_by_session(secret, at=now + timedelta(minutes=61)) is not None
    assert queries.principal_by_session(secret, at=now + timedelta(hours=12)) is None
