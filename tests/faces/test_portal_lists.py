"""Lists of questions on the portal and at the desk, and pages that keep what is being written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from tests.faces.desk import at_desk, form_of
from tests.faces.portal import Citizen, text_of

pytestmark = pytest.mark.usefixtures("county_db")

COMPANY = "SCJG-COMPANY-NEW"
CAPITAL = {"asked": ["capital", "holders", "seal"], "capital": "100", "seal": "no"}
HTMX = {"HX-Request": "true"}


def row(place: int, **answers: str) -> dict[str, Any]:
    """A row of the list of shareholders as a browser sends it."""
    return {f"holders-{place}-{code}": value for code, value in answers.items()}


PERSON = {"holder_kind": "person", "holder_name": "庄晓禾", "holder_capital": "60"}
ID = {"holder_id": "110101198806160008"}
FIRM = {"holder_kind": "firm", "holder_name": "明渠县晓禾小吃店", "holder_capital": "40"}
USCC = {"holder_uscc": "92990722MAXH00010M"}


@pytest.fixture
def citizen() -> Citizen:
    return Citizen().sign_in()


def places(page: str) -> list[str]:
    """The rows that a page shows."""
    return re.findall(r'name="rows-holders" value="(\d+)"', page)


def test_rows_are_added_and_taken_away_without_scripts(citizen: Citizen) -> None:
    path = f"/cases/{citizen.begin(COMPANY)}/apply/section/capital"
    assert places(text_of(citizen.get(path))) == ["0"], "a list that is needed begins with a row"
    first = {**CAPITAL, "rows-holders": ["0"], **row(0, **PERSON, **ID)}
    added = text_of(citizen.post(path, {**first, "group-step": "add:holders"}, 200))
    assert places(added) == ["0", "1"]
    assert 'value="庄晓禾"' in added, "what was typed is still there"
    assert re.search(r'id="id_holders-1-\w+"', added)
    both = {**CAPITAL, "rows-holders": ["0", "1"], **row(0, **PERSON, **ID), **row(1, **FIRM, **USCC)}
    dropped = text_of(citizen.post(path, {**both, "group-step": "drop:holders-0"}, 200))
    assert places(dropped) == ["0"]
    assert 'value="明渠县晓禾小吃店"' in dropped
    assert "庄晓禾" not in dropped


def test_mistakes_in_a_row_are_told_at_the_row(citizen: Citizen) -> None:
    path = f"/cases/{citizen.begin(COMPANY)}/apply/section/capital"
    bad = {**row(0, **PERSON, **ID), **row(1, **FIRM, holder_uscc="123")}
    page = text_of(citizen.post(path, {**CAPITAL, "rows-holders": ["0", "1"], **bad}, 422))
    assert 'href="#id_holders-1-holder_uscc"' in page
    assert "第 2 组：“统一社会信用代码”有误" in page
    assert 'id="id_holders-1-holder_uscc-fault"' in page


def test_a_list_is_shown_wherever_the_case_is(citizen: Citizen) -> None:
    number = citizen.begin(COMPANY)
    path = f"/cases/{number}/apply/section/capital"
    rows = {"rows-holders": ["0", "1"], **row(0, **PERSON, **ID), **row(1, **FIRM, **USCC)}
    citizen.post(path, {**CAPITAL, **rows})
    told = "1. 股东是谁：个人；股东姓名或名称：庄晓禾"
    assert told in text_of(citizen.get(f"/cases/{number}/apply/check"))
    assert places(text_of(citizen.get(path))) == ["0", "1"], "and can be changed"


def test_what_is_being_written_is_kept_once(citizen: Citizen) -> None:
    number = citizen.begin(COMPANY)
    path = f"/cases/{number}/apply/section/capital"
    writing = {
        **CAPITAL,
        "rows-holders": ["0"],
        **row(0, holder_kind="person", holder_id="11010"),
        "keep": "1",
    }
    kept = citizen.browser.post(path, writing, headers=HTMX)
    page = text_of(kept)
    assert kept.status_code == 200
    assert re.search(r"已保存 \d\d:\d\d，有 1 项还没填对", page)
    assert 'id="slot-holders-0-holder_id"' in page
    assert "必填" not in page.partition("kept")[0], "mistakes are not told while somebody writes"
    facts = len(facts_of(number))
    citizen.browser.post(path, writing, headers=HTMX)
    assert len(facts_of(number)) == facts, "nothing new, no fact"
    elsewhere = Citizen().sign_in()
    assert re.search(r'value="100"', text_of(elsewhere.get(path))), "another device goes on with it"


def facts_of(number: str) -> tuple[Any, ...]:
    """The journal of the citizen's case."""
    return journal.facts(Case.objects.get(number=number).id)


def test_a_question_comes_and_goes_with_an_answer(citizen: Citizen) -> None:
    path = f"/cases/{citizen.begin()}/apply/section/people"
    asked = {"asked": ["manager", "has_staff", "gas", "open_date"], "manager": "庄", "keep": "1"}
    page = text_of(citizen.browser.post(path, {**asked, "has_staff": "yes"}, headers=HTMX))
    assert 'name="staff_count"' in page
    page = text_of(citizen.browser.post(path, {**asked, "has_staff": "no"}, headers=HTMX))
    assert 'name="staff_count"' not in page
    assert 'id="slot-staff_count" hidden' in page


def test_the_desk_takes_down_a_list() -> None:
    browser = at_desk("chuangkou")
    path = f"/desk/intake/{COMPANY}"
    page = browser.get(path)
    assert places(text_of(page)) == ["0"]
    sent = {**form_of(page), **row(0, **PERSON, **ID)}
    added = browser.post(path, sent | {"group-step": "add:holders"})
    assert places(text_of(added)) == ["0", "1"]
    assert "autofocus" in text_of(added)
    wrong = browser.post(path, form_of(added) | {"holders-0-holder_id": "1", "form-act": "receive"})
    assert 'href="#id_holders-0-holder_id"' in text_of(wrong)
