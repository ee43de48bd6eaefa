"""Signing in with a telephone: the applicants' way."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from onedoor.core.identifiers import mask_phone, validate_mobile
from onedoor.core.refusals import Refused
from onedoor.plumbing.crypto import Keyring
from onedoor.plumbing.database.prepared import fetch_one

from . import places, rules
from .attempts import DAY, attempts_since, count_attempt, forget_attempts
from .models import PhoneCode, RoleGrant, User
from .sessions import open_session
from .terms import Entered, Origin, Role

#: Every filing asks whose case it is.
_ACCOUNT: Final = "SELECT id, is_active FROM offices_user WHERE tenant_id = %s AND phone_index = %s"


@dataclass(frozen=True, slots=True)
class PhoneCodeIssued:
    """A sign-in code to be sent by the notices room; `phone` is normalised."""

    phone: str
    code: str


@transaction.atomic
def issue_phone_code(
    *, tenant_id: int, phone: str, address: str, at: datetime, purpose: str = ""
) -> PhoneCodeIssued:
    """Make a code for a phone, to sign in unless another `purpose` is named; it is good for that alone.

    Strangers together have few sent to one phone in a day; whoever has signed in from this address is none.

    Raises Refused: bad_phone, code_sent_recently, too_many_attempts.
    """
    validate_mobile(phone)
    count_attempt(key=f"phone-code:{address}", limit=rules.PHONE_CODES_OF_ADDRESS, at=at)
    index = Keyring.current().blind("phone", phone)
    former = PhoneCode.objects.select_for_update().filter(tenant_id=tenant_id, phone_index=index).first()
    if former and at < former.sent_at + rules.PHONE_CODE_PAUSE:
        raise Refused("code_sent_recently", "验证码刚刚已发送，请 1 分钟后再获取。", status=429)
    count_attempt(key=_phone_key("phone-sent", phone, address), limit=rules.PHONE_CODES, at=at)
    if not _is_usual(tenant_id, index, address, at):
        key = _phone_key("phone-sent", phone, "anywhere")
        count_attempt(key=key, limit=rules.PHONE_CODES_A_DAY, at=at, window=DAY)
    code = rules.new_phone_code()
    PhoneCode.objects.update_or_create(
        tenant_id=tenant_id,
        phone_index=index,
        defaults={
            "digest": Keyring.current().blind("phone-code", phone + code + purpose),
            "tries_left": rules.PHONE_CODE_TRIES,
            "sent_at": at,
            "expires_at": at + rules.PHONE_CODE_LIFE,
        },
    )
    return PhoneCodeIssued(phone, code)


def sign_in_by_phone(
    *, tenant_id: int, phone: str, code: str, address: str, at: datetime, agent: str = ""
) -> str:
    """Check a phone code and return the session secret; the account is opened at the first sign-in.

    Raises Refused: wrong_code for a wrong, used, expired or never sent code, too_many_attempts.
    """
    confirm_phone(tenant_id=tenant_id, phone=phone, code=code, address=address, at=at)
    with transaction.atomic():
        user_id = applicant_account(tenant_id=tenant_id, phone=phone, at=at)
        places.remember(user_id, [address], at)
        return open_session(
            user_id=user_id,
            at=at,
            origin=Origin(address, agent=agent),
            entered=Entered.PHONE,
        )


def confirm_phone(
    *, tenant_id: int, phone: str, code: str, address: str, at: datetime, purpose: str = ""
) -> None:
    """Use up a code of this purpose: whoever gives it has the phone at hand.

    Raises Refused: wrong_code for a wrong, used, expired or never sent code, too_many_attempts.
    """
    validate_mobile(phone)
    guess, sent = (_phone_key(what, phone, address) for what in ("phone-guess", "phone-sent"))
    count_attempt(key=guess, limit=rules.PHONE_GUESSES, at=at)
    asked_here = attempts_since(key=sent, since=at - rules.PHONE_CODE_LIFE)
    if not _spend_phone_code(tenant_id, phone, code + purpose, at, stranger=not asked_here):
        raise Refused("wrong_code", "验证码不正确或已失效，请核对；如已超过 5 分钟，请重新获取。")
    for key in (guess, sent):
        forget_attempts(key=key)


def holds_phone(user_id: int, phone: str) -> bool:
    """Whether an account is the one that is signed in to with this telephone."""
    index = Keyring.current().blind("phone", phone)
    return User.objects.filter(pk=user_id, phone_index=index).exists()


def _phone_key(what: str, phone: str, address: str) -> str:
    return f"{what}:{Keyring.current().blind('phone', phone).hex()[:24]}:{address}"


@transaction.atomic
def _spend_phone_code(tenant_id: int, phone: str, code: str, at: datetime, *, stranger: bool) -> bool:
    """Whether the code is right; a right one is used up.

    A wrong one from where nobody asked for it costs a try, and that is kept; when the tries are used up, only
    where the code was asked for is still heard.
    """
    index = Keyring.current().blind("phone", phone)
    row = PhoneCode.objects.select_for_update().filter(tenant_id=tenant_id, phone_index=index).first()
    if row is None or at >= row.expires_at or (stranger and row.tries_left == 0):
        return False
    if secrets.compare_digest(bytes(row.digest), Keyring.current().blind("phone-code", phone + code)):
        row.delete()
        return True
    if stranger:
        PhoneCode.objects.filter(pk=row.pk).update(tries_left=F("tries_left") - 1)
    return False


def _is_usual(tenant_id: int, index: bytes, address: str, at: datetime) -> bool:
    found = User.objects.filter(tenant_id=tenant_id, phone_index=index).values_list("pk", flat=True).first()
    return found is not None and places.is_usual(found, address, at)


def applicant_account(*, tenant_id: int, phone: str, at: datetime) -> int:
    """The account of a phone's owner, opened if there is none yet. Raises Refused("account_disabled")."""
    index = Keyring.current().blind("phone", phone)
    known = fetch_one(_ACCOUNT, [tenant_id, index])
    if known is not None and known[1]:
        return int(known[0])
    user, created = User.objects.get_or_create(
        tenant_id=tenant_id,
        phone_index=index,
        defaults={
            "username": f"phone-{index.hex()[:24]}",
            "name": mask_phone(phone),
            "phone_masked": mask_phone(phone),
            "password": make_password(None),
            "created_at": at,
        },
    )
    if created:
        RoleGrant.objects.create(user=user, role=Role.APPLICANT.value)
    if not user.is_active:
        raise Refused("account_disabled", "该账号已停用，请到窗口咨询。", status=403)
    return user.pk
