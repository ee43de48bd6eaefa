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


def reviewing() -> str:
    """A case in the hands of its reviewers."""
    number = filed().number
    act(number, "accept", "chuangkou")
    return number


def test_ticked_cases_go_on_under_the_version_in_force_each_with_its_result() -> None:
    goes, stays = reviewing(), filed().number
    items = [{"target": "material:m1", "reason": "缺页", "mend": "补交第二页"}]
    act(stays, "notify_correction", "chuangkou", payload={"items": items})
    published_again(promised_limit={"amount": 7, "unit": "working"})
    decider = at_desk("yinby")
    assert f"/desk/items/{FOOD}" in text_of(decider.get(f"/desk/cases/{goes}"))
    path = f"/desk/items/{FOOD}/versions/1/cases"
    assert path in text_of(decider.get(f"/desk/items/{FOOD}"))
    page = decider.get(path)
    assert f'value="{goes}"' in text_of(page)
    assert f'value="{stays}"' not in text_of(page)
    assert "补正以后才能改" in plain(page)
    assert "承诺时限由8个工作日改为7个工作日。" in plain(page)
    sent = {"to": "2", "number": [goes, stays], "reason": "新版本办得更快"}
    answer = decider.post(path, sent)
    assert answer.status_code == 200
    assert "改成1件，没有改成1件" in plain(answer)
    assert "补正以后才能改" in plain(answer)
    case = plain(decider.get(f"/desk/cases/{goes}"))
    assert "按事项第2版办理" in case
    assert "第1版改为第2版" in case
    assert "新版本办得更快" in case
    again = plain(decider.post(path, sent))
    assert "没有改成2件" in again
    assert "已经按第2版办理" in again


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"to": "2", "reason": "新版本办得更快"}, "还没有勾选办件"),
        ({"to": "2", "number": "{number}"}, "写明为什么"),
        ({"to": "2", "number": "{number}", "reason": "字" * 2000}, "写明为什么"),
    ],
)
def test_without_cases_or_reason_nothing_is_done(sent: dict[str, str], told: str) -> None:
    number = reviewing()
    newer = published_again(promised_limit={"amount": 7, "unit": "working"})
    given = {name: value.format(number=number) for name, value in sent.items()}
    answer = at_desk("yinby").post(f"/desk/items/{FOOD}/versions/1/cases", given)
    assert answer.status_code == 422
    assert told in plain(answer)
    assert Case.objects.get(number=number).version_id != newer.id


@pytest.mark.parametrize("sent", [{"to": "99999999999"}, {"to": "²"}, {"to": ""}, {"number": "没有\x00"}])
def test_what_no_page_sends_is_answered_case_by_case(sent: dict[str, str]) -> None:
    number = reviewing()
    published_again(promised_limit={"amount": 7, "unit": "working"})
    given = {"to": "2", "number": number, "reason": "新版本办得更快"} | sent
    answer = at_desk("yinby").post(f"/desk/items/{FOOD}/versions/1/cases", given)
    assert answer.status_code in (200, 422)
    assert "没有改成" in plain(answer) or answer.status_code == 422


def test_the_page_is_for_deciders_of_the_item_alone() -> None:
    path = f"/desk/items/{FOOD}/versions/1/cases"
    reviewing()
    assert at_desk("chuangkou").get(path).status_code == 403
    assert at_desk("shixiang").get(path).status_code == 403
    assert at_desk("heqs").get(path).status_code == 404
    assert at_desk("yinby").get(f"/desk/items/{FOOD}/versions/9/cases").status_code == 404
    page = at_desk("scjgju").get(path)
    assert page.status_code == 200
    assert "已经按第1版办理" in plain(page)
