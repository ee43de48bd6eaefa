"""What a virtual county lives in: its offices, calendar, staff and items, and what has become of it so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from onedoor.core.calendar import Calendar
from onedoor.core.instants import start_of_day
from onedoor.core.refusals import Refused
from onedoor.domain.cases.terms import Applicant
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageVersion
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal

from . import habits
from .staff import Staff
from .tally import Tally

_PAGE = 100

#: What a package learns of a fact of one of its members, as the worker lets it: called with the fact and `at`.
Following = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which days to live, from the first up to the instant `end`, with how many cases on a working day."""

    tenant_id: int
    first: date
    end: datetime
    cases_per_day: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """Everything a case meets. `weights` are items with how often they are applied for, `packages` the codes of
    packages of which every item can be handled; `following` lets a package learn of its members at the instant of the
    act, None if that is left to the worker."""

    plan: Plan
    calendar: Calendar
    staff: Staff
    weights: dict[str, float]
    slow: frozenset[str]
    places: tuple[str, ...]
    packages: tuple[str, ...] = ()
    following: Following | None = None
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, plan: Plan, following: Following | None = None) -> World:
        """The world as rooms show it. Raises Refused: not_a_demo_county, nothing_in_force."""
        tenant = offices.tenant(plan.tenant_id)
        if not tenant.demo:
            raise Refused(
                "not_a_demo_county",
                "模拟会写入虚构的办件，只能在演示县（区划代码以 99 开头）进行。"
                "请换一个 ONEDOOR_HOME 并运行 onedoor demo。",
            )
        staff = Staff(offices.staff(plan.tenant_id))
        versions = [version for version in _in_force(plan) if staff.serves(version)]
        if not versions:
            raise Refused(
                "nothing_in_force",
                f"{plan.first} 还没有可以办理的事项。请减少 --days，或用 --until 换一段日子。",
            )
        departments = list({step.department for v in versions for step in v.procedure.steps})
        villages = [place.name for place in offices.places(plan.tenant_id) if not place.code.endswith("000")]
        return cls(
            plan,
            offices.current_calendar(plan.tenant_id),
            staff,
            habits.popularity(versions, plan.seed),
            habits.slow_departments(departments, plan.seed),
            tuple(villages),
            tuple(package.code for package in _packages(plan) if _served(package, versions, staff)),
            following,
        )

    def wanted(self, rng: Random, at: datetime) -> ServiceVersion | None:
        """The item somebody comes for; None if it is no longer offered."""
        (code,) = rng.choices(list(self.weights), list(self.weights.values()))
        return catalog.in_force(self.plan.tenant_id, code, at)

    def account_of(self, who: Applicant, at: datetime) -> Principal | None:
        """The account with which an applicant acts online."""
        user_id = accounts.applicant_account(tenant_id=self.plan.tenant_id, phone=who.phone, at=at)
        return offices.principal_by_id(user_id)


def _in_force(plan: Plan) -> list[ServiceVersion]:
    """The items that can be applied for on the first day, in order of their codes."""
    found, cursor = [], None
    while True:
        page = catalog.listing(plan.tenant_id, cursor=cursor, limit=_PAGE)
        found += [card.code for card in page.items if card.ready]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    at = start_of_day(plan.first)
    versions = (catalog.in_force(plan.tenant_id, code, at) for code in sorted(found))
    return [version for version in versions if version is not None and version.ready]


def _packages(plan: Plan) -> list[PackageVersion]:
    """The packages that can be filed on the first day, in order of their codes."""
    found, cursor, at = [], None, start_of_day(plan.first)
    while True:
        page = packages.packages(plan.tenant_id, cursor=cursor, limit=_PAGE)
        found += [card.code for card in page.items if card.ready]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    versions = (_package(plan.tenant_id, code, at) for code in sorted(found))
    return [version for version in versions if version is not None and version.ready]


def _package(tenant_id: int, code: str, at: datetime) -> PackageVersion | None:
    try:
        return packages.package(tenant_id, code, at)
    except Refused:
        return None


def _served(package: PackageVersion, versions: list[ServiceVersion], staff: Staff) -> bool:
    """Whether every item of a package is handled, and somebody receives all of them."""
    known = {version.code: version for version in versions}
    wanted = [known.get(member.service) for member in package.members]
    handled = [version for version in wanted if version is not None]
    return len(handled) == len(wanted) and bool(staff.for_all(handled))
