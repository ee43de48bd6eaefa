"""The action path on a real database: the journey of a case, repetition, being overtaken, permission."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, queries, tasks
from onedoor.domain.cases.terms import Holder, Once
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.models import User
from tests.county import County
from tests.factories.cases import AT, DELIVERY, FOOD, PASS, act, application, filed, staff, version_of


def test_a_case_lives_from_filing_to_rating(county_db: County) -> None:
    case = filed()
    assert (case.state, case.seq) == ("submitted", 1)
    assert case.query_code
    version = queries.case_sheet(case.number, actor=staff("chuangkou"), at=AT).version
    reviews = [s for s in version.procedure.steps if s.kind.value in ("review", "opinion")]
    accepted = act(case.number, "accept", "chuangkou", AT)
    assert accepted.state == "accepted"
    for step in reviews:
        reviewer = "jiangyx" if step.department == "scjg" else _reviewer_of(step.department)
        act(case.number, "review", reviewer, AT + timedelta(hours=2), step=step.code, payload=PASS)
    decision = next(s.code for s in version.procedure.steps if s.kind.value == "decision")
    decided = act(
        case.number, "decide", "yinby", AT + timedelta(hours=3), step=decision, payload={"outcome": "approve"}
    )
    assert decided.state == "approved"
    assert act(case.number, "issue", "chujian", AT + timedelta(hours=4)).state == "issued"
    assert (
        act(case.number, "deliver", "chujian", AT + timedelta(days=1), payload=DELIVERY).state == "delivered"
    )
    assert case.query_code is not None
    rated = actions.perform(
        number=case.number,
        verb="rate",
        payload={"level": 5, "text": "很快"},
        actor=Holder(case.query_code),
        at=AT + timedelta(days=2),
    )
    assert rated.seq == 6 + len(reviews)


def _reviewer_of(department: str) -> str:
    from onedoor.domain.offices.models import RoleGrant

    found = RoleGrant.objects.filter(role="reviewer", department=department).select_related("user").first()
    assert found is not None
    return found.user.username


def test_the_same_request_twice_has_one_effect(county_db: County) -> None:
    once = Once("key-1", b"\x01" * 32)
    first = filed(once=once)
    again = filed(once=once)
    assert again == first
    with pytest.raises(Refused, match="idempotency_key_reused"):
        filed(once=replace(once, command_hash=b"\x02" * 32))
    accept = Once("key-2", b"\x03" * 32)
    answer = act(first.number, "accept", "chuangkou", AT, once=accept)
    assert act(first.number, "accept", "chuangkou", AT, once=accept) == answer
    assert len(journal.facts(first.case_id)) == 2
    with pytest.raises(Refused, match="verb_out_of_order"):
        act(first.number, "accept", "chuangkou", AT)


def test_who_comes_second_is_told_who_was_first(county_db: County) -> None:
    case = filed()
    act(case.number, "accept", "chuangkou2", AT)
    with pytest.raises(Refused) as refusal:
        act(case.number, "decline", "chuangkou", AT, payload={"reasons": "不属本县"}, expect=1)
    assert refusal.value.code == "overtaken"
    assert "吴桂芳" in refusal.value.detail


def test_silence_of_five_working_days_is_acceptance_from_receipt(county_db: County) -> None:
    case = filed(AT)
    late = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
    sheet = queries.case_sheet(case.number, actor=staff("chuangkou"), at=late)
    assert sheet.stage == "submitted"
    assert actions.let_time_pass(case_id=case.case_id, at=late) == 1
    facts = journal.facts(case.case_id)
    assert facts[-1].kind == "case.deemed_accepted"
    # 18 September 2026 is a Friday, the 20th a make-up working day, the 25th a holiday.
    assert facts[-1].effective_at == datetime(2026, 9, 24, 16, 0, tzinfo=UTC)
    assert facts[-1].principal == "law"


def test_another_departments_reviewer_is_refused(county_db: County) -> None:
    case = filed()
    act(case.number, "accept", "chuangkou", AT)
    with pytest.raises(Refused, match="step_of_other_department"):
        act(case.number, "review", _reviewer_of("xfjy"), AT, step=_step("scjg"), payload=PASS)
    with pytest.raises(Refused, match="case_not_found"):
        act(case.number, "review", _reviewer_of("lyj"), AT, step=_step("scjg"), payload=PASS)


def _step(department: str) -> str:
    version = version_of(FOOD)
    return next(s.code for s in version.procedure.steps if s.department == department)


def test_correction_is_told_once_and_opens_only_what_is_faulty(county_db: County) -> None:
    case = filed()
    item = {"target": "material:m1", "reason": "没有签名", "mend": "补签后重新提交"}
    act(case.number, "notify_correction", "chuangkou", AT, payload={"items": [item]})
    with pytest.raises(Refused, match="not_asked_to_correct"):
        act(case.number, "correct", "chuangkou", AT, payload={"form": {"shop_name": "别的店"}})
    given = {"materials": [{"code": "m1", "provided": "original"}]}
    assert act(case.number, "correct", "chuangkou", AT, payload=given).state == "submitted"
    with pytest.raises(Refused, match="correction_already_told"):
        act(case.number, "notify_correction", "chuangkou", AT, payload={"items": [item]})


def test_a_step_of_the_head_is_the_heads(county_db: County) -> None:
    from onedoor.domain.cases.rules import Standing, permit, verb_named
    from onedoor.domain.offices.terms import Grant, Principal, Role

    version = version_of(FOOD)
    steps = tuple(
        replace(step, role="head") if step.department == "xfjy" else step for step in version.procedure.steps
    )
    procedure = replace(version.procedure, steps=steps)
    code = next(step.code for step in steps if step.role == "head")
    standing = Standing(county_db.tenant_id, "scjg", ("scjg", "xfjy"), "990722000000", None)

    def may(role: Role) -> bool:
        actor = Principal(1, county_db.tenant_id, "某人", "someone", (Grant(role, "xfjy"),))
        try:
            permit(actor, verb_named("review"), standing, procedure, code)
        except Refused:
            return False
        return True

    assert may(Role.HEAD)
    assert not may(Role.REVIEWER)


def test_what_is_not_handed_in_is_its_writers(county_db: County) -> None:
    draft = actions.file(application=replace(application(), draft=True), actor=staff("chuangkou"), at=AT)
    assert queries.case_sheet(draft.number, actor=staff("chuangkou"), at=AT).stage == "draft"
    for other in ("chuangkou2", "ducha", "jiangyx"):
        with pytest.raises(Refused, match="case_not_found"):
            queries.case_sheet(draft.number, actor=staff(other), at=AT)
        assert queries.cases(staff(other), at=AT).items == ()
    assert [line.number for line in queries.cases(staff("chuangkou"), at=AT).items] == [draft.number]


def test_what_is_incomplete_is_not_accepted(county_db: County) -> None:
    whole = application()
    case = actions.file(
        application=replace(whole, materials=whole.materials[1:]), actor=staff("chuangkou"), at=AT
    )
    with pytest.raises(Refused, match="application_incomplete"):
        act(case.number, "accept", "chuangkou", AT)


def test_what_no_paper_can_print_is_refused_where_it_is_typed(county_db: County) -> None:
    whole = application()
    odd = replace(whole, applicant=replace(whole.applicant, name="晓禾小吃店😀"))
    with pytest.raises(Refused) as refusal:
        actions.file(application=odd, actor=staff("chuangkou"), at=AT)
    assert ("/applicant/name", "unprintable") in [(p.pointer, p.code) for p in refusal.value.errors]
    case = filed()
    with pytest.raises(Refused, match="unprintable"):
        act(case.number, "decline", "chuangkou", AT, payload={"reasons": "不属于本县职权🙏"})


def test_a_paper_that_cannot_be_set_holds_nobody_up(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onedoor.domain.cases import followers
    from onedoor.domain.papers import actions as papers

    def refuse(paper_id: object, at: datetime) -> None:
        raise Refused("glyph_missing", "字库中没有这个字。")

    monkeypatch.setattr(papers, "render", refuse)
    case = filed()
    (fact,) = journal.facts(case.case_id)
    followers.issue_papers(fact, at=AT)
    assert queries.case_sheet(case.number, actor=staff("chuangkou"), at=AT).papers


@pytest.mark.parametrize("phone", ["", "明天再填", "130", "_\"'><img src=x onerror=alert(1)>", "8" * 40])
def test_whatever_a_draft_has_for_a_phone_is_nobodys_account(phone: str, county_db: County) -> None:
    before = User.objects.count()
    half = replace(application(), draft=True)
    draft = actions.file(
        application=replace(half, applicant=replace(half.applicant, phone=phone)),
        actor=staff("chuangkou"),
        at=AT,
    )
    assert draft.state == "draft"
    assert User.objects.count() == before


@pytest.mark.usefixtures("county_db")
def test_old_drafts_are_let_go_and_young_ones_kept() -> None:
    draft = actions.file(application=replace(application(), draft=True), actor=staff("chuangkou"), at=AT)
    later = AT + timedelta(days=60)
    written = {"number": draft.number, "actor": staff("chuangkou"), "at": later}
    actions.perform(verb="save_draft", payload={"form": {"area": "61"}}, **written)
    assert tasks.discard_drafts(at=AT + timedelta(days=91)) == 0, "somebody went on with it"
    assert tasks.discard_drafts(at=later + timedelta(days=90)) == 1
    sheet = queries.case_sheet(draft.number, actor=staff("chuangkou"), at=later + timedelta(days=90))
    assert (sheet.stage, sheet.facts[0].name) == ("withdrawn", "草稿到期作废")
    assert tasks.discard_drafts(at=later + timedelta(days=99)) == 0
