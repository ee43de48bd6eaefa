"""代办人 at the counter."""

from __future__ import annotations

from typing import Any

import pytest

from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from tests.faces.desk import at_desk, form_of, text_of
from tests.faces.portal import Citizen
from tests.faces.test_desk_intake import PATH, filled
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")

AGENT = {
    "agent-capacity": "staff",
    "agent-name": "庄小禾",
    "agent-id_number": "110101199003070134",
    "agent-phone": "13900000011",
    "agent-until": "2031-01-31",
    "agent-acts": ["apply", "correct"],
    "agent-notify": ["agent"],
}


def sent(**changes: Any) -> dict[str, Any]:
    return filled() | AGENT | {"form-act": "tick"} | changes


def test_the_one_at_the_counter_is_recorded_and_shown() -> None:
    clerk = at_desk("chuangkou")
    assert "agent_letter" not in text_of(
        clerk.post(PATH, filled() | {"form-act": "tick", "agent-capacity": ""})
    )
    ticked = clerk.post(PATH, sent())
    assert "单位授权委托书" in text_of(ticked)
    done = clerk.post(PATH, form_of(ticked) | {"form-act": "accept"})
    assert done.status_code == 302, text_of(done)
    assert "accepted=no" not in done.headers["Location"]
    number = done.headers["Location"].rpartition("/")[2]
    page = text_of(clerk.get(f"/desk/cases/{number}"))
    assert "庄**（单位经办人，1101**********0134，139****0011）" in page
    assert "申请、补正，到2031年1月31日" in page
    assert AGENT["agent-phone"] not in page
    clear = text_of(clerk.post(f"/desk/cases/{number}/reveal", {"purpose": "电话通知代办人"}))
    assert AGENT["agent-phone"] in clear
    case = Case.objects.get(number=number)
    assert {fact.principal for fact in journal.facts(case.id)} == {staff("chuangkou").key}
    assert "您在代办这件事" in text_of(Citizen().sign_in("13900000011").get(f"/cases/{number}"))


def test_mistakes_are_named_in_the_block_and_kept() -> None:
    wrong = sent(**{"form-act": "receive", "agent-id_number": "1", "agent-until": "", "agent-acts": []})
    answer = at_desk("chuangkou").post(PATH, wrong)
    assert answer.status_code == 422
    page = text_of(answer)
    for part in ("id_number", "until", "acts"):
        assert f'href="#id_agent-{part}"' in page
    assert form_of(answer)["agent-name"] == "庄小禾"
    assert '<details class="mt-5" open>' in page
