"""What a virtual county lives in: its offices, calendar, staff and items, and what has become of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from onedoor.core.calendar import Calendar
from onedoor.core.instants import start_of_day
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices

from . import habits
from .staff import Staff
from .tally import Tally

_PAGE = 100


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
    """Everything a case meets. `weights` are items with how often they are applied for."""

    plan: Plan
    calendar: Calendar
    staff: Staff
    weights: dict[str, float]
    slow: frozenset[str]
    places: tuple[str, ...]
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, plan: Plan) -> World:
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
        )

    def wanted(self, rng: Random, at: datetime) -> ServiceVersion | None:
        """The item somebody comes for; None if it is no longer offered."""
        (code,) = rng.choices(list(self.weights), list(self.weights.values()))
        return catalog.in_force(self.plan.tenant_id, code, at)


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
