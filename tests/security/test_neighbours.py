"""Two counties in one installation: the staff of one find nothing of the other, whatever their role and way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.queries import LIFECYCLE
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as accounts
from onedoor.domain.offices.models import CalendarVersion, Tenant, User
from onedoor.domain.offices.terms import ADMINISTRATORS, Grant, Role
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.faces.desk import act, at_desk, filed, issue_papers, text_of
from tests.faces.test_api import Caller
from tests.factories.cases import staff

HOME = "chuangkou"
#: Those who do something to cases.
ACTING = (Role.CLERK, Role.DECIDER, Role.HEAD)
ROLES = tuple(role for role in Role if role not in (Role.APPLICANT, Role.DEVICE, Role.PARTNER, Role.AGENT))


@dataclass(frozen=True)
class Ours:
    """A case of the first county, a paper of it, and a member of its staff with a token."""

    number: str
    paper: UUID
    person: int
    handle: str


@pytest.fixture
def ours(county_db: County) -> Ours:
    at = datetime.now(UTC)
    answer = filed()
    issue_papers(act(answer.number, "accept", HOME))
    paper = cases.case_sheet(answer.number, actor=staff(HOME), at=at).papers[0].id
    offices.issue_token(username="jiangyx", principal="test", at=at, name="取号机")
    person = staff("jiangyx").user_id
    return Ours(answer.number, paper, person, accounts.tokens(person, at=at)[0].handle)


@pytest.fixture
def neighbour(ours: Ours, county_db: County) -> int:
    """Another county with an account for every role, all of them for the whole county."""
    at = datetime.now(UTC)
    other = Tenant.objects.create(name="邻县政务服务中心", region_code="990723", created_at=at).pk
    edition = CalendarVersion.objects.get(tenant_id=county_db.tenant_id)
    edition.pk, edition.tenant_id = None, other
    edition.save(force_insert=True)
    for role in ROLES:
        offices.add_user(
            tenant_id=other,
            username=f"lin-{role.value}",
            name="邻县人员",
            grants=(Grant(role),),
            principal="test",
            at=at,
            password=PASSWORD,
        )
    return other


def desk(role: Role) -> Client:
    browser = Client()
    user = User.objects.get(username=f"lin-{role.value}").pk
    browser.cookies[SESSION_COOKIE] = offices.open_session(user_id=user, at=datetime.now(UTC))
    return browser


def token(role: Role) -> Caller:
    at = datetime.now(UTC)
    return Caller(offices.issue_token(username=f"lin-{role.value}", principal="test", at=at))


def test_no_role_of_another_county_opens_a_case(ours: Ours, neighbour: int) -> None:
    base = f"/desk/cases/{ours.number}"
    pages = (base, f"{base}/reveal", f"{base}/do/review?step=check", f"{base}/papers/{ours.paper}.pdf")
    before = Case.objects.get(number=ours.number).head_hash
    for role in ROLES:
        browser, program = desk(role), token(role)
        for page in (*pages, f"/watch/cases/{ours.number}"):
            assert browser.get(page).status_code in (403, 404), (role, page)
        for part in ("", "/facts", "/deadline", "/papers"):
            assert program.get(f"/cases/{ours.number}{part}").status_code == 404, (role, part)
        assert program.get(f"/papers/{ours.paper}.pdf").status_code == 404, role
        for verb in LIFECYCLE if role in ACTING else ():
            # The same as for a wrong payload or a number that does not exist.
            answer = program.post(f"/cases/{ours.number}/actions/{verb}", {})
            assert answer.status_code in (404, 422), (role, verb)
    assert Case.objects.get(number=ours.number).head_hash == before
    # Control: the number opens to who may.
    assert at_desk(HOME).get(base).status_code == 200


def test_no_list_count_or_file_of_another_county_holds_it(ours: Ours, neighbour: int) -> None:
    link = f"cases/{ours.number}"
    for role in ROLES:
        browser, program = desk(role), token(role)
        for page in ("/desk/", "/desk/cases", f"/desk/cases?q={ours.number}", "/watch/", "/watch/cases"):
            assert link not in text_of(browser.get(page)), (role, page)
        assert link not in browser.get(f"/desk/find?q={ours.number}").get("Location", ""), role
        for path in ("/cases", f"/cases?q={ours.number}", "/work"):
            assert program.get(path).json().get("items", []) == [], (role, path)
        figures: Any = program.get("/metrics?from=2026-01-01&to=2036-12-31")
        assert figures.status_code == 403 or figures.json()["items"] == [], role
    # Control: there is something to be found.
    assert link in text_of(at_desk(HOME).get(f"/desk/cases?q={ours.number}"))


def test_no_administrator_of_another_county_reaches_its_staff(ours: Ours, neighbour: int) -> None:
    base = f"/desk/staff/{ours.person}"
    acts = ("disable", "enable", "grants", "password", "factor", "unlock", "sessions")
    acts += (f"tokens/{ours.handle}/revoke", "grants/1/revoke")
    for role in sorted(ADMINISTRATORS):
        browser = desk(role)
        assert browser.get(base).status_code in (403, 404), role
        for each in acts:
            answer = browser.post(f"{base}/{each}", {"role": "reviewer"})
            assert answer.status_code in (403, 404), (role, each)
        assert "jiangyx" not in text_of(browser.get("/desk/staff"))
        if role is Role.AUDITOR:
            shown = text_of(browser.get("/desk/audit"))
            assert "取号机" not in shown
            assert "jiangyx" not in shown
    assert accounts.tokens(ours.person, at=datetime.now(UTC))
    # Control: their own administrators do.
    for mine in ("xitong", "anquan"):
        assert at_desk(mine).get(base).status_code == 200
    assert "取号机" in text_of(at_desk("shenji").get("/desk/audit"))
