"""A package through the interface: filed once, seen by whom it concerns, taken back row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.county import County
from tests.faces.test_api import Caller, caller, problem
from tests.factories.cases import FOOD
from tests.factories.packages import DINER, FIRE, LARGE, SIGN, application, published

ORDINARY = {"number", "query_code", "state", "state_name", "due_at", "seq"}


@pytest.fixture
def clerk(county_db: County) -> Caller:
    published()
    return caller("chuangkou")


def filing(**changes: Any) -> dict[str, Any]:
    """A complete filing for the package at the window."""
    given = application(at=datetime.now(UTC))
    who = given.applicant
    return {
        "package": DINER,
        "answers": LARGE,
        "applicant": {name: getattr(who, name) for name in ("kind", "name", "id_type", "id_number", "phone")},
        "channel": "window",
        "form": dict(given.form),
        "materials": [{"code": m.code, "provided": m.provided} for m in given.materials],
        **changes,
    }


def test_a_package_is_filed_and_followed_by_one_number(clerk: Caller) -> None:
    answer = clerk.post("/cases", filing())
    assert answer.status_code == 201, answer.content.decode()
    made = answer.json()
    assert set(made) == ORDINARY | {"members"}
    assert [(m["service"], m["state"], bool(m["number"])) for m in made["members"]] == [
        (FOOD, "open", True),
        (SIGN, "open", True),
        (FIRE, "waiting", False),
    ]
    assert made["due_at"] == made["members"][0]["due_at"]
    code = {"X-Query-Code": made["query_code"]}
    seen = Caller(None).get(f"/cases/{made['number']}", **code)
    assert seen.status_code == 200, seen.content.decode()
    whole = seen.json()
    assert whole["applicant"]["name"].endswith("*")
    assert [m["state"] for m in whole["members"]] == ["open", "open", "waiting"]
    food = made["members"][0]["number"]
    member = Caller(None).get(f"/cases/{food}", **code).json()
    assert member["package"] == {"number": made["number"], "code": DINER, "name": "开办餐饮店"}
    listed = clerk.get("/cases").json()["items"]
    assert {line["number"] for line in listed} == {m["number"] for m in made["members"] if m["number"]}
    assert all(line["package"]["number"] == made["number"] for line in listed)
    problem(
        Caller(None).get(f"/cases/{made['number']}", **{"X-Query-Code": "00000-00000"}), 404, "case_not_found"
    )
