"""Clean-ups: what departments report, who confirms it, what is published for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.campaign_models import CampaignEntry
from onedoor.domain.catalog.campaigns import actions as campaign_actions
from onedoor.domain.catalog.campaigns import queries as campaigns
from onedoor.domain.catalog.campaigns.terms import Addition, CampaignView, Declaration, EntryView
from onedoor.domain.catalog.importing.rows import SourceRow
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.terms import Grant, Principal, Role
from tests.catalog.conftest import make_tenant
from tests.catalog.samples import AT

OPENS, CLOSES = date(2026, 3, 2), date(2026, 3, 11)
LATE = AT + timedelta(days=30)
LAW = "《行政许可法》第十二条"
CANCEL = Declaration(Decision.CANCEL, LAW, "依据已经废止")
KEEP = Declaration(Decision.KEEP)


def person(tenant: int, number: int, role: Role, department: str | None = None) -> Principal:
    return Principal(number, tenant, f"甲{number}", f"u{number}", (Grant(role, department),))


def editor(tenant: int) -> Principal:
    return person(tenant, 1, Role.EDITOR)


def head(tenant: int, department: str = "scjg") -> Principal:
    return person(tenant, 2, Role.HEAD, department)


def item(code: str, department: str = "scjg", kind: str = "01") -> dict[str, Any]:
    return {"code": code, "name": f"事项{code}", "type": kind, "department": department, "ready": False}


def put(tenant: int, *documents: dict[str, Any]) -> None:
    rows = [SourceRow(number, document) for number, document in enumerate(documents, start=1)]
    assert not actions.import_items(tenant_id=tenant, rows=rows, principal="user:1", at=AT).refused


def opened(tenant: int, **scope: Any) -> CampaignView:
    return campaign_actions.open_campaign(
        actor=editor(tenant), name="年度清理", opens_on=OPENS, closes_on=CLOSES, at=AT, **scope
    )


def entry(actor: Principal, campaign: UUID, code: str) -> EntryView:
    return next(each for each in campaigns.entries(actor, campaign) if each.code == code)


def report(actor: Principal, campaign: UUID, code: str, declared: Declaration, at: Any = AT) -> EntryView:
    found = entry(actor, campaign, code)
    return campaign_actions.report(
        actor=actor, campaign_id=campaign, entry_id=found.id, declared=declared, at=at
    )


def confirm(actor: Principal, campaign: UUID, *ids: int, **more: Any) -> int:
    chosen = ids or [each.id for each in campaigns.entries(actor, campaign)]
    given = {"confirmed": True, "at": AT, **more}
    return campaign_actions.review(actor=actor, campaign_id=campaign, entry_ids=chosen, **given)


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


@pytest.fixture
def county(tenant: int) -> int:
    """A county with three items of one department and one of another."""
    put(tenant, item("A-1"), item("A-2"), item("A-3", kind="20"), item("B-1", "xfjy"))
    return tenant


def test_a_clean_up_takes_what_is_in_force_and_keeps_it(county: int) -> None:
    view = opened(county)
    put(county, item("A-4"))
    actions.retire(tenant_id=county, code="A-1", reason="取消", principal="user:1", at=AT)
    found = campaigns.entries(editor(county), view.id)
    assert [each.code for each in found] == ["A-1", "A-2", "A-3", "B-1"]
    assert {each.state for each in found} == {EntryState.OPEN}


def test_scope_by_department_and_kind(county: int) -> None:
    view = opened(county, departments=["scjg"], kinds=["01"])
    assert [e.code for e in campaigns.entries(editor(county), view.id)] == ["A-1", "A-2"]
    act = lambda: opened(county, departments=["xfjy"], kinds=["20"])  # noqa: E731
    assert refused(act).code == "campaign_invalid"  # the name is taken while that clean-up goes on


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "长" * 101}, "/name"),
        ({"closes_on": OPENS - timedelta(days=1)}, "/closes_on"),
        ({"departments": ["nobody"]}, "/departments"),
        ({"kinds": ["99"]}, "/kinds"),
        ({"basis": "长" * 301}, "/basis"),
    ],
)
def test_what_cannot_be_opened(county: int, changes: dict[str, Any], pointer: str) -> None:
    given = {"name": "清理", "opens_on": OPENS, "closes_on": CLOSES, **changes}
    caught = refused(lambda: campaign_actions.open_campaign(actor=editor(county), at=AT, **given))
    assert [problem.pointer for problem in caught.errors] == [pointer]


def test_only_an_editor_of_the_whole_county_opens_reviews_and_publishes(county: int) -> None:
    view = opened(county)
    made = report(head(county), view.id, "A-1", KEEP)
    for actor in (head(county), person(county, 3, Role.EDITOR, "scjg"), person(county, 4, Role.DIRECTOR)):
        given = {"actor": actor, "at": AT}
        for act in (
            lambda g=given: campaign_actions.open_campaign(
                name="清理", opens_on=OPENS, closes_on=CLOSES, **g
            ),
            lambda g=given: campaign_actions.review(
                campaign_id=view.id, entry_ids=[made.id], confirmed=True, **g
            ),
            lambda g=given: campaign_actions.publish(campaign_id=view.id, **g),
        ):
            assert refused(act).code == "not_allowed"


def test_a_department_sees_and_reports_its_own_items_only(county: int) -> None:
    view = opened(county)
    mine, theirs = head(county), head(county, "xfjy")
    assert [e.code for e in campaigns.entries(theirs, view.id)] == ["B-1"]
    foreign = entry(mine, view.id, "A-1")
    for act in (
        lambda: campaigns.entry(theirs, view.id, foreign.id),
        lambda: campaign_actions.report(
            actor=theirs, campaign_id=view.id, entry_id=foreign.id, declared=KEEP, at=AT
        ),
    ):
        assert refused(act).status == 404


def test_those_who_have_nothing_to_do_with_it_do_not_see_it(county: int) -> None:
    view = opened(county, departments=["scjg"])
    put(other := make_tenant(), item("A-1"))
    for actor in (head(county, "xfjy"), person(county, 5, Role.CLERK), editor(other)):
        assert campaigns.campaigns(actor) == ()
        assert refused(lambda a=actor: campaigns.campaign(a, view.id)).status == 404
        assert refused(lambda a=actor: campaigns.entries(a, view.id)).status == 404
        assert refused(
            lambda a=actor: campaign_actions.publish(actor=a, campaign_id=view.id, at=AT)
        ).status in (403, 404)
    assert len(campaigns.entries(person(county, 6, Role.SUPERVISOR), view.id)) == 3


@pytest.mark.parametrize(
    ("declared", "pointer", "code"),
    [
        (Declaration(Decision.CANCEL, "", "无依据"), "/basis", "required"),
        (Declaration(Decision.CANCEL, LAW, ""), "/reason", "required"),
        (Declaration(Decision.MERGE, LAW, "重复"), "/target", "required"),
        (Declaration(Decision.MERGE, LAW, "重复", "A-1"), "/target", "merged_into_itself"),
        (Declaration(Decision.MERGE, LAW, "重复", "Z-9"), "/target", "unknown_item"),
        (Declaration(Decision.HAND_OVER, LAW, "就近办"), "/target", "required"),
        (Declaration(Decision.KEEP, LAW, "", "A-2"), "/target", "unexpected"),
        (Declaration(Decision.MODIFY, LAW, "压减时限"), "/places", "required"),
        (Declaration(Decision.KEEP, places=("承诺时限",)), "/places", "unexpected"),
        (Declaration(Decision.MODIFY, LAW, "改", places=("x",) * 21), "/places", "too_many"),
        (Declaration(Decision.ADD, LAW, "新设"), "/decision", "wrong_decision"),
        (Declaration(Decision.CANCEL, "长" * 501, "废止"), "/basis", "too_long"),
        (Declaration(Decision.CANCEL, LAW, "废\x00止"), "/reason", "control_character"),
    ],
)
def test_a_report_that_does_not_say_enough(
    county: int, declared: Declaration, pointer: str, code: str
) -> None:
    view = opened(county)
    caught = refused(lambda: report(head(county), view.id, "A-1", declared))
    assert (pointer, code) in [(problem.pointer, problem.code) for problem in caught.errors]
    assert entry(head(county), view.id, "A-1").state is EntryState.OPEN


def test_nobody_confirms_their_own_report(county: int) -> None:
    view = opened(county)
    made = report(editor(county), view.id, "A-1", KEEP)
    assert refused(lambda: confirm(editor(county), view.id, made.id)).code == "own_report"
    assert confirm(person(county, 9, Role.EDITOR), view.id, made.id) == 1


def test_the_table_itself_keeps_four_eyes_apart(county: int) -> None:
    view = opened(county)
    made = report(editor(county), view.id, "A-1", KEEP)
    rows = CampaignEntry.objects.filter(pk=made.id)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        rows.update(state="confirmed", reviewed_by="user:1")
    assert rows.update(state="confirmed", reviewed_by="user:9") == 1


def test_what_is_returned_is_reported_again_even_late(county: int) -> None:
    view = opened(county)
    made = report(head(county), view.id, "A-1", CANCEL)
    assert refused(lambda: confirm(editor(county), view.id, made.id, confirmed=False)).code == "note_missing"
    confirm(editor(county), view.id, made.id, confirmed=False, note="依据还在用，请核对")
    found = entry(head(county), view.id, "A-1")
    assert (found.state, found.note) == (EntryState.RETURNED, "依据还在用，请核对")
    again = report(head(county), view.id, "A-1", KEEP, at=LATE)
    assert (again.state, again.note, again.decision) == (EntryState.REPORTED, "", Decision.KEEP)


def test_reports_have_their_days(county: int) -> None:
    view = opened(county)
    for at in (AT - timedelta(days=1), LATE):
        caught = refused(lambda a=at: report(head(county), view.id, "A-1", KEEP, at=a))
        assert [problem.code for problem in caught.errors] == ["not_in_time"]
    assert report(editor(county), view.id, "A-1", KEEP, at=LATE).state is EntryState.REPORTED


def test_what_is_confirmed_stays_until_it_is_returned(county: int) -> None:
    view = opened(county)
    made = report(head(county), view.id, "A-1", KEEP)
    confirm(editor(county), view.id, made.id)
    caught = refused(lambda: report(head(county), view.id, "A-1", CANCEL))
    assert [problem.code for problem in caught.errors] == ["already_confirmed"]
    confirm(editor(county), view.id, made.id, confirmed=False, note="请改")
    assert report(head(county), view.id, "A-1", CANCEL).decision is Decision.CANCEL


def test_a_review_of_several_is_all_or_nothing(county: int) -> None:
    view = opened(county)
    report(head(county), view.id, "A-1", KEEP)
    assert refused(lambda: confirm(editor(county), view.id)).code == "not_reported"
    assert entry(head(county), view.id, "A-1").state is EntryState.REPORTED
    assert refused(lambda: confirm(editor(county), view.id, 999_999)).code == "nothing_chosen"


def add(actor: Principal, campaign: UUID, name: str = "新事项", **more: Any) -> EntryView:
    given = {"name": name, "type": "01", "department": "scjg", **more}
    return campaign_actions.add(
        actor=actor,
        campaign_id=campaign,
        addition=Addition(**given),
        declared=Declaration(Decision.ADD, LAW, "上级下放"),
        at=AT,
    )


def test_an_addition_is_reported_and_may_be_taken_back(county: int) -> None:
    view = opened(county)
    made = add(head(county), view.id)
    assert (made.added, made.state) == (True, EntryState.REPORTED)
    for more, code in (
        ({}, "duplicate_name"),
        ({"name": "甲", "code": "A-1"}, "duplicate_code"),
        ({"name": "甲", "department": "xfjy"}, "unknown_department"),
        ({"name": "甲", "type": "99"}, "unknown_kind"),
        ({"name": "甲", "code": "编码"}, "wrong_format"),
        ({"name": ""}, "required"),
    ):
        caught = refused(lambda m=more: add(head(county), view.id, **m))
        assert code in [problem.code for problem in caught.errors], more
    campaign_actions.drop(actor=head(county), campaign_id=view.id, entry_id=made.id, at=AT)
    assert campaigns.tallies(campaigns.entries(editor(county), view.id))[0].add == 0
    assert add(head(county), view.id).id != made.id
    kept = entry(head(county), view.id, "A-1")
    act = lambda: campaign_actions.drop(  # noqa: E731
        actor=head(county), campaign_id=view.id, entry_id=kept.id, at=AT
    )
    assert refused(act).code == "not_an_addition"


def all_kept(county: int, view: CampaignView) -> None:
    for each in campaigns.entries(editor(county), view.id):
        if each.state is EntryState.OPEN:
            report(person(county, 8, Role.EDITOR), view.id, each.code, KEEP)
    waiting = [
        each.id for each in campaigns.entries(editor(county), view.id) if each.state is EntryState.REPORTED
    ]
    confirm(editor(county), view.id, *waiting)


def publish(county: int, view: CampaignView) -> None:
    campaign_actions.publish(actor=editor(county), campaign_id=view.id, at=LATE)


def test_a_result_needs_every_item_confirmed_and_then_never_changes(county: int) -> None:
    view = opened(county)
    assert refused(lambda: publish(county, view)).code == "campaign_unfinished"
    assert refused(lambda: campaigns.result(county, view.id)).status == 404
    made = report(head(county), view.id, "A-1", CANCEL)
    all_kept(county, view)
    publish(county, view)
    found = campaigns.result(county, view.id)
    assert (found.counts.items, found.counts.cancel, found.counts.remaining) == (4, 1, 3)
    assert [(line.code, line.decision) for line in found.lines][:2] == [
        ("A-1", Decision.CANCEL), ("A-2", Decision.KEEP),
    ]  # fmt: skip
    for act in (
        lambda: publish(county, view),
        lambda: report(editor(county), view.id, "A-2", CANCEL),
        lambda: confirm(editor(county), view.id, made.id, confirmed=False, note="改"),
        lambda: add(editor(county), view.id),
    ):
        assert refused(act).code == "campaign_closed"
    assert [each.id for each in campaigns.results(county)] == [view.id]
    assert campaigns.results(make_tenant()) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_campaignresult SET content = '{}'",
        "DELETE FROM catalog_campaignresult",
        "DELETE FROM catalog_campaignentry",
        "UPDATE catalog_campaignentry SET code = 'X'",
        "UPDATE catalog_campaign SET name = 'x'",
    ],
)
def test_the_application_cannot_rewrite_a_clean_up(county: int, statement: str) -> None:
    opened(county)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_what_is_merged_must_be_merged_into_something_that_stays(county: int) -> None:
    view = opened(county)
    report(head(county), view.id, "A-1", Declaration(Decision.MERGE, LAW, "重复", "A-2"))
    report(head(county), view.id, "A-2", CANCEL)
    all_kept(county, view)
    caught = refused(lambda: publish(county, view))
    assert caught.code == "merged_into_nothing"
    assert "A-2" in caught.errors[0].detail


def test_the_stream_tells_all_of_it(county: int) -> None:
    view = opened(county)
    made = report(head(county), view.id, "A-1", CANCEL)
    confirm(editor(county), view.id, made.id, confirmed=False, note="请核对")
    report(head(county), view.id, "A-1", CANCEL)
    all_kept(county, view)
    publish(county, view)
    facts = journal.facts(view.id)
    kinds = [fact.kind.removeprefix("catalog.campaign_") for fact in facts]
    assert kinds == (
        ["opened", "item_reported", "item_reviewed", *["item_reported"] * 4, *["item_reviewed"] * 4, "published"]
    )  # fmt: skip
    assert [
        (line.decision, line.confirmed, line.told) for line in campaigns.trail(head(county), view.id, made.id)
    ] == [
        (None, True, ""),
        (Decision.CANCEL, None, "依据已经废止"),
        (None, False, "请核对"),
        (Decision.CANCEL, None, "依据已经废止"),
    ]
    assert facts[0].data["items"] == 4
    assert (facts[1].principal, facts[1].data["decision"], facts[1].data["basis"]) == (
        "user:2",
        "cancel",
        LAW,
    )
    assert facts[-1].data["digest"] == campaigns.result(county, view.id).digest.hex()


def test_what_is_decided_is_left_to_be_done_until_the_catalogue_shows_it(county: int) -> None:
    view = opened(county)
    report(head(county), view.id, "A-1", CANCEL)
    report(
        head(county), view.id, "A-2", Declaration(Decision.MODIFY, LAW, "压减", places=("承诺时限：20→8",))
    )
    add(head(county), view.id, "全新事项")
    assert campaigns.follow_ups(editor(county), view.id, at=AT) == ()
    all_kept(county, view)
    publish(county, view)
    left = campaigns.follow_ups(editor(county), view.id, at=LATE)
    assert [(each.name, each.task, each.done) for each in left] == [
        ("全新事项", "发布新事项", False),
        ("事项A-1", "取消事项", False),
        ("事项A-2", "发布新版本，修改 1 处", False),
    ]
    actions.retire(tenant_id=county, code="A-1", reason="清理", principal="user:1", at=AT)
    put(county, {**item("A-2"), "fee": "不收费"}, {**item("C-1"), "name": "全新事项"})
    assert all(each.done for each in campaigns.follow_ups(editor(county), view.id, at=LATE))
