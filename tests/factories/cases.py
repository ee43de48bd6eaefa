"""Cases of the demo county, filed and acted upon through the room's own doors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from onedoor.domain.cases import actions
from onedoor.domain.cases.terms import Answer, Applicant, Application, MaterialGiven, Once
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.simulation.answers import Plain, fill_in, hand_in

#: Friday morning, 18 September 2026; Sunday the 20th is a make-up working day, Friday the 25th a holiday.
AT = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
SHOP = Applicant("organization", "明渠县晓禾小吃店", "uscc", "92990722MAXH00010M", "13000000002")
FOOD = "SCJG-FOOD-NEW"
PASS = {"outcome": "pass", "opinion": "现场与材料相符"}
DELIVERY = {"method": "window", "receiver": "庄晓禾"}


def staff(username: str) -> Principal:
    """A member of the demo county's staff."""
    found = offices.principal_by_username(username)
    assert found is not None
    return found


def version_of(code: str, at: datetime = AT) -> ServiceVersion:
    """The version of an item in force."""
    tenant = offices.first_tenant()
    assert tenant is not None
    version = catalog.in_force(tenant.id, code, at)
    assert version is not None
    return version


def sample_answers(code: str) -> dict[str, Any]:
    """The first acceptable answer to every question of an item."""
    return fill_in(version_of(code), Plain(SHOP))


def given_materials(code: str, answers: dict[str, Any]) -> tuple[MaterialGiven, ...]:
    """Every material that the answers call for, as originals where nothing else proves it."""
    return hand_in(version_of(code), answers)


def application(code: str = FOOD, *, draft: bool = False) -> Application:
    """A complete application at the window."""
    answers = sample_answers(code)
    return Application(code, SHOP, "window", answers, given_materials(code, answers), draft)


def filed(at: datetime = AT, once: Once | None = None, *, draft: bool = False) -> Answer:
    """A food case filed at the window."""
    return actions.file(application=application(draft=draft), actor=staff("chuangkou"), at=at, once=once)


def act(number: str, verb: str, who: str, at: datetime = AT, **more: Any) -> Answer:
    """One verb by one member of staff."""
    payload = more.pop("payload", {})
    return actions.perform(number=number, verb=verb, payload=payload, actor=staff(who), at=at, **more)
