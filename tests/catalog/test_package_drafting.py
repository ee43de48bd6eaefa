"""A package is composed step by step, reviewed by a second person, published, and every step is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, events
from onedoor.domain.catalog.models import PackageDraft as Row
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.packages import drafting, reviewing
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.draft_terms import Hand, PackageDraft
from onedoor.domain.catalog.packages.drafts import (
    askable,
    differences,
    draft,
    drafts,
    events_of,
    faults,
    find,
    preview,
    versions,
)
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.offices.terms import Grant, Principal, Role
from tests.catalog.package_samples import PACKAGE, members, package
from tests.catalog.samples import AT

LATER = AT + timedelta(hours=1)
CODE = "YJS-TEST"


def editor(tenant: int, user_id: int = 1, department: str | None = None) -> Principal:
    return Principal(user_id, tenant, "某人", f"u{user_id}", (Grant(Role.EDITOR, department),))


@pytest.fixture
def county(tenant: int) -> int:
    """A county in which the items of the sample package are published."""
    for item in members():
        actions.publish(tenant_id=tenant, content=item, principal="user:9", at=AT)
    return tenant


def begun(county: int, **values: Any) -> PackageDraft:
    first = {"code": CODE, "name": "开小饭馆", "audience": ["organization"], "lead": "scjg"}
    return drafting.begin_package(actor=editor(county), values={**first, **values}, at=AT)


def hand(seen: PackageDraft, user_id: int = 1) -> Hand:
    return Hand(editor(seen.tenant_id, user_id), seen.code, seen.revision, LATER)


def composed(county: int) -> PackageDraft:
    """A draft like the sample package."""
    found = begun(county)
    for service in ("REG", "FOOD", "FIRE"):
        found = drafting.add_member(on=hand(found), service=service)
    element = next(each.field for each in askable(found) if each.field.element == "premises.area_sqm")
    found = drafting.add_question(
        on=hand(found), question={"element": element.element, "label": "店面有多大", "type": element.type}
    )
    values = {"when": "area_sqm >= 50", "why": "50 平方米以上的店要查消防。", "after": ["FOOD"]}
    found = drafting.keep_member(on=hand(found), place=2, values=values)
    return drafting.keep_member(on=hand(found), place=1, values={"after": ["REG"]})


def codes(refused: Refused) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in refused.errors]


def refusal(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def test_a_package_is_composed_reviewed_and_published(county: int) -> None:
    found = composed(county)
    assert found.problems == ()
    assert [member.name for member in found.package.members] == ["设立登记", "食品经营许可", "消防安全检查"]
    plan, left_out = preview(found, {"area_sqm": 60})
    assert ([each.service.code for each in plan.members], left_out) == (["REG", "FOOD", "FIRE"], ())
    assert plan.figures.materials.saved
    assert "area_sqm" not in {each.field.code for each in plan.fields if each.answer is None}
    found = reviewing.hand_in(on=hand(found), reason="  开店要一起办 ")
    assert (found.state, found.reason) == (PackageDraftState.REVIEWING, "开店要一起办")
    made = reviewing.publish_draft(on=hand(found, 2))
    assert packages.package(county, CODE, LATER) == made
    assert (made.number, made.lead_name, made.members[2].name) == (1, "明渠县市场监督管理局", "消防安全检查")
    assert find(county, CODE, LATER) is None
    assert Row.objects.get().reviewer == "user:2"
    assert packages.plan(county, CODE, {"area_sqm": 30}, LATER).can_be_filed


def test_every_step_is_a_fact_with_who_when_and_why(county: int) -> None:
    found = reviewing.hand_in(on=hand(composed(county)), reason="依据某某文件")
    found = reviewing.hand_back(on=hand(found, 2), reason="说明再短些")
    assert (found.state, found.fault) == (PackageDraftState.DRAFTING, "说明再短些")
    found = reviewing.hand_in(on=hand(found), reason="依据某某文件")
    reviewing.publish_draft(on=hand(found, 2))
    told = list(reversed(events_of(county, CODE)))
    assert [(each.kind, each.principal) for each in told[-4:]] == [
        (events.PACKAGE_DRAFT_HANDED_IN, "user:1"),
        (events.PACKAGE_DRAFT_HANDED_BACK, "user:2"),
        (events.PACKAGE_DRAFT_HANDED_IN, "user:1"),
        (events.PACKAGE_PUBLISHED, "user:2"),
    ]
    assert told[0].kind == events.PACKAGE_DRAFT_BEGUN
    assert [(each.what, each.about) for each in told if each.what][:5] == [
        ("member_added", "REG"),
        ("member_added", "FOOD"),
        ("member_added", "FIRE"),
        ("question_added", "店面有多大"),
        ("member_kept", "FIRE"),
    ]
    assert [each.reason for each in told[-4:-1]] == ["依据某某文件", "说明再短些", "依据某某文件"]


def test_a_change_of_what_is_in_force_says_what_is_different(county: int) -> None:
    package_actions.publish_package(tenant_id=county, content=package(), principal="user:9", at=AT)
    found = drafting.begin_change(actor=editor(county), code=PACKAGE, at=AT)
    assert refusal(lambda: reviewing.hand_in(on=hand(found), reason="x")).code == "nothing_changed"
    found = drafting.keep_basics(on=hand(found), values={"visits": 0, "promised_limit": {"amount": 8}})
    found = drafting.drop_member(on=hand(found), place=3)
    found = drafting.drop_question(on=hand(found), place=1)
    found = drafting.keep_member(on=hand(found), place=2, values={"when": "area >= 80", "after": []})
    assert found.base is not None
    assert [change.words for change in differences(found.base, found.package)] == [
        "整件事的承诺时限由“10 个工作日”改为“8 个工作日”。",
        "到现场次数由“1 次”改为“0 次”。",
        "不再问“卖不卖烟”。",
        "去掉事项“烟草零售许可”。",
        "“消防安全检查”原来“店面有多大”达到 50 的才要办，改为“店面有多大”达到 80 的才要办。",
        "“消防安全检查”改为可以马上开始，不等别的事项。",
    ]
    reviewing.publish_draft(on=hand(reviewing.hand_in(on=hand(found), reason="提速"), 2))
    assert packages.package(county, PACKAGE, LATER).number == 2
    assert [line.number for line in versions(county, PACKAGE)] == [2, 1]


def test_who_wrote_does_not_publish(county: int) -> None:
    found = drafting.keep_basics(on=hand(composed(county), 2), values={"visits": 1})
    found = reviewing.hand_in(on=hand(found), reason="x")
    for writer in (1, 2):
        assert refusal(lambda w=writer: reviewing.publish_draft(on=hand(found, w))).code == "same_person"  # type: ignore[misc]
    assert reviewing.publish_draft(on=hand(found, 3)).number == 1


def test_without_the_second_person_one_could(county: int) -> None:
    found = reviewing.hand_in(on=hand(composed(county)), reason="x")
    Row.objects.update(writers=[])
    assert reviewing.publish_draft(on=hand(found)).number == 1


def test_what_is_refused_is_refused_at_its_place_and_changes_nothing(county: int) -> None:
    found = composed(county)
    cases: list[tuple[Callable[[], object], tuple[str, str]]] = [
        (
            lambda: drafting.keep_member(on=hand(found), place=0, values={"after": ["FIRE"]}),
            ("/members/0/after", "package_cycle"),
        ),
        (
            lambda: drafting.keep_member(on=hand(found), place=0, values={"when": "gone == true"}),
            ("/members/0/when", "condition_unknown_field"),
        ),
        (
            lambda: drafting.keep_member(on=hand(found), place=0, values={"when": "area_sqm >"}),
            ("/members/0/when", "condition_invalid"),
        ),
        (
            lambda: drafting.keep_member(on=hand(found), place=0, values={"optional": True}),
            ("/members/0/when", "choice_missing"),
        ),
        (
            lambda: drafting.add_member(on=hand(found), service="NONE"),
            ("/members/3/service", "unknown_service"),
        ),
        (
            lambda: drafting.keep_basics(on=hand(found), values={"promised_limit": {"amount": 31}}),
            ("/promised_limit", "promise_longer_than_law"),
        ),
        (
            lambda: drafting.keep_basics(on=hand(found), values={"name": "\x00"}),
            ("/name", "control_character"),
        ),
    ]
    for act, fault in cases:
        assert fault in codes(refusal(act))
    assert refusal(lambda: drafting.add_member(on=hand(found), service="REG")).code == "member_twice"
    assert refusal(lambda: drafting.keep_member(on=hand(found), place=9, values={})).code == "unknown_place"
    assert draft(county, CODE, LATER).revision == found.revision


def test_a_cycle_names_who_never_gets_a_turn(county: int) -> None:
    found = drafting.add_member(on=hand(composed(county)), service="SMOKE")
    found = drafting.keep_member(on=hand(found), place=3, values={"after": ["FIRE"]})
    refused = refusal(lambda: drafting.keep_member(on=hand(found), place=1, values={"after": ["FIRE"]}))
    assert ("/members/3/after", "member_unreachable") in codes(refused)
    assert "“烟草零售许可”永远轮不到" in refused.errors[-1].detail


def test_what_leaves_may_leave_faults_behind_that_keep_it_from_review(county: int) -> None:
    found = drafting.drop_question(on=hand(composed(county)), place=0)
    assert [(p.pointer, p.code) for p in found.problems] == [("/members/2/when", "condition_unknown_field")]
    plan, left_out = preview(found, {})
    assert (len(plan.members), left_out) == (2, ("消防安全检查",))
    assert refusal(lambda: reviewing.hand_in(on=hand(found), reason="x")).code == "package_invalid"
    found = drafting.keep_member(on=hand(found), place=2, values={"when": ""})
    assert reviewing.hand_in(on=hand(found), reason="x").state is PackageDraftState.REVIEWING


def test_an_item_that_goes_hands_on_what_it_waited_for(county: int) -> None:
    found = drafting.drop_member(on=hand(composed(county)), place=1)
    assert [(m.service, m.after) for m in found.package.members] == [("REG", ()), ("FIRE", ("REG",))]


def test_an_answer_that_conditions_need_is_not_taken_away(county: int) -> None:
    found = drafting.add_question(
        on=hand(composed(county)),
        question={"label": "卖什么", "type": "choice",
                  "options": [{"value": "a", "label": "热菜"}, {"value": "b", "label": "凉菜"}]},
    )  # fmt: skip
    question = found.package.questions[1]
    assert (question.code, question.element) == ("q2", "package.q2")
    found = drafting.keep_member(on=hand(found), place=0, values={"when": 'q2 == "b"'})
    fewer = {"options": [{"value": "a", "label": "热菜"}, {"value": "c", "label": "面点"}]}
    refused = refusal(lambda: drafting.keep_question(on=hand(found), place=1, values=fewer))
    assert refused.code == "question_in_use"
    found = drafting.keep_question(on=hand(found), place=1, values={"label": "主要卖什么"})
    assert found.package.questions[1].label == "主要卖什么"


def test_a_change_that_was_not_seen_is_not_written_over(county: int) -> None:
    seen = composed(county)
    drafting.keep_basics(on=hand(seen, 2), values={"visits": 0})
    refused = refusal(lambda: drafting.keep_basics(on=hand(seen), values={"visits": 3}))
    assert (refused.code, refused.status) == ("draft_moved_on", 409)
    unguarded = replace(hand(seen), revision=draft(county, CODE, LATER).revision)
    assert drafting.keep_basics(on=unguarded, values={"visits": 3}).package.visits == 3


def test_one_draft_a_package(county: int) -> None:
    begun(county)
    assert refusal(lambda: begun(county)).code == "draft_exists"
    package_actions.publish_package(tenant_id=county, content=package(), principal="user:9", at=AT)
    assert refusal(lambda: begun(county, code=PACKAGE)).code == "package_exists"
    drafting.begin_change(actor=editor(county), code=PACKAGE, at=AT)
    assert len(drafts(county, AT)) == 2
    row = Row.objects.first()
    assert row is not None
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_new_package_gets_a_code_from_its_name(county: int) -> None:
    assert [begun(county, code="").code for _ in range(2)] == ["YJS-KXFG", "YJS-KXFG-2"]
    assert begun(county, code="", name="・・").code == "YJS"
    refused = refusal(lambda: begun(county, code="有汉字", name="", lead=""))
    assert {"/code", "/name", "/lead"} <= {pointer for pointer, _ in codes(refused)}


def test_whoever_keeps_another_department_is_kept_out(county: int) -> None:
    found = composed(county)
    stranger = editor(county, 5, "xfjy")
    acts: tuple[Callable[[], object], ...] = (
        lambda: drafting.keep_basics(on=replace(hand(found), actor=stranger), values={"visits": 0}),
        lambda: drafting.begin_package(actor=stranger, values={"name": "甲", "lead": "scjg"}, at=AT),
        lambda: reviewing.abandon(on=replace(hand(found), actor=stranger), reason="x"),
    )
    for act in acts:
        assert refusal(act).code == "not_your_department"
    own = editor(county, 6, "scjg")
    assert drafting.keep_basics(on=replace(hand(found), actor=own), values={"visits": 0}).package.visits == 0
    other = replace(hand(found), actor=editor(county + 1))
    assert refusal(lambda: drafting.keep_basics(on=other, values={"visits": 0})).code == "unknown_draft"


def test_while_it_is_reviewed_nothing_is_changed(county: int) -> None:
    found = reviewing.hand_in(on=hand(composed(county)), reason="x")
    assert refusal(lambda: drafting.keep_basics(on=hand(found), values={})).code == "draft_in_review"
    assert refusal(lambda: reviewing.hand_in(on=hand(found), reason="x")).code == "draft_in_review"
    package_actions.publish_package(
        tenant_id=county, content=package(code=CODE), principal="command", at=LATER
    )
    assert refusal(lambda: reviewing.publish_draft(on=hand(found, 2))).code == "base_moved_on"
    found = reviewing.hand_back(on=hand(found, 2), reason="另有新版本")
    assert refusal(lambda: reviewing.publish_draft(on=hand(found, 2))).code == "draft_not_handed_in"
    found = reviewing.hand_in(on=hand(found), reason="x")
    assert reviewing.publish_draft(on=hand(found, 2)).number == 2


def test_reasons_are_asked_for(county: int) -> None:
    found = composed(county)
    for act in (reviewing.hand_in, reviewing.abandon):
        assert refusal(lambda a=act: a(on=hand(found), reason=" \n")).code == "reason_missing"  # type: ignore[misc]
    assert refusal(lambda: reviewing.hand_in(on=hand(found), reason="长" * 501)).code == "reason_too_long"


def test_a_draft_is_given_up_and_a_package_retired(county: int) -> None:
    package_actions.publish_package(tenant_id=county, content=package(), principal="user:9", at=AT)
    found = drafting.begin_change(actor=editor(county), code=PACKAGE, at=AT)
    retire = {"actor": editor(county), "code": PACKAGE, "reason": "并入别的", "at": LATER}
    assert refusal(lambda: reviewing.retire(**retire)).code == "draft_exists"
    reviewing.abandon(on=hand(found), reason="不改了")
    assert Row.objects.get().state == PackageDraftState.ABANDONED
    reviewing.retire(**retire)
    assert packages.packages(county).total == 0
    assert events_of(county, PACKAGE)[0].reason == "并入别的"
    again = drafting.begin_change(actor=editor(county), code=PACKAGE, at=LATER)
    assert (again.base, again.base_number, len(again.package.members)) == (None, 0, 4)


def test_items_that_go_make_a_published_package_faulty(county: int) -> None:
    made = package_actions.publish_package(tenant_id=county, content=package(), principal="user:9", at=AT)
    assert faults(made, AT) == ()
    actions.retire(tenant_id=county, code="SMOKE", reason="取消", principal="user:9", at=LATER)
    assert [(p.pointer, p.code) for p in faults(made, LATER)] == [("/members/3/service", "unknown_service")]
    found = drafting.begin_change(actor=editor(county), code=PACKAGE, at=LATER)
    assert "“烟草零售许可”" in found.problems[0].detail, "it still has the name under which it was published"
    found = drafting.keep_member(on=hand(found), place=0, values={"why": "先办照"})
    assert len(found.problems) == 1


def test_a_list_that_names_items_only_gets_them_one_by_one(county: int) -> None:
    named = [{"name": "设立登记"}, {"name": "银行开户"}]
    content = package(ready=False, questions=[], members=named, promised_limit=None)
    package_actions.publish_package(tenant_id=county, content=content, principal="user:9", at=AT)
    found = drafting.begin_change(actor=editor(county), code=PACKAGE, at=AT)
    refused = refusal(lambda: drafting.keep_member(on=hand(found), place=0, values={"service": "NONE"}))
    assert codes(refused) == [("/members/0/service", "unknown_service")]
    found = drafting.keep_member(on=hand(found), place=0, values={"service": "REG"})
    found = drafting.drop_member(on=hand(found), place=1)
    found = drafting.keep_basics(on=hand(found), values={"ready": None})
    assert (found.problems, found.package.members[0].name) == ((), "设立登记")
    reviewing.publish_draft(on=hand(reviewing.hand_in(on=hand(found), reason="x"), 2))
    assert packages.plan(county, PACKAGE, {}, LATER).can_be_filed
