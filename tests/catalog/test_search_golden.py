"""People's own words find the items they mean, and nonsense finds nothing."""

from __future__ import annotations

from collections import defaultdict

import pytest

from onedoor.domain.catalog.search import index as search
from onedoor.domain.catalog.search.wordbook import Wordbook
from onedoor.domain.catalog.terms import ServiceCard
from tests.catalog.golden import FIRST, demo_entries, golden_queries, recall

GATE = 0.95
GOLDEN = golden_queries()
ASKED = [golden for golden in GOLDEN if golden.codes]
NONSENSE = [golden.query for golden in GOLDEN if not golden.codes]


@pytest.fixture(scope="module")
def index() -> search.Index[ServiceCard]:
    return search.Index(demo_entries())


def test_the_golden_queries_find_what_they_mean(
    index: search.Index[ServiceCard], capsys: pytest.CaptureFixture[str]
) -> None:
    """Recall@5 over all queries; every miss is printed with what was found instead."""
    assert len(ASKED) >= 150
    by_kind: dict[str, list[float]] = defaultdict(list)
    misses = []
    for golden in ASKED:
        share = recall(index, golden)
        by_kind[golden.kind].append(share)
        if share < 1:
            found = index.search(golden.query, search.BUILT_IN)
            names = "、".join(each.card.name for each in found.entries[:FIRST]) or "nothing"
            misses.append(f"{golden.query} ({' '.join(golden.codes)}): {names}")
    shares = [share for listed in by_kind.values() for share in listed]
    with capsys.disabled():
        print(f"\nrecall@{FIRST} {sum(shares) / len(shares):.4f} of {len(shares)} queries")
        print("\n".join(misses))
    assert sum(shares) / len(shares) >= GATE
    # No kind of query hides behind the others.
    assert {kind: sum(s) / len(s) for kind, s in by_kind.items() if sum(s) / len(s) < 0.9} == {}


def test_every_item_is_meant_by_some_query() -> None:
    meant = {code for golden in ASKED for code in golden.codes}
    assert {each.card.code for each in demo_entries()} - meant == set()


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_finds_nothing(index: search.Index[ServiceCard], query: str) -> None:
    assert [each.card.name for each in index.search(query, search.BUILT_IN).entries] == []


def test_without_synonyms_and_mending_fewer_are_found(index: search.Index[ServiceCard]) -> None:
    """What the measure is worth: without the table of synonyms it falls."""
    bare = Wordbook({})
    with_table = sum(recall(index, golden) for golden in ASKED)
    without = sum(
        len({each.card.code for each in index.search(golden.query, bare).entries[:FIRST]} & set(golden.codes))
        / len(golden.codes)
        for golden in ASKED
    )
    assert without < with_table


def test_of_equal_finds_the_one_that_comes_first_in_life_is_listed_first(
    index: search.Index[ServiceCard],
) -> None:
    asked = index.search("注销营业执照", search.BUILT_IN).entries
    assert "注销" in asked[0].card.name
    for query in ("开咖啡店", "营业执照"):
        names = [each.card.name for each in index.search(query, search.BUILT_IN).entries]
        first = next(place for place, name in enumerate(names) if "新办" in name or "设立" in name)
        assert not any("变更" in name or "注销" in name for name in names[:first]), names


def test_death_is_asked_about_in_many_words(index: search.Index[ServiceCard]) -> None:
    for query in ("老人死了要办什么", "家里老人去世了房子怎么办", "我爸过世了", "办丧事"):
        codes = [each.card.code for each in index.search(query, search.BUILT_IN).entries[:FIRST]]
        assert "SFJ-NOTARY" in codes, (query, codes)
