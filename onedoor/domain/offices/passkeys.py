"""Passkeys (WebAuthn): a device that has recognised its owner signs a challenge; no password travels."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from onedoor.core.refusals import Refused

from . import attempts, events, rules
from .accounts import end_sessions, record
from .models import Challenge, Passkey, Session, User
from .sessions import renew_session
from .signing import enter
from .terms import Entered, Origin, Site

CHALLENGE_LIFE: Final = timedelta(minutes=5)
MOST_PASSKEYS: Final = 10
_REFUSED: Final = "设备的回答不对或已过期，请再试一次；仍然不行，请用密码登录。"


def passkey_options(*, user_id: int, site: Site, at: datetime) -> str:
    """What the browser needs to make a passkey, as JSON. Raises Refused("too_many_passkeys")."""
    user = User.objects.select_related("tenant").get(pk=user_id)
    made = list(Passkey.objects.filter(user=user).values_list("credential", flat=True))
    if len(made) >= MOST_PASSKEYS:
        raise Refused("too_many_passkeys", f"一个账号最多 {MOST_PASSKEYS} 个通行密钥，请先删除不用的。")
    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name=user.tenant.name,
            user_name=user.username,
            user_display_name=user.name,
            user_id=rules.digest(f"passkey:{user.pk}"),
            challenge=_challenge(user_id, at),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(each)) for each in made],
        )
    )


def add_passkey(*, user_id: int, session: str, answer: str, name: str, site: Site, at: datetime) -> str:
    """Keep the passkey that the browser has made; returns the session's new secret.

    Raises Refused: passkey_refused.
    """
    challenge = _spent(_challenge_of(answer), user_id, at)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    # Whatever the parsers of an answer stumble over, it is no answer.
    except Exception as fault:
        raise Refused("passkey_refused", _REFUSED) from fault
    user = User.objects.get(pk=user_id)
    try:
        with transaction.atomic():
            Passkey.objects.create(
                user=user,
                credential=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                host=site.host,
                name="".join(filter(str.isprintable, name)).strip()[:60] or "通行密钥",
                created_at=at,
            )
            record(user, events.FACTOR_ENROLLED, principal=f"user:{user_id}", at=at, factor="passkey")
            return renew_session(secret=session, at=at, entered=Entered.PASSKEY)
    except IntegrityError as fault:
        raise Refused("passkey_refused", "这个通行密钥已经登记过，请换一个。") from fault


def sign_in_options(*, site: Site, address: str, at: datetime) -> str:
    """What the browser needs to sign in with a passkey of any account, as JSON.

    Raises Refused("too_many_attempts", 429) when one address asks too often.
    """
    attempts.count_attempt(key=f"passkey:{address}", limit=rules.WRONG_FROM_ADDRESS, at=at)
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host,
            challenge=_challenge(None, at),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def sign_in_by_passkey(*, answer: str, site: Site, origin: Origin, at: datetime) -> str:
    """Open a session for the owner of a passkey; returns its secret. Raises Refused("passkey_refused")."""
    return enter(_signed(answer, None, site, at).user, origin, Entered.PASSKEY, at)


def confirming_options(*, user_id: int, site: Site, at: datetime) -> str:
    """What the browser needs for somebody signed in to show again who they are, as JSON.

    Raises Refused("too_many_attempts", 429) when one account asks too often.
    """
    attempts.count_attempt(key=f"passkey-confirm:{user_id}", limit=rules.WRONG_FROM_ADDRESS, at=at)
    own = Passkey.objects.filter(user_id=user_id, host=site.host).values_list("credential", flat=True)
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host,
            challenge=_challenge(user_id, at),
            allow_credentials=[PublicKeyCredentialDescriptor(id=bytes(each)) for each in own],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def confirm_by_passkey(*, user_id: int, session: str, answer: str, site: Site, at: datetime) -> str:
    """Show again who one is with a passkey of one's own; returns the session's new secret.

    Raises Refused: passkey_refused, sign_in_again.
    """
    _signed(answer, user_id, site, at)
    return renew_session(secret=session, at=at)


@transaction.atomic
def sign_in_by_passkeys_alone(*, user_id: int, session: str, at: datetime) -> None:
    """仅用通行密钥登录: from now on the password opens nothing; sessions opened with it end.

    Whoever asks for it has come in with a passkey, so that it is known to work. Raises Refused("no_passkey", 409).
    """
    user = User.objects.select_for_update().get(pk=user_id)
    digest = rules.digest(session)
    own = Session.objects.filter(digest=digest, user=user, entered=Entered.PASSKEY.value).exists()
    if not own or not Passkey.objects.filter(user=user).exists():
        detail = "请先添加通行密钥，退出后用它登录一次，确认能用，再改为仅用通行密钥登录。"
        raise Refused("no_passkey", detail, status=409)
    if user.passkey_only:
        return
    User.objects.filter(pk=user_id).update(passkey_only=True)
    ended = end_sessions(user_id, keep=digest)
    record(user, events.PASSKEY_ONLY, principal=f"user:{user_id}", at=at, ended=ended)


@transaction.atomic
def allow_password(*, user_id: int, at: datetime) -> None:
    """Let the password count again beside the passkeys."""
    if User.objects.filter(pk=user_id, passkey_only=True).update(passkey_only=False):
        user = User.objects.get(pk=user_id)
        record(user, events.PASSWORD_ALLOWED, principal=f"user:{user_id}", at=at)


def _signed(answer: str, user_id: int | None, site: Site, at: datetime) -> Passkey:
    """The passkey that has signed a challenge put to nobody known, or to this user.

    Raises Refused("passkey_refused").
    """
    challenge = _spent(_challenge_of(answer), user_id, at)
    try:
        given = parse_authentication_credential_json(answer)
        known = Passkey.objects.select_related("user").filter(
            credential=given.raw_id, host=site.host, user__is_active=True
        )
        passkey = known.get() if user_id is None else known.get(user_id=user_id)
        verified = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    # Whatever the parsers of an answer stumble over, it is no answer.
    except Exception as fault:
        raise Refused("passkey_refused", _REFUSED) from fault
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=verified.new_sign_count, used_at=at)
    return passkey


@transaction.atomic
def remove_passkey(*, user_id: int, passkey_id: int, at: datetime) -> None:
    """Forget a passkey of one's own. Raises Refused: unknown_passkey (404), last_passkey (409)."""
    user = User.objects.select_for_update().get(pk=user_id)
    if user.passkey_only and not Passkey.objects.filter(user=user).exclude(pk=passkey_id).exists():
        detail = "这是最后一个通行密钥，账号又只用通行密钥登录，删除后您就进不来了。请先恢复密码登录，或再添加一个。"
        raise Refused("last_passkey", detail, status=409)
    if not Passkey.objects.filter(user_id=user_id, pk=passkey_id).delete()[0]:
        raise Refused("unknown_passkey", "没有这个通行密钥，可能已经删除，请刷新页面。", status=404)
    record(user, events.FACTOR_REMOVED, principal=f"user:{user_id}", at=at, factor="passkey")


def _challenge(user_id: int | None, at: datetime) -> bytes:
    challenge = secrets.token_bytes(32)
    Challenge.objects.create(
        digest=rules.digest(challenge.hex()), user_id=user_id, expires_at=at + CHALLENGE_LIFE
    )
    return challenge


def _challenge_of(answer: str) -> bytes:
    """The challenge that an answer says it answers."""
    try:
        client_data = base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
        return parse_client_data_json(client_data).challenge
    except Exception as fault:
        raise Refused("passkey_refused", _REFUSED) from fault


def _spent(challenge: bytes, user_id: int | None, at: datetime) -> bytes:
    """The challenge, if it was ours, for this user, and unanswered; no second answer to it is taken."""
    asked = Challenge.objects.filter(digest=rules.digest(challenge.hex()), expires_at__gt=at)
    asked = asked.filter(user=None) if user_id is None else asked.filter(user_id=user_id)
    if not asked.delete()[0]:
        raise Refused("passkey_refused", _REFUSED)
    return challenge
