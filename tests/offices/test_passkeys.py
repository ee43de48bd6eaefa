"""Passkeys: who is let in by which signature, and who is not."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions, events, queries
from onedoor.domain.offices.accounts import account_stream
from onedoor.domain.offices.models import Attempt, Challenge, Passkey, TotpFactor, User
from onedoor.domain.offices.terms import ASVS, Entered, Origin, Site
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.faces.desk import text_of
from tests.factories.cases import staff

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SITE = Site("zwfw.example.cn", "https://zwfw.example.cn")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """An authenticator in a few lines: one key pair, made for one site."""

    site: Site = SITE
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    id: bytes = b"credential-of-the-test"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """The answer to a request for a new passkey."""
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def sign(self, options: str) -> str:
        """The answer to a request to sign in."""
        self.counter += 1
        data, client = self._data(self.flags), self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: b64(part) for name, part in parts.items()})

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _client(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.site.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        )


def user_id(username: str = "chuangkou") -> int:
    found = queries.account_of(username)
    assert found is not None
    return found.id


def register(device: Device, username: str = "chuangkou", asked: str = "") -> str:
    """Make a passkey; `asked` is the account that asked for it, if another."""
    options = actions.passkey_options(user_id=user_id(asked or username), site=SITE, at=AT)
    session = actions.open_session(user_id=user_id(username), at=AT)
    return actions.add_passkey(
        user_id=user_id(username), session=session, answer=device.make(options), name="电脑", site=SITE, at=AT
    )


def options_to_sign(at: datetime = AT) -> str:
    return actions.sign_in_options(site=SITE, address="192.0.2.1", at=at)


def enter(answer: str, at: datetime = AT, site: Site = SITE) -> Any:
    secret = actions.sign_in_by_passkey(answer=answer, site=site, origin=Origin("192.0.2.1"), at=at)
    return queries.principal_by_session(secret, at=at)


def test_a_passkey_opens_its_owners_account_and_counts(county_db: County) -> None:
    device = Device()
    secret = register(device)
    assert queries.principal_by_session(secret, at=AT) is not None
    principal = enter(device.sign(options_to_sign()))
    assert principal.username == "chuangkou"
    assert Passkey.objects.get().sign_count == 1
    # A copy of the key that is behind the device's own counter is not the device.
    device.counter = 0
    with pytest.raises(Refused, match="passkey_refused"):
        enter(device.sign(options_to_sign()))


def test_an_answer_is_taken_once_and_soon(county_db: County) -> None:
    device = Device()
    register(device)
    device.counter = 10
    options = options_to_sign()
    assert enter(device.sign(options))
    for answer, at in (
        (device.sign(options), AT),
        (device.sign(options_to_sign()), AT + timedelta(minutes=5)),
        (device.sign(json.dumps({"challenge": b64(bytes(32))})), AT),
    ):
        with pytest.raises(Refused, match="passkey_refused"):
            enter(answer, at)
    assert enter(device.sign(options_to_sign()))


@pytest.mark.parametrize(
    "fault", ["other origin", "other host", "unverified", "other key", "unknown", "disabled"]
)
def test_what_is_not_the_owners_is_refused(county_db: County, fault: str) -> None:
    device = Device()
    register(device)
    site = SITE
    if fault == "other origin":
        device.site = Site(SITE.host, "https://zwfw.example.cn.evil.example")
    elif fault == "other host":
        device.site = site = Site("evil.example", "https://evil.example")
    elif fault == "unverified":
        device.flags = PRESENT
    elif fault == "other key":
        device = replace(device, key=ec.generate_private_key(ec.SECP256R1()))
    elif fault == "unknown":
        device = replace(device, id=b"another-credential")
    else:
        actions.disable_user(username="chuangkou", principal="test", at=AT)
    with pytest.raises(Refused, match="passkey_refused"):
        enter(device.sign(options_to_sign()), site=site)


def test_a_passkey_is_made_only_by_who_asked_and_is_one_accounts(county_db: County) -> None:
    with pytest.raises(Refused, match="passkey_refused"):
        register(Device(), asked="jiangyx")
    with pytest.raises(Refused, match="passkey_refused"):
        register(Device(flags=PRESENT))
    device = Device()
    register(device)
    with pytest.raises(Refused, match="passkey_refused"):
        register(device, "jiangyx")
    assert Passkey.objects.get().user_id == user_id()


@pytest.mark.parametrize(
    "answer",
    [
        "", "null", "[]", "{}", "[" * 5000, '{"response": 1}', '{"response": {"clientDataJSON": "x"}}',
        '{"response": {"clientDataJSON": "e30"}}',
    ],
)  # fmt: skip
def test_nonsense_is_no_answer(county_db: County, answer: str) -> None:
    with pytest.raises(Refused, match="passkey_refused"):
        enter(answer)


def test_a_broken_key_is_no_fault(county_db: County) -> None:
    device = Device()
    options = actions.passkey_options(user_id=user_id(), site=SITE, at=AT)
    answer = json.loads(device.make(options))
    whole = urlsafe_b64decode(answer["response"]["attestationObject"] + "==")
    session = actions.open_session(user_id=user_id(), at=AT)
    for cut in range(0, len(whole), 7):
        answer["response"]["attestationObject"] = b64(whole[:cut])
        Challenge.objects.all().delete()
        options = actions.passkey_options(user_id=user_id(), site=SITE, at=AT)
        answer["response"]["clientDataJSON"] = b64(device._client("webauthn.create", options))
        with pytest.raises(Refused, match="passkey_refused"):
            actions.add_passkey(
                user_id=user_id(), session=session, answer=json.dumps(answer), name="", site=SITE, at=AT
            )


def test_a_reset_takes_passkeys_away(county_db: County) -> None:
    device = Device()
    register(device)
    actions.reset_factor(username="chuangkou", principal="test", at=AT)
    with pytest.raises(Refused, match="passkey_refused"):
        enter(device.sign(options_to_sign()))


def by_password() -> Any:
    return actions.sign_in(username="chuangkou", password=PASSWORD, origin=Origin("192.0.2.1"), at=AT)


def test_with_passkeys_alone_the_password_opens_nothing(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    register(device)
    elsewhere = by_password().session
    session = actions.sign_in_by_passkey(
        answer=device.sign(options_to_sign()), site=SITE, origin=Origin("192.0.2.1"), at=AT
    )
    actions.sign_in_by_passkeys_alone(user_id=user_id(), session=session, at=AT)
    assert queries.principal_by_session(session, at=AT) is not None
    assert queries.principal_by_session(elsewhere, at=AT) is None
    for _ in range(ASVS.tries):
        with pytest.raises(Refused, match="passkey_only"):
            by_password()
    # Whoever holds the password alone is bounded like any guesser, and the log tells of them.
    with pytest.raises(Refused, match="too_many_attempts"):
        by_password()
    told = [fact.kind for fact in journal.facts(account_stream(user_id()))]
    assert told.count(events.PASSWORD_TURNED_AWAY) == ASVS.tries
    with pytest.raises(Refused, match="passkey_only"):
        actions.confirm(secret=session, shown=PASSWORD, at=AT)
    assert enter(device.sign(options_to_sign())).username == "chuangkou"
    # A wrong password is told nothing of it.
    with pytest.raises(Refused, match="wrong_credentials"):
        actions.sign_in(username="chuangkou", password="x", origin=Origin("192.0.2.7"), at=AT)
    # Control: without the flag the same password is good.
    User.objects.update(passkey_only=False)
    Attempt.objects.all().delete()
    assert by_password().session


def test_a_sign_in_halfway_is_cut_off(county_db: County) -> None:
    device = Device()
    register(device)
    TotpFactor.objects.create(user_id=user_id(), secret=b"x", created_at=AT, confirmed_at=AT)
    halfway = by_password().halfway
    assert queries.signing_in(halfway, at=AT)
    User.objects.update(passkey_only=True)
    assert not queries.signing_in(halfway, at=AT)
    with pytest.raises(Refused, match="sign_in_again"):
        actions.pass_factor(halfway=halfway, code="123456", origin=Origin("192.0.2.1"), at=AT)


def test_only_who_came_in_by_passkey_may_choose_it_alone(county_db: County) -> None:
    with pytest.raises(Refused, match="no_passkey"):
        actions.sign_in_by_passkeys_alone(user_id=user_id(), session=by_password().session, at=AT)
    session = register(Device())
    with pytest.raises(Refused, match="no_passkey"):
        actions.sign_in_by_passkeys_alone(user_id=user_id(), session=by_password().session, at=AT)
    other = actions.open_session(user_id=user_id("jiangyx"), at=AT, entered=Entered.PASSKEY)
    with pytest.raises(Refused, match="no_passkey"):
        actions.sign_in_by_passkeys_alone(user_id=user_id(), session=other, at=AT)
    actions.sign_in_by_passkeys_alone(user_id=user_id(), session=session, at=AT)
    (key,) = queries.passkeys(user_id())
    with pytest.raises(Refused, match="last_passkey"):
        actions.remove_passkey(user_id=user_id(), passkey_id=key.id, at=AT)
    actions.allow_password(user_id=user_id(), at=AT)
    assert by_password().session
    actions.remove_passkey(user_id=user_id(), passkey_id=key.id, at=AT)


def test_the_security_administrator_lets_the_owner_of_a_lost_device_in(county_db: County) -> None:
    session = register(Device())
    actions.sign_in_by_passkeys_alone(user_id=user_id(), session=session, at=AT)
    # The system administrator alone gets nobody in: a fresh password opens nothing.
    password = actions.reset_password(username="chuangkou", principal=staff("xitong"), at=AT)
    with pytest.raises(Refused, match="passkey_only"):
        actions.sign_in(username="chuangkou", password=password, origin=Origin("192.0.2.1"), at=AT)
    with pytest.raises(Refused, match="role_missing"):
        actions.reset_factor(username="chuangkou", principal=staff("xitong"), at=AT)
    actions.reset_factor(username="chuangkou", principal=staff("anquan"), at=AT)
    entered = actions.sign_in(username="chuangkou", password=password, origin=Origin("192.0.2.1"), at=AT)
    assert entered.session


def test_one_shows_who_one_is_with_a_passkey_of_ones_own(county_db: County) -> None:
    device, other = Device(), Device(id=b"another-credential")
    session, stranger = register(device), register(other, "jiangyx")
    later = AT + timedelta(minutes=11)
    assert not queries.recently_confirmed(session, at=later)

    def options(username: str = "chuangkou") -> str:
        return actions.confirming_options(user_id=user_id(username), site=SITE, at=later)

    for answer in (
        other.sign(options()),
        device.sign(options("jiangyx")),
        device.sign(options_to_sign(later)),
    ):
        with pytest.raises(Refused, match="passkey_refused"):
            actions.confirm_by_passkey(user_id=user_id(), session=session, answer=answer, site=SITE, at=later)
    fresh = actions.confirm_by_passkey(
        user_id=user_id(), session=session, answer=device.sign(options()), site=SITE, at=later
    )
    assert queries.recently_confirmed(fresh, at=later)
    assert queries.principal_by_session(session, at=later) is None
    assert queries.principal_by_session(stranger, at=later) is not None


def test_the_page_offers_it_and_asks_for_the_passkey(county_db: County) -> None:
    browser, now = Client(), datetime.now(UTC)
    session = actions.open_session(user_id=user_id(), at=now, entered=Entered.PASSKEY)
    browser.cookies[SESSION_COOKIE] = session
    choose = "/desk/account/passkeys/alone"
    assert browser.post(choose, {"alone": "yes"}).status_code == 409
    register(Device())
    assert "仅用通行密钥登录</button>" in text_of(browser.get("/desk/account/factor"))
    assert browser.post(choose, {"alone": "yes"})["Location"] == "/desk/account/factor#passkeys"
    assert "恢复密码登录" in text_of(browser.get("/desk/account/factor"))
    asked = text_of(browser.get("/desk/account/confirm"))
    assert 'data-options="/desk/account/confirm/passkey/options"' in asked
    assert "current-password" not in asked
    assert browser.post("/desk/account/confirm", {"shown": PASSWORD}).status_code == 403
    assert browser.post("/desk/account/confirm/passkey", {"answer": "{}"}).status_code == 422
    shown = browser.post("/desk/login", {"username": "chuangkou", "password": PASSWORD})
    assert shown.status_code == 403
    assert "只用通行密钥" in text_of(shown)
    assert browser.post(choose, {"alone": "no"}).status_code == 302
    assert queries.factor(user_id()).passkey_only is False
