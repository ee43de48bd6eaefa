"""A county's own guided questions: changed step by step, checked, published, and what cancelled items leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, events
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.queries import guided
from onedoor.domain.catalog.search import actions as editing
from onedoor.domain.catalog.search import queries as questions
from onedoor.domain.catalog.search.actions import Editor
from onedoor.domain.catalog.search.guidance import built_in
from onedoor.domain.catalog.search.question_faults import InForce, faults
from onedoor.domain.catalog.search.questions import Choice, added, moved, read_tree, walk, write_tree
from onedoor.domain.journal.models import Fact
from tests.catalog.export_samples import package
from tests.catalog.samples import food

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FOOD = "SCJG-FOOD-NEW"
NOTHING = InForce(items=(), packages=(), gone={}, finds=lambda query: query == "found")
LEAF = Choice("x", "开店", find=("found",))
ASKING = Choice("a", "甲", ask="甲？", choices=(LEAF,))


def tree(*choices: Choice, ask: str = "办什么？") -> Choice:
    return Choice(ask=ask, choices=choices)


def codes(found: Choice, known: InForce = NOTHING) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in faults(found, known)]


def editor(tenant: int, minutes: int = 0) -> Editor:
    """The editor with the draft as it is now."""
    found = questions.draft(tenant)
    return Editor(tenant, "user:7", AT + timedelta(minutes=minutes), found.revision if found else 0)


def ready(tenant: int) -> Editor:
    """A county with an item and a package, and a draft of its questions."""
    actions.publish(tenant_id=tenant, content=food(), principal="user:1", at=AT)
    actions.publish(tenant_id=tenant, content=food(code="X-TWO"), principal="user:1", at=AT)
    package_actions.publish_package(
        tenant_id=tenant, content=package() | {"code": "YJS-EAT"}, principal="user:1", at=AT
    )
    editing.begin(by=editor(tenant))
    return editor(tenant)


def own(tenant: int, **values: Any) -> str:
    """A further first answer of the draft."""
    return editing.add(by=editor(tenant), path="", values=values)


def only_own(tenant: int) -> None:
    """Take the answers of the program out of the draft."""
    found = questions.draft(tenant)
    assert found is not None
    for each in found.content["choices"]:
        editing.remove(by=editor(tenant), path=each["code"])


def test_the_questions_of_the_program_have_no_grave_fault() -> None:
    found = faults(read_tree(built_in()), replace(NOTHING, finds=lambda _: True))
    assert found == ()
    assert write_tree(read_tree(built_in())) == built_in()


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (tree(Choice("a", "甲")), ("a", "dead_end")),
        (tree(Choice("a", "甲", items=("GONE",))), ("a", "item_unknown")),
        (tree(Choice("a", "甲", packages=("GONE",))), ("a", "package_unknown")),
        (tree(Choice("a", "甲", ask="什么？")), ("a", "no_answers")),
        (tree(Choice("a", "甲", choices=(LEAF,))), ("a", "no_question")),
        (tree(LEAF, replace(LEAF, code="y")), ("", "said_twice")),
        (tree(), ("", "no_answers")),
        (tree(Choice("a", "甲", onward="b")), ("a", "onward_unknown")),
        (tree(LEAF, Choice("a", "甲", onward="x")), ("a", "onward_unknown")),
        (tree(Choice("a", "甲", ask="甲？", choices=(Choice("b", "乙", onward="a"),))), ("a.b", "loop")),
        (
            tree(replace(ASKING, onward="c"), replace(ASKING, code="c", say="丙")),
            ("a", "asks_twice"),
        ),
        (tree(*(Choice(f"c{n}", f"第{n}", find=("found",)) for n in range(31))), ("", "too_many_choices")),
    ],
)  # fmt: skip
def test_every_way_to_be_wrong_is_told_with_its_place(broken: Choice, fault: tuple[str, str]) -> None:
    assert fault in codes(broken)
    assert all(each.grave and "请" in each.detail for each in faults(broken, NOTHING))


def test_a_loop_over_two_questions_is_found_and_a_way_that_meets_again_is_none() -> None:
    one = Choice("a", "甲", ask="甲？", choices=(Choice("to", "到乙", onward="b"), LEAF))
    back = Choice("b", "乙", ask="乙？", choices=(Choice("to", "到甲", onward="a"), LEAF))
    assert codes(tree(one, back)) == [("a.to", "loop"), ("b.to", "loop")]
    end = replace(back, choices=(LEAF,))
    assert codes(tree(one, end, Choice("c", "丙", onward="b"))) == []


def test_too_deep_and_too_many() -> None:
    deep = LEAF
    for _ in range(6):
        deep = Choice("d", "再问", ask="还有呢？", choices=(deep,))
    assert "too_deep" in [code for _, code in codes(tree(deep))]
    rows = []
    for n in range(20):
        answers = tuple(replace(LEAF, code=f"{n}-{k}", say=str(k)) for k in range(25))
        rows.append(Choice(f"r{n}", f"第{n}", ask="？", choices=answers))
    assert ("", "too_many_answers") in codes(tree(*rows))


def test_words_that_find_nothing_are_a_warning() -> None:
    (fault,) = faults(tree(Choice("a", "甲", find=("lost",))), NOTHING)
    assert (fault.code, fault.grave) == ("finds_nothing", False)


def test_an_answer_moves_with_all_below_it_and_what_leads_there_follows() -> None:
    question = Choice("q", "问", ask="什么？", choices=(LEAF,))
    start = tree(question, Choice("to", "转", onward="q"), Choice("u", "上", ask="上？", choices=(LEAF,)))
    made, there = moved(start, "q", "u")
    assert there == "u.q"
    assert dict(walk(made))["to"].onward == "u.q"
    assert codes(made) == []
    for under in ("q", "q.x"):
        with pytest.raises(Refused, match="自己的问题"):
            moved(start, "q", under)
    twice, there = added(made, "u", replace(LEAF, say="另一个"))
    assert there != "u.x"
    assert dict(walk(twice))[there].say == "另一个"


def test_without_own_questions_those_of_the_program_hold(tenant: int) -> None:
    actions.publish(tenant_id=tenant, content=food(), principal="user:1", at=AT)
    assert guided(tenant, "").ask == built_in()["ask"]
    assert not questions.holding(tenant).own


def test_a_draft_changes_nothing_until_it_is_published(tenant: int) -> None:
    ready(tenant)
    before = guided(tenant, "")
    only_own(tenant)
    path = own(tenant, say="卖吃的", items=[FOOD, FOOD], packages=["YJS-EAT"])
    editing.change(by=editor(tenant), path="", values={"ask": "您要开什么店？"})
    assert guided(tenant, "") == before
    assert questions.previewed(tenant, "").ask == "您要开什么店？"
    number = editing.publish(by=editor(tenant, 5))
    assert number == 1
    now = guided(tenant, "")
    assert (now.ask, [each.say for each in now.offered]) == ("您要开什么店？", ["卖吃的"])
    found = guided(tenant, path)
    assert ([card.code for card in found.items], found.packages) == ([FOOD], ("YJS-EAT",))
    state = questions.holding(tenant)
    assert (state.own, state.number, state.changed_by) == (True, 1, "user:7")
    assert questions.draft(tenant) is None


def test_an_answer_leads_on_to_a_question_that_stands_elsewhere(tenant: int) -> None:
    ready(tenant)
    only_own(tenant)
    shop = own(tenant, say="开店", ask="开什么店？")
    eat = editing.add(by=editor(tenant), path=shop, values={"say": "吃的", "items": [FOOD]})
    move = own(tenant, say="搬店", onward=shop)
    editing.publish(by=editor(tenant))
    step = guided(tenant, move)
    assert (step.ask, [each.say for each in step.offered]) == ("开什么店？", ["吃的"])
    last = guided(tenant, f"{move}.{eat.rpartition('.')[2]}")
    assert [card.code for card in last.items] == [FOOD]
    assert [each.say for each in last.answered] == ["搬店", "吃的"]


def test_what_a_cancelled_item_leaves_behind_is_shown_and_no_longer_offered(tenant: int) -> None:
    ready(tenant)
    only_own(tenant)
    path = own(tenant, say="卖吃的", items=[FOOD])
    own(tenant, say="另一件", items=["X-TWO"])
    editing.publish(by=editor(tenant))
    assert questions.faults_of(tenant, questions.holding(tenant).content) == ()
    gone_at = AT + timedelta(days=1)
    actions.retire(tenant_id=tenant, code=FOOD, reason="取消", principal="user:1", at=gone_at)
    (fault,) = questions.faults_of(tenant, questions.holding(tenant).content)
    assert (fault.path, fault.code, fault.since) == (path, "item_retired", gone_at)
    assert [each.say for each in guided(tenant, "").offered] == ["另一件"]
    assert guided(tenant, path).items == ()


def test_a_faulty_draft_is_not_published(tenant: int) -> None:
    ready(tenant)
    for values in (
        {"say": "没有下文"},
        {"say": "没有的", "items": ["NO-SUCH"]},
        {"say": "一件事", "packages": ["NO"]},
    ):
        path = own(tenant, **values)
        with pytest.raises(Refused) as refused:
            editing.publish(by=editor(tenant))
        assert refused.value.code == "questions_faulty"
        assert [each.pointer for each in refused.value.errors] == [f"/{path}"]
        editing.remove(by=editor(tenant), path=path)
    assert editing.publish(by=editor(tenant)) == 1


def test_two_editors_do_not_overwrite_each_other(tenant: int) -> None:
    seen = ready(tenant)
    own(tenant, say="甲", items=[FOOD])
    for act in (
        lambda: editing.add(by=seen, path="", values={"say": "乙"}),
        lambda: editing.publish(by=seen),
        lambda: editing.discard(by=seen),
    ):
        with pytest.raises(Refused, match="有人改过"):
            act()


def test_discarding_and_going_back_to_the_program(tenant: int) -> None:
    ready(tenant)
    own(tenant, say="甲", items=[FOOD])
    editing.discard(by=editor(tenant))
    assert questions.draft(tenant) is None
    with pytest.raises(Refused, match="系统自带"):
        editing.restore(by=editor(tenant))
    editing.begin(by=editor(tenant))
    own(tenant, say="甲", items=[FOOD])
    editing.publish(by=editor(tenant))
    assert guided(tenant, "").offered[-1].say == "甲"
    assert editing.restore(by=editor(tenant)) == 2
    assert not questions.holding(tenant).own
    assert "甲" not in [each.say for each in guided(tenant, "").offered]


def test_who_changed_what_and_when_is_in_the_journal(tenant: int) -> None:
    ready(tenant)
    path = own(tenant, say="甲", items=[FOOD])
    editing.shift(by=editor(tenant), path=path, by_places=-1)
    editing.publish(by=editor(tenant, 9))
    rows = Fact.objects.filter(kind__in=[events.QUESTIONS_CHANGED, events.QUESTIONS_PUBLISHED]).order_by(
        "seq"
    )
    told: list[tuple[str, Mapping[str, Any]]] = [(row.principal, row.data) for row in rows]
    assert [data.get("what", "published") for _, data in told] == ["begun", "added", "moved", "published"]
    assert {who for who, _ in told} == {"user:7"}
    assert told[1][1]["about"] == path
    assert rows.last().effective_at == AT + timedelta(minutes=9)


@pytest.mark.parametrize(
    ("path", "values", "pointer"),
    [
        ("", {"say": ""}, "/say"),
        ("", {"say": "字" * 41}, "/say"),
        ("", {"say": "甲", "ask": "字" * 61}, "/ask"),
        ("", {"say": "甲", "items": [str(n) for n in range(13)]}, "/items"),
        ("", {"say": "甲", "find": ["字" * 61]}, "/find"),
        ("", {"say": "甲\x00"}, "/say"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(
    tenant: int, path: str, values: dict[str, Any], pointer: str
) -> None:
    ready(tenant)
    with pytest.raises(Refused) as refused:
        editing.add(by=editor(tenant), path=path, values=values)
    assert [each.pointer for each in refused.value.errors] == [pointer]


def test_places_that_are_not_there_are_refused(tenant: int) -> None:
    ready(tenant)
    for act in (
        lambda: editing.change(by=editor(tenant), path="nowhere", values={"say": "甲"}),
        lambda: editing.move(by=editor(tenant), path="family", under="nowhere"),
        lambda: editing.remove(by=editor(tenant), path="family.nowhere"),
        lambda: guided(tenant, "a." * 40),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 404
    with pytest.raises(Refused, match="第一个问题"):
        editing.remove(by=editor(tenant), path="")
