"""Items split and merged: all of it takes effect in one instant, or none of it; the old address leads on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions as catalog
from onedoor.domain.catalog import queries, tasks
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.models import Draft as Row
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.states import DraftState, Operation
from onedoor.domain.journal import queries as journal
from tests.catalog.editors import FOOD, begun, editor, published, reviewed, step
from tests.catalog.samples import AT, food
from tests.county import County
from tests.faces.portal import text_of

LATER = AT + timedelta(hours=1)
DAY = date(2026, 3, 9)
#: Shortly after midnight of that day in Shanghai.
THEN = datetime.fromisoformat("2026-03-08T16:00:30+00:00")
BAR, CAFE = "SCJG-FOOD-BAR", "SCJG-FOOD-CAFE"


def new(tenant: int, code: str, at: datetime = AT) -> Draft:
    """The draft of a new item that is complete."""
    content = food(code=code, name=f"食品经营许可{code[-4:]}")
    return begun(tenant, Operation.ADD, at=at, code=code, content=content)


def approved(draft: Draft, at: datetime = AT, **more: Any) -> Draft:
    """Submitted, checked and approved."""
    return reviewed(draft, at=at, **more)


def running(tenant: int) -> set[str]:
    """The items in force, each in one version."""
    rows = Version.objects.filter(tenant_id=tenant, retired_at__isnull=True)
    return set(rows.values_list("item__code", flat=True))


def kinds(tenant: int, code: str) -> list[str]:
    item = Item.objects.get(tenant_id=tenant, code=code)
    return [fact.kind.removeprefix("catalog.") for fact in journal.facts(item.stream_id)]


def test_an_item_is_split_into_two_new_ones_in_one_instant(tenant: int) -> None:
    published(tenant)
    parts = [new(tenant, BAR), new(tenant, CAFE)]
    split = begun(tenant, Operation.SPLIT, successors=[BAR, CAFE])
    for each in parts:
        assert approved(each).state is DraftState.APPROVED, "it waits for the split"
    assert running(tenant) == {FOOD}
    assert approved(split, at=LATER).state is DraftState.DONE
    assert running(tenant) == {BAR, CAFE}
    instants = set(Version.objects.filter(item__code__in=[BAR, CAFE]).values_list("published_at", flat=True))
    assert instants == {Version.objects.get(item__code=FOOD).retired_at} == {LATER}
    assert drafts.successors_of(tenant, FOOD) == (BAR, CAFE)
    facts = journal.facts(Item.objects.get(tenant_id=tenant, code=FOOD).stream_id)
    (gone,) = [fact for fact in facts if fact.kind == "catalog.version_retired"]
    assert gone.data["reason"] == f"拆分：省里统一下调时限（由 {BAR}、{CAFE} 承接）"
    assert facts[-1].data["successors"] == [BAR, CAFE]
    assert kinds(tenant, BAR)[-2:] == ["version_published", "draft_applied"]


def test_on_its_day_a_split_takes_effect_as_a_whole_or_not_at_all(tenant: int) -> None:
    published(tenant)
    first, second = new(tenant, BAR), new(tenant, CAFE)
    split = begun(tenant, Operation.SPLIT, successors=[BAR, CAFE])
    approved(first, effective_on=DAY)
    approved(split, effective_on=DAY)
    tasks.apply_drafts(at=THEN)
    assert running(tenant) == {FOOD}, "one part is not approved: nothing happens"
    returned = Row.objects.get(pk=split.id)
    assert returned.state == "drafting"
    assert CAFE in returned.fault
    approved(second, at=THEN, effective_on=DAY)
    again = drafts.draft(editor(tenant), split.id)
    approved(again, at=THEN)
    assert running(tenant) == {BAR, CAFE}


def test_parts_go_their_own_way_when_the_split_is_given_up(tenant: int) -> None:
    published(tenant)
    part = new(tenant, BAR)
    new(tenant, CAFE)
    split = begun(tenant, Operation.SPLIT, successors=[BAR, CAFE])
    approved(part)
    assert running(tenant) == {FOOD}
    step(split, "abandon", reason="不拆了")
    tasks.apply_drafts(at=LATER)
    assert running(tenant) == {FOOD, BAR}


def test_two_items_are_merged_into_one_that_exists_or_is_in_the_making(tenant: int) -> None:
    published(tenant)
    published(tenant, code=BAR)
    published(tenant, code=CAFE)
    merge = begun(tenant, Operation.MERGE, merged=[BAR], successors=[CAFE])
    assert approved(merge, at=LATER).state is DraftState.DONE
    assert running(tenant) == {CAFE}
    assert drafts.successors_of(tenant, FOOD) == drafts.successors_of(tenant, BAR) == (CAFE,)
    assert kinds(tenant, BAR)[-1] == "version_retired"


def test_a_merge_that_fails_at_its_second_item_leaves_the_first(tenant: int) -> None:
    """Control of the one transaction: the further item has gone meanwhile."""
    published(tenant)
    published(tenant, code=BAR)
    published(tenant, code=CAFE)
    merge = begun(tenant, Operation.MERGE, merged=[BAR], successors=[CAFE])
    merge = step(step(merge, "submit"), "check")
    catalog.retire(tenant_id=tenant, code=BAR, reason="停办", principal="user:1", at=LATER)
    with pytest.raises(Refused, match="unknown_item"):
        step(merge, "approve", 8, at=LATER)
    assert running(tenant) == {FOOD, CAFE}
    assert Row.objects.get(pk=merge.id).state == "reviewing"


@pytest.mark.parametrize(
    ("operation", "successors", "merged", "code"),
    [
        (Operation.SPLIT, [], [], "successors_missing"),
        (Operation.SPLIT, [BAR], [], "successors_missing"),
        (Operation.SPLIT, [BAR, BAR, " "], [], "successors_missing"),
        (Operation.SPLIT, [BAR, "NOBODY"], [], "unknown_successor"),
        (Operation.SPLIT, [BAR, FOOD], [], "unknown_successor"),
        (Operation.SPLIT, [BAR, CAFE], [CAFE], "merged_unexpected"),
        (Operation.MERGE, [BAR], [], "merged_missing"),
        (Operation.MERGE, [], [BAR], "successors_missing"),
        (Operation.MERGE, [BAR, CAFE], ["NOBODY"], "successors_missing"),
        (Operation.MERGE, [BAR], [BAR], "unknown_merged"),
        (Operation.MERGE, [BAR], [FOOD], "unknown_merged"),
        (Operation.MERGE, [BAR], ["NOBODY"], "unknown_merged"),
        (Operation.PAUSE, [BAR], [], "successors_unexpected"),
        (Operation.CHANGE, [], [BAR], "merged_unexpected"),
    ],
)
def test_what_cannot_be_split_or_merged_so_is_refused(
    tenant: int, operation: Operation, successors: list[str], merged: list[str], code: str
) -> None:
    for each in (FOOD, BAR, CAFE):
        published(tenant, code=each)
    with pytest.raises(Refused, match=code):
        begun(tenant, operation, successors=successors, merged=merged)
    assert not Row.objects.exists()


def test_items_of_other_departments_are_not_merged_by_an_editor_of_one(tenant: int) -> None:
    published(tenant)
    published(tenant, code=BAR, department="wsjk")
    published(tenant, code=CAFE)
    with pytest.raises(Refused, match="unknown_merged"):
        drafting.open_draft(
            actor=editor(tenant, department="scjg"), code=FOOD, operation=Operation.MERGE, reason="合并同类",
            at=AT, merged=[BAR], successors=[CAFE],
        )  # fmt: skip


def test_the_way_on_is_followed_and_never_goes_in_circles(tenant: int) -> None:
    for each in (FOOD, BAR, CAFE):
        published(tenant, code=each)
    approved(begun(tenant, Operation.CANCEL, successors=[BAR]), at=LATER)
    approved(begun(tenant, Operation.CANCEL, code=BAR, successors=[CAFE]), at=LATER)
    assert drafts.successors_of(tenant, FOOD) == (CAFE,)
    approved(begun(tenant, Operation.RESUME, at=LATER), at=LATER)
    approved(begun(tenant, Operation.CANCEL, code=CAFE, at=LATER, successors=[FOOD]), at=LATER)
    assert drafts.successors_of(tenant, CAFE) == (FOOD,)
    now = LATER + timedelta(hours=1)
    approved(begun(tenant, Operation.CANCEL, at=now, successors=[]), at=now)
    assert drafts.successors_of(tenant, CAFE) == ()


def test_the_old_address_leads_to_one_successor_or_to_a_choice(county_db: County) -> None:
    tenant, at = county_db.tenant_id, datetime.now().astimezone()
    for each in (BAR, CAFE, "SCJG-FOOD-TEA", "SCJG-FOOD-PUB"):
        catalog.publish(tenant_id=tenant, content=food(code=each, name=each), principal="user:1", at=at)
    approved(
        begun(tenant, Operation.MERGE, at=at, code=BAR, merged=[CAFE], successors=["SCJG-FOOD-TEA"]), at=at
    )
    for gone in (BAR, CAFE, f"{BAR}/notice"):
        answer = Client().get(f"/services/{gone}")
        assert answer.headers["Location"].startswith("/services/SCJG-FOOD-TEA")
        assert "这个事项已经调整" in text_of(Client().get(answer.headers["Location"]))
    approved(
        begun(tenant, Operation.SPLIT, at=at, code="SCJG-FOOD-TEA", successors=["SCJG-FOOD-PUB", FOOD]), at=at
    )
    page = Client().get(f"/services/{BAR}")
    assert page.status_code == 200
    assert f'href="/services/{FOOD}"' in text_of(page)
    assert 'href="/services/SCJG-FOOD-PUB"' in text_of(page)
    assert Client().get("/services/NOBODY").status_code == 404
    assert queries.in_force(tenant, BAR, at) is None
