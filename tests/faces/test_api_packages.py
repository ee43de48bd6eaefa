"""A package through the interface: filed once, seen by whom it concerns, taken back row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import text_of
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
    (filed,) = Caller(None).get(f"/cases/{made['number']}/facts", **code).json()["items"]
    assert (filed["name"], filed["who"]) == ("提交一件事申请", "林小满")
    food = made["members"][0]["number"]
    member = Caller(None).get(f"/cases/{food}", **code).json()
    assert member["package"] == {"number": made["number"], "code": DINER, "name": "开办餐饮店"}
    listed = clerk.get("/cases").json()["items"]
    assert {line["number"] for line in listed} == {m["number"] for m in made["members"] if m["number"]}
    assert all(line["package"]["number"] == made["number"] for line in listed)
    problem(
        Caller(None).get(f"/cases/{made['number']}", **{"X-Query-Code": "00000-00000"}), 404, "case_not_found"
    )


def test_a_package_is_refused_with_places_in_the_merged_form(clerk: Caller) -> None:
    whole = filing()
    strange = problem(clerk.post("/cases", {**whole, "package": "PKG-NONE"}), 404, "unknown_package")
    assert "PKG-NONE" in strange["detail"]
    found = problem(clerk.post("/cases", {**whole, "answers": {"area": 120}}), 422, "answers_missing")
    assert [each["pointer"] for each in found["errors"]] == ["/answers/sign"]
    found = problem(clerk.post("/cases", {**whole, "answers": {"area": "大"}}), 422, "answers_invalid")
    assert [each["pointer"] for each in found["errors"]] == ["/answers/area"]
    form = {key: value for key, value in whole["form"].items() if key != "org__name"} | {"nobody": "asked"}
    found = problem(clerk.post("/cases", {**whole, "form": form}), 422, "invalid_application")
    assert {(each["pointer"], each["code"]) for each in found["errors"]} == {
        ("/form/org__name", "required"),
        ("/form/nobody", "unknown_field"),
    }
    both = problem(clerk.post("/cases", {**whole, "service": FOOD}), 422, "invalid_request")
    assert [each["code"] for each in both["errors"]] == ["service_and_package"]
    assert clerk.get("/cases").json()["items"] == []


def test_a_package_is_filed_once_and_taken_back_row_by_row(clerk: Caller) -> None:
    body = filing()
    made = clerk.post("/cases", body, key="the-package").json()
    assert clerk.post("/cases", body, key="the-package").json() == made
    problem(clerk.post("/cases", filing(answers={"area": 30, "sign": False}), key="the-package"), 422,
            "idempotency_key_reused")  # fmt: skip
    problem(clerk.post(f"/cases/{made['number']}/actions/accept"), 409, "verb_of_members")
    sign = made["members"][1]["number"]
    clerk.post(f"/cases/{sign}/actions/withdraw")
    back = clerk.post(f"/cases/{made['number']}/actions/withdraw", {"expect": 1}, key="back")
    assert back.status_code == 200, back.content.decode()
    results = {each["number"]: each["refused"] for each in back.json()["results"]}
    assert results[made["members"][0]["number"]] is None
    assert results[sign]
    assert (
        clerk.post(f"/cases/{made['number']}/actions/withdraw", {"expect": 1}, key="back").json()
        == back.json()
    )


def test_a_draft_of_a_package_is_written_on(clerk: Caller) -> None:
    whole = filing()
    draft = clerk.post("/cases", {**whole, "draft": True, "form": {}, "materials": []}).json()
    assert (draft["state"], draft["members"]) == ("draft", [])
    path = f"/cases/{draft['number']}/actions"
    kept = clerk.post(f"{path}/save_draft", {"form": whole["form"], "expect": 1})
    assert (kept.status_code, kept.json()["seq"]) == (200, 2)
    filed = clerk.post(f"{path}/submit", {"materials": whole["materials"]}).json()
    assert [bool(m["number"]) for m in filed["members"]] == [True, True, False]
    problem(caller("chuangkou2").get(f"/cases/{draft['number']}x"), 404, "case_not_found")


@pytest.mark.parametrize(
    ("who", "opens"),
    [
        ("chuangkou", [True, True]),
        ("ducha", [True, True]),
        ("jiangyx", [True, False]),
        ("fanst", [False, True]),
        ("pengrs", None),
        ("xitong", None),
    ],
)
def test_who_sees_what_of_a_package(clerk: Caller, who: str, opens: list[bool] | None) -> None:
    made = clerk.post("/cases", filing()).json()
    numbers = [m["number"] for m in made["members"] if m["number"]]
    other = caller(who)
    answer = other.get(f"/cases/{made['number']}")
    if opens is None:
        problem(answer, 404, "case_not_found")
        return
    assert answer.status_code == 200
    members = answer.json()["members"]
    assert [m["due_at"] is not None for m in members][:2] == opens
    assert [other.get(f"/cases/{number}").status_code == 200 for number in numbers] == opens
    assert [m["number"] for m in members][:2] == numbers
    assert "query_code" not in answer.json()


def test_the_desk_shows_what_a_case_is_part_of(clerk: Caller) -> None:
    made = clerk.post("/cases", filing()).json()
    food, sign, _ = (m["number"] for m in made["members"])
    page = text_of(at_desk("fanst").get(f"/desk/cases/{sign}"))
    assert made["number"] in page
    assert "前面的事项准予后自动收件" in page
    assert food in page
    assert f'href="/desk/cases/{food}"' not in page
    assert f'href="/desk/cases/{food}"' in text_of(at_desk("chuangkou").get(f"/desk/cases/{sign}"))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"answers": {"area": {"deep": [1]}, "sign": "是"}},
        {"answers": {"area": 10**30, "sign": True}},
        {"answers": {"area": -1, "sign": None}},
        {"form": {"premises__area_sqm": ["120"], "org__name": {"a": 1}}},
        {"form": {"org__name": "店" * 5000}},
        {"materials": [{"code": "x" * 40, "provided": "upload", "uploads": []}]},
        {"materials": [{"code": "agent_letter", "provided": "original"}]},
        {"package": "no such package 一件事"},
        {"channel": "kiosk"},
        {"agent": {}},
    ],
)
def test_what_cannot_be_filed_is_refused_not_broken(clerk: Caller, spoilt: dict[str, Any]) -> None:
    answer = clerk.post("/cases", filing(**spoilt))
    assert 400 <= answer.status_code < 500, answer.content.decode()
    assert answer.json()["code"]
