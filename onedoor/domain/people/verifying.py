"""实名: signing in with an identity service, and what the account is known to be from then on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as office
from onedoor.domain.offices.terms import Entered, Origin
from onedoor.plumbing.crypto import Keyring

from . import events, recognising, rules
from .models import Verification
from .provider import Provider
from .terms import Arrival, Departure, IdentityService, SubjectRef, Vouched


def depart_for(service: IdentityService) -> Departure:
    """Where to send a browser that wants to sign in there. Raises Refused("identity_unavailable", 503)."""
    return _provider(service).depart()


def leave_from(service: IdentityService, *, back_to: str) -> str:
    """Where a browser ends its session with the service; "" if there is no such place."""
    return _provider(service).leave(back_to)


def arrive_from(
    service: IdentityService,
    *,
    tenant_id: int,
    brought: Mapping[str, str],
    kept: Departure | None,
    origin: Origin,
    at: datetime,
) -> Arrival:
    """Sign in whom the service vouches for; the account is opened at the first time.

    Raises Refused: the codes of `Provider.arrive`, identity_malformed, identity_conflict (409), account_disabled.
    """
    who = _provider(service).arrive(brought, kept, at)
    return _welcomed(tenant_id, who, origin, at)


@lru_cache(maxsize=4)
def _provider(service: IdentityService) -> Provider:
    """One provider a process, so that metadata and keys are asked for once."""
    return Provider(service)


@transaction.atomic
def _welcomed(tenant_id: int, who: Vouched, origin: Origin, at: datetime) -> Arrival:
    """The session of the account that belongs to this person: theirs already, or that of their telephone."""
    if rules.problems(
        kind="person", name=who.name, id_type="resident_id", id_number=who.id_number, phone=who.phone
    ):
        detail = "认证服务给出的姓名、证件号码或手机号码不合规范，请改用手机验证码登录。"
        raise Refused("identity_malformed", detail)
    subject = recognising.recognise(
        tenant_id=tenant_id,
        kind="person",
        name=who.name,
        id_type="resident_id",
        id_number=who.id_number,
        phone=who.phone,
        at=at,
        vouched=True,
    )
    index = Keyring.current().blind("people.holder", f"{who.issuer}\n{who.holder}")
    known = Verification.objects.filter(tenant_id=tenant_id, holder_index=index).first()
    phone = canonical(who.phone)
    user_id = known.user_id if known else offices.applicant_account(tenant_id=tenant_id, phone=phone, at=at)
    if office.principal_by_id(user_id) is None:
        raise Refused("account_disabled", "该账号已停用，请到窗口咨询。", status=403)
    _settle(tenant_id, user_id, subject, index, who, at)
    secret = offices.open_session(user_id=user_id, at=at, origin=origin, entered=Entered.IDENTITY)
    return Arrival(secret, user_id, phone)


def _settle(
    tenant_id: int, user_id: int, subject: SubjectRef, index: bytes, who: Vouched, at: datetime
) -> None:
    """Note the verification of an account. One that was vouched for as somebody else is not given to a newcomer,
    as it happens with telephone numbers that are handed out again."""
    former = Verification.objects.select_for_update().filter(pk=user_id).first()
    if former is not None and former.subject_id != subject.id:
        raise Refused(
            "identity_conflict",
            "这个手机号码在本系统已经与另一位实名用户绑定，请带身份证到窗口办理解除后再登录。",
            status=409,
        )
    Verification.objects.update_or_create(
        user_id=user_id,
        defaults={
            "tenant_id": tenant_id,
            "subject_id": subject.id,
            "issuer": who.issuer,
            "holder_index": index,
            "level": who.level[:40],
            "verified_at": at,
        },
    )
    journal.append(
        stream_id=events.verification_stream(tenant_id=tenant_id, user_id=user_id),
        tenant_id=tenant_id,
        stream_kind=events.VERIFICATION,
        principal=f"user:{user_id}",
        at=at,
        facts=[
            events.identity_verified(subject_id=subject.id, issuer=who.issuer, level=who.level[:40], at=at)
        ],
        queue_up=True,
    )
