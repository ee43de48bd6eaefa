"""An agent acts for an applicant: own, other, expired, revoked, out of scope; each with what it is without."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, followers, queries
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import Answer, Applicant, Application, MaterialGiven
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperKind
from onedoor.domain.people import actions as people
from onedoor.domain.people import queries as known
from onedoor.domain.people.terms import AgentGiven, PartyGiven
from tests.county import County
from tests.factories.cases import (
    AT,
    DELIVERY,
    FOOD,
    PASS,
    SHOP,
    act,
    given_materials,
    sample_answers,
    staff,
    version_of,
)

AGENT_PHONE, OTHER_PHONE = "13900000011", "13900000012"
AGENT = AgentGiven(
    name="庄小禾",
    id_number="110101199003070134",
    phone=AGENT_PHONE,
    capacity="entrusted",
    until="2026-10-31",
    acts=("apply", "correct", "withdraw", "receive"),
)
LAST_MOMENT = datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)
MEND = {"materials": [{"code": "m1", "provided": "original"}]}
FAULT = {"items": [{"target": "material:m1", "reason": "没有签名", "mend": "补签后重新提交"}]}


def citizen(phone: str, at: datetime = AT) -> Principal:
    tenant = offices.first_tenant()
    assert tenant is not None
    found = offices.principal_by_id(accounts.applicant_account(tenant_id=tenant.id, phone=phone, at=at))
    assert found is not None
    return found


def application(agent: AgentGiven | None = AGENT, who: Applicant = SHOP, **more: Any) -> Application:
    answers = sample_answers(FOOD)
    letter = (MaterialGiven("agent_letter", "original"),) if agent and not agent.entrustment else ()
    given = (*letter, *given_materials(FOOD, answers))
    return replace(Application(FOOD, who, "web", answers, given, agent=agent), **more)


def filed(agent: AgentGiven | None = AGENT, at: datetime = AT, **more: Any) -> Answer:
    return actions.file(application=application(agent, **more), actor=citizen(AGENT_PHONE), at=at)


def do(number: str, verb: str, who: Principal, at: datetime = AT, **payload: Any) -> Answer:
    return actions.perform(number=number, verb=verb, payload=payload, actor=who, at=at)


def sees(number: str, who: Principal, at: datetime = AT) -> str:
    """ "" if the case exists for them, otherwise the reason; lists and the single case must agree."""
    listed = number in [line.number for line in queries.own_cases(who, at=at).items]
    also = number in [line.number for line in queries.cases(who, at=at).items]
    code, status = "", 200
    try:
        queries.own_case(number, principal=who, at=at)
    except Refused as refused:
        code, status = refused.code, refused.status
    assert (listed, also, status) == ((False, False, 404) if code else (True, True, 200))
    return code


def revoke(number: str, at: datetime = AT) -> None:
    (view,) = known.given_entrustments(citizen(SHOP.phone), at=at)
    people.end_entrustment(entrustment=view.id, actor=citizen(SHOP.phone), at=at)


def test_the_case_is_the_principals_and_its_agent_acts(county_db: County) -> None:
    case = filed()
    agent, principal, other = (citizen(phone) for phone in (AGENT_PHONE, SHOP.phone, OTHER_PHONE))
    assert [sees(case.number, who) for who in (agent, principal, other)] == ["", "", "case_not_found"]
    act(case.number, "notify_correction", "chuangkou", payload=FAULT)
    with pytest.raises(Refused, match="case_not_found"):
        do(case.number, "correct", other, **MEND)
    assert do(case.number, "correct", agent, **MEND).state == "submitted"
    facts = journal.facts(case.case_id)
    assert [facts[0].principal, facts[2].principal] == [agent.key, agent.key]
    shown = {view.seq: view.who for view in queries.own_case(case.number, principal=principal, at=AT).facts}
    assert (shown[1], shown[2]) == ("139****0011（代办人）", staff("chuangkou").name)
    (given,) = known.given_entrustments(principal, at=AT)
    assert facts[0].data["entrustment"] == str(given.id)
    assert do(case.number, "withdraw", agent).state == "withdrawn"


def test_a_draft_becomes_the_principals_when_it_is_handed_in(county_db: County) -> None:
    draft = filed(draft=True)
    agent, principal = citizen(AGENT_PHONE), citizen(SHOP.phone)
    assert [sees(draft.number, who) for who in (agent, principal)] == ["", "case_not_found"]
    assert known.given_entrustments(principal, at=AT) == ()
    do(draft.number, "submit", agent)
    assert [sees(draft.number, who) for who in (agent, principal)] == ["", ""]
    # An agent that the draft no longer names leaves the case the writer's own.
    alone = filed(draft=True)
    do(alone.number, "save_draft", agent, agent={})
    do(alone.number, "submit", agent)
    assert [sees(alone.number, who) for who in (agent, principal)] == ["", "case_not_found"]


def test_an_entrustment_expires_after_its_last_day_without_anybody(county_db: County) -> None:
    case = filed()
    agent = citizen(AGENT_PHONE)
    late = LAST_MOMENT + timedelta(seconds=1)
    assert sees(case.number, agent, LAST_MOMENT) == ""
    assert sees(case.number, agent, late) == "entrustment_ended"
    assert sees(case.number, citizen(SHOP.phone), late) == ""
    with pytest.raises(Refused, match="entrustment_ended") as refusal:
        do(case.number, "withdraw", agent, late)
    assert "已到期" in refusal.value.detail
    assert do(case.number, "withdraw", agent, LAST_MOMENT).state == "withdrawn"


def test_a_revoked_agent_is_out_at_once(county_db: County) -> None:
    case, control = filed(), filed(at=AT + timedelta(minutes=1))
    agent = citizen(AGENT_PHONE)
    ends, stays = known.given_entrustments(citizen(SHOP.phone), at=AT)[::-1]
    people.end_entrustment(entrustment=ends.id, actor=citizen(SHOP.phone), at=AT)
    assert sees(case.number, agent) == "entrustment_ended"
    with pytest.raises(Refused, match="entrustment_ended"):
        do(case.number, "withdraw", agent)
    assert stays.ending is None
    assert do(control.number, "withdraw", agent).state == "withdrawn"
    assert do(case.number, "withdraw", citizen(SHOP.phone)).state == "withdrawn"


@pytest.mark.parametrize(("acts", "code"), [(("apply",), "not_entrusted"), (("apply", "correct"), "")])
def test_an_agent_does_only_what_is_named(county_db: County, acts: tuple[str, ...], code: str) -> None:
    case = filed(replace(AGENT, acts=acts))
    act(case.number, "notify_correction", "chuangkou", payload=FAULT)
    agent = citizen(AGENT_PHONE)
    offered = {a.verb.code for a in queries.own_case(case.number, principal=agent, at=AT).allowed}
    assert ("correct" in offered) is not bool(code)
    if not code:
        assert do(case.number, "correct", agent, **MEND).state == "submitted"
        return
    with pytest.raises(Refused, match=code) as refusal:
        do(case.number, "correct", agent, **MEND)
    assert refusal.value.status == 403


@pytest.mark.parametrize("receives", [True, False])
def test_results_are_for_an_agent_who_may_receive(county_db: County, receives: bool) -> None:
    case = filed(replace(AGENT, acts=("apply", "receive") if receives else ("apply",)))
    _decide(case.number)
    for fact in journal.facts(case.case_id):
        followers.issue_papers(fact, at=AT)
    agent, principal = citizen(AGENT_PHONE), citizen(SHOP.phone)
    found = {ref.kind for ref in queries.own_case(case.number, principal=agent, at=AT).papers}
    assert PaperKind.RECEIPT in found
    assert (PaperKind.APPROVAL in found) is receives
    approval = next(ref for ref in papers.papers_of(case.case_id) if ref.kind is PaperKind.APPROVAL)
    assert queries.may_read_paper(approval, actor=agent, at=AT) is receives
    assert queries.may_read_paper(approval, actor=principal, at=AT)
    assert queries.may_read_paper(approval, actor=staff("chuangkou"), at=AT)


def _decide(number: str) -> None:
    act(number, "accept", "chuangkou")
    for step in version_of(FOOD).procedure.steps:
        if step.kind.value in ("review", "opinion"):
            reviewer = "jiangyx" if step.department == "scjg" else _reviewer_of(step.department)
            act(number, "review", reviewer, step=step.code, payload=PASS)
    decision = next(s.code for s in version_of(FOOD).procedure.steps if s.kind.value == "decision")
    act(number, "decide", "yinby", step=decision, payload={"outcome": "approve"})


def _reviewer_of(department: str) -> str:
    from onedoor.domain.offices.models import RoleGrant

    found = RoleGrant.objects.filter(role="reviewer", department=department).select_related("user").first()
    assert found is not None
    return found.user.username


def test_one_telephone_for_both_leaves_the_case_to_nobody_after_the_end(county_db: County) -> None:
    """A parent without a telephone: the agent must not own the case by the back door."""
    case = filed(replace(AGENT, phone=SHOP.phone), who=replace(SHOP, phone=AGENT_PHONE))
    agent = citizen(AGENT_PHONE)
    assert sees(case.number, agent) == ""
    assert sees(case.number, agent, LAST_MOMENT + timedelta(seconds=1)) == "entrustment_ended"
    # The control: filed in one's own name it stays one's own.
    own = filed(None, who=replace(SHOP, phone=AGENT_PHONE))
    assert sees(own.number, agent, LAST_MOMENT + timedelta(seconds=1)) == ""


def test_at_the_counter_whoever_stands_there_is_the_agent(county_db: County) -> None:
    clerk = staff("chuangkou")
    case = actions.file(application=application(channel="window"), actor=clerk, at=AT)
    assert journal.facts(case.case_id)[0].principal == clerk.key
    assert [sees(case.number, citizen(phone)) for phone in (AGENT_PHONE, SHOP.phone)] == ["", ""]
    agent = queries.case_sheet(case.number, actor=clerk, at=AT).agent
    assert agent is not None
    assert (agent.name, agent.id_number, agent.phone) == ("庄小禾", "1101**********0134", "139****0011")
    assert (agent.capacity, agent.ending, agent.mine) == ("受委托人", "", False)
    # It is an account like any other: the clerk is no party and the window's rights stay.
    act(case.number, "accept", "chuangkou")
    act(case.number, "withdraw", "chuangkou")


def test_the_letter_is_a_material_of_the_case(county_db: County) -> None:
    whole = application()
    without = replace(whole, materials=whole.materials[1:])
    with pytest.raises(Refused) as refusal:
        actions.file(application=without, actor=citizen(AGENT_PHONE), at=AT)
    assert [p.code for p in refusal.value.errors] == ["material_missing"]
    case = filed()
    named = {
        m.code: m.name for m in queries.case_sheet(case.number, actor=staff("chuangkou"), at=AT).materials
    }
    assert named["agent_letter"] == "授权委托书"
    fault = {"items": [{"target": "material:agent_letter", "reason": "没有写期限", "mend": "写明期限"}]}
    act(case.number, "notify_correction", "chuangkou", payload=fault)
    given = [{"code": "agent_letter", "provided": "original"}]
    assert do(case.number, "correct", citizen(AGENT_PHONE), materials=given).state == "submitted"
    act(case.number, "accept", "chuangkou")
    # The control: without an agent there is no such material.
    alone = filed(None)
    with pytest.raises(Refused, match="unknown_target"):
        act(alone.number, "notify_correction", "chuangkou", payload=fault)


def test_the_receipt_names_the_agent_and_the_letter(county_db: County) -> None:
    case = filed(replace(AGENT, capacity="staff"))
    followers.issue_papers(journal.facts(case.case_id)[0], at=AT)
    receipt = next(ref for ref in papers.papers_of(case.case_id) if ref.kind is PaperKind.RECEIPT)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(papers.pdf(receipt.id, AT))).pages)
    assert "庄小禾（单位经办人，证件号码 1101**********0134）" in text.replace("\n", "")
    assert "单位授权委托书" in text
    assert AGENT.id_number not in text


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": " "}, "/agent/name", "name_missing"),
        ({"id_number": "110101199003070135"}, "/agent/id_number", "id_number_check"),
        ({"phone": "12345"}, "/agent/phone", "mobile_malformed"),
        ({"capacity": ""}, "/agent/capacity", "capacity_malformed"),
        ({"capacity": "guardian"}, "/agent/capacity", "capacity_misfit"),
        ({"until": "2026-02-30"}, "/agent/until", "until_malformed"),
        ({"until": "2026-09-17"}, "/agent/until", "until_past"),
        ({"until": "2036-09-17"}, "/agent/until", "until_too_far"),
        ({"acts": ()}, "/agent/acts", "acts_missing"),
        ({"notify": ()}, "/agent/notify", "notify_malformed"),
        ({"entrustment": "x"}, "/agent/entrustment", "entrustment_unfit"),
    ],
)
def test_a_faulty_agent_is_told_where(
    county_db: County, change: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        filed(replace(AGENT, **change))
    (problem,) = refusal.value.errors
    assert (problem.pointer, problem.code) == (
        pointer,
        code,
    ) or problem.pointer == pointer == "/agent/id_number"
    assert filed(replace(AGENT, until="2026-09-18")).state == "submitted"


def entrusted(services: frozenset[str] = frozenset(), **change: Any) -> str:
    owner = citizen(SHOP.phone)
    party = PartyGiven(SHOP.kind, SHOP.name, SHOP.id_type, SHOP.id_number, SHOP.phone)
    given = replace(AGENT, **change)
    return str(people.entrust(owner=owner, principal=party, agent=given, services=services, at=AT))


def test_a_standing_entrustment_carries_cases_until_it_is_revoked(county_db: County) -> None:
    key = entrusted()
    agent = citizen(AGENT_PHONE)
    assert [str(view.id) for view in known.may_apply_for(agent, FOOD, at=AT)] == [key]
    case = filed(AgentGiven(entrustment=key))
    assert [sees(case.number, who) for who in (agent, citizen(SHOP.phone))] == ["", ""]
    shown = queries.case_sheet(case.number, actor=staff("chuangkou"), at=AT).agent
    assert shown is not None
    assert shown.name == "庄小禾"
    revoke(case.number)
    assert sees(case.number, agent) == "entrustment_ended"
    with pytest.raises(Refused) as refusal:
        filed(AgentGiven(entrustment=key))
    assert [p.pointer for p in refusal.value.errors] == ["/agent/entrustment"]


@pytest.mark.parametrize(
    ("change", "applicant"),
    [
        ({"services": frozenset({"MZJ-OTHER"})}, SHOP),
        ({"acts": ("correct",)}, SHOP),
        ({"phone": OTHER_PHONE}, SHOP),
        ({}, replace(SHOP, id_number="91110000802100433B")),
        ({"until": "2026-09-18"}, SHOP),
    ],
    ids=["other service", "not to apply", "other agent", "other principal", "expired"],
)
def test_a_standing_entrustment_that_does_not_fit_is_refused(
    county_db: County, change: dict[str, Any], applicant: Applicant
) -> None:
    at = AT + timedelta(days=1)
    with pytest.raises(Refused) as refusal:
        filed(AgentGiven(entrustment=entrusted(**change)), at, who=applicant)
    assert [p.code for p in refusal.value.errors] == ["entrustment_unfit"]
    fitting = entrusted()
    assert filed(AgentGiven(entrustment=fitting), at).state == "submitted"


@pytest.mark.parametrize(
    ("notify", "phones"),
    [
        (("principal", "agent"), ["130****0002", "139****0011"]),
        (("agent",), ["139****0011"]),
        (("principal",), ["130****0002"]),
    ],
)
def test_messages_reach_whom_they_are_meant_for(
    county_db: County, notify: tuple[str, ...], phones: list[str]
) -> None:
    case = filed(replace(AGENT, notify=notify))
    act(case.number, "accept", "chuangkou")
    for _ in range(2):
        followers.tell_applicant(journal.facts(case.case_id)[1], at=AT)
    sent = notices.outbox(county_db.tenant_id)
    assert sorted(message.phone_masked for message in sent) == phones
    assert all(("您代办的" in m.text) is (m.phone_masked == "139****0011") for m in sent)


def test_nobody_applies_in_anothers_name_behind_their_back(county_db: County) -> None:
    def told(case: Answer) -> list[str]:
        before = len(notices.outbox(county_db.tenant_id))
        followers.tell_applicant(journal.facts(case.case_id)[0], at=AT)
        sent = notices.outbox(county_db.tenant_id)
        return sorted(message.phone_masked for message in sent[: len(sent) - before])

    quiet = replace(AGENT, notify=("agent",))
    assert told(filed(quiet)) == ["130****0002", "139****0011"]
    # Control: where the counter has seen the letter, or the principal has confirmed it here, it is as they wish.
    window = replace(application(quiet), channel="window")
    assert told(actions.file(application=window, actor=staff("chuangkou"), at=AT)) == ["139****0011"]
    standing = AgentGiven(entrustment=entrusted(), notify=("agent",))
    assert told(filed(standing, AT + timedelta(days=1))) == ["139****0011"]


def test_a_former_agent_is_told_nothing_more(county_db: County) -> None:
    case = filed(replace(AGENT, notify=("agent",)))
    revoke(case.number)
    followers.tell_applicant(journal.facts(case.case_id)[0], at=AT)
    assert [m.phone_masked for m in notices.outbox(county_db.tenant_id)] == ["130****0002"]


def test_ownership_costs_no_statement(county_db: County) -> None:
    """An act on an entrusted case sends as many statements as one on any other."""
    entrusted_case, plain = filed(), filed(None)
    agent = citizen(AGENT_PHONE)
    counts = []
    for number in (plain.number, entrusted_case.number):
        with CaptureQueriesContext(connection) as captured:
            do(number, "withdraw", agent)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_delivery_to_an_agent_is_the_windows_business(county_db: County) -> None:
    case = filed()
    _decide(case.number)
    act(case.number, "issue", "chujian")
    assert act(case.number, "deliver", "chujian", payload=DELIVERY).state == "delivered"
    assert do(case.number, "rate", citizen(AGENT_PHONE), level=5).state == "delivered"


def test_the_row_is_borne_out_by_its_facts(county_db: County) -> None:
    case, draft = filed(), filed(draft=True)
    do(draft.number, "submit", citizen(AGENT_PHONE))
    assert [d for d in queries.differences() if d.column == "entrustment"] == []
    Case.objects.filter(number=case.number).update(entrustment=None)
    assert [d.number for d in queries.differences() if d.column == "entrustment"] == [case.number]


@pytest.mark.parametrize("words", ["", "到年底", "2026-02-30", "2026-10-31"])
def test_a_draft_may_say_anything_of_the_day_and_is_shown(county_db: County, words: str) -> None:
    case = filed(replace(AGENT, until=words), draft=True)
    sheet = queries.own_case(case.number, principal=citizen(AGENT_PHONE), at=AT)
    assert sheet.agent is not None
    assert str(sheet.agent.until) == (words if words == AGENT.until else "None")
