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

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions, queries
from onedoor.domain.offices.models import Challenge, Passkey
from onedoor.domain.offices.terms import Origin, Site
from tests.county import County

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
