"""Signing in to the desk and out again."""

from __future__ import annotations

import pytest
from django.test import Client

from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County

pytestmark = pytest.mark.usefixtures("county_db")


def test_a_wrong_password_is_told_and_the_name_kept(county_db: County) -> None:
    client = Client()
    response = client.post("/desk/login", {"username": "chuangkou", "password": "wrong-password"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "用户名或密码不正确" in page
    assert 'value="chuangkou"' in page
    assert "wrong-password" not in page
    assert SESSION_COOKIE not in client.cookies


def test_what_is_not_filled_in_is_named() -> None:
    page = Client().post("/desk/login", {}).content.decode()
    assert "请填写用户名。" in page
    assert "请填写密码。" in page


def test_signing_in_leads_to_where_one_was_going_and_out_ends_the_session() -> None:
    client = Client()
    sent_away = client.get("/desk/cases?stage=accepted")
    assert sent_away["Location"] == "/desk/login?next=%2Fdesk%2Fcases%3Fstage%3Daccepted"
    posted = {"username": "chuangkou", "password": PASSWORD, "next": "/desk/cases?stage=accepted"}
    assert client.post("/desk/login", posted)["Location"] == "/desk/cases?stage=accepted"
    assert client.get("/desk/cases").status_code == 200
    cookie = client.cookies[SESSION_COOKIE]
    assert cookie["httponly"]
    assert client.post("/desk/logout")["Location"] == "/desk/login"
    client.cookies[SESSION_COOKIE] = cookie.value
    assert client.get("/desk/")["Location"].startswith("/desk/login")


def test_signing_in_never_leads_to_another_site() -> None:
    posted = {"username": "chuangkou", "password": PASSWORD, "next": "https://evil.example/desk"}
    assert Client().post("/desk/login", posted)["Location"] == "/desk/"


def test_overseers_begin_at_the_limits() -> None:
    client = Client()
    client.post("/desk/login", {"username": "ducha", "password": PASSWORD})
    assert client.get("/desk/")["Location"] == "/watch/"
