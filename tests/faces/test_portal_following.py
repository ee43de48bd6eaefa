"""After submission: one's own case, progress by code, correction, withdrawal, rating, papers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from onedoor.domain.cases import actions
from onedoor.domain.cases import followers as case_followers
from onedoor.domain.cases.models import Case
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.faces.access import now
from tests.faces.portal import OTHER_PDF, PDF, Citizen, text_of, value_of

pytestmark = pytest.mark.usefixtures("county_db")


@pytest.fixture
def citizen() -> Citizen:
    return Citizen().sign_in()


@pytest.fixture
def number(citizen: Citizen) -> str:
    submitted = citizen.complete()
    citizen.submit(submitted)
    return submitted


def staff(username: str) -> Principal:
    found = offices.principal_by_username(username)
    assert found is not None
    return found


def act(number: str, verb: str, payload: dict[str, Any], who: str = "chuangkou") -> None:
    actions.perform(number=number, verb=verb, payload=payload, actor=staff(who), at=now())


def faulty(number: str, *targets: str) -> None:
    """Tell the applicant what to mend."""
    items = [{"target": target, "reason": "内容看不清", "mend": "请重新提供"} for target in targets]
    act(number, "notify_correction", {"items": items})


def concluded(number: str) -> None:
    """A case that has come to its end without acceptance."""
    act(number, "decline", {"reasons": "不属于本县管辖"})


def test_progress_by_number_and_code(citizen: Citizen, number: str) -> None:
    visitor = Citizen(Client())
    given = {"number": number.lower(), "query_code": citizen.query_code(number).lower()}
    assert visitor.post("/progress", given).headers["Location"] == "/progress/case"
    page = text_of(visitor.get("/progress/case"))
    assert "已收到您的申请" in page
    for secret in ("晓禾", citizen.query_code(number), "130****0002"):
        assert secret not in page
    visitor.post("/progress/leave", {})
    visitor.get("/progress/case", 302)


def test_a_wrong_code_and_an_unknown_number_are_told_alike(number: str) -> None:
    visitor = Citizen(Client())
    wrong = text_of(visitor.post("/progress", {"number": number, "query_code": "00000-00000"}, 422))
    unknown = text_of(visitor.post("/progress", {"number": "9" * 20, "query_code": "00000-00000"}, 422))
    assert "办件编号或查询码不正确" in wrong
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong) == strip.sub("", unknown)
    malformed = [
        text_of(visitor.post("/progress", {"number": each, "query_code": "7"}, 422)) for each in (number, "1")
    ]
    assert strip.sub("", malformed[0]) == strip.sub("", malformed[1])


def test_guessing_codes_is_stopped(citizen: Citizen, number: str) -> None:
    visitor = Citizen(Client())
    for _ in range(8):
        visitor.post("/progress", {"number": number, "query_code": "00000-00000"}, 422)
    right = {"number": number, "query_code": citizen.query_code(number)}
    assert "以后再试" in text_of(visitor.post("/progress", right, 429))


def test_another_persons_case_does_not_exist(number: str) -> None:
    stranger = Citizen(Client()).sign_in("13000000003")
    for path in ("", "/done", "/correct", "/withdraw", "/rate", "/receipt.pdf"):
        stranger.get(f"/cases/{number}{path}", 404)
    stranger.post(f"/cases/{number}/withdraw", {}, 404)
    assert Case.objects.get(number=number).stage == "submitted"


def test_only_what_is_faulty_can_be_corrected(citizen: Citizen, number: str) -> None:
    faulty(number, "field:area", "material:m4")
    assert "内容看不清" in text_of(citizen.get(f"/cases/{number}"))
    path = f"/cases/{number}/correct"
    page = citizen.get(path)
    assert 'name="area"' in text_of(page)
    assert 'name="shop_name"' not in text_of(page)
    once = value_of(page, "once")
    wrong = {"once": once, "asked": ["area"], "area": "很大", "way_m4": "upload", "shown": ["m4"]}
    refused = text_of(citizen.post(path, wrong, 422))
    assert "很大" in refused
    assert 'href="#id_files_m4"' in refused
    upload = SimpleUploadedFile("新图.pdf", OTHER_PDF, "application/pdf")
    kept = text_of(citizen.post(path, {**wrong, "files_m4": upload}, 422))
    held = re.search(r'name="kept_m4" value="([^"]+)"', kept)
    assert held, "a file that came with a mistake elsewhere stays"
    mended = {**wrong, "area": "80", "kept_m4": held[1], "shop_name": "别的店"}
    check = text_of(citizen.post(path, mended, 200))
    assert Case.objects.get(number=number).stage == "correcting", "nothing is sent before it was checked"
    assert ">80<" in check
    assert ">60<" in check
    assert "新图.pdf" in check
    carried = {
        name: values_of(check, name) for name in ("asked", "area", "shown", "way_m4", "kept_m4", "once")
    }
    assert 'value="80"' in text_of(citizen.post(path, {**carried, "step": "back"}, 200))
    sent = {**carried, "step": "send"}
    citizen.post(path, sent)
    again = text_of(citizen.get(f"/cases/{number}"))
    assert "新图.pdf" in again
    assert ">80<" in again
    assert "别的店" not in again
    assert citizen.post(path, sent).headers["Location"] == f"/cases/{number}"


def values_of(page: str, name: str) -> list[str]:
    """The values of the hidden inputs of this name."""
    return re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', page)


def test_what_need_not_be_mended_is_read_only(citizen: Citizen, number: str) -> None:
    faulty(number, "field:area")
    page = text_of(citizen.get(f"/cases/{number}/correct"))
    task_list, _, rest = page.partition('<form method="post" action="/cases/')
    assert 'href="#item-area"' in task_list
    assert "不用改的内容" in rest
    assert "清源街道中街 18 号" in rest
    assert 'name="premises"' not in rest


def test_a_mended_answer_may_bring_up_another_question(citizen: Citizen, number: str) -> None:
    faulty(number, "field:has_staff")
    path = f"/cases/{number}/correct"
    first = citizen.post(path, {"asked": ["has_staff"], "has_staff": "yes"}, 200)
    assert 'name="staff_count"' in text_of(first)
    assert "从业人员健康证明" in text_of(first)
    both = {
        "asked": ["has_staff", "staff_count", "staff"],
        "has_staff": "yes",
        "staff_count": "4",
        "shown": ["m6"],
        "way_m6": "original",
        "rows-staff": ["0"],
        "staff-0-staff_name": "柳青青",
        "staff-0-job": "other",
        "step": "send",
    }
    citizen.post(path, both)
    page = text_of(citizen.get(f"/cases/{number}"))
    assert "从业人数" in page
    assert "从业人员姓名：柳青青；做什么：其他" in page
    assert "已收到您的申请" in page


def test_withdrawing_needs_a_confirmation(citizen: Citizen, number: str) -> None:
    page = citizen.get(f"/cases/{number}/withdraw")
    citizen.post(f"/cases/{number}/withdraw", {"once": value_of(page, "once"), "reason": "不开了"})
    assert "已撤回" in text_of(citizen.get(f"/cases/{number}"))
    citizen.get(f"/cases/{number}/withdraw", 302)


def test_a_case_is_rated_once(citizen: Citizen, number: str) -> None:
    citizen.get(f"/cases/{number}/rate", 302)
    concluded(number)
    page = citizen.get(f"/cases/{number}/rate")
    assert "请选择满意程度" in text_of(citizen.post(f"/cases/{number}/rate", {"text": "慢"}, 422))
    once = value_of(page, "once")
    for _ in range(2):
        citizen.post(f"/cases/{number}/rate", {"once": once, "level": "2", "text": "慢"})
    facts = journal.facts(Case.objects.get(number=number).pk)
    assert [fact.data["level"] for fact in facts if fact.kind == "case.rated"] == [2]


def test_the_holder_of_the_code_may_rate(citizen: Citizen, number: str) -> None:
    concluded(number)
    visitor = Citizen(Client())
    visitor.post("/progress", {"number": number, "query_code": citizen.query_code(number)})
    assert "/progress/rate" in text_of(visitor.get("/progress/case"))
    once = value_of(visitor.get("/progress/rate"), "once")
    visitor.post("/progress/rate", {"once": once, "level": "5"})
    assert "/progress/rate" not in text_of(visitor.get("/progress/case"))


def test_papers_open_for_the_applicant_and_verify_for_all(citizen: Citizen, number: str) -> None:
    citizen.get(f"/cases/{number}/receipt.pdf", 202)
    for fact in journal.facts(Case.objects.get(number=number).pk):
        case_followers.issue_papers(fact, at=now())
    receipt = citizen.get(f"/cases/{number}/receipt.pdf")
    assert receipt.content.startswith(b"%PDF-")
    paper = papers.papers_of(Case.objects.get(number=number).pk)[0]
    url = f"/cases/{number}/papers/{paper.id}.pdf"
    assert url in text_of(citizen.get(f"/cases/{number}"))
    assert citizen.get(url).content == receipt.content
    Citizen(Client()).sign_in("13000000003").get(url, 404)
    visitor = Citizen(Client())
    found = visitor.get(f"/verify?code={paper.verify_code}", 302).headers["Location"]
    page = text_of(visitor.get(found))
    assert "文书属实" in page
    assert "演示" in page
    assert "晓禾小吃店" not in page
    assert "没有查到" in text_of(visitor.get("/verify/0000000000000000", 404))


def test_an_uploaded_file_is_only_ones_own(citizen: Citizen, number: str) -> None:
    page = text_of(citizen.get(f"/cases/{number}"))
    url = re.search(rf"/cases/{number}/uploads/[0-9a-f-]+", page)
    assert url
    response = citizen.get(url[0])
    assert response.content == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    Citizen(Client()).sign_in("13000000003").get(url[0], 404)


def test_the_demo_messages_exist_in_the_demo_only(number: str) -> None:
    from onedoor.domain.offices.models import Tenant

    visitor = Citizen(Client())
    page = text_of(visitor.get("/demo/messages"))
    assert "登录验证码" in page
    assert "130****0002" in page
    Tenant.objects.update(region_code="220822")
    visitor.get("/demo/messages", 404)


def test_signing_out_forgets_everything(citizen: Citizen) -> None:
    answer = citizen.post("/logout", {})
    forgotten = {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0}
    assert {"onedoor_session", "onedoor_phone", "onedoor_progress"} <= forgotten
    citizen.get("/my", 302)


def test_pages_carry_nothing_inline(citizen: Citizen, number: str) -> None:
    paths = [
        "/",
        "/services",
        "/services/SCJG-FOOD-NEW",
        "/apply/SCJG-FOOD-NEW",
        "/progress",
        "/verify",
        "/my",
    ]
    paths += [f"/cases/{number}", f"/cases/{number}/done", f"/cases/{number}/withdraw"]
    for path in paths:
        page = text_of(citizen.get(path))
        assert not re.search(r"\sstyle=|<style|\son\w+=", page), path
        assert citizen.browser.get(path).headers["Cache-Control"] == "no-store"


def test_a_page_that_is_not_there_leads_on(citizen: Citizen) -> None:
    page = text_of(citizen.get("/services/NO-SUCH-ITEM", 404))
    assert 'href="/services"' in page.partition("<main")[2]


def test_progress_alone_does_not_speak_of_a_list_that_it_hides(citizen: Citizen, number: str) -> None:
    faulty(number, "field:area")
    assert "下面列出的问题" in text_of(citizen.get(f"/cases/{number}"))
    stranger = Citizen(Client())
    code = citizen.query_code(number)
    stranger.post("/progress", {"number": number, "query_code": code})
    page = text_of(stranger.get("/progress/case"))
    assert "下面列出的问题" not in page
    assert "以前补正" in page
