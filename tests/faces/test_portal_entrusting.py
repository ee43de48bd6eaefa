"""Acting for another in the portal: for a parent, for an organisation, by a standing entrustment, and its end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from onedoor.domain.cases import actions, followers
from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from tests.faces.portal import PEOPLE, PHONE, SHOP, Citizen, text_of, value_of

pytestmark = pytest.mark.usefixtures("county_db")

AGENT_PHONE = "13900000011"
AGENT = {
    "asked": "agent",
    "name": "庄小禾",
    "id_number": "110101199003070134",
    "phone": AGENT_PHONE,
    "capacity": "staff",
    "acts": ["apply", "correct", "withdraw"],
    "until": "2031-01-31",
    "notify": ["principal", "agent"],
}
ENTRUST = {
    "kind": "organization",
    "principal_name": "明渠县晓禾小吃店",
    "principal_number": "92990722MAXH00010M",
    "name": "庄小禾",
    "id_number": "110101199003070134",
    "phone": AGENT_PHONE,
    "capacity": "staff",
    "acts": ["apply", "correct"],
    "services": "食品经营许可新办",
    "until": "2031-01-31",
}


@pytest.fixture
def agent() -> Citizen:
    return Citizen().sign_in(AGENT_PHONE)


@pytest.fixture
def principal() -> Citizen:
    return Citizen().sign_in(PHONE)


def fill_in(agent: Citizen, number: str, *, letter: bool = True) -> None:
    agent.answer(number, "shop", SHOP)
    agent.answer(number, "people", PEOPLE)
    for code, upload in (("m1", False), ("m4", True), ("m5", False)):
        agent.hand_in(number, code, upload=upload)
    if letter:
        agent.hand_in(number, "agent_letter", upload=True)


def filed_for_the_shop(agent: Citizen, **changes: Any) -> str:
    number = agent.begin()
    agent.post(f"/cases/{number}/apply/agent", {**AGENT, **changes})
    agent.name_shop(number)
    fill_in(agent, number)
    agent.submit(number)
    return number


def test_an_employee_files_for_the_shop_and_both_see_the_case(agent: Citizen, principal: Citizen) -> None:
    number = filed_for_the_shop(agent)
    mine, theirs = (text_of(who.get(f"/cases/{number}")) for who in (agent, principal))
    assert "您在代办这件事" in mine
    assert "庄小禾（单位经办人）" in theirs
    for who in (agent, principal):
        assert "代办" in text_of(who.get("/my"))
    Citizen().sign_in("13900000099").get(f"/cases/{number}", 404)


def test_each_reads_the_messages_that_were_for_them(agent: Citizen, principal: Citizen) -> None:
    number = filed_for_the_shop(agent)
    case = Case.objects.get(number=number)
    for fact in journal.facts(case.pk):
        followers.tell_applicant(fact, at=fact.recorded_at)
    mine, theirs = (text_of(who.get("/messages")) for who in (agent, principal))
    assert ("您代办的" in mine, "您申请的" in mine) == (True, False)
    assert ("您代办的" in theirs, "您申请的" in theirs) == (False, True)


def test_the_agent_page_tells_what_is_wrong_and_keeps_the_rest(agent: Citizen) -> None:
    number = agent.begin()
    path = f"/cases/{number}/apply/agent"
    page = text_of(agent.post(path, {"who": ""}, 422))
    assert "请选择给谁办。" in page
    wrong = {**AGENT, "id_number": "110101199003070135", "acts": [], "until": "2020-01-01"}
    page = text_of(agent.post(path, wrong, 422))
    for words in ("请至少选择一项代办权限。", "id_id_number", "#id_acts"):
        assert words in page
    assert 'value="庄小禾"' in page
    assert "法定代理人" not in page  # the shop has no guardian
    page = text_of(agent.post(path, {**AGENT, "until": "2020-01-01"}, 422))
    assert "已经过去" in page


def test_a_draft_for_oneself_has_no_agent_and_no_letter(agent: Citizen) -> None:
    number = agent.begin()
    agent.post(f"/cases/{number}/apply/agent", AGENT)
    assert "授权委托书" in text_of(agent.get(f"/cases/{number}/apply/materials"))
    assert "替别人办，代办人庄小禾" in text_of(agent.get(f"/cases/{number}/apply"))
    agent.post(f"/cases/{number}/apply/agent", {"who": "self"})
    assert "授权委托书" not in text_of(agent.get(f"/cases/{number}/apply/materials"))
    assert "自己办" in text_of(agent.get(f"/cases/{number}/apply"))


def test_what_a_program_wrote_into_a_draft_is_shown_as_it_is(agent: Citizen) -> None:
    number = agent.begin()
    agent.post(f"/cases/{number}/apply/agent", AGENT)
    written = {name: AGENT[name] for name in ("name", "id_number", "phone", "capacity", "acts", "notify")}
    sent = {"agent": {**written, "until": "到年底"}}
    at, tenant = datetime.now(UTC), offices.first_tenant()
    assert tenant is not None
    writer = offices.principal_by_id(
        accounts.applicant_account(tenant_id=tenant.id, phone=AGENT_PHONE, at=at)
    )
    assert writer is not None
    actions.perform(number=number, verb="save_draft", payload=sent, actor=writer, at=at)
    assert "到年底" in text_of(agent.get(f"/cases/{number}/apply/check"))


def test_without_the_letter_nothing_is_submitted(agent: Citizen) -> None:
    number = agent.begin()
    agent.post(f"/cases/{number}/apply/agent", AGENT)
    agent.name_shop(number)
    fill_in(agent, number, letter=False)
    assert "单位授权委托书" in text_of(agent.get(f"/cases/{number}/apply/check"))
    agent.hand_in(number, "agent_letter")
    agent.submit(number)


def test_who_revokes_shuts_the_agent_out_at_once(agent: Citizen, principal: Citizen) -> None:
    number = filed_for_the_shop(agent)
    listed = text_of(principal.get("/my/entrustments"))
    (url,) = set(re.findall(r"/my/entrustments/[0-9a-f-]{36}", listed))
    assert number in text_of(principal.get(url))
    agent.get(f"/cases/{number}")
    # Somebody else may neither see nor end it.
    stranger = Citizen().sign_in("13900000099")
    stranger.get(url, 404)
    stranger.post(f"{url}/end", {}, 404)
    agent.get(f"/cases/{number}")
    principal.post(f"{url}/end", {})
    page = text_of(agent.get(f"/cases/{number}", 404))
    assert "委托已撤销" in page
    assert number not in text_of(agent.get("/my"))
    assert number not in text_of(agent.get(url))
    assert "已撤销" in text_of(principal.get(url))
    principal.get(f"/cases/{number}")
    principal.post(f"{url}/end", {}, 409)


def test_an_agent_without_the_power_is_not_offered_it(agent: Citizen) -> None:
    number = filed_for_the_shop(agent, acts=["apply"])
    assert f"/cases/{number}/withdraw" not in text_of(agent.get(f"/cases/{number}"))
    other = filed_for_the_shop(agent)
    assert f"/cases/{other}/withdraw" in text_of(agent.get(f"/cases/{other}"))


def entrusted(principal: Citizen, **changes: Any) -> str:
    given = principal.post("/my/entrustments/new", {**ENTRUST, **changes})
    assert given.headers["Location"] == "/my/entrustments/confirm"
    page = text_of(principal.get("/my/entrustments/confirm"))
    assert "110101199003070134" not in page
    code = re.search(r"确认码 (\d{6})", notices.outbox(1, limit=1)[0].text)
    assert code
    done = principal.post("/my/entrustments/confirm", {"code": code[1]})
    return done.headers["Location"]


def test_a_standing_entrustment_is_confirmed_and_used(agent: Citizen, principal: Citizen) -> None:
    url = entrusted(principal)
    assert "食品经营许可新办" in text_of(principal.get(url))
    number = agent.begin()
    page = text_of(agent.get(f"/cases/{number}/apply/agent"))
    assert "明渠县晓禾小吃店" in page
    agent.post(f"/cases/{number}/apply/agent", {"who": url.rpartition("/")[2]})
    assert "明渠县晓禾小吃店" in text_of(agent.get(f"/cases/{number}/apply/applicant"))
    fill_in(agent, number, letter=False)
    agent.submit(number)
    assert number in text_of(principal.get(url))
    assert number in text_of(principal.get("/my"))
    principal.post(f"{url}/end", {})
    again = agent.begin()
    assert "明渠县晓禾小吃店（" not in text_of(agent.get(f"/cases/{again}/apply/agent"))
    agent.post(f"/cases/{again}/apply/agent", {"who": url.rpartition("/")[2]}, 422)
    assert Case.objects.get(number=number).entrustment_id is not None


def test_nothing_is_entrusted_without_the_code(principal: Citizen, agent: Citizen) -> None:
    principal.post("/my/entrustments/new", ENTRUST)
    principal.post("/my/entrustments/confirm", {"code": "000000"}, 422)
    assert "还没有人委托您办事" in text_of(agent.get("/my/entrustments"))
    # What one was sent to sign in with confirms nothing.
    sign_in = re.search(r"\d{6}", notices.outbox(1, limit=9)[-1].text)
    assert sign_in
    principal.post("/my/entrustments/confirm", {"code": sign_in[0]}, 422)
    # And nobody else can go on with what was filled in.
    assert agent.get("/my/entrustments/confirm", 302).headers["Location"] == "/my/entrustments/new"


def test_what_is_wrong_with_an_entrustment_is_told_at_its_field(principal: Citizen) -> None:
    wrong = {**ENTRUST, "principal_number": "1", "services": "没有的事项", "phone": PHONE, "kind": "person"}
    page = text_of(principal.post("/my/entrustments/new", wrong, 422))
    assert "没有叫“没有的事项”的事项" in page
    assert "#id_principal_number" in page
    page = text_of(principal.post("/my/entrustments/new", {**ENTRUST, "phone": PHONE}, 422))
    assert "代办人的手机号码与您的相同" in page
    page = text_of(principal.post("/my/entrustments/new", {**ENTRUST, "capacity": "guardian"}, 422))
    assert "只有自然人才有监护人" in page


def test_the_hidden_token_is_not_in_the_agents_way(agent: Citizen) -> None:
    """A second submission of the same form has no second effect for an agent either."""
    number = agent.begin()
    agent.post(f"/cases/{number}/apply/agent", AGENT)
    agent.name_shop(number)
    fill_in(agent, number)
    once = value_of(agent.get(f"/cases/{number}/apply/check"), "once")
    for _ in range(2):
        agent.post(f"/cases/{number}/apply/check", {"once": once, "declared": "on"})
    assert len(re.findall("/my/entrustments/[0-9a-f-]{36}", text_of(agent.get("/my/entrustments")))) == 1
