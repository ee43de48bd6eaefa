"""A package of three items of the demo county, published and filed through the rooms' own doors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from onedoor.domain.cases import actions, followers, plans
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import Answer, Application, Once
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.simulation.answers import Plain, fill_in, hand_in
from tests.factories.cases import AT, DELIVERY, FOOD, SHOP, act, staff

DINER, SIGN, FIRE = "PKG-TEST-DINER", "CGJ-AD", "XFJY-CHECK"
#: Calls for all three: the fire check waits for the food licence.
LARGE = {"area": 120, "sign": True}
_PACKAGE: dict[str, Any] = {
    "code": DINER,
    "name": "开办餐饮店",
    "plain_name": "我要开饭店",
    "audience": ["organization"],
    "themes": ["开店经营"],
    "lead": "scjg",
    "questions": [
        {"code": "area", "element": "premises.area_sqm", "label": "店面有多大", "type": "number"},
        {"code": "sign", "element": "shop.sign", "label": "要不要挂大招牌", "type": "boolean"},
    ],
    "members": [
        {"service": FOOD},
        {"service": SIGN, "when": "sign == true"},
        {"service": FIRE, "when": "area >= 50", "after": [FOOD], "why": "50 平方米以上的店要查消防。"},
    ],
}


def published(at: datetime = AT - timedelta(days=1), **changes: Any) -> str:
    """The code of the package, put into force."""
    tenant = offices.first_tenant()
    assert tenant is not None
    package_actions.publish_package(
        tenant_id=tenant.id, content={**_PACKAGE, **changes}, principal="test", at=at
    )
    return DINER


def plan(answers: dict[str, Any] | None = None, at: datetime = AT) -> Plan:
    """What the package calls for."""
    tenant = offices.first_tenant()
    assert tenant is not None
    return packages.plan(tenant.id, DINER, answers or LARGE, at)


def application(
    answers: dict[str, Any] | None = None, *, at: datetime = AT, channel: str = "window", draft: bool = False
) -> Application:
    """A complete application for the package, at the window."""
    wanted = plan(answers, at)
    version = plans.merged(wanted)
    known = plans.with_answers(wanted, {})
    plain = Plain(SHOP)
    form = fill_in(version, lambda field: known.get(field.code, plain(field)))
    return Application(
        service="",
        applicant=SHOP,
        channel=channel,
        form=form,
        materials=hand_in(version, form),
        draft=draft,
        package=DINER,
        answers=answers or LARGE,
    )


def filed(
    at: datetime = AT,
    once: Once | None = None,
    *,
    answers: dict[str, Any] | None = None,
    actor: Principal | None = None,
    **changes: Any,
) -> Answer:
    """The package filed at the window."""
    wanted = replace(application(answers, at=at), **changes)
    return actions.file(application=wanted, actor=actor or staff("chuangkou"), at=at, once=once)


def owner(phone: str, at: datetime = AT) -> Principal:
    """The account of an applicant's telephone."""
    tenant = offices.first_tenant()
    assert tenant is not None
    found = offices.principal_by_id(accounts.applicant_account(tenant_id=tenant.id, phone=phone, at=at))
    assert found is not None
    return found


def begun(phone: str) -> str:
    """The number of a draft of the package, with nothing written."""
    at = datetime.now(UTC)
    wanted = replace(application(at=at, channel="web", draft=True), form={}, materials=())
    return actions.file(application=wanted, actor=owner(phone, at), at=at).number


def number_of(answer: Answer, service: str) -> str:
    """The number of a member's case, "" while it waits."""
    return next(line.number for line in answer.members if line.service == service)


def decided(number: str, outcome: str = "approve", at: datetime = AT) -> None:
    """A case accepted, reviewed and decided by whose turn it is."""
    act(number, "accept", "chuangkou", at)
    case = Case.objects.select_related("version").get(number=number)
    steps = case.version.content["procedure"]
    for step in steps:
        if step["kind"] not in ("decision", "making"):
            who = _somebody("reviewer", step["department"])
            given = {"outcome": "pass", "opinion": "符合"}
            act(number, "review", who, at, step=step["code"], payload=given)
    decision = next(step for step in steps if step["kind"] == "decision")
    given = {"outcome": outcome} | ({"reasons": "不符合条件"} if outcome == "refuse" else {})
    act(
        number,
        "decide",
        _somebody("decider", decision["department"]),
        at,
        step=decision["code"],
        payload=given,
    )


def delivered(number: str, at: datetime = AT) -> None:
    """A decided case made and handed over."""
    case = Case.objects.select_related("version").get(number=number)
    makes = any(step["kind"] == "making" for step in case.version.content["procedure"])
    if makes and case.stage == "approved":
        act(number, "issue", "chujian", at)
    act(number, "deliver", "chujian", at, payload=DELIVERY)


def _somebody(role: str, department: str) -> str:
    tenant = offices.first_tenant()
    assert tenant is not None
    return next(
        who.username
        for who in offices.staff(tenant.id)
        if any(grant.role.value == role and grant.department == department for grant in who.grants)
    )


def told(*numbers: str, at: datetime = AT) -> None:
    """Let the bundle learn all that has happened in these cases, from the beginning."""
    for number in numbers:
        case = Case.objects.get(number=number)
        for fact in journal.facts(case.id):
            followers.learn_of_members(fact, at=at)
