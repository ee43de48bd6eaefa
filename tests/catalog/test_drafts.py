"""The life of a draft: who may take which step, what each leaves behind, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries, tasks
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.models import Draft as Row
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.states import DraftState, Operation
from onedoor.domain.journal import queries as journal
from tests.catalog.editors import FOOD, begun, editor, published, reviewed, saved, step
from tests.catalog.samples import AT, food

LATER = AT + timedelta(hours=1)
#: AT is on 2 March 2026.
DAY = date(2026, 3, 9)
SHORTER = {"amount": 5, "unit": "working"}


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def kinds(tenant: int, code: str = FOOD) -> list[str]:
    item = Item.objects.get(tenant_id=tenant, code=code)
    return [fact.kind.removeprefix("catalog.") for fact in journal.facts(item.stream_id)]


def promise(tenant: int, at: Any = LATER) -> int:
    found = queries.in_force(tenant, FOOD, at)
    assert found is not None
    return found.promised_limit.amount


def test_a_change_goes_from_hand_to_hand_and_each_step_is_a_fact(tenant: int) -> None:
    published(tenant)
    done = reviewed(saved(begun(tenant), promised_limit=SHORTER), at=LATER)
    assert done.state is DraftState.DONE
    assert promise(tenant) == 5
    assert queries.in_force(tenant, FOOD, LATER - timedelta(microseconds=1)).promised_limit.amount == 8  # type: ignore[union-attr]
    assert kinds(tenant) == [
        "version_published", "draft_opened", "draft_submitted", "draft_checked", "draft_approved",
        "version_retired", "version_published", "draft_applied",
    ]  # fmt: skip
    events = drafts.history(done)
    assert [(event.kind.removeprefix("catalog.draft_"), event.principal) for event in reversed(events)] == [
        ("opened", "user:7"),
        ("submitted", "user:7"),
        ("checked", "user:7"),
        ("approved", "user:8"),
        ("applied", "user:8"),
    ]
    assert Version.objects.get(item__code=FOOD, number=2).published_by == "user:8"


def test_a_new_item_begins_with_its_draft(tenant: int) -> None:
    content = {"name": "新事项", "type": "01", "department": "scjg"}
    draft = begun(tenant, Operation.ADD, content=content)
    assert draft.problems
    assert refused(lambda: step(draft, "submit")) == "item_invalid"
    whole = saved(draft, **food(code=FOOD, name="新事项"))
    assert reviewed(whole).state is DraftState.DONE
    assert [line.number for line in drafts.versions(tenant, FOOD)] == [1]
    assert kinds(tenant)[0] == "draft_opened"
    assert refused(lambda: begun(tenant, Operation.ADD, content=content)) == "item_exists"


def test_whoever_has_written_or_checked_does_not_review(tenant: int) -> None:
    published(tenant)
    draft = saved(saved(begun(tenant), promised_limit=SHORTER), 8, visits=0)
    waiting = step(step(draft, "submit"), "check", 9)
    for number in (7, 8, 9):
        assert refused(lambda n=number: step(waiting, "approve", n)) == "reviewed_by_writer"  # type: ignore[misc]
    assert step(waiting, "approve", 10).state is DraftState.DONE


def test_the_database_itself_keeps_author_and_reviewer_apart(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant)
    with pytest.raises(IntegrityError, match="reviewed_by_another"), transaction.atomic():
        Row.objects.filter(pk=draft.id).update(reviewer="user:7")


def test_two_editors_do_not_overwrite_one_another(tenant: int) -> None:
    published(tenant)
    seen = begun(tenant)
    saved(seen, 8, visits=0)
    assert refused(lambda: saved(seen, promised_limit=SHORTER)) == "draft_changed"
    assert refused(lambda: step(seen, "submit")) == "draft_changed"
    assert drafts.draft(editor(tenant), seen.id).version.visits == 0


def test_an_item_has_one_open_draft(tenant: int) -> None:
    published(tenant)
    first = begun(tenant)
    assert refused(lambda: begun(tenant)) == "draft_open"
    row = Row.objects.get(pk=first.id)
    row.pk = None
    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        row.save(force_insert=True)
    step(first, "abandon", reason="先不改了")
    assert begun(tenant).id != first.id


def test_a_draft_comes_back_with_the_reason_and_may_be_taken_back(tenant: int) -> None:
    published(tenant)
    draft = saved(begun(tenant), promised_limit=SHORTER)
    checking = step(draft, "submit")
    assert refused(lambda: saved(checking, visits=0)) == "draft_state"
    assert refused(lambda: step(checking, "put_back", 8, reason=" ")) == "reason_missing"
    back = step(checking, "put_back", 8, reason="法定时限没有依据")
    assert (back.state, back.fault) == (DraftState.DRAFTING, "法定时限没有依据")
    reviewing = step(step(back, "submit"), "check")
    taken = step(reviewing, "withdraw", reason="还要再改")
    assert (taken.state, taken.checker, taken.fault) == (DraftState.DRAFTING, "", "")
    assert promise(tenant) == 8


def decided(*after: str, **first: Any) -> dict[str, Any]:
    """A procedure of a review and a decision after these steps."""
    office = {"department": "scjg"}
    return {
        "procedure": [
            {"code": "a", "name": "审查", "kind": "review", "role": "reviewer", **office, **first},
            {
                "code": "b",
                "name": "决定",
                "kind": "decision",
                "role": "decider",
                "after": list(after),
                **office,
            },
        ]
    }


def needed(when: str) -> dict[str, Any]:
    """A material under a condition."""
    return {"materials": [{"code": "m1", "name": "说明", "necessity": "conditional", "when": when}]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"promised_limit": {"amount": 30, "unit": "working"}}, "promise_longer_than_law"),
        (needed("nobody == 1"), "condition_unknown_field"),
        (decided("a", after=["b"]), "procedure_cycle"),
        (decided("b"), "procedure_cycle"),
        (decided(), "step_leads_nowhere"),
    ],
)
def test_what_is_wrong_is_not_handed_on(tenant: int, changes: dict[str, Any], code: str) -> None:
    published(tenant)
    draft = saved(begun(tenant), **changes)
    with pytest.raises(Refused) as caught:
        step(draft, "submit")
    assert code in [problem.code for problem in caught.value.errors]


def test_what_changes_nothing_is_not_handed_on(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant)
    assert refused(lambda: step(draft, "submit")) == "nothing_changed"
    assert refused(lambda: step(saved(draft, ready=False), "submit")) == "not_ready_again"


def test_a_material_that_a_licence_proves_is_flagged(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant)
    assert [flag.code for flag in draft.flags] == []
    asked = [*draft.content["materials"], {"code": "m9", "name": "营业执照副本复印件（盖章）"}]
    flags = saved(draft, materials=asked).flags
    assert [(flag.pointer, flag.code) for flag in flags] == [("/materials/5", "already_proved")]


def test_a_kind_of_licence_that_another_item_verifies_is_flagged_too(tenant: int) -> None:
    own = {"code": "m1", "name": "渔业捕捞许可证", "source": "licence", "licence_type": "渔业捕捞许可证"}
    published(tenant, code="OTHER", materials=[own])
    published(tenant, materials=[{"code": "m1", "name": "渔业捕捞许可证"}])
    assert [flag.code for flag in begun(tenant).flags] == ["already_proved"]


def test_what_is_to_hold_later_waits_for_its_day(tenant: int) -> None:
    published(tenant)
    waiting = reviewed(saved(begun(tenant), promised_limit=SHORTER), effective_on=DAY)
    assert waiting.state is DraftState.APPROVED
    # 16:00 UTC is midnight in China.
    midnight = AT.replace(day=8, hour=16, minute=0)
    assert tasks.apply_drafts(midnight - timedelta(seconds=1)) == 0
    assert tasks.apply_drafts(midnight) == 1
    assert (promise(tenant, midnight - timedelta(seconds=1)), promise(tenant, midnight)) == (8, 5)
    assert drafts.draft(editor(tenant), waiting.id).state is DraftState.DONE
    assert tasks.apply_drafts(midnight) == 0


def test_a_day_that_has_passed_is_refused(tenant: int) -> None:
    published(tenant)
    draft = saved(begun(tenant), promised_limit=SHORTER)
    for day in (date(2026, 3, 1), date(2027, 3, 10)):
        assert refused(lambda d=day: step(draft, "submit", effective_on=d)) == "effective_passed"  # type: ignore[misc]


def test_what_can_no_longer_take_effect_goes_back_with_the_reason(tenant: int) -> None:
    published(tenant)
    waiting = reviewed(saved(begun(tenant), promised_limit=SHORTER), effective_on=DAY)
    published(tenant, at=LATER, visits=0)
    assert tasks.apply_drafts(AT + timedelta(days=8)) == 1
    back = drafts.draft(editor(tenant), waiting.id)
    assert back.state is DraftState.DRAFTING
    assert "新的版本" in back.fault
    assert promise(tenant, AT + timedelta(days=9)) == 8
    assert kinds(tenant)[-1] == "draft_returned"


def test_a_draft_begun_from_an_older_version_is_refused_at_the_end(tenant: int) -> None:
    published(tenant)
    draft = step(step(saved(begun(tenant), promised_limit=SHORTER), "submit"), "check")
    published(tenant, at=LATER, visits=0)
    assert refused(lambda: step(draft, "approve", 8, at=LATER)) == "base_moved"
    assert queries.in_force(tenant, FOOD, LATER).visits == 0  # type: ignore[union-attr]


def test_an_item_is_paused_resumed_and_cancelled(tenant: int) -> None:
    published(tenant)
    other = published(tenant, code="OTHER")
    reviewed(begun(tenant, Operation.PAUSE))
    assert queries.in_force(tenant, FOOD, AT) is None
    assert [line.code for line in drafts.paused(tenant)] == [FOOD]
    assert refused(lambda: begun(tenant)) == "item_not_in_force"
    reviewed(begun(tenant, Operation.RESUME, at=LATER), at=LATER)
    assert queries.in_force(tenant, FOOD, LATER).number == 2  # type: ignore[union-attr]
    assert drafts.paused(tenant) == ()
    assert refused(lambda: begun(tenant, Operation.RESUME)) == "item_in_force"
    assert refused(lambda: begun(tenant, Operation.CANCEL, successors=["NOBODY"])) == "unknown_successor"
    cancelled = reviewed(
        begun(tenant, Operation.CANCEL, at=LATER, successors=[other.code]), at=LATER + timedelta(hours=1)
    )
    assert cancelled.successors == ("OTHER",)
    item = Item.objects.get(tenant_id=tenant, code=FOOD)
    assert journal.facts(item.stream_id)[-1].data["successors"] == ["OTHER"]
    assert journal.facts(item.stream_id)[-2].data["reason"].startswith("取消：")


def test_the_content_of_what_is_only_taken_away_is_not_written(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant, Operation.PAUSE)
    assert refused(lambda: saved(draft, visits=0)) == "nothing_to_write"


def test_an_editor_of_one_department_keeps_to_it(tenant: int) -> None:
    published(tenant)
    stranger, own = editor(tenant, 8, "xfjy"), editor(tenant, 9, "scjg")
    with pytest.raises(Refused, match="not_your_department"):
        drafting.open_draft(actor=stranger, code=FOOD, operation=Operation.CHANGE, reason="改", at=AT)
    draft = begun(tenant)
    assert refused(lambda: drafts.draft(stranger, draft.id)) == "unknown_draft"
    assert drafts.drafts(stranger) == ()
    assert [line.id for line in drafts.drafts(own)] == [draft.id]
    moved = {**draft.content, "department": "xfjy"}
    code = refused(
        lambda: drafting.save(actor=own, draft_id=draft.id, revision=draft.revision, content=moved, at=AT)
    )
    assert code == "not_your_department"
    assert refused(lambda: drafts.draft(editor(tenant + 1), draft.id)) == "unknown_draft"


def test_another_department_brings_its_own_name(tenant: int) -> None:
    published(tenant)
    draft = saved(begun(tenant), department="xfjy")
    assert draft.version.department_name == "明渠县消防救援大队"


@pytest.mark.parametrize("content", [{}, {"materials": 3}, {"sections": [{"fields": "x"}]}, {"name": ["x"]}])
def test_a_content_of_any_shape_is_shown_with_its_faults(tenant: int, content: dict[str, Any]) -> None:
    published(tenant)
    draft = begun(tenant)
    found = drafting.save(
        actor=editor(tenant),
        draft_id=draft.id,
        revision=draft.revision,
        content={"department": "scjg", **content},
        at=AT,
    )
    assert found.problems
    assert drafts.drafts(editor(tenant))[0].code == FOOD


def test_what_is_out_of_all_proportion_is_refused(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant)
    assert refused(lambda: saved(draft, fee="长" * 500_000)) == "document_too_large"


def test_an_item_that_only_has_a_draft_is_imported_as_a_new_one(tenant: int) -> None:
    begun(tenant, Operation.ADD, content={"name": "新事项", "department": "scjg"})
    assert drafts.versions(tenant, FOOD) == ()
    assert queries.listing(tenant).items == ()
    assert actions.publish(tenant_id=tenant, content=food(), principal="user:1", at=AT).number == 1


def test_a_character_that_cannot_be_stored_is_refused_and_a_rare_one_is_not(tenant: int) -> None:
    published(tenant)
    draft = begun(tenant)
    assert refused(lambda: saved(draft, fee="不收\0费")) == "control_character"
    assert saved(draft, fee="𠮷").version.fee == "𠮷"
    assert refused(lambda: step(draft, "abandon", reason="不\0改")) == "reason_too_long"
