"""A case at the desk: its page, its acts, and who comes second."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from onedoor.domain.cases import actions, queries
from onedoor.domain.journal import queries as journal
from tests.faces.desk import PASSING, accepted, act, at_desk, filed, form_of, issue_papers, send, text_of
from tests.factories.cases import AT, SHOP, application, staff

#: What is ticked before an act that cannot be taken back.
SURE = {"form-sure": "1"}
pytestmark = pytest.mark.usefixtures("county_db")


def stage(number: str) -> str:
    return queries.case_sheet(number, actor=staff("ducha"), at=AT).stage


def test_the_case_page_shows_only_what_may_be_done() -> None:
    case = filed()
    clerk = text_of(at_desk("chuangkou").get(f"/desk/cases/{case.number}"))
    for verb in ("accept", "decline", "notify_correction"):
        assert f"/desk/cases/{case.number}/do/{verb}?seen=1" in clerk
    assert "92990722MAXH00010M" not in clerk
    assert case.query_code is not None
    assert case.query_code in clerk
    reviewer = text_of(at_desk("jiangyx").get(f"/desk/cases/{case.number}"))
    assert "/do/" not in reviewer
    assert case.query_code not in reviewer


def test_what_one_may_not_see_is_not_there() -> None:
    case = filed()
    for path in ("", "/do/accept", "/papers/00000000-0000-4000-8000-000000000000.pdf"):
        assert at_desk("yish").get(f"/desk/cases/{case.number}{path}").status_code == 404
    assert at_desk("chuangkou").get(f"/desk/cases/{case.number}/do/levitate").status_code == 404


def test_a_step_of_another_department_is_refused() -> None:
    case = accepted()
    reviewer = at_desk("jiangyx")
    path = f"/desk/cases/{case.number}/do/review?step=fire"
    assert reviewer.get(path).status_code == 403
    form = form_of(reviewer.get(f"/desk/cases/{case.number}/do/review?step=check"))
    refused = reviewer.post(path, form | PASSING)
    assert refused.status_code == 403
    assert "其他部门" in text_of(refused)
    assert len(journal.facts(case.case_id)) == 2


def test_an_act_out_of_order_says_how_the_case_stands() -> None:
    case = filed()
    answer = at_desk("chujian").get(f"/desk/cases/{case.number}/do/deliver")
    assert answer.status_code == 409
    assert "已收件，待受理" in text_of(answer)
    assert f'href="/desk/cases/{case.number}"' in text_of(answer)


def test_a_draft_is_submitted_at_the_counter_with_what_it_has() -> None:
    draft = actions.file(application=application(draft=True), actor=staff("chuangkou"), at=datetime.now(UTC))
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{draft.number}/do/submit"
    form = form_of(clerk.get(path))
    assert form["applicant-id_number"] == SHOP.id_number
    assert form["way-m1"] == "original"
    faulty = clerk.post(path, form | {"area": "很大"})
    assert faulty.status_code == 422
    assert 'href="#id_area"' in text_of(faulty)
    updated = clerk.post(path, form | {"has_staff": "no", "form-act": "refresh"})
    assert 'name="staff_count"' not in text_of(updated)
    assert clerk.post(path, form | {"area": "36"}).status_code == 302
    sheet = queries.case_sheet(draft.number, actor=staff("chuangkou"), at=AT)
    assert (sheet.stage, str(sheet.form["area"])) == ("submitted", "36")


def test_no_page_shows_a_bare_date() -> None:
    case = filed()
    page = text_of(at_desk("chuangkou").get(f"/desk/cases/{case.number}"))
    assert "2026年5月6日（周三）" in page
    assert "2026-05-06" not in page


def test_from_acceptance_to_delivery_by_forms_alone() -> None:
    number = filed().number
    path = f"/desk/cases/{number}/do"
    answer = send(at_desk("chuangkou"), f"{path}/accept")
    assert answer["Location"] == f"/desk/cases/{number}?done=accept"
    for who, step in (("jiangyx", "check"), ("gongzq", "fire")):
        assert send(at_desk(who), f"{path}/review?step={step}", **PASSING).status_code == 302
    assert send(at_desk("yinby"), f"{path}/decide", outcome="approve").status_code == 302
    assert send(at_desk("chujian"), f"{path}/issue").status_code == 302
    handed = at_desk("chujian").get(f"{path}/deliver")
    assert form_of(handed)["receiver"] == "", "an organisation does not come in person"
    assert "法定代表人" in text_of(handed)
    assert send(at_desk("chujian"), f"{path}/deliver", receiver="庄晓禾").status_code == 302
    assert stage(number) == "delivered"
    page = text_of(at_desk("chujian").get(f"/desk/cases/{number}?done=deliver"))
    assert "已办理“送达”" in page
    assert "领取人：庄晓禾" in page


def test_a_picked_sentence_needs_no_typing_and_takes_more() -> None:
    case = accepted()
    path = f"/desk/cases/{case.number}/do/review?step=check"
    reviewer = at_desk("jiangyx")
    phrase = re.search(r'name="phrase-opinion"[^>]*value="([^"]+)"', text_of(reviewer.get(path)))
    assert phrase is not None
    sent = {"outcome": "pass", "phrase__opinion": phrase[1], "opinion": "另附现场照片。"}
    assert send(reviewer, path, **sent).status_code == 302
    page = text_of(reviewer.get(f"/desk/cases/{case.number}"))
    assert phrase[1] in page
    assert "另附现场照片。" in page


def test_what_is_missing_is_named_and_what_was_typed_is_kept() -> None:
    case = accepted()
    path = f"/desk/cases/{case.number}/do/review?step=check"
    answer = send(at_desk("jiangyx"), path, opinion="布局合理")
    assert answer.status_code == 422
    page = text_of(answer)
    assert '<a href="#id_outcome">“审查结论”没有填写，请填写。</a>' in page
    assert "布局合理" in page
    assert form_of(answer)["opinion"] == "布局合理"


def test_a_refusal_of_the_engine_stands_at_its_question() -> None:
    case = accepted()
    for who, step in (("jiangyx", "check"), ("gongzq", "fire")):
        act(case.number, "review", who, step=step, payload=PASSING)
    answer = send(at_desk("yinby"), f"/desk/cases/{case.number}/do/decide", outcome="refuse")
    assert answer.status_code == 422
    assert 'href="#id_reasons"' in text_of(answer)
    assert 'id="id_reasons-fault"' in text_of(answer)


def test_who_comes_second_sees_who_was_first_and_keeps_the_words() -> None:
    case = filed()
    second = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do/decline?seen=1"
    form = form_of(second.get(path))
    act(case.number, "accept", "chuangkou2")
    answer = second.post(path, form | SURE | {"reasons": "不属于本县职权"})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "吴桂芳已“受理”" in page
    assert "不属于本县职权" in page
    assert '<button class="button danger"' not in page
    assert stage(case.number) == "accepted"


def test_after_seeing_what_happened_one_may_go_on() -> None:
    case = accepted()
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do/withdraw?seen=2"
    form = form_of(clerk.get(path))
    act(case.number, "review", "gongzq", step="fire", payload=PASSING)
    overtaken = clerk.post(path, form | SURE | {"reason": "申请人改变经营地址"})
    assert overtaken.status_code == 409
    assert "龚自强" in text_of(overtaken)
    again = form_of(overtaken)
    assert again["reason"] == "申请人改变经营地址"
    unsure = clerk.post(path, again)
    assert unsure.status_code == 422, "what cannot be taken back is confirmed each time"
    assert 'href="#id_form-sure"' in text_of(unsure)
    assert stage(case.number) == "accepted"
    assert clerk.post(path, again | SURE).status_code == 302


def test_departments_that_review_at_once_do_not_disturb_each_other() -> None:
    case = accepted()
    reviewer = at_desk("jiangyx")
    path = f"/desk/cases/{case.number}/do/review?step=check&seen=2"
    form = form_of(reviewer.get(path))
    act(case.number, "review", "gongzq", step="fire", payload=PASSING)
    assert reviewer.post(path, form | PASSING).status_code == 302


def test_sending_twice_has_one_effect() -> None:
    case = filed()
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do/accept"
    form = form_of(clerk.get(path))
    first, second = clerk.post(path, form), clerk.post(path, form)
    assert first["Location"] == second["Location"]
    assert len(journal.facts(case.case_id)) == 2
    other_words = clerk.post(path, form | {"note": "补充"})
    assert other_words.status_code == 409
    assert len(journal.facts(case.case_id)) == 2


def test_a_form_without_its_key_is_refused() -> None:
    case = filed()
    answer = at_desk("chuangkou").post(f"/desk/cases/{case.number}/do/accept", {"form-once": "x"})
    assert answer.status_code == 422
    assert stage(case.number) == "submitted"


def test_correction_begins_with_what_is_missing_and_opens_only_that() -> None:
    case = filed(complete=False)
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do/notify_correction"
    form = form_of(clerk.get(path))
    assert form["reason-material-m1"] == "未提供"
    assert form["reason-material-m2"] == ""
    missing = [name for name in form if name.startswith("reason-material") and form[name]]
    answer = clerk.post(path, form | {"reason-field-area": "与布局图不一致", "mend-field-area": "请核对"})
    assert answer.status_code == 302
    assert stage(case.number) == "correcting"
    page = text_of(clerk.get(f"/desk/cases/{case.number}"))
    assert "与布局图不一致" in page
    correct = f"/desk/cases/{case.number}/do/correct"
    asked = form_of(clerk.get(correct))
    assert "area" in asked
    assert "premises" not in asked
    handed = {name.replace("reason-material", "way"): "original" for name in missing}
    assert clerk.post(correct, asked | handed | {"area": "88"}).status_code == 302
    sheet = queries.case_sheet(case.number, actor=staff("chuangkou"), at=AT)
    assert sheet.stage == "submitted"
    assert str(sheet.form["area"]) == "88"


def test_half_a_correction_is_pointed_at() -> None:
    case = filed()
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do/notify_correction"
    nothing = send(clerk, path)
    assert nothing.status_code == 422
    assert "“补正内容”至少要有一条" in text_of(nothing)
    half = send(clerk, path, **{"reason-material-m1": "没有签名"})
    assert half.status_code == 422
    assert '<a href="#id_mend-material-m1">“食品经营许可申请书：如何补正”没有填写，请填写。</a>' in text_of(
        half
    )
    assert form_of(half)["reason-material-m1"] == "没有签名"


def test_papers_are_read_from_the_case_they_belong_to() -> None:
    case, other = accepted(), filed()
    issue_papers(case)
    clerk = at_desk("chuangkou")
    links = re.findall(
        r"/desk/cases/\w+/papers/([0-9a-f-]+)\.pdf", text_of(clerk.get(f"/desk/cases/{case.number}"))
    )
    answer = clerk.get(f"/desk/cases/{case.number}/papers/{links[0]}.pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert clerk.get(f"/desk/cases/{other.number}/papers/{links[0]}.pdf").status_code == 404


def test_next_leads_to_the_case_after_this_one() -> None:
    first, second, third = (filed().number for _ in range(3))
    clerk = at_desk("chuangkou")
    assert clerk.get(f"/desk/cases/{first}").context["next"] == second
    assert clerk.get(f"/desk/cases/{second}").context["next"] == third
    assert clerk.get(f"/desk/cases/{third}").context["next"] == first
