"""The interface: the whole journey over HTTP, and refusals as problem documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client

from onedoor.domain.cases import followers
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import actions as offices
from tests.county import County
from tests.factories.cases import given_materials, sample_answers

_keys = count(1)


@dataclass(frozen=True)
class Caller:
    """A program that calls the interface with somebody's token."""

    token: str | None

    def get(self, path: str, **headers: str) -> Any:
        """GET below /api/v1."""
        return Client().get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """POST JSON below /api/v1 with a fresh idempotency key unless one is given."""
        data = body if isinstance(body, bytes) else json.dumps(body if body is not None else {})
        sent = {"Idempotency-Key": key or f"k{next(_keys)}", **headers}
        return Client().post(
            f"/api/v1{path}", data, content_type="application/json", headers=self._headers(sent)
        )

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **more}


def caller(username: str) -> Caller:
    """A caller with a fresh token of a demo user."""
    return Caller(offices.issue_token(username=username, principal="test", at=datetime.now(UTC)))


def filing() -> dict[str, Any]:
    """A complete filing at the window."""
    form = sample_answers("SCJG-FOOD-NEW")
    materials = given_materials("SCJG-FOOD-NEW", form)
    return {
        "service": "SCJG-FOOD-NEW",
        "applicant": {
            "kind": "organization",
            "name": "明渠县晓禾小吃店",
            "id_type": "uscc",
            "id_number": "92990722MAXH00010M",
            "phone": "13000000002",
        },
        "channel": "window",
        "form": form,
        "materials": [{"code": m.code, "provided": m.provided} for m in materials],
    }


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["code"] == code
    assert document["detail"]
    return document


def test_journey_by_interface_alone(county_db: County) -> None:
    clerk = caller("chuangkou")
    found = clerk.get("/services?q=spjy").json()["items"]
    assert "SCJG-FOOD-NEW" in [item["code"] for item in found]
    created = clerk.post("/cases", filing())
    assert created.status_code == 201, created.content.decode()
    case = created.json()
    path = f"/cases/{case['number']}"
    assert case["due_at"].endswith("+08:00")
    assert clerk.post(f"{path}/actions/accept", {"expect": 1}).json()["state"] == "accepted"
    steps = clerk.get(path).json()["steps"]
    reviewers = {"明渠县市场监督管理局": "jiangyx"}
    for step in steps:
        if step["status"] == "open" and step["code"] != "decide":
            who = caller(reviewers.get(step["department"]) or _reviewer(step["department"]))
            done = who.post(
                f"{path}/actions/review", {"step": step["code"], "outcome": "pass", "opinion": "同意"}
            )
            assert done.status_code == 200, done.content.decode()
    decided = caller("yinby").post(f"{path}/actions/decide", {"step": "decide", "outcome": "approve"})
    assert decided.json()["state"] == "approved", decided.content.decode()
    issuer = caller("chujian")
    assert issuer.post(f"{path}/actions/issue").json()["state"] == "issued"
    given = {"method": "window", "receiver": "庄晓禾"}
    assert issuer.post(f"{path}/actions/deliver", given).json()["state"] == "delivered"
    anyone = Caller(None)
    code = {"X-Query-Code": case["query_code"]}
    assert anyone.post(f"{path}/actions/rate", {"level": 5}, **code).status_code == 200
    masked = anyone.get(path, **code).json()
    assert masked["applicant"]["id_number"] == ""
    facts = caller("ducha").get(f"{path}/facts").json()["items"]
    assert [fact["kind"] for fact in facts][:2] == ["case.submitted", "case.accepted"]
    clocks = {clock["code"]: clock for clock in caller("ducha").get(f"{path}/deadline").json()["clocks"]}
    assert clocks["promised"]["days"]
    assert clocks["promised"]["late"] is False


def _reviewer(department_name: str) -> str:
    from onedoor.domain.offices.models import Department, RoleGrant

    code = Department.objects.get(name=department_name).code
    return RoleGrant.objects.filter(role="reviewer", department=code).first().user.username  # type: ignore[union-attr]


def test_papers_follow_facts_and_can_be_verified(county_db: County) -> None:
    clerk = caller("chuangkou")
    case = clerk.post("/cases", filing()).json()
    clerk.post(f"/cases/{case['number']}/actions/accept")
    from onedoor.domain.cases.queries import case_sheet
    from onedoor.domain.offices.queries import principal_by_username

    who = principal_by_username("chuangkou")
    assert who is not None
    now = datetime.now(UTC)
    for fact in journal.facts(case_sheet(case["number"], actor=who, at=now).case_id):
        followers.issue_papers(fact, at=now)
        followers.issue_papers(fact, at=now)
        followers.tell_applicant(fact, at=now)
    papers = clerk.get(f"/cases/{case['number']}/papers").json()["items"]
    assert [paper["kind"] for paper in papers] == ["receipt", "acceptance"]
    pdf = clerk.get(f"/papers/{papers[1]['id']}.pdf")
    assert pdf.content.startswith(b"%PDF")
    problem(caller("ducha").get(f"/papers/{papers[0]['id']}.pdf"), 404, "paper_unknown")
    verified = Caller(None).get(f"/verify/{papers[1]['verify_code']}").json()
    assert verified["state"] == "valid"
    assert "晓禾" not in verified["holder"]


REFUSALS = [
    ({"applicant": {"id_number": "92990722MAXH00011M"}}, "/applicant/id_number"),
    ({"applicant": {"phone": "12345"}}, "/applicant/phone"),
    ({"materials": [{"code": "zz", "provided": "original"}]}, "/materials/0/code"),
    ({"form": {"no_such_field": "x"}}, "/form/no_such_field"),
]


@pytest.mark.parametrize(("change", "pointer"), REFUSALS)
def test_faults_of_a_filing_are_named_by_pointer(
    county_db: County, change: dict[str, Any], pointer: str
) -> None:
    body = filing()
    for part, value in change.items():
        body[part] = {**body[part], **value} if isinstance(value, dict) else value
    document = problem(caller("chuangkou").post("/cases", body), 422, "invalid_application")
    assert pointer in [error["pointer"] for error in document["errors"]]
    assert caller("chuangkou").get("/cases").json()["items"] == []


def test_what_is_not_a_request_is_refused(county_db: County) -> None:
    clerk = caller("chuangkou")
    problem(clerk.post("/cases", b"{"), 400, "not_json")
    problem(clerk.post("/cases", b'{"a":' * 50 + b"1" + b"}" * 50), 400, "nested_too_deep")
    problem(clerk.post("/cases", b'{"service": NaN}'), 400, "not_json")
    problem(clerk.post("/cases", {"service": 1}), 422, "invalid_request")
    body = filing()
    body["form"]["shop_name"] = "a\x00b"
    problem(clerk.post("/cases", body), 422, "bad_character")
    problem(Caller(None).get("/cases"), 401, "sign_in_needed")
    problem(Caller("wrong").get("/work"), 401, "sign_in_needed")
    problem(clerk.get("/no/such/thing"), 404, "not_found")
    problem(clerk.post("/services"), 405, "method_not_allowed")
    problem(clerk.get("/cases?limit=many"), 422, "invalid_request")
    problem(clerk.get("/cases?cursor=x"), 422, "bad_cursor")
    problem(clerk.get("/cases?cursor=%00"), 400, "bad_request")
    problem(clerk.get("/cases/%00"), 400, "bad_request")
    problem(clerk.post("/cases/x/actions/fly"), 404, "unknown_verb")


def test_every_post_needs_a_key(county_db: County) -> None:
    token = caller("chuangkou").token
    response = Client().post(
        "/api/v1/cases",
        json.dumps(filing()),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    problem(response, 400, "idempotency_key_missing")


def test_the_same_key_again_has_one_effect(county_db: County) -> None:
    clerk = caller("chuangkou")
    body = filing()
    first = clerk.post("/cases", body, key="same").json()
    assert clerk.post("/cases", body, key="same").json() == first
    body["applicant"]["phone"] = "13000000003"
    problem(clerk.post("/cases", body, key="same"), 422, "idempotency_key_reused")
    assert len(clerk.get("/cases").json()["items"]) == 1


def test_the_document_is_valid_openapi(county_db: County) -> None:
    from openapi_spec_validator import validate

    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_measures_count_what_was_decided_in_time(county_db: County) -> None:
    clerk = caller("chuangkou")
    number = clerk.post("/cases", filing()).json()["number"]
    clerk.post(f"/cases/{number}/actions/accept")
    document = caller("ducha").get("/metrics?by=department").json()
    row = next(item for item in document["items"] if item["key"] == "scjg")
    assert (row["received"], row["accepted"], row["decided"], row["on_time_rate"]) == (1, 1, 0, None)
    assert document["definitions"]["on_time_rate"]
    problem(clerk.get("/metrics"), 403, "role_missing")
    problem(caller("ducha").get("/metrics?by=colour"), 422, "unknown_grouping")
    problem(caller("ducha").get("/metrics?from=2026-13-01"), 422, "date_malformed")


def test_rows_are_what_their_facts_say(county_db: County) -> None:
    from onedoor.domain.cases.models import Case
    from onedoor.domain.cases.queries import differences

    clerk = caller("chuangkou")
    number = clerk.post("/cases", filing()).json()["number"]
    clerk.post(f"/cases/{number}/actions/accept")
    assert list(differences()) == []
    Case.objects.filter(number=number).update(stage="declined")
    assert [(d.number, d.column) for d in differences()] == [(number, "stage")]


def test_the_guide_comes_on_paper(county_db: County) -> None:
    anyone = Caller(None)
    guide = anyone.get("/services/SCJG-FOOD-NEW/guide.pdf")
    assert guide["Content-Type"] == "application/pdf"
    assert guide.content.startswith(b"%PDF")
    problem(anyone.get("/services/NO-SUCH/guide.pdf"), 404, "unknown_service")
    schema = anyone.get("/services/SCJG-FOOD-NEW/form").json()
    assert schema["properties"]["shop_name"]["x-element"]


def test_wrong_query_codes_are_counted_and_right_ones_are_not(county_db: County) -> None:
    case = caller("chuangkou").post("/cases", filing()).json()
    anyone, path = Caller(None), f"/cases/{case['number']}"
    right = {"X-Query-Code": case["query_code"].lower().replace("-", " ")}
    for _ in range(12):
        assert anyone.get(path, **right).status_code == 200
    for _ in range(10):
        problem(anyone.get(path, **{"X-Query-Code": "00000-00000"}), 404, "case_not_found")
    problem(anyone.get(path, **right), 429, "too_many_attempts")
    other = caller("chuangkou").post("/cases", filing()).json()["number"]
    for number in (other, "990722"):
        problem(anyone.get(f"/cases/{number}", **{"X-Query-Code": "not a code"}), 404, "case_not_found")


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services/SCJG-FOOD-NEW", "/login", "/progress", "/desk/login"]
)
def test_pages_answer_head(county_db: County, path: str) -> None:
    answer = Client().head(path)
    assert answer.status_code == 200
    assert answer.content == b""
