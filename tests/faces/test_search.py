"""Searching on the portal, guided questions, and the desk page where the editor keeps synonyms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from onedoor.domain.catalog.models import Miss, Synonym
from onedoor.faces import searches
from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import Citizen, text_of

pytestmark = pytest.mark.usefixtures("county_db")
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
STRANGE = [
    "😀" * 60,
    "\u202e\u200b\ufeff",
    "a" * 5_000,
    "zhangzhangzhang" * 40,
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "xianxianxianxianxianxianxianxianxianxianxianxianxianxianxian",
    "%_\\'\";--<script>",
    "\x01\x02\x1f",
    "((((((((a+)+)+)+)+",
    "食" * 60,
    "1" * 60,
    "Ⅷ㍿ﬁ½",
]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has searched yet in this process."""
    monkeypatch.setattr(searches, "allowance", searches.Allowance(searches.BURST, searches.A_SECOND))
    searches._counted.clear()


def page(path: str, **headers: str) -> str:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200, text_of(response)
    return text_of(response)


def links(text: str) -> list[str]:
    return re.findall(r'href="/services/([A-Z0-9-]+)"', text)


def test_a_slip_is_mended_and_said_so() -> None:
    found = page("/services?q=低宝")
    assert "按<strong>“低保”</strong>为您找到" in found
    assert links(found)[0] == "MZJ-DIBAO"
    assert "为您找到" not in page("/services?q=低保")


def test_words_are_suggested_while_typing() -> None:
    for typed, said in (("我要开饭", "开饭店"), ("kaif", "开饭店"), ("sfz", "身份证")):
        assert said in page(f"/services/suggest?q={typed}")
    assert 'href="/services?q=%E4%BD%8E%E4%BF%9D"' in page("/services/suggest?q=di")
    for unknown in ("", "量子"):
        assert Client().get("/services/suggest", {"q": unknown}).status_code == 204
    home = page("/")
    assert 'hx-get="/services/suggest"' in home
    assert 'href="/guide-me"' in home


def test_tabs_count_the_same_search() -> None:
    text = page("/services?q=驾照")
    assert re.search(r"全部.*?个人.*?企业", text, re.DOTALL)
    assert "NYJ-MACHINE-LICENCE" in links(page("/services?q=驾照&audience=person"))


def test_nothing_found_offers_ways_out(county_db: County) -> None:
    text = page("/services?q=甲乙丙丁证")
    for way in ("12345", "/guide-me", "到窗口问", "综合", "/services?theme="):
        assert way in text


def told(tenant_id: int) -> list[int]:
    return list(Miss.objects.filter(tenant_id=tenant_id).values_list("times", flat=True))


def test_what_finds_nothing_is_counted_once_a_visitor(county_db: County) -> None:
    tenant = county_db.tenant_id
    for _ in range(3):
        page("/services?q=甲乙丙丁证")
    assert told(tenant) == [1]
    Client(REMOTE_ADDR="10.0.0.9").get("/services?q=甲乙丙丁证")
    assert told(tenant) == [2]
    page("/services?q=身份证")
    page("/services?q=13800138000")
    Client().head("/services?q=没有的东西啊")
    assert told(tenant) == [2]


def test_who_is_still_typing_is_counted_when_it_stays(county_db: County) -> None:
    text = page("/services?q=甲乙丙丁证", **{"HX-Request": "true"})
    assert told(county_db.tenant_id) == []
    address = re.search(r'hx-get="(/services/missed[^"]+)"', text)
    assert address
    assert Client().get(address[1]).status_code == 204
    assert told(county_db.tenant_id) == [1]
    Client().get("/services/missed?q=身份证")
    assert told(county_db.tenant_id) == [1]


def test_a_filter_that_hides_the_finds_is_no_miss(county_db: County) -> None:
    assert "去掉筛选条件" in page("/services?q=身份证&department=scjg")
    assert told(county_db.tenant_id) == []


@pytest.mark.parametrize("query", STRANGE)
def test_strange_queries_are_answered(query: str) -> None:
    for path in ("/services", "/services/suggest", "/services/missed", "/api/v1/services"):
        response = Client().get(path, {"q": query})
        assert response.status_code in (200, 204, 400, 422), (path, response.status_code)


def test_one_address_cannot_search_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "allowance", searches.Allowance(3, 0.0))
    visitor = Client()
    answers = [visitor.get("/services?q=身份证").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert visitor.get("/api/v1/services?q=1").status_code == 429
    # The list without a query is not a search, and other visitors are not hindered.
    assert visitor.get("/services").status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.9").get("/services?q=身份证").status_code == 200


def test_without_the_bound_it_could(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches.Allowance, "take", lambda *_: True)
    visitor = Client()
    assert {visitor.get("/services?q=身份证").status_code for _ in range(5)} == {200}


def test_an_allowance_grows_again_and_forgets_the_longest_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    allowance = searches.Allowance(1, 0.5)
    assert [allowance.take("a", AT), allowance.take("a", AT)] == [True, False]
    assert not allowance.take("a", AT + timedelta(seconds=1))
    assert allowance.take("a", AT + timedelta(seconds=3))
    monkeypatch.setattr(searches, "_MOST_REMEMBERED", 2)
    for address in "bcd":
        allowance.take(address, AT)
    assert list(allowance._left) == ["c", "d"]


def test_three_plain_questions_lead_to_an_item() -> None:
    visitor, text = Citizen(), page("/guide-me")
    asked = []
    for answer in ("为店铺、公司、合作社", "刚要开张", "卖吃的：饭店、小吃、奶茶"):
        asked.append(re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)[-1])
        address = re.search(rf'href="([^"]+)">{answer}</a>', text)
        assert address, text
        text = text_of(visitor.get(address[1]))
    assert len(set(asked)) == 3
    assert "SCJG-FOOD-NEW" in links(text)
    assert "从头选" in text


@pytest.mark.parametrize(
    "steps", ["nobody", "family.nobody", "family." * 30, "shop.open.eat.more", ".", "一"]
)
def test_a_step_that_is_not_there(steps: str) -> None:
    assert Client().get("/guide-me", {"a": steps}).status_code == 404


def test_the_editor_makes_a_synonym_of_a_miss_in_one_step(county_db: County) -> None:
    for number in range(3):
        Client(REMOTE_ADDR=f"10.0.0.{number}").get("/services?q=撸串儿去处")
    editor = at_desk("shixiang")
    text = text_of(editor.get("/desk/synonyms"))
    assert "撸串儿去处" in text
    assert "3 次" in text
    kept = editor.post("/desk/synonyms", {"said": "撸串儿去处", "terms": "食品经营许可新办"}, follow=True)
    assert "现在搜“撸串儿去处”" in text_of(kept)
    assert "SCJG-FOOD-NEW" in links(text_of(kept))
    assert links(page("/services?q=撸串儿去处"))[0] == "SCJG-FOOD-NEW"
    assert Synonym.objects.get(tenant_id=county_db.tenant_id).changed_by.startswith("user:")


def test_the_editor_changes_silences_and_restores() -> None:
    editor = at_desk("shixiang")
    assert links(page("/services?q=夜宵")) == ["SCJG-FOOD-NEW"] or "SCJG-FOOD-NEW" in links(
        page("/services?q=夜宵")
    )
    assert "不再按“夜宵”" in text_of(editor.post("/desk/synonyms/drop", {"said": "夜宵"}, follow=True))
    assert links(page("/services?q=夜宵")) == []
    text = text_of(editor.get("/desk/synonyms?q=夜宵"))
    assert "已停用" in text
    editor.post("/desk/synonyms/restore", {"said": "夜宵"})
    assert "SCJG-FOOD-NEW" in links(page("/services?q=夜宵"))
    assert editor.post("/desk/synonyms/restore", {"said": "夜宵"}).status_code == 404
    assert 'value="食品经营、食品摊贩"' in text_of(editor.get("/desk/synonyms?said=夜宵"))


def test_a_synonym_that_cannot_work_stays_in_the_form() -> None:
    editor = at_desk("shixiang")
    answer = editor.post("/desk/synonyms", {"said": "撸串儿", "terms": "量子力学"})
    assert answer.status_code == 422
    assert "在现有事项里找不到" in text_of(answer)
    assert 'value="撸串儿"' in text_of(answer)


def test_a_miss_is_settled_without_a_synonym(county_db: County) -> None:
    for number in range(3):
        Client(REMOTE_ADDR=f"10.0.0.{number}").get("/services?q=撸串儿去处")
    editor = at_desk("shixiang")
    editor.post("/desk/synonyms/settle", {"said": "撸串儿去处"})
    assert "撸串儿去处" not in text_of(editor.get("/desk/synonyms"))


@pytest.mark.parametrize("username", ["chuangkou", "jiangyx"])
@pytest.mark.parametrize("path", ["", "/drop", "/restore", "/settle"])
def test_only_the_editor_keeps_words(username: str, path: str) -> None:
    assert at_desk(username).post(f"/desk/synonyms{path}", {"said": "夜宵"}).status_code == 403


def test_the_editor_begins_where_the_work_is() -> None:
    assert 'href="/desk/synonyms"' in text_of(at_desk("shixiang").get("/desk/synonyms"))
