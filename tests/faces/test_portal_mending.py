"""A correction that is written on more than one day: kept as it is typed, there again, gone when it is sent."""

from __future__ import annotations

import re
from datetime import date

import pytest

from onedoor.core.instants import page_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases.models import Case, KeptCorrection
from onedoor.faces.access import now
from tests.faces.desk import at_desk
from tests.faces.portal import OTHER_PDF, PDF, Citizen, text_of, value_of
from tests.faces.test_portal_following import act, faulty, staff
from tests.faces.test_portal_uploads import a_file

pytestmark = pytest.mark.usefixtures("county_db")


@pytest.fixture
def citizen() -> Citizen:
    return Citizen().sign_in()


@pytest.fixture
def number(citizen: Citizen) -> str:
    submitted = citizen.complete()
    citizen.submit(submitted)
    faulty(submitted, "field:area", "field:shop_name", "material:m4")
    return submitted


def typed(page: str, name: str) -> str:
    """What stands in a question of the page."""
    drawn = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert drawn, name
    found = re.search(r'value="([^"]*)"', drawn[0])
    return found[1] if found else ""


def test_what_is_typed_is_there_on_another_device(citizen: Citizen, number: str) -> None:
    path = f"/cases/{number}/correct"
    body = {"asked": ["area", "shop_name"], "shop_name": "晓禾面馆", "area": "很大", "keep": "1"}
    answer = text_of(citizen.post(path, body, 200))
    assert "已保存" in answer
    assert "<html" not in answer
    page = text_of(Citizen().sign_in().get(path))
    assert typed(page, "shop_name") == "晓禾面馆"
    assert typed(page, "area") == "很大", "what is not right yet is kept too"
    assert "上次填的还在" in page
    case = Case.objects.get(number=number)
    assert case.stage == "correcting"
    assert "晓禾面馆".encode() not in bytes(KeptCorrection.objects.get(case=case).sealed)
    clerk = text_of(Citizen(at_desk("chuangkou")).get(f"/desk/cases/{number}"))
    assert "晓禾面馆" not in clerk, "the office sees nothing before it is sent"


def test_files_are_kept_and_taken_away(citizen: Citizen, number: str) -> None:
    path = f"/cases/{number}/correct"
    citizen.post(f"{path}/m4/files", {"files": a_file(OTHER_PDF, "一.pdf")}, 200)
    page = text_of(citizen.get(path))
    held = re.search(r'name="kept_m4" value="([^"]+)"', page)
    assert held, "a file is there again though nothing else was saved"
    assert re.search(r'name="way_m4"[^>]*value="upload" checked', page)
    # What the page saves in the background may have been read before the file had arrived.
    citizen.post(path, {"shown": ["m4"], "way_m4": "upload", "keep": "1"}, 200)
    assert held[1] in text_of(citizen.get(path))
    both = {"shown": ["m4"], "way_m4": "upload", "kept_m4": held[1]}
    answer = text_of(citizen.post(path, {**both, "files_m4": a_file(PDF, "二.pdf"), "step": "back"}, 200))
    assert answer.count('name="kept_m4"') == 2
    dropped = text_of(citizen.post(path, {**both, "drop": f"m4:{held[1]}"}, 200))
    assert "一.pdf" not in dropped
    assert "一.pdf" not in text_of(citizen.get(path))


def test_going_on_another_day_needs_no_scripts(citizen: Citizen, number: str) -> None:
    path = f"/cases/{number}/correct"
    body = {"asked": ["area"], "area": "77", "step": "later"}
    assert citizen.post(path, body).headers["Location"] == f"/cases/{number}"
    assert "接着补正" in text_of(citizen.get(f"/cases/{number}"))
    assert typed(text_of(citizen.get(path)), "area") == "77"


def test_what_was_kept_goes_with_the_correction(citizen: Citizen, number: str) -> None:
    path = f"/cases/{number}/correct"
    page = citizen.get(path)
    body = {
        "once": value_of(page, "once"),
        "asked": ["area", "shop_name"],
        "area": "77",
        "shop_name": "晓禾面馆",
        "shown": ["m4"],
        "way_m4": "original",
    }
    check = text_of(citizen.post(path, body, 200))
    assert "没有改动" not in check
    assert "没有改动" in text_of(citizen.post(path, {**body, "area": "60"}, 200))
    assert KeptCorrection.objects.filter(case__number=number).exists()
    citizen.post(path, {**body, "step": "send"})
    assert Case.objects.get(number=number).stage == "submitted"
    assert not KeptCorrection.objects.filter(case__number=number).exists()


def test_it_is_kept_for_nobody_else_and_for_nothing_else(citizen: Citizen, number: str) -> None:
    body = {"asked": ["area"], "area": "77", "keep": "1"}
    Citizen().sign_in("13000000009").post(f"/cases/{number}/correct", body, 404)
    given = {"form": {"area": "1", "no_such": "1"}, "materials": []}
    with pytest.raises(Refused, match="role_missing"):
        actions.keep_correction(number=number, given=given, actor=staff("gongzq"), at=now())
    assert not KeptCorrection.objects.filter(case__number=number).exists()
    act(number, "withdraw", {})
    with pytest.raises(Refused, match="not_correcting"):
        actions.keep_correction(number=number, given=given, actor=staff("chuangkou"), at=now())
    assert not KeptCorrection.objects.filter(case__number=number).exists()


def test_by_when_to_correct_and_what_comes_after(citizen: Citizen) -> None:
    number = citizen.complete()
    citizen.submit(number)
    items = [{"target": "field:area", "reason": "与图纸不符", "mend": "请按图纸填写"}]
    act(number, "notify_correction", {"items": items, "days": 3})
    case = Case.objects.get(number=number)
    last = date.fromisoformat(case.engine["correct_by"])
    for path in (f"/cases/{number}", f"/cases/{number}/correct"):
        assert f"请在 {page_date(last)}以前补正" in text_of(citizen.get(path))
    assert f"请在 {page_date(last)}以前补正" in text_of(citizen.get("/my"))
    desk = Citizen(at_desk("chuangkou"))
    assert "补正期限到" in text_of(desk.get(f"/desk/cases/{number}"))
    with pytest.raises(Refused, match="correction_term_running"):
        act(number, "decline", {"reasons": "逾期没有补正"})
    Case.objects.filter(number=number).update(engine={**case.engine, "correct_by": "2026-01-05"})
    assert "已经过了" in text_of(citizen.get(f"/cases/{number}/correct"))
    assert "/do/decline" in text_of(desk.get(f"/desk/cases/{number}"))
    act(number, "decline", {"reasons": "逾期没有补正"})
    assert Case.objects.get(number=number).stage == "declined"


def test_the_desk_sets_the_term() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    desk = Citizen(at_desk("chuangkou"))
    form = text_of(desk.get(f"/desk/cases/{number}/do/notify_correction"))
    assert re.search(r'<input[^>]*value="15"[^>]*name="days"|<input[^>]*name="days"[^>]*value="15"', form)
