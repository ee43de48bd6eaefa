"""The inbox by time left, and every case one may see."""

from __future__ import annotations

import pytest

from onedoor.domain.cases.terms import Applicant
from onedoor.faces import caselists
from tests.faces.desk import accepted, act, at_desk, filed, text_of
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")

WOMAN = Applicant("person", "梁月香", "resident_id", "110101194203080000", "13000000001")


def person_item() -> str:
    """The code of an item that persons may apply for."""
    from onedoor.domain.catalog import queries as catalog

    cards = catalog.listing(staff("chuangkou").tenant_id, audience="person", limit=100).items
    return next(card.code for card in cards if card.ready)


def test_an_empty_inbox_says_what_will_come() -> None:
    page = text_of(at_desk("chuangkou").get("/desk/"))
    assert "没有待办" in page
    assert 'href="/desk/intake"' in page


def test_tabs_sort_by_what_waits_and_count() -> None:
    waiting, reviewed = filed(), accepted()
    clerk = at_desk("chuangkou")
    assert waiting.number in text_of(clerk.get("/desk/?waits=accept"))
    assert waiting.number not in text_of(clerk.get("/desk/?waits=deliver"))
    reviewer = at_desk("jiangyx")
    inbox = text_of(reviewer.get("/desk/"))
    assert reviewed.number in inbox
    assert waiting.number not in inbox
    assert reviewed.number in text_of(reviewer.get("/desk/?waits=review"))
    assert reviewed.number not in text_of(reviewer.get("/desk/?waits=decide"))
    assert "还有" in inbox


def test_a_refused_case_waits_for_delivery() -> None:
    case = accepted()
    for who, step in (("jiangyx", "check"), ("gongzq", "fire")):
        act(case.number, "review", who, step=step, payload={"outcome": "object", "opinion": "不符合"})
    refused = {"outcome": "refuse", "reasons": "场所不符合要求"}
    act(case.number, "decide", "yinby", step="decide", payload=refused)
    assert case.number in text_of(at_desk("chujian").get("/desk/?waits=deliver"))
    assert case.number in text_of(at_desk("chuangkou").get("/desk/?waits=deliver"))
    assert case.number not in text_of(at_desk("chujian").get("/desk/?waits=make"))


def test_persons_are_masked_in_lists() -> None:
    case = filed(code=person_item(), applicant=WOMAN)
    page = text_of(at_desk("chuangkou").get("/desk/"))
    assert case.number in page
    assert "梁**" in page
    assert "梁月香" not in page


def test_cases_are_found_by_number_name_stage_and_item() -> None:
    shop, woman = filed(), filed(code=person_item(), applicant=WOMAN)
    clerk = at_desk("chuangkou")

    def numbers(query: str) -> list[bool]:
        page = text_of(clerk.get(f"/desk/cases?{query}"))
        return [f"/desk/cases/{case.number}" in page for case in (shop, woman)]

    assert numbers("") == [True, True]
    assert numbers(f"q={shop.number.lower()}") == [True, False]
    assert numbers("q=梁月") == [False, True]
    assert numbers("service=SCJG-FOOD-NEW") == [True, False]
    assert numbers("service=食品经营许可新办") == [True, False]
    assert numbers("service=no-such-thing-at-all-qqq") == [False, False]
    assert numbers("stage=accepted") == [False, False]
    assert numbers("overdue=1") == [False, False]
    assert "没有符合条件的办件" in text_of(clerk.get("/desk/cases?overdue=1"))


def test_initials_that_fit_several_items_offer_the_others() -> None:
    page = text_of(at_desk("chuangkou").get("/desk/cases?service=spjyxk&stage=accepted"))
    assert "只看事项" in page
    assert 'href="/desk/cases?service=SCJG-FOOD-CHANGE&amp;stage=accepted"' in page


def test_lists_go_on_where_the_page_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = {filed().number for _ in range(3)}
    monkeypatch.setattr(caselists, "PAGE", 2)
    clerk, seen = at_desk("chuangkou"), set()
    path = "/desk/cases?stage=submitted"
    for _ in range(2):
        page = clerk.get(path)
        seen |= {number for number in cases if number in text_of(page)}
        path = page.context["next_url"]
    assert seen == cases
    assert path == ""


def test_a_reviewer_of_another_department_sees_nothing() -> None:
    case = filed()
    assert case.number not in text_of(at_desk("yish").get("/desk/cases"))


def test_somebody_without_casework_is_told_so() -> None:
    assert "这个岗位没有待办" in text_of(at_desk("caiwu").get("/desk/"))
