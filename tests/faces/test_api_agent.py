"""The agent of an application over the interface."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from onedoor.domain.cases import followers
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.statements import read_by_number
from onedoor.domain.journal import queries as journal
from onedoor.domain.papers import queries as papers
from onedoor.domain.people.models import Entrustment
from tests.county import County
from tests.faces.desk import at_desk, text_of
from tests.faces.test_api import caller, filing, problem
from tests.factories.cases import given_materials, sample_answers, staff

AGENT = {
    "name": "庄小禾",
    "id_number": "110101199003070134",
    "phone": "13900000011",
    "capacity": "staff",
    "until": "2031-01-31",
    "acts": ["apply", "correct"],
}


def body(**changes: Any) -> dict[str, Any]:
    return filing() | {"agent": AGENT | changes}


def test_an_agent_is_recorded_and_shown_masked(county_db: County) -> None:
    clerk = caller("chuangkou")
    created = clerk.post("/cases", body())
    assert created.status_code == 201, created.content.decode()
    shown = clerk.get(f"/cases/{created.json()['number']}").json()["agent"]
    assert shown == {
        "name": "庄小禾",
        "id_number": "1101**********0134",
        "phone": "139****0011",
        "capacity": "单位经办人",
        "acts": ["申请", "补正"],
        "until": "2031-01-31",
        "ending": "",
        "mine": False,
    }
    alone = clerk.post("/cases", filing()).json()
    assert clerk.get(f"/cases/{alone['number']}").json()["agent"] is None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": ""}, "/agent/name"),
        ({"id_number": "110101199003070135"}, "/agent/id_number"),
        ({"phone": "1"}, "/agent/phone"),
        ({"capacity": "guardian"}, "/agent/capacity"),
        ({"until": "31.1.2031"}, "/agent/until"),
        ({"acts": []}, "/agent/acts"),
        ({"acts": ["decide"]}, "/agent/acts/0"),
        ({"notify": []}, "/agent/notify"),
        ({"entrustment": "019a0000-0000-7000-8000-000000000000"}, "/agent/entrustment"),
        ({"boss": True}, "/agent/boss"),
    ],
)
def test_a_faulty_agent_is_refused_with_its_place(
    county_db: County, changes: dict[str, Any], pointer: str
) -> None:
    answer = caller("chuangkou").post("/cases", body(**changes))
    code = "invalid_request" if pointer in ("/agent/acts/0", "/agent/boss") else "invalid_application"
    assert [e["pointer"] for e in problem(answer, 422, code)["errors"]] == [pointer]


ELDER = "MZJ-ELDER-ALLOWANCE"


def elder(**form: str) -> dict[str, Any]:
    """A filing of an item that asks whether somebody acts for the applicant; what the agent calls for is handed in."""
    answers = {k: v for k, v in sample_answers(ELDER).items() if k != "by_other"} | form
    materials = given_materials(ELDER, {**answers, "by_other": "yes"})
    return {
        "service": ELDER,
        "applicant": {
            "kind": "person",
            "name": "庄大禾",
            "id_type": "resident_id",
            "id_number": "110101198806160008",
            "phone": "13900000021",
        },
        "agent": AGENT | {"capacity": "entrusted", "acts": ["apply", "receive"]},
        "channel": "window",
        "form": answers,
        "materials": [
            {"code": m.code, "provided": m.provided, "uploads": list(m.uploads)} for m in materials
        ],
    }


def test_an_item_with_a_letter_of_its_own_asks_for_no_second_one(county_db: County) -> None:
    asked = elder()
    asked["materials"] = [*asked["materials"], {"code": "agent_letter", "provided": "original"}]
    refused = caller("chuangkou").post("/cases", asked)
    (problem,) = refused.json()["errors"]
    assert (refused.status_code, problem["code"]) == (422, "unknown_material")


def test_who_acted_stands_in_form_facts_paper_and_page(county_db: County) -> None:
    clerk = caller("chuangkou")
    created = clerk.post("/cases", elder())
    assert created.status_code == 201, created.content.decode()
    number = created.json()["number"]
    shown = clerk.get(f"/cases/{number}").json()
    assert [a["text"] for a in shown["form"] if a["code"] == "by_other"] == ["是"]
    assert shown["agent"]["name"] == "庄小禾"
    case = read_by_number(number)
    assert case is not None
    first = journal.facts(case.id)[0]
    assert first.data["entrustment"] == str(Entrustment.objects.get().pk)
    assert first.data["entrustment"] == str(case.agency.entrustment if case.agency else "")
    followers.issue_papers(first, at=datetime.now(UTC))
    ref = cases.case_sheet(number, actor=staff("chuangkou"), at=datetime.now(UTC)).papers[0]
    receipt = PdfReader(BytesIO(papers.pdf(ref.id, datetime.now(UTC)))).pages[0].extract_text()
    assert "庄小禾（受委托人，证件号码1101**********0134）" in receipt.replace(" ", "").replace("\n", "")
    page = text_of(at_desk("chuangkou").get(f"/desk/cases/{number}"))
    assert "庄**（受委托人" in page
    assert "是不是别人帮忙办" in page


def test_an_agent_and_the_answer_that_there_is_none_contradict_each_other(county_db: County) -> None:
    answer = caller("chuangkou").post("/cases", elder(by_other="no"))
    assert ("/form/by_other", "agent_contradicted") in [
        (e["pointer"], e["code"]) for e in problem(answer, 422, "invalid_application")["errors"]
    ]
    # Control: without the agent the same answer is the applicant's own business.
    alone = elder(by_other="no")
    del alone["agent"]
    alone["materials"] = [m for m in alone["materials"] if m["code"] != "m6"]
    assert caller("chuangkou").post("/cases", alone).status_code == 201


def test_a_draft_says_it_too(county_db: County) -> None:
    clerk = caller("chuangkou")
    draft = clerk.post("/cases", elder() | {"draft": True})
    assert draft.status_code == 201, draft.content.decode()
    number = draft.json()["number"]
    handed_in = clerk.post(f"/cases/{number}/actions/submit", {})
    assert handed_in.status_code == 200, handed_in.content.decode()
    shown = clerk.get(f"/cases/{number}").json()
    assert [a["text"] for a in shown["form"] if a["code"] == "by_other"] == ["是"]
