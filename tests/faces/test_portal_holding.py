"""Sessions that end while somebody writes: what was typed comes back after signing in again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.http import HttpResponse

from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.models import Session
from tests.faces.portal import PHONE, SHOP, Citizen, text_of, value_of
from tests.faces.test_portal_uploads import a_file

pytestmark = pytest.mark.usefixtures("county_db")


def let_idle() -> None:
    """Nobody has done anything for longer than a session stays open."""
    assert Session.objects.update(seen_at=F("seen_at") - timedelta(minutes=121))


def inputs(response: HttpResponse) -> dict[str, list[str]]:
    """The hidden inputs of a page, each with its values."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text_of(response)):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    return found


def code_of() -> str:
    """The code that was sent last."""
    tenant = offices.first_tenant()
    assert tenant is not None
    found = re.search(r"\d{6}", notices.outbox(tenant.id, limit=1)[0].text)
    assert found
    return found[0]


def sign_in_again(citizen: Citizen, page: HttpResponse, phone: str = PHONE) -> HttpResponse:
    """From the page that asks for the telephone to the one that offers to go on."""
    carried: dict[str, Any] = {"held": value_of(page, "held"), "next": inputs(page)["next"][-1]}
    asked = citizen.post("/login", {**carried, "phone": phone}, 200)
    assert "输入短信验证码" in text_of(asked)
    held = value_of(asked, "held")
    return citizen.post("/login/code", {"code": code_of(), "next": carried["next"], "held": held}, 200)


def test_what_was_typed_is_there_after_signing_in_again() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    path = f"/cases/{number}/apply/section/shop"
    let_idle()
    typed = {**SHOP, "premises": '清源街道 "中街" 18 号', "asked": list(SHOP)}
    page = citizen.post(path, typed, 403)
    assert "120 分钟没有操作" in text_of(page)
    assert "刚才填写的内容还在" in text_of(page)
    assert "清源街道" not in text_of(page), "what is carried is sealed"
    back = sign_in_again(citizen, page)
    assert f'action="{path}"' in text_of(back)
    citizen.post(path, inputs(back))
    assert value_typed(citizen, path, "shop_name") == "晓禾小吃店"
    assert "&quot;中街&quot;" in text_of(citizen.get(path))


def value_typed(citizen: Citizen, path: str, name: str) -> str:
    """What stands in an input of a page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', text_of(citizen.get(path)))
    assert found
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def test_a_wrong_code_and_a_new_one_lose_nothing() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    let_idle()
    page = citizen.post(f"/cases/{number}/apply/section/shop", {**SHOP, "asked": list(SHOP)}, 403)
    held = value_of(page, "held")
    wrong = citizen.post("/login", {"phone": "130", "held": held, "next": "/my"}, 422)
    assert value_of(wrong, "held") == held
    citizen.post("/login", {"phone": PHONE, "held": held, "next": "/my"}, 200)
    wrong = citizen.post("/login/code", {"code": "12", "held": held, "next": "/my"}, 422)
    assert value_of(wrong, "held") == held
    again = citizen.post("/login", {"again": "1", "held": held, "next": "/my"}, 200)
    assert value_of(again, "held") == held


def test_what_was_not_sealed_here_is_not_carried() -> None:
    citizen = Citizen()
    forged = citizen.post("/login", {"phone": "130", "held": "Z" * 400, "next": "/my"}, 422)
    assert 'name="held"' not in text_of(forged)
    citizen.post("/login", {"phone": PHONE, "held": "Z" * 400, "next": "/my"})
    sent = citizen.post("/login/code", {"code": code_of(), "held": "Z" * 400, "next": "/my"})
    assert sent.headers["Location"] == "/my"


def test_it_is_of_no_use_to_somebody_else() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    path = f"/cases/{number}/apply/section/shop"
    let_idle()
    page = citizen.post(path, {**SHOP, "asked": list(SHOP)}, 403)
    back = sign_in_again(citizen, page, "13000000009")
    citizen.post(path, inputs(back), 404)


def test_saving_in_the_background_says_that_it_did_not() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    let_idle()
    path = f"/cases/{number}/apply/section/shop"
    answer = citizen.browser.post(path, {**SHOP, "keep": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, "only then is it shown"
    assert 'id="kept"' in text_of(answer)
    assert "还没有保存" in text_of(answer)
    citizen.post(f"/cases/{number}/apply/materials/m4/files", {"files": a_file()}, 403)
