"""Accounts as administrators manage them, three of whom know nothing of one another's work."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest
from django.test import Client

from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries, recognition
from onedoor.domain.offices.models import Attempt, RoleGrant, Session, User
from onedoor.domain.offices.terms import Grant, Role
from onedoor.domain.people import queries as people
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.faces.desk import at_desk, filed, text_of
from tests.faces.test_desk_account import enrolled, forget_steps
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")


def user_id(username: str) -> int:
    return User.objects.get(username=username).pk


@pytest.fixture
def admin() -> Client:
    return at_desk("xitong")


@pytest.fixture
def security() -> Client:
    return at_desk("anquan")


@pytest.fixture
def auditor() -> Client:
    return at_desk("shenji")


def initial_password(page: object) -> str:
    (found,) = re.findall(r'<li class="code">([\w-]{19})</li>', text_of(page))
    assert isinstance(found, str)
    return found


def test_a_new_account_signs_in_once_and_chooses_its_password(admin: Client) -> None:
    form = {"username": "xinlai", "name": "新来", "role": "reviewer", "department": "scjg", "place": ""}
    password = initial_password(admin.post("/desk/staff/new", form))
    assert "xinlai" in text_of(admin.get("/desk/staff", {"q": "xinl"}))
    client = Client()
    client.post("/desk/login", {"username": "xinlai", "password": password})
    assert client.get("/desk/")["Location"] == "/desk/account/password"
    assert client.get("/desk/staff").status_code == 403
    new = "four-lamps-by-the-canal"
    client.post("/desk/account/password", {"old": password, "new": new, "again": new})
    assert client.get("/desk/").status_code == 200
    found = queries.principal_by_username("xinlai")
    assert found is not None
    assert found.grants == (Grant(Role.REVIEWER, "scjg"),)
    assert admin.post("/desk/staff/new", form).status_code == 422


def test_security_ends_one_token_and_it_is_logged(
    admin: Client, security: Client, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, at = user_id("jiangyx"), datetime.now(UTC)
    lost, kept = (
        accounts.issue_token(username="jiangyx", principal="test", at=at, name=name)
        for name in ("丢失的程序", "取号机")
    )

    def opens(token: str) -> bool:
        answer = Client().get("/api/v1/work", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    assert "丢失的程序" in text_of(security.get(f"/desk/staff/{person}"))
    assert "丢失的程序" not in text_of(admin.get(f"/desk/staff/{person}"))
    (handle,) = (each.handle for each in queries.tokens(person, at=at) if each.name == "丢失的程序")
    path = f"/desk/staff/{person}/tokens/{handle}/revoke"
    assert admin.post(path).status_code == at_desk("jiangyx").post(path).status_code == 403
    # Somebody else's token is not reached through an account it does not belong to.
    assert security.post(f"/desk/staff/{user_id('chuangkou')}/tokens/{handle}/revoke").status_code == 404
    assert opens(lost)
    Session.objects.update(confirmed_at=None)
    assert security.post(path)["Location"].startswith("/desk/account/confirm")
    assert opens(lost)
    Session.objects.update(confirmed_at=at)
    assert security.post(path)["Location"] == f"/desk/staff/{person}"
    assert (opens(lost), opens(kept)) == (False, True)
    assert security.post(path).status_code == 404
    log = text_of(auditor.get("/desk/audit", {"group": "accounts"}))
    assert "停用接口令牌" in log
    assert "丢失的程序" in log


@pytest.mark.parametrize("way", ["cookie", "token"])
def test_a_disabled_account_is_out_with_the_very_next_request(
    admin: Client, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = accounts.open_session(user_id=user_id("jiangyx"), at=datetime.now(UTC))
    token = accounts.issue_token(username="jiangyx", principal="test", at=datetime.now(UTC))

    def status() -> int:
        client = Client()
        if way == "cookie":
            client.cookies[SESSION_COOKIE] = secret
            return client.get("/api/v1/work").status_code
        return client.get("/api/v1/work", headers={"Authorization": f"Bearer {token}"}).status_code

    assert status() == 200
    # The account alone is closed: sessions and tokens are still there, and open nothing.
    User.objects.filter(username="jiangyx").update(is_active=False)
    assert status() == 401
    # Control: with the check out of the statement they would.
    for name in ("BY_SESSION", "BY_TOKEN"):
        way = getattr(recognition, name)
        unguarded = way.sql.replace("AND u.is_active", "")
        assert unguarded != way.sql
        monkeypatch.setattr(recognition, name, replace(way, sql=unguarded))
    assert status() == 200
    User.objects.filter(username="jiangyx").update(is_active=True)
    # The page ends them for good as well.
    admin.post(f"/desk/staff/{user_id('jiangyx')}/disable")
    assert status() == 401
    admin.post(f"/desk/staff/{user_id('jiangyx')}/enable")
    assert status() == 401


def test_roles_are_given_and_taken_within_scopes(admin: Client) -> None:
    path = f"/desk/staff/{user_id('jiangyx')}"
    client = at_desk("jiangyx")
    given = {"role": "town", "department": "scjg", "place": "990722100000"}
    assert admin.post(f"{path}/grants", given).status_code == 302
    assert "乡镇便民服务中心人员（市场监管局，柳湾镇）" in text_of(admin.get(path))
    assert admin.post(f"{path}/grants", given).status_code == 422
    # A session from before does not come into new rights.
    assert client.get("/desk/").status_code == 302
    row = RoleGrant.objects.get(user_id=user_id("jiangyx"), role="town")
    assert row.place == "990722100"
    assert admin.post(f"{path}/grants/{row.pk}/revoke").status_code == 302
    assert admin.post(f"{path}/grants/{row.pk}/revoke").status_code == 404
    found = queries.principal_by_username("jiangyx")
    assert found is not None
    assert not found.has(Role.TOWN)


@pytest.mark.parametrize(
    "form",
    [
        {"role": "security"},
        {"role": "admin"},
        {"role": "applicant"},
        {"role": "king"},
        {"role": "clerk", "department": "none"},
        {"role": "clerk", "place": "990722999000"},
        {},
    ],
)
def test_what_is_not_given_at_the_desk_is_refused(admin: Client, form: dict[str, str]) -> None:
    before = RoleGrant.objects.count()
    assert admin.post(f"/desk/staff/{user_id('jiangyx')}/grants", form).status_code == 422
    assert RoleGrant.objects.count() == before


@pytest.mark.parametrize("act", ["disable", "password", "enable"])
def test_an_administrator_has_no_hold_on_administrators(admin: Client, security: Client, act: str) -> None:
    for username in ("xitong", "anquan", "shenji"):
        path = f"/desk/staff/{user_id(username)}/{act}"
        assert admin.post(path).status_code == 403, username
        assert security.post(path).status_code == 403, username
    assert not User.objects.filter(username__in=["xitong", "anquan", "shenji"], is_active=False).exists()
    # Control: a clerk's account is in hand.
    assert admin.post(f"/desk/staff/{user_id('chuangkou')}/{act}").status_code in (200, 302)


def test_a_lost_authenticator_is_the_security_administrators(admin: Client, security: Client) -> None:
    enrolled()
    path = f"/desk/staff/{user_id('chuangkou')}/factor"
    assert admin.post(path).status_code == 403
    assert security.post(path).status_code == 302
    client = Client()
    client.post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert client.get("/desk/account").status_code == 200
    assert security.post(f"/desk/staff/{user_id('anquan')}/factor").status_code == 403


def test_an_administrator_cannot_enter_by_a_password_reset_past_the_factor(admin: Client) -> None:
    _, secret, _ = enrolled()
    forget_steps()
    password = initial_password(admin.post(f"/desk/staff/{user_id('chuangkou')}/password"))
    client = Client()
    answer = client.post("/desk/login", {"username": "chuangkou", "password": password})
    assert answer["Location"].startswith("/desk/login/code")
    assert client.get("/desk/account").status_code == 302
    # Control: the owner has the code.
    client.post("/desk/login/code", {"code": pyotp.TOTP(secret).now()})
    assert client.get("/desk/")["Location"] == "/desk/account/password"


def test_a_lock_is_lifted(security: Client) -> None:
    for _ in range(9):
        Client().post("/desk/login", {"username": "chuangkou", "password": "guess-again"})
    locked = Client().post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert locked.status_code == 429
    assert re.search(r"请在 \d\d:\d\d 以后再试", text_of(locked))
    assert "安全管理员" in text_of(locked)
    assert security.post(f"/desk/staff/{user_id('chuangkou')}/unlock").status_code == 302
    assert not Attempt.objects.filter(key__startswith="sign-in:chuangkou").exists()
    opened = Client().post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert opened.status_code == 302


def test_the_auditor_reads_the_log_and_nothing_else(auditor: Client, admin: Client) -> None:
    number = filed().number
    assert auditor.get("/desk/")["Location"] == "/desk/audit"
    for path in ("/desk/staff", "/desk/staff/new", "/watch/", "/watch/cases", "/desk/intake"):
        assert auditor.get(path).status_code == 403, path
    for path in (f"/desk/cases/{number}", f"/api/v1/cases/{number}"):
        assert auditor.get(path).status_code == 404, path
    for username in ("chuangkou", "ducha", "anquan", "xitong"):
        assert at_desk(username).get("/desk/audit").status_code == 403, username
    assert auditor.get("/desk/audit").status_code == 200


def test_the_log_tells_who_did_what_to_whom(auditor: Client, admin: Client, county_db: County) -> None:
    Client().post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    admin.post(f"/desk/staff/{user_id('jiangyx')}/grants", {"role": "town"})
    for _ in range(9):
        Client().post("/desk/login", {"username": "yinby", "password": "guess-again"})
    filed()
    subject = people.find_by_phone(county_db.tenant_id, "13000000001")
    from onedoor.domain.people.models import Subject

    found = subject[0].id if subject else Subject.objects.first().pk  # type: ignore[union-attr]
    people.reveal(found, principal=staff("chuangkou"), purpose="核对身份", at=datetime.now(UTC))
    page = text_of(auditor.get("/desk/audit"))
    for words in (
        "登录",
        "授予角色",
        "乡镇便民服务中心人员",
        "登录失败过多，锁定",
        "查看完整身份信息",
        "核对身份",
        "127.0.0.1",
    ):
        assert words in page, words
    roles = text_of(auditor.get("/desk/audit", {"group": "roles"}))
    assert "授予角色" in roles
    assert "查看完整身份信息" not in roles
    own = text_of(auditor.get("/desk/audit", {"who": "chuangkou"}))
    assert "查看完整身份信息" in own
    assert "授予角色" not in own
    assert "没有这个用户" in text_of(auditor.get("/desk/audit", {"who": "nobody"}))
    for odd in ("x", "_", "2026-01-01T00:00:00+00:00_x_1", "9999-99-99"):
        answer = auditor.get("/desk/audit", {"cursor": odd, "since": odd, "until": odd})
        assert answer.status_code == 200


def test_the_log_is_read_page_by_page(auditor: Client) -> None:
    for _ in range(60):
        accounts.unlock_user(username="chuangkou", principal="test", at=datetime.now(UTC))
    first = text_of(auditor.get("/desk/audit", {"group": "sign-in"}))
    assert first.count("解除登录锁定") == 50
    (onward,) = re.findall(r'href="(/desk/audit\?[^"]*cursor[^"]*)"', first)
    second = text_of(auditor.get(onward.replace("&amp;", "&")))
    assert second.count("解除登录锁定") == 10


def test_sessions_of_somebody_end_at_once(security: Client) -> None:
    client = at_desk("jiangyx")
    assert client.get("/desk/account").status_code == 200
    security.post(f"/desk/staff/{user_id('jiangyx')}/sessions")
    assert client.get("/desk/account").status_code == 302
    assert not Session.objects.filter(user_id=user_id("jiangyx")).exists()
