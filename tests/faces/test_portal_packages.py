"""Packages on the portal: found, asked, and told everything at once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.county import County
from tests.faces.portal import text_of

REST = "/packages/YJS-RESTAURANT"
ALL = "asked=1&registered=no&area=120&sign=true&sewage=true&tobacco=false&invoice=false"


@pytest.fixture
def anyone(county_db: County) -> Client:
    return Client()


def page(anyone: Client, path: str, status: int = 200) -> str:
    response = anyone.get(path)
    assert response.status_code == status
    return text_of(response)


def needed(text: str) -> list[str]:
    """The items that a page says are needed."""
    lanes = text.partition('<ol class="lanes">')[2].partition("</ol>")[0]
    return re.findall(r'href="/services/([\w-]+)"', lanes)


def test_packages_are_listed_and_found_in_peoples_words(anyone: Client) -> None:
    text = page(anyone, "/packages")
    assert text.count('href="/packages/YJS-') >= 12
    assert 'href="/packages/YJS-BIRTH"' in page(anyone, "/packages?q=生孩子")
    assert 'href="/packages/YJS-BIRTH"' not in page(anyone, "/packages?audience=organization")
    assert "没有找到“宇宙飞船”" in page(anyone, "/packages?q=宇宙飞船")


def test_a_package_asks_first(anyone: Client) -> None:
    text = page(anyone, REST)
    for code in ("registered", "area", "sign", "sewage", "tobacco", "invoice"):
        assert f'name="{code}"' in text
    assert "要办的事项" not in text
    assert 'name="mortgage"' not in page(anyone, "/packages/YJS-PASSING"), "asked only of who left a house"
    assert 'name="mortgage"' in page(anyone, "/packages/YJS-PASSING?asked=1&house=true")


def test_answers_tell_everything_at_once(anyone: Client) -> None:
    text = page(anyone, f"{REST}?{ALL}")
    assert needed(text) == ["SCJG-COMPANY-NEW", "SCJG-FOOD-NEW", "XFJY-CHECK", "ZJJ-DRAIN", "CGJ-AD"]
    assert "不用办的事项（2 个）" in text
    assert "等“有限责任公司设立登记”办好后开始" in text
    assert f'href="{REST}/apply?asked=1&amp;registered=no&amp;area=120&amp;sign=true' in text
    assert "少 4<" in text


def test_what_is_not_answered_yet_is_said(anyone: Client) -> None:
    text = page(anyone, f"{REST}?asked=1&area=30")
    assert "还有问题没回答" in text
    assert "还说不准的事项" in text
    assert "/apply" not in text


def test_a_mistake_is_told_at_its_question_and_the_rest_is_planned(anyone: Client) -> None:
    text = page(anyone, f"{REST}?asked=1&registered=no&area=很大", 422)
    assert 'href="#id_area"' in text
    assert 'id="id_area"' in text
    assert "SCJG-COMPANY-NEW" in needed(text)


def test_an_unknown_package_is_not_found(anyone: Client) -> None:
    assert anyone.get("/packages/NONE").status_code == 404


@pytest.mark.parametrize("query", ["asked=1&counters=tobacco&counters=drug", "asked=1"])
def test_none_of_several_is_an_answer_too(anyone: Client, query: str) -> None:
    text = page(
        anyone,
        f"/packages/YJS-SUPERMARKET?registered=yes&area=90&lift=false&sewage=false&sign=false&promotion=false&{query}",
    )
    assert ("YCZM-TOBACCO" in needed(text)) is ("tobacco" in query)
    assert "还有问题没回答" not in text


def test_what_one_does_not_spare_is_told_honestly(anyone: Client) -> None:
    alone = page(anyone, "/packages/YJS-RETIRE?asked=1&card=true&away=false")
    assert needed(alone) == ["RSJ-RETIRE"]
    assert "省多少" not in alone, "one item alone is not done together with anything"
    more = page(anyone, "/packages/YJS-DISABLED?asked=1&has_card=true&child=true&hard=false")
    assert re.search(r"要答的问题.*?多 \d", more, re.DOTALL)


def test_the_figures_of_the_materials_add_up_and_one_promise_is_told(anyone: Client) -> None:
    answered = page(anyone, f"{REST}?{ALL}")
    said = re.findall(r"材料一共 (\d+) 份：([^。<]*)。", answered)
    assert said
    together = re.search(r"材料（份）</th><td[^>]*>\d+</td><td[^>]*><strong>(\d+)<", answered)
    assert together is not None
    for total, parts in said:
        counted = [int(each) for each in re.findall(r"(\d+) 份(?:要交|视情形|免交)", parts)]
        assert total == together[1]
        assert sum(counted) == int(total)
    to_bring = re.search(r"要准备的材料（(\d+) 份）", answered)
    assert to_bring is not None
    assert said[0][1].startswith(f"{to_bring[1]} 份要交")
    promised = re.search(r"承诺时限（工作日）</th><td[^>]*>\d+</td><td[^>]*><strong>(\d+)<", answered)
    assert promised is not None
    head = answered.partition('id="promise"')[2].partition("</p>")[0]
    assert f"按您的回答，承诺 {promised[1]} 个工作日" in head
    assert f"以 {promised[1]} 个工作日为准" in answered
    asking = page(anyone, REST).partition('id="promise"')[2].partition("</p>")[0]
    assert "最长承诺 12 个工作日" in asking, "what is not answered yet leaves the promise open"
