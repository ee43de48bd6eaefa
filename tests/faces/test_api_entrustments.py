"""Entrustments over the interface: given with a code to one's own telephone, listed, ended, and by nobody else."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as office
from onedoor.domain.people import actions
from onedoor.domain.people.models import Entrustment
from tests.county import County
from tests.faces.portal import Citizen
from tests.faces.test_api import Caller, caller, problem

OWNER, HELPER, OTHER = "13000000061", "13000000062", "13000000063"
PATH = "/entrustments"
UNTIL = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
STAFF = ("chuangkou", "jiangyx", "yinby", "ducha", "xitong", "anquan", "shenji")

pytestmark = pytest.mark.usefixtures("county_db")


def citizen(county: County, phone: str) -> Caller:
    """A program with the token of a citizen."""
    at = datetime.now(UTC)
    user = offices.applicant_account(tenant_id=county.tenant_id, phone=phone, at=at)
    found = office.principal_by_id(user)
    assert found is not None
    return Caller(offices.issue_token(username=found.username, principal="test", at=at))


def newest_code(county: County) -> str:
    found = re.search(r"\d{6}", notices.outbox(county.tenant_id, limit=1)[0].text)
    assert found
    return found[0]


def body(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "principal": {
            "kind": "person",
            "name": "庄大禾",
            "id_type": "resident_id",
            "id_number": "110101199003070134",
            "phone": OWNER,
        },
        "agent": {
            "name": "庄小禾",
            "id_number": "110101198806160008",
            "phone": HELPER,
            "capacity": "entrusted",
            "until": UNTIL,
            "acts": ["withdraw", "apply"],
        },
        "services": ["SCJG-FOOD-NEW"],
        "code": code,
        **changes,
    }


def given(county: County, owner: Caller, **changes: Any) -> Any:
    assert owner.post(f"{PATH}/code", {"phone": OWNER}).status_code == 204
    return owner.post(PATH, body(newest_code(county), **changes))


def test_it_is_given_listed_and_ended(county_db: County) -> None:
    owner, helper = citizen(county_db, OWNER), citizen(county_db, HELPER)
    answer = given(county_db, owner)
    assert answer.status_code == 201, answer.content.decode()
    made = answer.json()
    assert (made["side"], made["state"], made["standing"], made["until"]) == (
        "principal", "active", True, UNTIL,
    )  # fmt: skip
    assert made["acts"] == ["apply", "withdraw"]
    assert "110101199003070134" not in answer.content.decode()
    assert HELPER not in answer.content.decode()
    assert [each["id"] for each in owner.get(PATH).json()["items"]] == [made["id"]]
    (seen,) = helper.get(PATH).json()["items"]
    assert (seen["id"], seen["side"]) == (made["id"], "agent")
    one = f"{PATH}/{made['id']}"
    ended = owner.post(f"{one}/end", key="end")
    assert (ended.status_code, ended.json()["state"]) == (200, "revoked")
    # The same request again is answered like the first; another one is told that there is nothing left.
    assert owner.post(f"{one}/end", key="end").json() == ended.json()
    problem(owner.post(f"{one}/end"), 409, "entrustment_ended")
    problem(helper.post(f"{one}/end"), 409, "entrustment_ended")
    assert helper.get(one).json()["state"] == "revoked"


def test_a_repeated_request_gives_one(county_db: County) -> None:
    owner = citizen(county_db, OWNER)
    owner.post(f"{PATH}/code", {"phone": OWNER})
    sent = body(newest_code(county_db))
    first, again = owner.post(PATH, sent, key="once"), owner.post(PATH, sent, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Entrustment.objects.count() == 1
    problem(owner.post(PATH, {**sent, "services": []}, key="once"), 422, "idempotency_key_reused")
    # Control: the code is used up, so that another key gives none.
    problem(owner.post(PATH, sent), 422, "wrong_code")


def test_whoever_stole_a_token_cannot_entrust_themselves(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = citizen(county_db, OWNER)
    citizen(county_db, OTHER)
    theirs = body("123456", principal={**body("")["principal"], "phone": OTHER})
    for path, sent, pointer in (
        (f"{PATH}/code", {"phone": OTHER}, "/phone"),
        (PATH, theirs, "/principal/phone"),
    ):
        found = problem(stolen.post(path, sent), 422, "not_own_phone")
        assert [each["pointer"] for each in found["errors"]] == [pointer]
    problem(stolen.post(PATH, body("123456")), 422, "wrong_code")
    # A code to sign in confirms nothing.
    actions.request_code(
        tenant_id=county_db.tenant_id, phone=OWNER, address="127.0.0.1", at=datetime.now(UTC)
    )
    problem(stolen.post(PATH, body(newest_code(county_db))), 422, "wrong_code")
    assert not Entrustment.objects.exists()
    # Control: without the check of the telephone a code to their own would do.
    monkeypatch.setattr(actions, "_check_own", lambda *_: None)
    assert stolen.post(f"{PATH}/code", {"phone": OTHER}).status_code == 204
    sent = body(newest_code(county_db))
    sent["principal"]["phone"] = OTHER
    assert stolen.post(PATH, sent).status_code == 201


def test_guessing_the_code_is_bounded(county_db: County) -> None:
    owner = citizen(county_db, OWNER)
    owner.post(f"{PATH}/code", {"phone": OWNER})
    right = newest_code(county_db)
    heard = [owner.post(PATH, body(f"{n:06d}")).status_code for n in range(8) if f"{n:06d}" != right]
    assert heard[-1] == 429
    assert owner.post(PATH, body(right)).status_code == 429


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"services": ["NO-SUCH"]}, "/services/0"),
        ({"agent": {}}, "/agent/name"),
        ({"more": 1}, "/more"),
        ({"services": ["x"] * 21}, "/services"),
    ],
)
def test_faults_name_their_place(county_db: County, changes: dict[str, Any], pointer: str) -> None:
    answer = citizen(county_db, OWNER).post(PATH, body("123456", **changes))
    assert pointer in [each["pointer"] for each in problem(answer, 422, "invalid_request")["errors"]]


def test_a_faulty_agent_does_not_cost_the_code(county_db: County) -> None:
    owner = citizen(county_db, OWNER)
    agent = {**body("")["agent"], "until": "2020-01-01"}
    found = problem(given(county_db, owner, agent=agent), 422, "agent_malformed")
    assert [each["pointer"] for each in found["errors"]] == ["/agent/until"]
    assert owner.post(PATH, body(newest_code(county_db))).status_code == 201


def test_who_may_use_it(county_db: County) -> None:
    made = given(county_db, citizen(county_db, OWNER)).json()["id"]
    one = f"{PATH}/{made}"

    def statuses(who: Caller) -> list[int]:
        return [
            who.get(PATH).status_code,
            who.get(one).status_code,
            who.post(f"{one}/end").status_code,
            who.post(f"{PATH}/code", {"phone": OWNER}).status_code,
            who.post(PATH, body("123456")).status_code,
        ]

    for username in STAFF:
        assert statuses(caller(username)) == [403] * 5, username
    assert statuses(Caller(None)) == [401] * 5
    # Another citizen has a list of their own, and does not learn that this one exists.
    other = citizen(county_db, OTHER)
    assert other.get(PATH).json()["items"] == []
    assert other.get(one).status_code == other.post(f"{one}/end").status_code == 404
    assert Entrustment.objects.get().ending == ""


def test_a_browsers_session_is_taken_from_this_site_only(county_db: County) -> None:
    browser: Client = Citizen().sign_in(OWNER).browser

    def asked(**headers: str) -> int:
        sent = {"Idempotency-Key": "k", **headers}
        data = json.dumps({"phone": OWNER})
        return browser.post(
            f"/api/v1{PATH}/code", data, content_type="application/json", headers=sent
        ).status_code

    assert asked(Origin="https://evil.example") == 401
    assert asked(Origin="http://testserver") == 204
