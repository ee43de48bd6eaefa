"""A package is filed as one: all members or none, once, each outcome learned once, nothing granted undone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, bundles, bundling, followers, opening, queries, tasks
from onedoor.domain.cases.models import Bundle, Case
from onedoor.domain.cases.terms import Answer, CaseFilter, Holder, MaterialGiven, MemberState, Once
from onedoor.domain.journal import queries as journal
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from tests.cases.test_agency import AGENT, AGENT_PHONE
from tests.county import County
from tests.factories import cases as single
from tests.factories.cases import AT, FOOD, SHOP, act, staff
from tests.factories.packages import (
    FIRE,
    LARGE,
    SIGN,
    application,
    decided,
    delivered,
    filed,
    number_of,
    owner,
    published,
    told,
)

#: So many statements a member more may cost.
A_MEMBER = 12


@pytest.fixture
def diner(county_db: County) -> County:
    published()
    return county_db


def citizen(phone: str = SHOP.phone) -> Principal:
    return owner(phone)


def kinds(answer: Answer) -> list[str]:
    return [fact.kind.removeprefix("bundle.") for fact in journal.facts(answer.case_id)]


def states(answer: Answer) -> dict[str, str]:
    sheet = queries.bundle_sheet(answer.number, actor=staff("chuangkou"), at=AT)
    assert sheet is not None
    return {line.service: line.state for line in sheet.members}


def member_now(answer: Answer, service: str) -> str:
    """The number that a member has by now."""
    sheet = queries.bundle_sheet(answer.number, actor=staff("chuangkou"), at=AT)
    assert sheet is not None
    return next(line.number for line in sheet.members if line.service == service)


@pytest.mark.usefixtures("diner")
def test_members_become_cases_and_one_waits() -> None:
    answer = filed()
    assert (answer.state, answer.seq) == ("in_hand", 1)
    assert [(line.service, line.state, bool(line.number)) for line in answer.members] == [
        (FOOD, "open", True),
        (SIGN, "open", True),
        (FIRE, "waiting", False),
    ]
    rows = Case.objects.filter(parent__number=answer.number)
    assert {row.service_code for row in rows} == {FOOD, SIGN}
    # What is asked once reaches every member that asks for it.
    food = queries.case_sheet(number_of(answer, FOOD), actor=staff("chuangkou"), at=AT)
    assert food.form["area"] == LARGE["area"]
    assert food.applicant.name == SHOP.name
    assert not list(queries.differences())


@pytest.mark.usefixtures("diner")
def test_what_is_not_called_for_is_not_filed() -> None:
    answer = filed(answers={"area": 30, "sign": False})
    assert [line.service for line in answer.members] == [FOOD]


@pytest.mark.usefixtures("diner")
def test_the_same_request_has_one_effect() -> None:
    once = Once("key-1", b"\x01" * 32)
    first = filed(once=once)
    assert filed(once=once) == first
    assert (Bundle.objects.count(), Case.objects.count()) == (1, 2)
    with pytest.raises(Refused, match="idempotency_key_reused"):
        filed(once=replace(once, command_hash=b"\x02" * 32))
    with pytest.raises(Refused, match="idempotency_key_reused"):
        single.filed(once=replace(once, command_hash=b"\x02" * 32))
    other = Once("key-2", b"\x03" * 32)
    single.filed(once=other)
    with pytest.raises(Refused, match="idempotency_key_reused"):
        filed(once=replace(other, command_hash=b"\x04" * 32))


def test_the_same_request_at_once_has_one_effect(county: County) -> None:
    published()
    wanted, clerk = application(), staff("chuangkou")

    def race(once: Callable[[int], Once]) -> set[str]:
        def one(turn: int) -> str:
            try:
                return actions.file(application=wanted, actor=clerk, at=AT, once=once(turn)).number
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            return set(pool.map(one, range(4)))

    assert len(race(lambda turn: Once("same", b"\x01" * 32))) == 1
    assert Case.objects.count() == 2
    assert len(race(lambda turn: Once(f"other-{turn}", b"\x01" * 32))) == 4, "the control files each time"


@pytest.mark.usefixtures("diner")
def test_a_fault_in_one_member_refuses_all() -> None:
    whole = application(channel="web")
    sign = [
        material for material in whole.materials if "cgj" in material.code and material.provided != "data"
    ]
    lacking = replace(whole, materials=tuple(m for m in whole.materials if m not in sign[:1]))
    with pytest.raises(Refused) as refusal:
        actions.file(application=lacking, actor=citizen(), at=AT)
    assert [(p.pointer, p.code) for p in refusal.value.errors] == [("/materials", "material_missing")]
    spoilt = replace(whole, form={**whole.form, "premises__area_sqm": 3})
    with pytest.raises(Refused) as refusal:
        actions.file(application=spoilt, actor=citizen(), at=AT)
    assert [(p.pointer, p.code) for p in refusal.value.errors] == [
        ("/form/premises__area_sqm", "contradicts_answer")
    ]
    with pytest.raises(Refused, match="answers_missing"):
        actions.file(application=replace(whole, answers={"area": 120}), actor=citizen(), at=AT)
    assert not Bundle.objects.exists()
    assert not Case.objects.exists()
    assert actions.file(application=whole, actor=citizen(), at=AT).state == "in_hand"


def test_nothing_is_half_filed(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    published()
    lodge, lodged = opening.lodge, []

    def failing(*args: Any, **more: Any) -> Answer:
        lodged.append(1)
        if len(lodged) % 2 == 0:
            raise Refused("no_more", "第二个事项出了问题。")
        return lodge(*args, **more)

    monkeypatch.setattr(opening, "lodge", failing)
    with pytest.raises(Refused, match="no_more"):
        filed()
    assert (Bundle.objects.count(), Case.objects.count()) == (0, 0)
    unguarded = bundling._file.__wrapped__
    with pytest.raises(Refused, match="no_more"):
        unguarded(application(), staff("chuangkou"), AT, None)
    assert Case.objects.filter(seq=1).count() == 1, "without the transaction one member is filed alone"


@pytest.mark.usefixtures("diner")
def test_an_outcome_reaches_the_whole_once_and_opens_what_waited() -> None:
    answer = filed()
    food = number_of(answer, FOOD)
    decided(food, at=AT + timedelta(days=2))
    late = AT + timedelta(days=4)
    told(food, at=late)
    told(food, at=late)
    assert kinds(answer) == ["filed", "member_decided", "member_opened"]
    fire = Case.objects.get(number=member_now(answer, FIRE))
    assert (fire.received_at, fire.created_at) == (AT + timedelta(days=2), late)
    (first,) = journal.facts(fire.id)
    assert (first.principal, first.recorded_at) == ("bundle", late)
    assert fire.subject_id == Case.objects.get(number=food).subject_id
    code = answer.query_code
    assert code is not None
    assert queries.holds_code(fire.number, Holder(code))
    delivered(food, at=late)
    told(food, at=late)
    told(food, at=late)
    assert kinds(answer)[3:] == ["member_over"]
    assert not list(queries.differences())


@pytest.mark.usefixtures("diner")
def test_control_a_bundle_that_forgets_notes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = filed(answers={"area": 30, "sign": True})
    food, learned = number_of(answer, FOOD), bundles.learned
    decided(food)
    told(food)

    def forgetful(state: bundles.BundleState, case: UUID, fact: bundles.Noted) -> tuple[bundles.Noted, ...]:
        members = tuple(replace(member, state=MemberState.OPEN) for member in state.members)
        return learned(replace(state, members=members), case, fact)

    monkeypatch.setattr(bundles, "learned", forgetful)
    told(food)
    assert kinds(answer) == ["filed", "member_decided", "member_decided"]


@pytest.mark.usefixtures("diner")
def test_what_was_granted_stays_whatever_becomes_of_the_rest() -> None:
    answer = filed()
    food, sign = number_of(answer, FOOD), number_of(answer, SIGN)
    decided(sign)
    decided(food, "refuse")
    told(sign, food)
    assert kinds(answer) == ["filed", "member_decided", "member_decided", "member_dropped"]
    assert states(answer) == {FOOD: "refused", SIGN: "granted", FIRE: "dropped"}
    delivered(sign)
    delivered(food)
    told(sign, food)
    told(food, sign)
    assert kinds(answer)[4:] == ["member_over", "member_over", "concluded"]
    assert states(answer)[SIGN] == "granted"
    assert journal.facts(answer.case_id)[-1].data == {"granted": 1, "of": 3}
    assert not list(queries.differences())


@pytest.mark.usefixtures("diner")
def test_taking_it_back_has_a_result_for_every_member() -> None:
    answer = filed(actor=citizen(), channel="web")
    decided(number_of(answer, SIGN))
    once = Once("back", b"\x05" * 32)

    def back() -> Answer:
        return actions.perform(
            number=answer.number, verb="withdraw", payload={}, actor=citizen(), at=AT, once=once
        )

    first = back()
    assert [(r.number, bool(r.refused)) for r in first.results] == [
        (number_of(answer, FOOD), False),
        (number_of(answer, SIGN), True),
    ]
    assert back() == first
    assert kinds(answer) == ["filed", "withdrawn", "member_dropped"]
    told(number_of(answer, FOOD), number_of(answer, SIGN))
    assert states(answer) == {FOOD: "withdrawn", SIGN: "granted", FIRE: "dropped"}


@pytest.mark.usefixtures("diner")
def test_what_concerns_a_member_is_done_to_the_member() -> None:
    answer = filed()
    with pytest.raises(Refused, match="verb_of_members"):
        act(answer.number, "accept", "chuangkou")
    with pytest.raises(Refused, match="overtaken"):
        act(answer.number, "withdraw", "chuangkou", expect=9)
    with pytest.raises(Refused, match="case_not_found"):
        act(f"{answer.number[:-1]}?", "withdraw", "chuangkou")


@pytest.mark.usefixtures("diner")
def test_each_sees_what_concerns_them() -> None:
    answer = filed()
    code = answer.query_code
    assert code is not None

    def mine(actor: Principal | Holder) -> list[bool] | str:
        try:
            sheet = queries.bundle_sheet(answer.number, actor=actor, at=AT)
        except Refused as refused:
            return refused.code
        assert sheet is not None
        return [line.mine for line in sheet.members]

    assert mine(staff("chuangkou")) == [True, True, False]
    assert mine(citizen()) == [True, True, False]
    assert mine(staff("fanst")) == [False, True, False], "the sign's department opens its own member"
    assert mine(staff("jiangyx")) == [True, False, False]
    assert mine(Holder(code)) == [True, True, False]
    for stranger in (staff("pengrs"), citizen("13000000009"), Holder("00000-00000")):
        assert mine(stranger) == "case_not_found"
    hidden = queries.bundle_sheet(answer.number, actor=staff("fanst"), at=AT)
    assert hidden is not None
    assert (hidden.members[0].due_at, bool(hidden.members[0].number)) == (None, True)
    assert hidden.query_code is None
    around = queries.bundle_around(Case.objects.get(number=number_of(answer, SIGN)).id, staff("fanst"), AT)
    assert around is not None
    assert [line.mine for line in around.members] == [False, True, False]


@pytest.mark.usefixtures("diner")
def test_one_message_tells_of_all_that_was_filed() -> None:
    answer = filed()
    for case_id in (answer.case_id, *Case.objects.values_list("id", flat=True)):
        for fact in journal.facts(case_id):
            followers.tell_applicant(fact, at=AT)
            followers.tell_applicant(fact, at=AT)
    tenant = offices.first_tenant()
    assert tenant is not None
    (message,) = notices.outbox(tenant.id)
    assert "共3个事项" in message.text


@pytest.mark.usefixtures("diner")
def test_a_draft_is_kept_handed_in_and_let_go() -> None:
    mine = citizen()
    whole = application(channel="web")
    draft = actions.file(application=replace(whole, draft=True, form={}, materials=()), actor=mine, at=AT)
    assert (draft.state, draft.members) == ("draft", ())
    assert not Case.objects.exists()
    kept = queries.draft(draft.number, actor=mine, at=AT)
    assert kept.form == {"premises__area_sqm": 120}
    assert kept.problems
    assert queries.own_bundle_draft(mine, whole.package) == draft.number
    with pytest.raises(Refused, match="case_not_found"):
        queries.draft(draft.number, actor=citizen("13000000009"), at=AT)
    materials = [{"code": m.code, "provided": m.provided} for m in whole.materials]
    for part in ({"form": dict(whole.form)}, {"materials": materials}):
        actions.perform(number=draft.number, verb="save_draft", payload=part, actor=mine, at=AT)
    assert queries.draft(draft.number, actor=mine, at=AT).problems == ()
    handed = actions.perform(number=draft.number, verb="submit", payload={}, actor=mine, at=AT)
    assert (handed.state, handed.seq, len(handed.members)) == ("in_hand", 4, 3)
    with pytest.raises(Refused, match="not_a_draft"):
        actions.perform(number=draft.number, verb="submit", payload={}, actor=mine, at=AT)
    other = actions.file(application=replace(whole, draft=True), actor=mine, at=AT)
    assert tasks.discard_drafts(at=AT + timedelta(days=89)) == 0
    assert tasks.discard_drafts(at=AT + timedelta(days=91)) == 1
    assert kinds(other) == ["draft_saved", "draft_expired"]
    assert not list(queries.differences())


@pytest.mark.usefixtures("diner")
def test_what_an_agent_files_is_the_principals() -> None:
    agent, owner = citizen(AGENT_PHONE), citizen()
    whole = application(channel="web")
    letter = (MaterialGiven("agent_letter", "original"), *whole.materials)
    without = replace(whole, agent=AGENT)
    with pytest.raises(Refused) as refusal:
        actions.file(application=without, actor=agent, at=AT)
    assert [p.code for p in refusal.value.errors] == ["material_missing"]
    answer = actions.file(application=replace(without, materials=letter), actor=agent, at=AT)
    rows = {row.service_code: row for row in Case.objects.filter(parent__number=answer.number)}
    assert {row.applicant_user_id for row in rows.values()} == {owner.user_id}
    for who in (agent, owner):
        sheet = queries.bundle_sheet(answer.number, actor=who, at=AT)
        assert sheet is not None
        assert [line.mine for line in sheet.members] == [True, True, False]
    sign = queries.case_sheet(rows[SIGN].number, actor=owner, at=AT)
    assert next(material.code for material in sign.materials if material.way) == "agent_letter"
    ended = AT + timedelta(days=60)
    with pytest.raises(Refused, match="case_not_found"):
        queries.bundle_sheet(answer.number, actor=agent, at=ended)
    decided(rows[FOOD].number)
    told(rows[FOOD].number)
    fire = Case.objects.get(number=member_now(answer, FIRE))
    assert (fire.applicant_user_id, fire.entrustment_id) == (owner.user_id, rows[FOOD].entrustment_id)
    assert not list(queries.differences())


@pytest.mark.usefixtures("diner")
def test_the_number_of_the_whole_finds_its_members() -> None:
    answer = filed()
    single.filed()

    def found(who: str) -> set[str]:
        return {
            line.number for line in queries.cases(staff(who), at=AT, asked=CaseFilter(q=answer.number)).items
        }

    assert found("chuangkou") == {number_of(answer, FOOD), number_of(answer, SIGN)}
    assert found("fanst") == {number_of(answer, SIGN)}
    assert found("pengrs") == set()


@pytest.mark.usefixtures("diner")
def test_nothing_of_a_person_lies_in_clear() -> None:
    filed()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT json_agg(b) FROM cases_bundle b)::text"
            " || (SELECT json_agg(d) FROM cases_bundledossier d)::text"
            " || (SELECT json_agg(f) FROM journal_fact f WHERE stream_kind = 'bundle')::text"
        )
        (dump,) = cursor.fetchone()
    assert SHOP.name in dump, "the dump shows what is there"
    for secret in (SHOP.id_number, SHOP.phone, "明渠县中街 1 号"):
        assert secret not in dump


@pytest.mark.usefixtures("diner")
def test_rows_are_compared_with_their_facts() -> None:
    answer = filed()
    heads = {stream: seq for stream, seq, _ in queries.heads()}
    assert heads[answer.case_id] == 1
    Bundle.objects.filter(number=answer.number).update(stage="concluded", seq=2)
    Case.objects.filter(number=number_of(answer, FOOD)).update(parent=None)
    found = {(each.number, each.column) for each in queries.differences()}
    assert found == {
        (answer.number, "stage"),
        (answer.number, "seq"),
        (number_of(answer, FOOD), "parent"),
    }


@pytest.mark.usefixtures("diner")
def test_each_member_costs_a_bounded_number_of_statements() -> None:
    def cost(answers: dict[str, Any]) -> int:
        wanted = application(answers)
        clerk = staff("chuangkou")
        with CaptureQueriesContext(connection) as sent:
            actions.file(application=wanted, actor=clerk, at=AT)
        return len(sent)

    cost(LARGE)
    one, two = cost({"area": 30, "sign": False}), cost({"area": 30, "sign": True})
    assert two - one <= A_MEMBER, (one, two)
