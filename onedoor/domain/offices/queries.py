"""What other rooms and pages may read of offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from onedoor.core.calendar import Calendar, DayKind
from onedoor.core.refusals import Refused
from onedoor.plumbing.database.prepared import fetch_one

from .directory import (
    account,
    account_of,
    accounts,
    accounts_counted,
    enrolment,
    factor,
    in_force,
    passkeys,
    recently_confirmed,
    sessions,
    signing_in,
    tokens,
    why_ended,
)
from .models import CalendarVersion, Department, Place, Tenant, User, Window
from .phones import holds_phone
from .recognition import BY_SESSION, BY_TOKEN, Recognition, principal_by_session, principal_by_token
from .terms import Grant, Principal, Role

__all__ = [
    "BY_SESSION",
    "BY_TOKEN",
    "CALENDAR_VERSION_SQL",
    "DepartmentView",
    "PlaceView",
    "Recognition",
    "TenantView",
    "UserView",
    "WindowView",
    "account",
    "account_of",
    "accounts",
    "accounts_counted",
    "calendar",
    "current_calendar",
    "department",
    "departments",
    "enrolment",
    "factor",
    "first_tenant",
    "holds_phone",
    "in_force",
    "passkeys",
    "places",
    "principal_by_id",
    "principal_by_session",
    "principal_by_token",
    "principal_by_username",
    "recently_confirmed",
    "sessions",
    "signing_in",
    "staff",
    "tenant",
    "tokens",
    "users",
    "why_ended",
    "windows",
]

#: For other rooms' statements: the calendar edition of the tenant named by `{}`, as a scalar subquery.
CALENDAR_VERSION_SQL: Final = "(SELECT t.calendar_version FROM offices_tenant t WHERE t.id = {})"
#: Asked for by nearly every request: the columns of `TenantView` and `DepartmentView`, in order.
_TENANT: Final = "SELECT id, name, region_code, calendar_version FROM offices_tenant WHERE id = %s"
_DEPARTMENT: Final = """SELECT code, name, short_name, number_prefix, organ_word, uscc, phone
    FROM offices_department WHERE tenant_id = %s AND code = %s"""


@dataclass(frozen=True, slots=True)
class TenantView:
    """A running county."""

    id: int
    name: str
    region_code: str
    calendar_version: int

    @property
    def demo(self) -> bool:
        """Region codes beginning with 99 are given to no county: what such a county issues is for show."""
        return self.region_code.startswith("99")


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department by its code."""

    code: str
    name: str
    short_name: str
    number_prefix: str
    organ_word: str
    uscc: str
    phone: str


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A county, town or village."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class WindowView:
    """A counter in a hall; `department` is None for a comprehensive window."""

    hall: str
    number: str
    name: str
    department: str | None


@dataclass(frozen=True, slots=True)
class UserView:
    """An account as pages and facts show it."""

    id: int
    name: str
    username: str


def principal_by_username(username: str) -> Principal | None:
    """An active account by its username, for commands and the simulation."""
    user = User.objects.filter(username=username, is_active=True).prefetch_related("grants").first()
    return _commanding(user) if user else None


def principal_by_id(user_id: int) -> Principal | None:
    """An active account by its id, for the simulation."""
    user = User.objects.filter(pk=user_id, is_active=True).prefetch_related("grants").first()
    return _commanding(user) if user else None


def staff(tenant_id: int) -> tuple[Principal, ...]:
    """Every active account that signs in by username, in order of username, for the simulation."""
    users = User.objects.filter(tenant_id=tenant_id, is_active=True, phone_index=None)
    return tuple(_commanding(user) for user in users.order_by("username").prefetch_related("grants"))


def _commanding(user: User) -> Principal:
    grants = tuple(Grant(Role(g.role), g.department, g.place) for g in user.grants.all())
    return Principal(user.pk, user.tenant_id, user.name, user.username, grants, "command")


def tenant(tenant_id: int) -> TenantView:
    """A tenant by id. Raises Refused("unknown_tenant")."""
    found = fetch_one(_TENANT, [tenant_id])
    if found is None:
        raise Refused("unknown_tenant", "没有这个县（市、区），请先初始化数据。", status=404)
    return TenantView(*found)


def first_tenant() -> TenantView | None:
    """The county that this installation runs; None before it has been set up."""
    found = Tenant.objects.order_by("pk").first()
    return TenantView(found.pk, found.name, found.region_code, found.calendar_version) if found else None


def departments(tenant_id: int) -> Mapping[str, DepartmentView]:
    """Every department of a tenant by code, in order of code."""
    rows = Department.objects.filter(tenant_id=tenant_id).order_by("code")
    return {row.code: _department(row) for row in rows}


def department(tenant_id: int, code: str) -> DepartmentView | None:
    """A department by code."""
    row = fetch_one(_DEPARTMENT, [tenant_id, code])
    return DepartmentView(*row) if row else None


def _department(row: Department) -> DepartmentView:
    return DepartmentView(
        row.code, row.name, row.short_name, row.number_prefix, row.organ_word, row.uscc, row.phone
    )


def places(tenant_id: int) -> tuple[PlaceView, ...]:
    """County, towns and villages in order of code."""
    rows = Place.objects.filter(tenant_id=tenant_id).order_by("code")
    return tuple(PlaceView(row.code, row.name) for row in rows)


def windows(tenant_id: int) -> tuple[WindowView, ...]:
    """The counters of every hall."""
    rows = Window.objects.filter(tenant_id=tenant_id).select_related("department").order_by("hall", "number")
    return tuple(
        WindowView(r.hall, r.number, r.name, r.department.code if r.department else None) for r in rows
    )


def users(ids: set[int]) -> Mapping[int, UserView]:
    """Accounts by id, for showing who did what."""
    return {u.pk: UserView(u.pk, u.name, u.username) for u in User.objects.filter(pk__in=ids)}


@lru_cache(maxsize=64)
def calendar(tenant_id: int, version: int) -> Calendar:
    """One edition of a tenant's working calendar; editions never change, so they are kept in the process."""
    row = CalendarVersion.objects.get(tenant_id=tenant_id, version=version)
    exceptions = {date.fromisoformat(day): DayKind(kind) for day, kind in row.exceptions.items()}
    return Calendar(version=version, exceptions=exceptions, known_years=frozenset(row.years))


def current_calendar(tenant_id: int) -> Calendar:
    """The edition in force now."""
    return calendar(tenant_id, Tenant.objects.values_list("calendar_version", flat=True).get(pk=tenant_id))
