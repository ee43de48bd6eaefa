"""The cases on the versions of an item, as those who change it and those who decide under it see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from onedoor.domain.cases import queries
from onedoor.domain.cases.models import Case
from tests.faces.desk import PASSING, act, at_desk, filed
from tests.faces.portal import text_of
from tests.factories.cases import DELIVERY, FOOD, staff
from tests.factories.items import published_again

pytestmark = pytest.mark.usefixtures("county_db")


def plain(response: Any) -> str:
    """The words of a page."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", text_of(response)))


def ended(number: str) -> None:
    """A case from receipt to delivery."""
    act(number, "accept", "chuangkou")
    act(number, "review", "jiangyx", payload=PASSING, step="check")
    act(number, "review", "gongzq", payload=PASSING, step="fire")
    act(number, "decide", "yinby", payload={"outcome": "approve"}, step="decide")
    act(number, "issue", "chujian", step="make")
    act(number, "deliver", "chujian", payload=DELIVERY)


def links(page: Any) -> list[str]:
    """Where the counts of a page lead."""
    return [
        link.replace("&amp;", "&")
        for link in re.findall(r'href="(/(?:desk|watch)/cases\?[^"]+)"', text_of(page))
    ]


def numbers(page: Any) -> set[str]:
    """The cases that a list shows."""
    return set(re.findall(r'class="code" href="/(?:desk|watch)/cases/([^"]+)"', text_of(page)))


def test_each_version_says_how_many_cases_are_on_it_and_leads_to_them() -> None:
    first, over = filed(), filed()
    ended(over.number)
    published_again(promised_limit={"amount": 7, "unit": "working"})
    second = filed()
    decider = at_desk("yinby")
    page = decider.get(f"/desk/items/{FOOD}")
    assert "第2版" in plain(page)
    found = {link: numbers(decider.get(link)) for link in links(page)}
    assert found == {
        f"/desk/cases?service={FOOD}&version=2&open=1": {second.number},
        f"/desk/cases?service={FOOD}&version=1&open=1": {first.number},
        f"/desk/cases?service={FOOD}&version=1&ended=1": {over.number},
    }
    listed = plain(decider.get(f"/desk/cases?service={FOOD}&version=1&ended=1"))
    assert "事项版本第1版" in listed
    assert "已办结" in listed


def test_an_editor_reads_the_counts_and_is_led_nowhere_they_may_not_look() -> None:
    filed()
    page = at_desk("shixiang").get(f"/desk/items/{FOOD}")
    assert "1件" in plain(page)
    assert links(page) == []


def test_whoever_decides_elsewhere_or_only_receives_does_not_open_the_page() -> None:
    assert at_desk("heqs").get(f"/desk/items/{FOOD}").status_code == 404
    assert at_desk("chuangkou").get(f"/desk/items/{FOOD}").status_code == 403
    page = at_desk("yinby").get(f"/desk/items/{FOOD}")
    assert page.status_code == 200
    assert "开始起草" not in plain(page)
    answer = at_desk("yinby").post(f"/desk/items/{FOOD}", {"operation": "pause", "reason": "不应当"})
    assert answer.status_code == 422
    assert "您不负责这个部门的事项" in plain(answer)


@pytest.mark.parametrize("version", ["0", "9", "99999", "-1", "１", "1e3", "9" * 60, "<b>"])
def test_a_version_that_is_none_is_an_empty_list(version: str) -> None:
    filed()
    page = at_desk("yinby").get("/desk/cases", {"service": FOOD, "version": version})
    assert page.status_code == 200
    assert numbers(page) == set()


def test_a_version_without_an_item_narrows_nothing() -> None:
    number = filed().number
    assert number in numbers(at_desk("yinby").get("/desk/cases?version=1"))


def test_a_draft_given_up_is_neither_running_nor_ended() -> None:
    number = filed().number
    given_up = {"stage": "withdrawn", "received_at": None, "concluded_at": datetime.now(UTC)}
    Case.objects.filter(number=number).update(**given_up)
    assert queries.by_version(staff("yinby").tenant_id, FOOD) == {}
