"""The county's own words: synonyms of its editor, and queries that found nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries, tasks
from onedoor.domain.catalog.models import Miss, Synonym, Vocabulary
from onedoor.domain.catalog.search import index as search
from onedoor.domain.catalog.search import vocabulary
from onedoor.domain.catalog.search.terms import SynonymOrigin
from onedoor.domain.journal import queries as journal
from tests.catalog.conftest import make_tenant
from tests.catalog.samples import AT, food

EDITOR = "user:7"


@pytest.fixture
def county(tenant: int) -> int:
    """A county with one item, food business."""
    actions.publish(tenant_id=tenant, content=food(), principal="user:1", at=AT)
    return tenant


def keep(tenant: int, said: str, *terms: str) -> None:
    actions.keep_synonym(tenant_id=tenant, said=said, terms=terms, principal=EDITOR, at=AT)


def drop(tenant: int, said: str) -> None:
    actions.drop_synonym(tenant_id=tenant, said=said, principal=EDITOR, at=AT)


def found(tenant: int, q: str) -> list[str]:
    return [card.code for card in queries.listing(tenant, q=q).items]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_a_synonym_is_found_by_at_once_and_no_longer_when_dropped(county: int) -> None:
    assert found(county, "撸串儿") == []
    keep(county, "撸 串儿", "食品经营")
    assert found(county, "撸串儿") == found(county, "我想开个撸串儿的店") == ["SCJG-FOOD-NEW"]
    assert found(county, "luchuaner") == ["SCJG-FOOD-NEW"]
    drop(county, "撸串儿")
    assert found(county, "撸串儿") == []


def test_a_synonym_may_lead_to_an_item_by_its_code(county: int) -> None:
    keep(county, "三产办的那个证", "scjg-food-new")
    assert found(county, "三产办的那个证") == ["SCJG-FOOD-NEW"]


def test_a_word_of_the_program_is_changed_silenced_and_restored(county: int) -> None:
    actions.publish(tenant_id=county, content=food(code="B-1", name="消防安全检查", plain_name="", keywords=[]),
                    principal="user:1", at=AT)  # fmt: skip
    assert found(county, "夜宵") == ["SCJG-FOOD-NEW"]
    keep(county, "夜宵", "消防安全检查")
    assert found(county, "夜宵") == ["B-1"]
    assert queries.synonyms(county)[0].origin is SynonymOrigin.CHANGED
    drop(county, "夜宵")
    assert found(county, "夜宵") == []
    assert queries.synonyms(county)[0].origin is SynonymOrigin.OFF
    actions.restore_synonym(tenant_id=county, said="夜宵", principal=EDITOR, at=AT)
    assert found(county, "夜宵") == ["SCJG-FOOD-NEW"]
    assert {view.origin for view in queries.synonyms(county)} == {SynonymOrigin.BUILT_IN}


def test_counties_keep_their_words_apart(county: int) -> None:
    other = make_tenant()
    actions.publish(tenant_id=other, content=food(), principal="user:1", at=AT)
    keep(county, "撸串儿", "食品经营")
    assert found(other, "撸串儿") == []
    assert "撸串儿" not in {view.said for view in queries.synonyms(other)}


def test_what_another_process_has_kept_is_seen_at_the_next_search(county: int) -> None:
    keep(county, "撸串儿", "食品经营")
    assert found(county, "烤腰花") == []
    # Another process writes its row and gives the words a new revision; this one has done neither.
    row = Synonym.objects.create(
        tenant_id=county, said="烤腰花", terms=["食品经营"], changed_at=AT, changed_by=EDITOR
    )
    assert found(county, "烤腰花") == [], "the words are kept in the process until their revision changes"
    Vocabulary.objects.filter(tenant_id=county).update(revision=F("revision") + 1)
    assert found(county, row.said) == ["SCJG-FOOD-NEW"]


def test_what_is_kept_is_noted_with_who_did_it(county: int) -> None:
    keep(county, "撸串儿", "食品经营")
    drop(county, "撸串儿")
    facts = journal.facts(Vocabulary.objects.get(tenant_id=county).stream_id)
    assert [(fact.kind, fact.principal) for fact in facts] == [
        ("catalog.synonym_kept", EDITOR),
        ("catalog.synonym_dropped", EDITOR),
    ]


@pytest.mark.parametrize(
    ("said", "terms", "code"),
    [
        ("，", ("食品经营",), "said_missing"),
        ("长" * 21, ("食品经营",), "said_too_long"),
        ("撸串", (" ", "，"), "terms_missing"),
        ("撸串", tuple(f"食品{n}" for n in range(7)), "too_many_terms"),
        ("撸串", ("食" * 65,), "term_too_long"),
        ("撸串", ("食品\0经营",), "term_too_long"),
        ("撸串", ("量子力学",), "terms_find_nothing"),
    ],
)
def test_what_cannot_work_is_refused(county: int, said: str, terms: tuple[str, ...], code: str) -> None:
    assert refused(lambda: keep(county, said, *terms)) == code


def test_what_is_not_there_cannot_be_dropped_or_restored(county: int) -> None:
    assert refused(lambda: drop(county, "没有的词")) == "unknown_synonym"
    restore = actions.restore_synonym
    assert (
        refused(lambda: restore(tenant_id=county, said="夜宵", principal=EDITOR, at=AT)) == "unknown_synonym"
    )


def miss(tenant: int, query: str, times: int = vocabulary.TOLD_FROM) -> None:
    for _ in range(times):
        actions.count_miss(tenant_id=tenant, query=query, at=AT)


def told(tenant: int) -> list[tuple[str, int]]:
    return [(view.said, view.times) for view in queries.misses(tenant)]


def test_what_several_missed_is_listed_and_settled_by_a_synonym(county: int) -> None:
    miss(county, "炒粉条子", 5)
    miss(county, "炒 粉 皮")
    assert told(county) == [("炒粉条子", 5), ("炒粉皮", 3)]
    keep(county, "炒粉条子", "食品经营")
    assert told(county) == [("炒粉皮", 3)]
    actions.settle_miss(tenant_id=county, said="炒粉皮")
    miss(county, "炒粉皮")
    assert told(county) == []


def test_what_one_person_asked_is_never_read(county: int) -> None:
    """Until others have asked the same, there is a keyed digest and a number, and no words."""
    miss(county, "张三丰的低保", vocabulary.TOLD_FROM - 1)
    row = Miss.objects.get(tenant_id=county)
    assert (row.said, row.times) == ("", 2)
    assert told(county) == []
    miss(county, "张三丰的低保", 1)
    assert Miss.objects.get(tenant_id=county).said == "张三丰的低保"


@pytest.mark.parametrize(
    "query",
    [
        "13800138000",
        "低保１３８００１３８０００",
        "110101199003078515",
        "a@b.cn",
        "一",
        "长" * 21,
        "😀😀",
        "a1b2c3d4",
    ],
)
def test_what_may_be_somebodys_number_is_not_counted(county: int, query: str) -> None:
    counted = actions.count_miss(tenant_id=county, query=query, at=AT)
    assert (counted, Miss.objects.filter(tenant_id=county).count()) == (False, 0)


def test_no_more_than_a_bound_is_counted(county: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_MISSES", 2)
    for query in ("甲甲", "乙乙", "丙丙", "甲甲", "甲甲"):
        miss(county, query, 1)
    assert Miss.objects.filter(tenant_id=county).count() == 2
    assert told(county) == [("甲甲", 3)]


def test_what_nobody_asks_any_more_is_forgotten(county: int) -> None:
    miss(county, "炒粉条子")
    assert tasks.tidy(AT + timedelta(days=80)) == 0
    assert tasks.tidy(AT + timedelta(days=120)) == 1


def test_what_finds_something_by_now_is_not_listed(county: int) -> None:
    miss(county, "消防安全检查")
    assert told(county) == [("消防安全检查", 3)]
    actions.publish(
        tenant_id=county, content=food(code="B-1", name="消防安全检查"), principal="user:1", at=AT
    )
    assert told(county) == []


def test_the_words_that_come_with_the_program_can_be_said() -> None:
    """A key that is not as queries are compared would never be found."""
    assert [said for said in search.BUILT_IN.synonyms if said != search.normal(said)] == []
