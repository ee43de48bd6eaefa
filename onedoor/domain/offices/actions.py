"""The only writing of the offices room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from onedoor.core.calendar import DayKind
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact

from . import events
from .attempts import DAY, check_attempts, count_attempt, forget_attempts
from .factors import begin_totp, confirm_totp, new_recovery_codes, remove_factor
from .models import (
    ApiToken,
    Attempt,
    CalendarVersion,
    Challenge,
    Department,
    HalfwaySignIn,
    PhoneCode,
    Place,
    Session,
    Tenant,
    TotpFactor,
    UsualPlace,
    Window,
)
from .passkeys import (
    add_passkey,
    allow_password,
    confirm_by_passkey,
    confirming_options,
    passkey_options,
    remove_passkey,
    sign_in_by_passkey,
    sign_in_by_passkeys_alone,
    sign_in_options,
)
from .passwords import hashed, set_password
from .phones import PhoneCodeIssued, applicant_account, confirm_phone, issue_phone_code, sign_in_by_phone
from .queries import DepartmentView
from .rules import USUAL_FOR
from .sessions import end_other_sessions, end_session, open_session, sign_out, touch_session
from .signing import change_password, confirm, pass_factor, sign_in
from .staffing import (
    add_user,
    disable_user,
    enable_user,
    end_user_sessions,
    grant_role,
    open_account,
    reset_factor,
    reset_password,
    revoke_role,
    revoke_user_token,
    unlock_user,
)
from .tokens import issue_token, revoke_token, touch_token

__all__ = [
    "PhoneCodeIssued",
    "PlaceGiven",
    "TenantGiven",
    "WindowGiven",
    "add_passkey",
    "add_user",
    "allow_password",
    "amend_calendar",
    "applicant_account",
    "begin_totp",
    "change_password",
    "check_attempts",
    "confirm",
    "confirm_by_passkey",
    "confirm_phone",
    "confirm_totp",
    "confirming_options",
    "count_attempt",
    "disable_user",
    "enable_user",
    "end_other_sessions",
    "end_session",
    "end_user_sessions",
    "forget_attempts",
    "grant_role",
    "hashed",
    "issue_phone_code",
    "issue_token",
    "new_recovery_codes",
    "office_stream",
    "open_account",
    "open_session",
    "pass_factor",
    "passkey_options",
    "remove_factor",
    "remove_passkey",
    "reset_factor",
    "reset_password",
    "revoke_role",
    "revoke_token",
    "revoke_user_token",
    "set_password",
    "set_up_tenant",
    "sign_in",
    "sign_in_by_passkey",
    "sign_in_by_passkeys_alone",
    "sign_in_by_phone",
    "sign_in_options",
    "sign_out",
    "tidy",
    "touch_session",
    "touch_token",
    "unlock_user",
]


def office_stream(tenant_id: int) -> UUID:
    """The stream of facts about the offices of one tenant."""
    return uuid5(NAMESPACE_OID, f"onedoor:office:{tenant_id}")


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
    """Remove what has expired: tries, sessions, sign-ins, tokens, codes, usual places; returns how many rows."""
    expired = (Session, HalfwaySignIn, Challenge, ApiToken, PhoneCode)
    removed = sum(model.objects.filter(expires_at__lt=at).delete()[0] for model in expired)
    removed += Attempt.objects.filter(at__lt=at - DAY).delete()[0]
    removed += UsualPlace.objects.filter(seen_at__lt=at - USUAL_FOR).delete()[0]
    return removed + TotpFactor.objects.filter(confirmed_at=None, created_at__lt=at - DAY).delete()[0]
