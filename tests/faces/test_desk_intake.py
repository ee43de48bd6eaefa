"""综合窗口 intake: find, fill, receive, accept, hand over the papers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from onedoor.domain.cases import queries
from onedoor.domain.cases.queries import CaseSheet
from tests.faces.desk import FOOD, at_desk, form_of, issue_papers, text_of
from tests.factories.cases import AT, SHOP, sample_answers, staff
from tests.papers.samples import png_file

pytestmark = pytest.mark.usefixtures("county_db")

PATH = f"/desk/intake/{FOOD}"
POINT = png_file()
APPLICANT = {
    "applicant-name": SHOP.name,
    "applicant-id_number": SHOP.id_number,
    "applicant-phone": SHOP.phone,
}


def filled(**more: Any) -> dict[str, Any]:
    """The intake form with everything but materials filled in, as the page asks for it step by step."""
    form = form_of(at_desk("chuangkou").get(PATH))
    answers = {code: _text(value) for code, value in sample_answers(FOOD).items()}
    return form | APPLICANT | answers | {name.replace("__", "-"): value for name, value in more.items()}


def _text(value: Any) -> Any:
    return value if isinstance(value, list) else str(value)


def sheet_at(location: str) -> CaseSheet:
    """The case that a result page's address names."""
    return queries.case_sheet(location.rpartition("/")[2].partition("?")[0], actor=staff("chuangkou"), at=AT)


def test_items_are_found_by_initials_and_words() -> None:
    clerk = at_desk("chuangkou")
    for asked in ("spjyxk", "开饭店", "食品经营许可新办"):
        page = text_of(clerk.get("/desk/intake", {"q": asked}))
        assert f'href="{PATH}"' in page, asked
    assert "没有找到事项" in text_of(clerk.get("/desk/intake", {"q": "qqqqzzzz"}))


def test_only_the_counter_receives() -> None:
    assert at_desk("jiangyx").get("/desk/intake").status_code == 403
    assert at_desk("jiangyx").post(PATH, {}).status_code == 403


def test_mistakes_are_named_and_everything_typed_is_kept() -> None:
    wrong = {"applicant__id_number": "92990722MAXH00011M", "area": "很大"}
    answer = at_desk("chuangkou").post(PATH, filled(**wrong) | {"form-act": "receive"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'href="#id_applicant-id_number"' in page
    assert 'href="#id_area"' in page
    kept = form_of(answer)
    assert kept["applicant-id_number"] == "92990722MAXH00011M"
    assert kept["area"] == "很大"
    assert kept["premises"] == "明渠县中街 1 号"
    assert kept["dishes"] == sample_answers(FOOD)["dishes"][0]


def test_questions_and_materials_appear_after_an_update_without_a_script() -> None:
    clerk = at_desk("chuangkou")
    assert 'name="staff_count"' not in text_of(clerk.get(PATH))
    sent = filled(has_staff="yes", dishes=["cold"]) | {"form-act": "refresh"}
    sent.pop("staff_count", None)
    updated = clerk.post(PATH, sent)
    assert updated.status_code == 200
    page = text_of(updated)
    assert 'name="staff_count"' in page
    assert "冷食或生食专间设施说明" in page
    assert "error-summary" not in page


def test_receiving_and_accepting_leads_to_the_papers() -> None:
    clerk = at_desk("chuangkou")
    ticked = clerk.post(PATH, filled() | {"form-act": "tick"})
    form = form_of(ticked)
    assert form["way-m1"] == "original"
    assert form["way-m2"] == "licence"
    answer = clerk.post(PATH, form | {"form-act": "accept"})
    sheet = sheet_at(answer["Location"])
    assert sheet.stage == "accepted"
    assert sheet.channel == "窗口"
    waiting = text_of(clerk.get(answer["Location"]))
    assert sheet.number in waiting
    assert sheet.query_code is not None
    assert sheet.query_code in waiting
    assert "文书正在生成" in waiting
    issue_papers(_answer(sheet))
    ready = text_of(clerk.get(answer["Location"]))
    assert "文书正在生成" not in ready
    assert len(re.findall(r"/papers/[0-9a-f-]+\.pdf", ready)) == 2


def _answer(sheet: CaseSheet) -> Any:
    return type("Answer", (), {"case_id": sheet.case_id})


def test_incomplete_papers_are_received_but_not_accepted() -> None:
    clerk = at_desk("chuangkou")
    refused = clerk.post(PATH, filled() | {"form-act": "accept"})
    assert refused.status_code == 422
    assert "食品经营许可申请书" in text_of(refused)
    received = clerk.post(PATH, filled() | {"form-act": "receive"})
    assert sheet_at(received["Location"]).stage == "submitted"
    told = clerk.post(PATH, filled() | {"form-act": "correct"})
    assert told["Location"].endswith("/do/notify_correction")
    assert form_of(clerk.get(told["Location"]))["reason-material-m1"] == "未提供"


def test_the_same_form_sent_twice_is_one_case() -> None:
    clerk = at_desk("chuangkou")
    form = form_of(clerk.post(PATH, filled() | {"form-act": "tick"})) | {"form-act": "accept"}
    first, second = clerk.post(PATH, form), clerk.post(PATH, form)
    assert first["Location"] == second["Location"]
    changed = clerk.post(PATH, form | {"premises": "别处"})
    assert changed.status_code == 422
    assert "已经提交过一次" in text_of(changed)
    assert sum(queries.stage_counts(staff("chuangkou")).values()) == 1


def test_files_survive_a_mistake_and_are_shown_from_the_case() -> None:
    clerk = at_desk("chuangkou")
    file = SimpleUploadedFile("布局图.png", POINT, "image/png")
    sent = filled(applicant__phone="12") | {"form-act": "receive", "file-m4": file}
    again = form_of(clerk.post(PATH, sent))
    assert again["way-m4"] == "upload"
    answer = clerk.post(PATH, again | {"applicant-phone": SHOP.phone, "form-act": "receive"})
    sheet = sheet_at(answer["Location"])
    upload = next(m for m in sheet.materials if m.code == "m4").uploads[0]
    path = f"/desk/cases/{sheet.number}/uploads/{upload.id}"
    shown = clerk.get(path)
    assert shown.content == POINT
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Disposition"].startswith("inline")
    assert "%E5%B8%83" in shown["Content-Disposition"]
    assert at_desk("jiangyx").get(path).status_code == 200
    assert at_desk("yish").get(path).status_code == 404


def test_a_disguised_file_is_named_and_the_rest_is_kept() -> None:
    file = SimpleUploadedFile("布局图.png", b"MZ this is a programme", "image/png")
    answer = at_desk("chuangkou").post(PATH, filled() | {"form-act": "receive", "file-m4": file})
    assert answer.status_code == 422
    assert "“布局图.png”" in text_of(answer)
    assert form_of(answer)["premises"] == "明渠县中街 1 号"


def test_somebody_elses_upload_cannot_be_handed_in() -> None:
    other = at_desk("chuangkou2")
    file = SimpleUploadedFile("布局图.png", POINT, "image/png")
    theirs = form_of(other.post(PATH, filled() | {"form-act": "refresh", "file-m4": file}))["upload-m4"]
    mine = filled(upload__m4=theirs, way__m4="upload") | {"form-act": "receive"}
    answer = at_desk("chuangkou").post(PATH, mine)
    assert answer.status_code == 422
    assert "还没有上传文件" in text_of(answer)


def test_what_the_applicant_part_says_need_not_be_typed_again() -> None:
    form = filled() | {"form-act": "receive", "shop_name": ""}
    answer = at_desk("chuangkou").post(PATH, form)
    assert sheet_at(answer["Location"]).form["shop_name"] == SHOP.name


def test_what_is_missing_and_what_is_wrong_are_told_in_one_round() -> None:
    clerk = at_desk("chuangkou")
    sent = filled(applicant__phone="123", area="很大") | {"form-act": "accept"}
    answer = clerk.post(PATH, sent)
    assert answer.status_code == 422
    page = text_of(answer)
    for place in ("applicant-phone", "area", "way-m1"):
        assert f'href="#id_{place}' in page, place
    assert queries.stage_counts(staff("chuangkou")) == {}, "a check leaves nothing behind"
    mended = form_of(answer) | {"applicant-phone": SHOP.phone, "area": "36", "form-act": "tick"}
    ticked = form_of(clerk.post(PATH, mended)) | {"form-act": "accept"}
    assert sheet_at(clerk.post(PATH, ticked)["Location"]).stage == "accepted"
