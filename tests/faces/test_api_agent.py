"""The agent of an application over the interface."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import County
from tests.faces.test_api import caller, filing, problem

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
