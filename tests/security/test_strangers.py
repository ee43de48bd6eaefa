"""What is somebody's own is there for nobody else, by page or by interface, and no other site can act for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import get_resolver

from onedoor.domain.cases import queries as cases
from onedoor.domain.offices import actions as offices
from onedoor.faces.access import SESSION_COOKIE
from tests.architecture.test_routes import leaves, operations
from tests.county import County
from tests.faces.desk import PASSING, act, at_desk, filed, issue_papers, text_of
from tests.faces.portal import Citizen
from tests.factories.cases import SHOP, staff

OTHER_PHONE = "13000000004"


@dataclass(frozen=True)
class Owned:
    """A citizen's draft, a citizen's case with a paper and a file, and who owns them."""

    owner: Citizen
    draft: str
    case: str
    paper: UUID
    upload: UUID


@pytest.fixture
def owned(county_db: County) -> Owned:
    owner = Citizen().sign_in()
    case = owner.complete()
    owner.submit(case)
    sheet = cases.case_sheet(case, actor=staff("chuangkou"), at=datetime.now(UTC))
    answer = act(case, "accept", "chuangkou")
    issue_papers(answer)
    upload = next(u.id for m in sheet.materials for u in m.uploads)
    paper = cases.case_sheet(case, actor=staff("chuangkou"), at=datetime.now(UTC)).papers[0].id
    draft = owner.begin()
    return Owned(owner, draft, case, paper, upload)


def _own_pages(owned: Owned) -> tuple[str, ...]:
    case, draft = f"/cases/{owned.case}", f"/cases/{owned.draft}/apply"
    return (
        case,
        f"{case}/done",
        f"{case}/qr.svg",
        f"{case}/receipt.pdf",
        f"{case}/withdraw",
        f"{case}/papers/{owned.paper}.pdf",
        f"{case}/uploads/{owned.upload}",
        draft,
        f"{draft}/applicant",
        f"{draft}/section/shop",
        f"{draft}/materials",
        f"{draft}/materials/m4",
        f"{draft}/check",
    )


def test_another_citizen_finds_none_of_it(owned: Owned) -> None:
    stranger = Citizen().sign_in(OTHER_PHONE)
    for path in _own_pages(owned):
        assert stranger.browser.get(path).status_code == 404, path
        assert stranger.browser.post(path, {"once": "x" * 24}).status_code in (404, 405), path
        # Control: there is something to be found.
        assert owned.owner.browser.get(path).status_code == 200, path


def test_an_unconcerned_department_finds_none_of_it(owned: Owned) -> None:
    insider, outsider = at_desk("jiangyx"), at_desk("hujichuang")
    desk = f"/desk/cases/{owned.case}"
    for path in (desk, f"{desk}/uploads/{owned.upload}", f"{desk}/do/review?step=check"):
        assert outsider.get(path).status_code == 404, path
        assert insider.get(path).status_code == 200, path
    receipt = f"{desk}/papers/{owned.paper}.pdf"
    assert insider.get(receipt).status_code == 404
    assert at_desk("chuangkou").get(receipt).status_code == 200
    for path in (f"/desk/cases/{owned.draft}", f"/desk/cases/{owned.draft}/do/submit"):
        assert insider.get(path).status_code == 404, path


def test_the_interface_shows_no_more_than_the_pages(owned: Owned) -> None:
    paths = (f"/api/v1/cases/{owned.case}{part}" for part in ("", "/facts", "/deadline", "/papers"))
    strangers = (Citizen().sign_in(OTHER_PHONE).browser, at_desk("hujichuang"))
    for path in (*paths, f"/api/v1/papers/{owned.paper}.pdf", f"/api/v1/cases/{owned.draft}"):
        for browser in strangers:
            assert browser.get(path).status_code == 404, path
        assert owned.owner.browser.get(path).status_code == 200, path


def test_files_of_others_cannot_be_handed_in(owned: Owned) -> None:
    stranger = Citizen().sign_in(OTHER_PHONE)
    number = stranger.begin()
    given = {"materials": [{"code": "m4", "provided": "upload", "uploads": [str(owned.upload)]}]}
    headers = {"Idempotency-Key": "k"}
    sent = stranger.browser.post(
        f"/api/v1/cases/{number}/actions/save_draft", given, content_type="application/json", headers=headers
    )
    assert (sent.status_code, sent.json()["errors"][0]["code"]) == (422, "unknown_upload")


def test_an_applicant_reads_the_decision_not_the_notes_of_officials(county_db: County) -> None:
    case = filed()
    act(case.number, "accept", "chuangkou")
    act(case.number, "review", "jiangyx", step="check", payload=PASSING)
    owner = Citizen().sign_in(SHOP.phone)
    path = f"/api/v1/cases/{case.number}/facts"
    assert PASSING["opinion"] not in text_of(owner.browser.get(path))
    assert PASSING["opinion"] not in text_of(owner.browser.get(f"/cases/{case.number}"))
    # Control: colleagues read them.
    assert PASSING["opinion"] in text_of(at_desk("chuangkou").get(path))


def _pages() -> Iterator[str]:
    """An address of every page, with something in the place of its parameters."""
    for route, view in leaves(get_resolver().url_patterns):
        if not operations(view) and not route.startswith("api/"):
            path = "/" + route
            for kind, value in (("slug", "x"), ("str", "x"), ("int", "7"), ("uuid", str(UUID(int=7)))):
                while f"<{kind}:" in path:
                    before, _, rest = path.partition(f"<{kind}:")
                    path = before + value + rest.partition(">")[2]
            yield path


def test_no_form_is_taken_without_its_token(county_db: County) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies[SESSION_COOKIE] = offices.open_session(
        user_id=staff("chuangkou").user_id, at=datetime.now(UTC)
    )
    paths = [path for path in _pages() if path != "/settings/mode"]
    assert len(paths) > 40
    for path in paths:
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = browser.post(path, {"x": "y"}, headers=headers)
            assert answer.status_code == 403, path
            assert answer.content, path
    # Control: with the token the same address answers for itself.
    intake = "/desk/intake/SCJG-FOOD-NEW"
    browser.get(intake)
    token = browser.cookies["csrftoken"].value
    assert browser.post(intake, {"csrfmiddlewaretoken": token}).status_code == 422


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_the_interface_takes_no_session_from_another_site(county_db: County, origin: str) -> None:
    browser = at_desk("chuangkou")

    def post(**headers: str) -> Any:
        path = "/api/v1/cases/x/actions/accept"
        return browser.post(path, "{}", content_type="text/plain", headers=headers)

    assert post(**{"Origin": origin, "Idempotency-Key": "k"}).status_code == 401
    assert post(Origin="http://testserver").json()["code"] == "idempotency_key_missing"
    # Control: a page of ours is heard.
    assert post(**{"Origin": "http://testserver", "Idempotency-Key": "k"}).json()["code"] == "case_not_found"


@pytest.mark.parametrize("end", ["sign out", "disable", "new password", "expire"])
def test_a_session_that_has_ended_stays_ended(county_db: County, end: str) -> None:
    browser = at_desk("jiangyx")
    assert browser.get("/desk/").status_code == 200
    secret, at = browser.cookies[SESSION_COOKIE].value, datetime.now(UTC)
    if end == "sign out":
        browser.post("/desk/logout")
        browser.cookies[SESSION_COOKIE] = secret
    elif end == "disable":
        offices.disable_user(username="jiangyx", principal="test", at=at)
    elif end == "new password":
        offices.set_password(username="jiangyx", password="another-door-2026", principal="test", at=at)
    else:
        offices.tidy(at=at.replace(year=at.year + 1))
    assert browser.get("/desk/").status_code == 302
    assert browser.get("/api/v1/work").status_code == 401


def test_signing_in_never_takes_over_a_cookie_that_was_there(county_db: County) -> None:
    citizen = Citizen()
    citizen.browser.cookies[SESSION_COOKIE] = "planted"
    citizen.sign_in()
    assert citizen.browser.cookies[SESSION_COOKIE].value != "planted"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "///evil.example", "/\t/evil.example",
     "javascript:alert(1)", "\\\\evil.example", "http://testserver@evil.example"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(county_db: County, target: str) -> None:
    signed_in = at_desk("chuangkou")
    answers = [
        signed_in.get("/desk/login", {"next": target}),
        signed_in.get("/login", {"next": target}),
        Client().post("/settings/mode", {"next": target, "mode": "elder"}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"] in ("/", "/desk/", "/my"), answer["Location"]
