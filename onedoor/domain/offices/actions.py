"""The only writing of the offices room."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import NAMESPACE_OID, UUID, uuid5

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from onedoor.core.calendar import DayKind
from onedoor.core.identifiers import mask_phone, validate_mobile
from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.plumbing.crypto import Keyring

from . import events, rules
from .models import (
    ApiToken,
    Attempt,
    CalendarVersion,
    Department,
    PhoneCode,
    Place,
    RoleGrant,
    Session,
    Tenant,
    User,
    Window,
)
from .queries import DepartmentView
from .terms import Grant, Role

ATTEMPT_WINDOW = timedelta(minutes=15)


@lru_cache(maxsize=1)
def _nobodys_password() -> str:
    """A hash of the same cost, so that an unknown username takes as long as a wrong password."""
    return make_password("no account has this password")


def office_stream(tenant_id: int) -> UUID:
    """The stream of facts about the offices of one tenant."""
    return uuid5(NAMESPACE_OID, f"onedoor:office:{tenant_id}")


def account_stream(user_id: int) -> UUID:
    """The stream of facts about one account."""
    return uuid5(NAMESPACE_OID, f"onedoor:account:{user_id}")


@dataclass(frozen=True, slots=True)
class TenantGiven:
    """A county to be set up."""

    name: str
    region_code: str


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    """A place to be set up."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class WindowGiven:
    """A window to be set up; without a department it is a comprehensive one."""

    hall: str
    number: str
    name: str
    department: str | None


@transaction.atomic
def set_up_tenant(
    *,
    tenant: TenantGiven,
    departments: Sequence[DepartmentView],
    places: Sequence[PlaceGiven],
    windows: Sequence[WindowGiven],
    exceptions: Mapping[date, DayKind],
    years: frozenset[int],
    principal: str,
    at: datetime,
) -> int:
    """Set up a county with its offices and the first edition of its calendar; returns the tenant id."""
    row = Tenant.objects.create(name=tenant.name, region_code=tenant.region_code, created_at=at)
    by_code = {
        d.code: Department.objects.create(
            tenant=row,
            code=d.code,
            name=d.name,
            short_name=d.short_name,
            number_prefix=d.number_prefix,
            organ_word=d.organ_word,
            uscc=d.uscc,
            phone=d.phone,
        )
        for d in departments
    }
    Place.objects.bulk_create(Place(tenant=row, code=p.code, name=p.name) for p in places)
    Window.objects.bulk_create(
        Window(
            tenant=row,
            hall=w.hall,
            number=w.number,
            name=w.name,
            department=by_code[w.department] if w.department else None,
        )
        for w in windows
    )
    amend_calendar(tenant_id=row.pk, exceptions=exceptions, years=years, principal=principal, at=at)
    return row.pk


def _record_account(tenant_id: int, user_id: int, principal: str, fact: NewFact, at: datetime) -> None:
    journal.append(
        stream_id=account_stream(user_id),
        stream_kind="account",
        tenant_id=tenant_id,
        facts=[fact],
        principal=principal,
        at=at,
    )


@transaction.atomic
def add_user(
    *,
    tenant_id: int,
    username: str,
    name: str,
    grants: tuple[Grant, ...],
    principal: str,
    at: datetime,
    password: str | None = None,
    password_hash: str = "",
) -> int:
    """Open a staff account and return its id; without password or hash nobody can sign in to it yet.

    Raises Refused: username_taken, password_too_short, password_holds_username, roles_exclude_each_other.
    """
    rules.check_separation(grants)
    if password is not None:
        rules.check_password_quality(password, username)
    if User.objects.filter(username=username).exists():
        raise Refused("username_taken", f"用户名“{username}”已被使用，请换一个。")
    user = User.objects.create(
        tenant_id=tenant_id,
        username=username,
        name=name,
        password=password_hash or make_password(password),
        created_at=at,
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=g.role.value, department=g.department, place=rules.place_prefix(g.place))
        for g in grants
    )
    data = {"username": username, "grants": [[g.role.value, g.department, g.place] for g in grants]}
    _record_account(tenant_id, user.pk, principal, NewFact(events.USER_ADDED, data, at), at)
    return user.pk


def hashed(password: str) -> str:
    """A password as it is stored; for setting up many accounts with one."""
    return make_password(password)


@transaction.atomic
def set_password(*, username: str, password: str) -> None:
    """Give an account a new password; its sessions and tokens end. Raises Refused("unknown_user")."""
    rules.check_password_quality(password, username)
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    User.objects.filter(pk=user.pk).update(password=make_password(password))
    Session.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).delete()


@transaction.atomic
def disable_user(*, username: str, principal: str, at: datetime) -> None:
    """Close an account: its sessions and tokens stop at once."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    User.objects.filter(pk=user.pk).update(is_active=False)
    Session.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).delete()
    _record_account(user.tenant_id, user.pk, principal, NewFact(events.USER_DISABLED, {}, at), at)


def count_attempt(*, key: str, limit: int, at: datetime) -> None:
    """Count a try at something guessable. Raises Refused("too_many_attempts", status 429) past the limit.

    A short window of 15 minutes per key; keys combine what is guessed with where the guess comes from, so that a
    stranger cannot lock out the owner.
    """
    check_attempts(key=key, limit=limit, at=at)
    Attempt.objects.create(key=key, at=at)


def check_attempts(*, key: str, limit: int, at: datetime) -> None:
    """Refuse (429, too_many_attempts) when as many tries have been counted within 15 minutes, counting none."""
    if Attempt.objects.filter(key=key, at__gt=at - ATTEMPT_WINDOW).count() >= limit:
        raise Refused("too_many_attempts", "尝试次数过多，请 15 分钟后再试。", status=429)


def forget_attempts(*, key: str) -> None:
    """A right answer clears the count."""
    Attempt.objects.filter(key=key).delete()


def sign_in(*, username: str, password: str, address: str, at: datetime) -> str:
    """Check a staff password and return the secret for the session cookie.

    Raises Refused: wrong_credentials (the same for an unknown user), too_many_attempts.
    """
    key = f"sign-in:{username[:60]}:{address}"
    count_attempt(key=key, limit=8, at=at)
    user = User.objects.filter(username=username, is_active=True).first()
    stored = user.password if user else _nobodys_password()
    if not check_password(password, stored) or user is None:
        raise Refused("wrong_credentials", "用户名或密码不正确，请核对后重新输入。")
    forget_attempts(key=key)
    return open_session(user_id=user.pk, at=at)


@transaction.atomic
def open_session(*, user_id: int, at: datetime) -> str:
    """Start a session of an account whose holder has been recognised; returns the cookie's secret."""
    secret = rules.new_secret()
    Session.objects.filter(user_id=user_id, expires_at__lte=at).delete()
    Session.objects.create(
        digest=rules.digest(secret), user_id=user_id, created_at=at, expires_at=at + rules.SESSION_LIFE
    )
    User.objects.filter(pk=user_id).update(last_login=at)
    return secret


def sign_out(*, secret: str) -> None:
    """End a session."""
    Session.objects.filter(digest=rules.digest(secret)).delete()


@transaction.atomic
def issue_token(*, username: str, principal: str, at: datetime) -> str:
    """Make an API token of an account, shown once. Raises Refused("unknown_user")."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    secret = rules.new_secret()
    ApiToken.objects.create(digest=rules.digest(secret), user=user, created_at=at)
    _record_account(user.tenant_id, user.pk, principal, NewFact(events.TOKEN_ISSUED, {}, at), at)
    return secret


@dataclass(frozen=True, slots=True)
class PhoneCodeIssued:
    """A sign-in code to be sent by the notices room; `phone` is normalised."""

    phone: str
    code: str


@transaction.atomic
def issue_phone_code(*, tenant_id: int, phone: str, address: str, at: datetime) -> PhoneCodeIssued:
    """Make a sign-in code for a phone. Raises Refused: bad_phone, code_sent_recently, too_many_attempts."""
    validate_mobile(phone)
    count_attempt(key=f"phone-code:{address}", limit=rules.PHONE_CODES_OF_ADDRESS, at=at)
    index = Keyring.current().blind("phone", phone)
    former = PhoneCode.objects.select_for_update().filter(tenant_id=tenant_id, phone_index=index).first()
    if former and at < former.sent_at + rules.PHONE_CODE_PAUSE:
        raise Refused("code_sent_recently", "验证码刚刚已发送，请 1 分钟后再获取。", status=429)
    count_attempt(key=_phone_key("phone-sent", phone, address), limit=rules.PHONE_CODES, at=at)
    code = rules.new_phone_code()
    PhoneCode.objects.update_or_create(
        tenant_id=tenant_id,
        phone_index=index,
        defaults={
            "digest": Keyring.current().blind("phone-code", phone + code),
            "tries_left": rules.PHONE_CODE_TRIES,
            "sent_at": at,
            "expires_at": at + rules.PHONE_CODE_LIFE,
        },
    )
    return PhoneCodeIssued(phone, code)


def sign_in_by_phone(*, tenant_id: int, phone: str, code: str, address: str, at: datetime) -> str:
    """Check a phone code and return the session secret; the account is opened at the first sign-in.

    Raises Refused: wrong_code for a wrong, used, expired or never sent code, too_many_attempts.
    """
    validate_mobile(phone)
    guess, sent = (_phone_key(what, phone, address) for what in ("phone-guess", "phone-sent"))
    count_attempt(key=guess, limit=rules.PHONE_GUESSES, at=at)
    if not _spend_phone_code(tenant_id, phone, code, at):
        raise Refused("wrong_code", "验证码不正确或已失效，请核对；如已超过 5 分钟，请重新获取。")
    for key in (guess, sent):
        forget_attempts(key=key)
    with transaction.atomic():
        return open_session(user_id=applicant_account(tenant_id=tenant_id, phone=phone, at=at), at=at)


def _phone_key(what: str, phone: str, address: str) -> str:
    return f"{what}:{Keyring.current().blind('phone', phone).hex()[:24]}:{address}"


@transaction.atomic
def _spend_phone_code(tenant_id: int, phone: str, code: str, at: datetime) -> bool:
    """Whether the code is right; a right one is used up, a wrong one costs a try (and that is kept)."""
    index = Keyring.current().blind("phone", phone)
    row = PhoneCode.objects.select_for_update().filter(tenant_id=tenant_id, phone_index=index).first()
    if row is None or row.tries_left == 0 or at >= row.expires_at:
        return False
    if secrets.compare_digest(bytes(row.digest), Keyring.current().blind("phone-code", phone + code)):
        row.delete()
        return True
    PhoneCode.objects.filter(pk=row.pk).update(tries_left=F("tries_left") - 1)
    return False


def applicant_account(*, tenant_id: int, phone: str, at: datetime) -> int:
    """The account of a phone's owner, opened if there is none yet. Raises Refused("account_disabled")."""
    index = Keyring.current().blind("phone", phone)
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


@transaction.atomic
def amend_calendar(
    *, tenant_id: int, exceptions: Mapping[date, DayKind], years: frozenset[int], principal: str, at: datetime
) -> int:
    """Put a new edition of the working calendar in force and return its version.

    The edition is whole, not a difference. One fact in the office's stream names it; rows of running cases are
    recomputed by the cases room.
    """
    tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
    last = CalendarVersion.objects.filter(tenant=tenant).order_by("-version").first()
    version = last.version + 1 if last else 1
    listed = {day.isoformat(): kind.value for day, kind in sorted(exceptions.items())}
    CalendarVersion.objects.create(
        tenant=tenant,
        version=version,
        exceptions=listed,
        years=sorted(years),
        created_at=at,
        principal=principal,
    )
    Tenant.objects.filter(pk=tenant_id).update(calendar_version=version)
    journal.append(
        stream_id=office_stream(tenant_id),
        stream_kind="office",
        tenant_id=tenant_id,
        facts=[NewFact(events.CALENDAR_AMENDED, {"version": version, "years": sorted(years)}, at)],
        principal=principal,
        at=at,
    )
    return version


def tidy(*, at: datetime) -> int:
    """Remove what has expired: attempts, sessions, tokens, phone codes; returns how many rows."""
    removed = Attempt.objects.filter(at__lt=at - ATTEMPT_WINDOW).delete()[0]
    removed += Session.objects.filter(expires_at__lt=at).delete()[0]
    removed += ApiToken.objects.filter(expires_at__lt=at).delete()[0]
    return removed + PhoneCode.objects.filter(expires_at__lt=at).delete()[0]
