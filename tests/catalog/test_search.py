"""Finding items: by name, everyday words, pinyin, initials, and with slips."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.search import index as search
from onedoor.domain.catalog.search.sounds import Sounds
from onedoor.domain.catalog.spelling import spell
from onedoor.domain.catalog.terms import UNKNOWN_LIMIT, CaseKind, ServiceCard
from tests.catalog.samples import AT, food

NAMES = {
    "FOOD": "食品经营许可新办",
    "FOOD-CHANGE": "食品经营许可变更",
    "ELDER": "老年人优待证办理",
    "DIBAO": "最低生活保障对象认定",
    "DRIVE": "机动车驾驶证补领",
    "HOUSE": "不动产登记（转移登记）",
    "LICENCE": "个体工商户设立登记（营业执照）",
    "CARD": "社会保障卡异地申领",
    "LOG": "林木采伐许可证核发",
    "KTV": "KTV 娱乐场所经营许可",
    "CHONGQING": "重庆籍人员返乡登记",
}


def entry(code: str, name: str) -> search.Entry[ServiceCard]:
    card = ServiceCard(
        0, code, 1, name, "", "01", "d", "部门", ("person",), (), CaseKind.COMMITTED, UNKNOWN_LIMIT, 1, True
    )
    return search.entry(card, (), spell(name)[0])


ENTRIES = [entry(code, name) for code, name in NAMES.items()]


def found(query: str) -> list[str]:
    return [hit.card.code for hit in search.find(ENTRIES, query)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("食品", "FOOD"),
        ("食品经营许可变更", "FOOD-CHANGE"),
        ("食品 变更", "FOOD-CHANGE"),
        ("shipin", "FOOD"),
        ("ShiPin jingying", "FOOD"),
        ("spjy", "FOOD"),
        ("开饭店", "FOOD"),
        ("我想开饭店要什么证", "FOOD"),
        ("老人证", "ELDER"),
        ("laonianren", "ELDER"),
        ("lnryd", "ELDER"),
        ("老年优侍证", "ELDER"),
        ("低保怎么申请", "DIBAO"),
        ("驾照补办", "DRIVE"),
        ("房产证", "HOUSE"),
        ("异地社保卡", "CARD"),
        ("砍树", "LOG"),
        ("ktv", "KTV"),
        ("chongqing", "CHONGQING"),
        ("事品经营", "FOOD"),
        ("shipinjinying", "FOOD"),
        ("food-ch", "FOOD-CHANGE"),
        ("Ｋｔｖ", "KTV"),
    ],
)
def test_people_find_what_they_mean(query: str, best: str) -> None:
    # Two items of food business are equally near to most words for it.
    assert best in found(query)[: 2 if best == "FOOD" else 1]


def test_whoever_sells_what_no_item_names_opens_a_shop() -> None:
    finding = search.Index(ENTRIES).search("卖臭豆腐", search.BUILT_IN)
    assert finding.mended == "开店"
    assert "FOOD" in [hit.card.code for hit in finding.entries]
    assert search.Index(ENTRIES).search("臭豆腐", search.BUILT_IN).entries == ()


def test_pinyin_is_matched_by_whole_syllables_only() -> None:
    sounds = Sounds([("shi", "pin", "jing", "ying", "xu", "ke", "xin", "ban")])
    assert sounds.matches("pinjing")
    assert sounds.matches("shipinj")[0] > sounds.matches("pinjing")[0]
    assert sounds.matches("hipin") == sounds.matches("injing") == {}


def test_nonsense_finds_nothing_and_an_empty_query_everything() -> None:
    assert found("量子力学导论") == []
    assert found("zzzzqqq") == []
    assert found(" ，。 ") == found("😀") == []
    assert found("  ") == found("") == list(NAMES)


@given(st.text(max_size=80))
def test_no_query_is_too_strange(query: str) -> None:
    assert set(found(query)) <= set(NAMES)


def publish(tenant: int, **changes: Any) -> None:
    actions.publish(tenant_id=tenant, content=food(**changes), principal="user:1", at=AT)


def listed(tenant: int, **narrowing: Any) -> list[str]:
    return [card.code for card in queries.listing(tenant, **narrowing).items]


@pytest.fixture
def three(tenant: int) -> int:
    """A county with three items in force."""
    publish(tenant)
    publish(tenant, code="B-1", name="消防安全检查", department="xfjy", themes=[], department_name="县消防救援大队",
            case_kind="instant", keywords=[], plain_name="")  # fmt: skip
    publish(tenant, code="C-1", name="高龄津贴", type="05", audience=["person"], themes=["养老"], keywords=[],
            plain_name="")  # fmt: skip
    return tenant


def test_a_list_is_narrowed_down(three: int) -> None:
    assert sorted(listed(three)) == ["B-1", "C-1", "SCJG-FOOD-NEW"]
    assert listed(three, department="xfjy") == ["B-1"]
    assert listed(three, theme="养老") == ["C-1"]
    assert sorted(listed(three, audience="organization")) == ["B-1", "SCJG-FOOD-NEW"]
    assert listed(three, kind="05") == ["C-1"]
    assert listed(three, kind="instant") == ["B-1"]
    assert listed(three, q="开饭店") == listed(three, q="spjy") == ["SCJG-FOOD-NEW"]
    assert listed(three, q="食品", department="xfjy") == []
    with pytest.raises(Refused, match="unknown_kind"):
        listed(three, kind="99")


def test_a_list_is_turned_page_by_page(three: int) -> None:
    first = queries.listing(three, limit=2)
    second = queries.listing(three, limit=2, cursor=first.next_cursor)
    assert (len(first.items), first.total, len(second.items), second.next_cursor) == (2, 3, 1, None)
    assert {card.code for card in first.items + second.items} == {"B-1", "C-1", "SCJG-FOOD-NEW"}
    with pytest.raises(Refused, match="bad_cursor"):
        queries.listing(three, cursor="NOBODY")


def test_a_list_follows_every_change(three: int) -> None:
    assert "高龄津贴" in {card.name for card in queries.listing(three).items}
    publish(three, code="C-1", name="高龄补助", type="05")
    assert {card.name for card in queries.listing(three, q="gaoling").items} == {"高龄补助"}


def test_departments_and_themes_are_counted(three: int) -> None:
    assert [(t.key, t.count) for t in queries.departments(three)] == [("scjg", 2), ("xfjy", 1)]
    assert {(t.key, t.count) for t in queries.themes(three)} == {("开店经营", 1), ("养老", 1)}
    assert queries.departments(three + 1) == ()


def test_a_strange_query_costs_no_more_than_many_plain_ones() -> None:
    """Long runs of letters that can be cut in many ways, repeated words, and texts like nothing."""
    index = search.Index(
        [entry(f"{code}-{n}", f"{name}{n}") for code, name in NAMES.items() for n in range(60)]
    )

    def seconds(queries: list[str]) -> float:
        begun = process_time()
        for query in queries:
            index.search(query, search.BUILT_IN)
        return process_time() - begun

    plain = ["我想开饭店要什么证", "shipinjingying", "老年优侍证", "异地社保卡", "spjy"] * 20
    strange = [
        "a" * 60,
        "xian" * 15,
        "shi " * 30,
        "食品" * 30,
        "许可经营" * 15,
        "e" * 60,
        "nananana" * 7,
        "的" * 60,
    ]
    seconds(plain + strange)
    assert seconds(strange) < seconds(plain)
