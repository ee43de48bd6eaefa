"""Signing in with the identity service: what must be refused is refused, and what a verified account is spared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.models import Session, User
from onedoor.domain.people import events
from onedoor.domain.people.models import Subject, Verification
from onedoor.domain.people.provider import Provider
from onedoor.domain.people.terms import IdentityService
from tests.faces.portal import Citizen, text_of
from tests.people.provider import (
    CLIENT,
    EC,
    PERSON,
    RSA,
    SECRET,
    STRANGER,
    FakeProvider,
    running_provider,
    symmetric,
)

pytestmark = pytest.mark.usefixtures("county_db")

ITEM = "MZJ-DIBAO"
Spoil = Callable[[FakeProvider], object]


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[FakeProvider]:
    (tmp_path / "secret").write_text(SECRET + "\n")
    with running_provider() as running:
        settings.ONEDOOR_OIDC = {
            "name": "省统一身份认证",
            "issuer": running.issuer,
            "client_id": CLIENT,
            "secret_file": str(tmp_path / "secret"),
            "scopes": "",
            "claims": "",
        }
        yield running


def go(citizen: Citizen, target: str = "/my") -> str:
    """To the provider; returns the address that the browser is sent to."""
    url: str = citizen.get(f"/login/identity?next={quote(target)}", 302).headers["Location"]
    return url


def back(citizen: Citizen, brought: str) -> HttpResponse:
    """From the provider, with what it gave the browser."""
    answer: HttpResponse = citizen.browser.get(f"/login/identity/return?{brought}")
    return answer


def signed_in(provider: FakeProvider, citizen: Citizen | None = None, target: str = "/my") -> HttpResponse:
    """There and back."""
    who = citizen or Citizen()
    return back(who, provider.consent(go(who, target)))


def refused(answer: HttpResponse, words: str) -> None:
    """No session, and a page that says why and what else to do."""
    assert answer.status_code in (403, 409, 422, 503), answer.status_code
    page = text_of(answer)
    assert words in page, page
    assert "用手机号登录" in page
    assert not Session.objects.exists()


def test_whoever_the_service_vouches_for_is_in(provider: FakeProvider) -> None:
    citizen = Citizen()
    answer = signed_in(provider, citizen, "/my/entrustments")
    assert answer.headers["Location"] == "/my/entrustments"
    assert "138****1234" in text_of(citizen.get("/my"))
    row = Verification.objects.get()
    (fact,) = journal.facts(events.verification_stream(tenant_id=row.tenant_id, user_id=row.user_id))
    assert (fact.kind, fact.data["level"]) == (events.IDENTITY_VERIFIED, "L3")
    # The same telephone, by code: the same account.
    Citizen().sign_in("13800001234")
    assert User.objects.filter(phone_index__isnull=False).count() == 1


def test_the_way_there_tells_nothing_and_asks_for_everything(provider: FakeProvider) -> None:
    asked = parse_qs(urlsplit(go(Citizen())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/login/identity/return"]
    assert len(asked["state"][0]) >= 43
    assert asked["state"] != asked["nonce"]
    assert SECRET not in str(asked)


def test_an_elliptic_key_is_as_good(provider: FakeProvider) -> None:
    provider.header, provider.key = {"alg": "ES256", "kid": "ec"}, EC
    assert signed_in(provider).status_code == 302


def test_new_keys_are_fetched_once(provider: FakeProvider) -> None:
    assert signed_in(provider).status_code == 302
    provider.shown, provider.key = (STRANGER,), STRANGER
    assert signed_in(provider).status_code == 302
    assert provider.asked.count("/jwks") == 2


def _set(**claims: object) -> Spoil:
    return lambda provider: provider.claims.update(claims)


def _without(claim: str) -> Spoil:
    return lambda provider: provider.left_out.add(claim)


def _none(provider: FakeProvider) -> None:
    provider.header = {"alg": "none"}


def _stranger(provider: FakeProvider) -> None:
    provider.key = STRANGER


def _confused(provider: FakeProvider) -> None:
    provider.header, provider.key = {"alg": "HS256", "kid": "rsa"}, symmetric(RSA.as_pem(private=False))


def _tampered(provider: FakeProvider) -> None:
    provider.spoil = lambda token: token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)


SPOILT: dict[str, Spoil] = {
    "wrong nonce": _set(nonce="another"),
    "no nonce": _without("nonce"),
    "wrong issuer": _set(iss="https://evil.example"),
    "wrong audience": _set(aud="another-client"),
    "wrong audiences": _set(aud=["another-client"]),
    "wrong party": _set(aud=[CLIENT, "another"], azp="another"),
    "no party": _set(aud=[CLIENT, "another"]),
    "expired": _set(exp=int(time.time()) - 120),
    "no expiry": _without("exp"),
    "odd expiry": _set(exp="tomorrow"),
    "from the future": _set(iat=int(time.time()) + 3600),
    "not yet": _set(nbf=int(time.time()) + 3600),
    "no subject": _without("sub"),
    "alg none": _none,
    "a stranger's key": _stranger,
    "public key as secret": _confused,
    "tampered": _tampered,
}


@pytest.mark.parametrize("how", list(SPOILT))
def test_a_token_that_is_not_right_is_refused(provider: FakeProvider, how: str) -> None:
    SPOILT[how](provider)
    refused(signed_in(provider), "登录凭证")


def test_a_code_is_good_once_and_for_its_browser(provider: FakeProvider) -> None:
    citizen = Citizen()
    brought = provider.consent(go(citizen))
    kept = citizen.browser.cookies["onedoor_identity"].value
    assert back(citizen, brought).status_code == 302
    Session.objects.all().delete()
    refused(back(citizen, brought), "不是从本浏览器发起的，或者已经用过")
    # Even with what the browser had kept, the provider gives nothing for a used code.
    citizen.browser.cookies["onedoor_identity"] = kept
    refused(back(citizen, brought), "登录码已经用过或者失效")


def test_states_are_not_mixed_up(provider: FakeProvider) -> None:
    mine, theirs = Citizen(), Citizen()
    brought = provider.consent(go(theirs))
    go(mine)
    refused(back(mine, brought), "不是从本浏览器发起的")
    refused(back(Citizen(), brought), "不是从本浏览器发起的")
    refused(back(Citizen(), "state=&code=x"), "不是从本浏览器发起的")
    # The control: the browser that set out arrives.
    assert back(theirs, brought).status_code == 302


def test_a_code_of_another_is_of_no_use_without_the_verifier(provider: FakeProvider) -> None:
    """Code injection: the thief's own state, the victim's code."""
    victim, thief = Citizen(), Citizen()
    stolen = parse_qs(provider.consent(go(victim)))["code"][0]
    state = parse_qs(urlsplit(go(thief)).query)["state"][0]
    refused(back(thief, f"code={stolen}&state={state}"), "登录码已经用过或者失效")


def test_an_answer_of_another_issuer_is_refused(provider: FakeProvider) -> None:
    citizen = Citizen()
    brought = provider.consent(go(citizen))
    refused(back(citizen, brought + "&iss=https://evil.example"), "不是来自已登记的认证服务")


def test_the_metadata_must_be_the_issuers(provider: FakeProvider) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    refused(Citizen().browser.get("/login/identity"), "标识与登记的不一致")


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_nothing_travels_in_the_open(provider: FakeProvider, endpoint: str) -> None:
    provider.metadata = {endpoint: "http://provider.example/x"}
    citizen = Citizen()
    answer = citizen.browser.get("/login/identity")
    if answer.status_code == 302:
        answer = back(citizen, provider.consent(answer.headers["Location"]))
    refused(answer, "暂时连接不上")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_back_leads_nowhere_else(provider: FakeProvider, target: str) -> None:
    assert signed_in(provider, target=target).headers["Location"] == "/my"


def test_refusing_and_faults_are_told_in_chinese(provider: FakeProvider) -> None:
    citizen = Citizen()
    state = parse_qs(urlsplit(go(citizen)).query)["state"][0]
    refused(back(citizen, f"error=access_denied&state={state}"), "您取消了登录。")
    provider.person.pop("id_number")
    refused(signed_in(provider), "没有提供您的身份证号码")
    provider.person["id_number"] = "110105194912310021"
    refused(signed_in(provider), "给出的姓名、证件号码或手机号码不合规范")


def test_a_provider_that_is_away_is_left_alone_for_a_while() -> None:
    with running_provider() as gone:
        pass
    away = Provider(IdentityService("省统一身份认证", gone.issuer, CLIENT, "http://127.0.0.1:8000/x"))
    for _ in range(2):
        with pytest.raises(Refused, match="identity_unavailable") as refusal:
            away.depart()
        assert refusal.value.status == 503


def test_what_the_token_leaves_out_is_asked_for(provider: FakeProvider) -> None:
    provider.userinfo = dict(PERSON)
    assert signed_in(provider).status_code == 302
    Session.objects.all().delete()
    provider.userinfo = {**PERSON, "sub": "somebody-else"}
    refused(signed_in(provider), "不属于登录的人")


def test_a_number_that_was_handed_out_again_opens_nobodys_account(provider: FakeProvider) -> None:
    assert signed_in(provider).status_code == 302
    Session.objects.all().delete()
    provider.person |= {"sub": "u-2002", "name": "李芳", "id_number": "110101199003070134"}
    refused(signed_in(provider), "已经与另一位实名用户绑定")
    # The control: the same person with a new telephone keeps the account.
    provider.person = {**PERSON, "phone_number": "13800009999"}
    assert signed_in(provider).status_code == 302
    assert User.objects.filter(phone_index__isnull=False).count() == 1


def test_a_closed_account_stays_closed(provider: FakeProvider) -> None:
    assert signed_in(provider).status_code == 302
    Session.objects.all().delete()
    User.objects.filter(phone_index__isnull=False).update(is_active=False)
    refused(signed_in(provider), "该账号已停用")


def test_a_verified_applicant_need_not_type_who_they_are(provider: FakeProvider) -> None:
    citizen = Citizen()
    signed_in(provider, citizen)
    number = citizen.begin(ITEM)
    page = text_of(citizen.get(f"/cases/{number}/apply/applicant"))
    assert "已经实名认证" in page
    assert "1101**********002X" in page
    assert 'name="id_number"' not in page
    assert PERSON["id_number"] not in page
    forged = {"name": "别人", "id_number": "110101199003070134", "phone": "13800001234"}
    citizen.post(f"/cases/{number}/apply/applicant", forged)
    checked = text_of(citizen.get(f"/cases/{number}/apply/check"))
    assert "王小明" in checked
    assert "别人" not in checked.replace("替别人", "")
    assert PERSON["id_number"] not in checked


def test_nobody_else_renames_whom_the_service_vouched_for(provider: FakeProvider) -> None:
    from onedoor.domain.people.actions import recognise
    from tests.factories.cases import AT

    signed_in(provider)
    known = Subject.objects.get()
    given = {"kind": "person", "name": "冒名者", "id_type": "resident_id", "phone": "13900000099"}
    ref = recognise(tenant_id=known.tenant_id, id_number=PERSON["id_number"], at=AT, **given)
    assert (ref.id, ref.new) == (known.pk, False)
    assert Subject.objects.get().name == "王小明"
    # The control: somebody nobody vouched for is called as they say.
    for name in ("甲", "乙"):
        recognise(
            tenant_id=known.tenant_id, id_number="110101199003070134", at=AT, **(given | {"name": name})
        )
    assert Subject.objects.exclude(pk=known.pk).get().name == "乙"


def test_leaving_offers_to_leave_there_too(provider: FakeProvider) -> None:
    citizen = Citizen()
    signed_in(provider, citizen)
    assert citizen.post("/logout", {}).headers["Location"] == "/login/left"
    page = text_of(citizen.get("/login/left"))
    assert f"{provider.issuer}/logout?client_id={CLIENT}" in page
    assert not Session.objects.exists()
    # Whoever came by telephone has no session there.
    by_phone = Citizen().sign_in()
    by_phone.post("/logout", {})
    assert by_phone.get("/login/left", 302).headers["Location"] == "/"


def test_without_settings_there_is_no_such_way() -> None:
    client = Client()
    assert "统一身份认证" not in text_of(client.get("/login"))
    for path in ("/login/identity", "/login/identity/return?state=x&code=y"):
        assert client.get(path).status_code == 404
    assert client.get("/login/left").headers["Location"] == "/"


def test_the_sign_in_page_offers_it(provider: FakeProvider) -> None:
    page = text_of(Client().get(f"/login?next=/apply/{ITEM}"))
    assert "用省统一身份认证登录" in page
    assert f"/login/identity?next=%2Fapply%2F{ITEM}" in page
