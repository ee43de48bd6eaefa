"""Entrustments in the room itself: what is written, who may end it, and that nothing stands in clear."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import actions, events, queries
from onedoor.domain.people.models import Entrustment, Verification
from onedoor.domain.people.terms import AgentGiven, Ending, PartyGiven
from tests.people.test_people import COMPANY, make_tenant

AT = datetime(2026, 10, 13, 2, 0, tzinfo=UTC)
OWNER, HELPER, OTHER = "13900005678", "13900000011", "13900000012"
AGENT = AgentGiven(
    name="庄小禾",
    id_number="110101199003070134",
    phone=HELPER,
    capacity="staff",
    until="2026-10-31",
    acts=("apply",),
)


def account(tenant_id: int, phone: str) -> Principal:
    found = offices.principal_by_id(accounts.applicant_account(tenant_id=tenant_id, phone=phone, at=AT))
    assert found is not None
    return found


def entrust(tenant_id: int, agent: AgentGiven = AGENT) -> UUID:
    return actions.entrust(
        owner=account(tenant_id, OWNER),
        principal=PartyGiven(**COMPANY),
        agent=agent,
        services=frozenset(),
        at=AT,
    )


@pytest.fixture
def tenant_id(db: None) -> int:
    return make_tenant()


def test_facts_tell_who_for_whom_without_a_name_or_number(tenant_id: int) -> None:
    key = entrust(tenant_id)
    actions.end_entrustment(entrustment=key, actor=account(tenant_id, OWNER), at=AT)
    begun, ended = journal.facts(key)
    assert (begun.kind, ended.kind) == (events.ENTRUSTED, events.ENTRUSTMENT_ENDED)
    assert begun.principal == ended.principal == account(tenant_id, OWNER).key
    assert ended.data == {"ending": "revoked"}
    row = Entrustment.objects.get(pk=key)
    assert (begun.data["principal"], begun.data["agent"]) == (row.principal_id, row.agent_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT json_agg(e) FROM people_entrustment e)::text"
            " || (SELECT json_agg(f) FROM journal_fact f)::text || (SELECT json_agg(s) FROM people_subject s)::text"
        )
        ((written,),) = cursor.fetchall()
    for private in (AGENT.id_number, HELPER, OWNER, COMPANY["id_number"]):
        assert private not in written
        assert private.encode().hex() not in written


@pytest.mark.parametrize(("who", "ending"), [(OWNER, Ending.REVOKED), (HELPER, Ending.RESIGNED)])
def test_both_parties_may_end_it_and_nobody_else(tenant_id: int, who: str, ending: Ending) -> None:
    key = entrust(tenant_id)
    for stranger in (account(tenant_id, OTHER), replace(account(tenant_id, OWNER), tenant_id=tenant_id + 1)):
        with pytest.raises(Refused, match="entrustment_not_found"):
            actions.end_entrustment(entrustment=key, actor=stranger, at=AT)
        assert queries.entrustment(key, party=stranger, at=AT) is None
    assert queries.entrustments_held(account(tenant_id, HELPER).user_id, at=AT) == (key,)
    assert actions.end_entrustment(entrustment=key, actor=account(tenant_id, who), at=AT) is ending
    assert queries.entrustments_held(account(tenant_id, HELPER).user_id, at=AT) == ()
    with pytest.raises(Refused, match="entrustment_ended"):
        actions.end_entrustment(entrustment=key, actor=account(tenant_id, OWNER), at=AT)


def test_it_holds_through_its_last_day(tenant_id: int) -> None:
    key, helper = entrust(tenant_id), account(tenant_id, HELPER)
    last = datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)
    for at, held in ((last, (key,)), (last + timedelta(seconds=1), ())):
        assert queries.entrustments_held(helper.user_id, at=at) == held
    view = queries.entrustment(key, party=helper, at=last + timedelta(seconds=1))
    assert view is not None
    assert view.ending is Ending.EXPIRED
    with pytest.raises(Refused, match="entrustment_ended"):
        actions.end_entrustment(entrustment=key, actor=helper, at=last + timedelta(seconds=1))


@pytest.mark.parametrize("side", ["principal", "agent"])
def test_nobody_reads_by_an_entrustment_of_their_own_making_who_another_is(
    tenant_id: int, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two accomplices know somebody's number. What the identity service has said of them is not theirs to read."""
    number, phone = "110101198806160008", "13900000077"
    someone = PartyGiven("person", "温如玉", "resident_id", number, phone)
    who = actions.recognise(tenant_id=tenant_id, at=AT, vouched=True, **asdict(someone))
    Verification.objects.create(
        user_id=account(tenant_id, phone).user_id,
        tenant_id=tenant_id,
        subject_id=who.id,
        issuer="https://id.example",
        holder_index=b"x",
        level="2",
        verified_at=AT,
    )
    theirs = replace(someone, name="随便", phone=OWNER) if side == "principal" else PartyGiven(**COMPANY)
    agent = (
        replace(AGENT, capacity="entrusted", id_number=number)
        if side == "agent"
        else replace(AGENT, capacity="entrusted")
    )

    def given(owner: str = OWNER, principal: PartyGiven = theirs, agent: AgentGiven = agent) -> UUID:
        return actions.entrust(
            owner=account(tenant_id, owner), principal=principal, agent=agent, services=frozenset(), at=AT
        )

    with pytest.raises(Refused) as refusal:
        given()
    pointer = "/applicant/id_number" if side == "principal" else "/agent/id_number"
    assert [problem.pointer for problem in refusal.value.errors] == [pointer]
    # They themselves may.
    if side == "principal":
        assert given(phone, someone)
    else:
        assert given(agent=replace(agent, phone=phone))
    # Control: without the check the accomplice reads the telephone that the service vouched for.
    monkeypatch.setattr(actions, "_check_not_anothers", lambda *_: None)
    key, helper = str(given()), account(tenant_id, HELPER)
    read = (
        queries.entrusting_party(key, agent=helper, at=AT)
        if side == "principal"
        else queries.standing_agent(key, agent=helper, at=AT)
    )
    assert read is not None
    assert read.phone == phone


def test_oneself_is_nobodys_agent(tenant_id: int) -> None:
    with pytest.raises(Refused) as refusal:
        entrust(tenant_id, replace(AGENT, phone=OWNER))
    assert [problem.pointer for problem in refusal.value.errors] == ["/agent/phone"]
    assert not Entrustment.objects.exists()


def test_what_an_agent_reads_of_its_principal_is_recorded(tenant_id: int) -> None:
    key, helper = str(entrust(tenant_id)), account(tenant_id, HELPER)
    party = queries.entrusting_party(key, agent=helper, at=AT)
    assert party is not None
    assert party.id_number == COMPANY["id_number"]
    log = events.access_stream(tenant_id=tenant_id, user_id=helper.user_id, at=AT)
    assert [fact.kind for fact in journal.facts(log)] == [events.IDENTITY_REVEALED]
    assert queries.entrusting_party(key, agent=account(tenant_id, OTHER), at=AT) is None


def test_a_code_confirms_only_what_it_was_sent_for(tenant_id: int) -> None:
    def code_of(*, confirming: bool, at: datetime) -> str:
        actions.request_code(tenant_id=tenant_id, phone=OWNER, address="::1", at=at, confirming=confirming)
        return notices.outbox(tenant_id, limit=1)[0].text.split()[1][:6]

    def confirmed(code: str, purpose: str, at: datetime) -> None:
        accounts.confirm_phone(
            tenant_id=tenant_id, phone=OWNER, code=code, address="::1", at=at, purpose=purpose
        )

    for confirming, at in ((False, AT), (True, AT + timedelta(minutes=2))):
        purposes = ["", actions.CONFIRMING]
        right, wrong = purposes[confirming], purposes[not confirming]
        code = code_of(confirming=confirming, at=at)
        with pytest.raises(Refused, match="wrong_code"):
            confirmed(code, wrong, at)
        confirmed(code, right, at)


def test_of_two_who_end_it_at_once_one_is_told(own_database: str) -> None:
    tenant_id = make_tenant()
    key = entrust(tenant_id)
    parties = [account(tenant_id, phone) for phone in (OWNER, HELPER)]
    together, ends = Barrier(2), []

    def end(who: Principal) -> None:
        together.wait()
        try:
            ends.append(actions.end_entrustment(entrustment=key, actor=who, at=AT).value)
        except Refused as refused:
            ends.append(refused.code)
        connection.close()

    threads = [Thread(target=end, args=(who,)) for who in parties]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "entrustment_ended" in ends
    assert len(journal.facts(key)) == 2
