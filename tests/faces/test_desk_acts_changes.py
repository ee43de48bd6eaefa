"""What a correction changed, what one keeps to say, and who looks at an applicant's numbers."""

from __future__ import annotations

import pytest

from onedoor.domain.cases import actions
from onedoor.domain.cases.keeping import MOST_PHRASES
from tests.faces.desk import PASSING, accepted, act, at_desk, filed, form_of, send, text_of
from tests.faces.test_desk_lists_filters import access_log
from tests.factories.cases import AT, SHOP, staff

pytestmark = pytest.mark.usefixtures("county_db")


def corrected() -> str:
    """A case in which an answer and a material were mended, accepted afterwards."""
    case = filed()
    items = [
        {"target": "field:area", "reason": "与布局图不一致", "mend": "请核对"},
        {"target": "material:m1", "reason": "没有签名", "mend": "请补签"},
    ]
    act(case.number, "notify_correction", "chuangkou", payload={"items": items})
    mended = {"form": {"area": "88"}, "materials": [{"code": "m1", "provided": "original"}]}
    act(case.number, "correct", "chuangkou", payload=mended)
    act(case.number, "accept", "chuangkou")
    return case.number


def test_what_was_mended_stands_beside_what_was_there() -> None:
    number = corrected()
    for who, path in (
        ("chuangkou", ""),
        ("jiangyx", ""),
        ("jiangyx", "/do/review?step=check"),
    ):
        page = text_of(at_desk(who).get(f"/desk/cases/{number}{path}"))
        assert '<ins><span class="visually-hidden">补正后：</span>88</ins>' in page
        assert page.count('<del><span class="visually-hidden">补正前：') == 1, "what stayed is not marked"
    assert "补正后改动了 1 处" in text_of(at_desk("jiangyx").get(f"/desk/cases/{number}"))
    untouched = accepted()
    assert "<del>" not in text_of(at_desk("jiangyx").get(f"/desk/cases/{untouched.number}"))


def test_a_missing_material_is_marked_when_it_came() -> None:
    case = filed(complete=False)
    clerk = at_desk("chuangkou")
    path = f"/desk/cases/{case.number}/do"
    assert send(clerk, f"{path}/notify_correction").status_code == 302
    form = form_of(clerk.get(f"{path}/correct"))
    handed = {name: "original" for name in form if name.startswith("way-")}
    assert clerk.post(f"{path}/correct", form | handed).status_code == 302
    page = text_of(clerk.get(f"/desk/cases/{case.number}"))
    assert (
        '补正前：</span>未提供</del> <ins><span class="visually-hidden">补正后：</span>交原件</ins>' in page
    )


def test_own_phrases_are_kept_while_working_and_picked_later() -> None:
    words = "已到现场核对，布局与图纸一致。"
    path = f"/desk/cases/{accepted().number}/do/review?step=check"
    reviewer = at_desk("jiangyx")
    sent = {"outcome": "pass", "opinion": words, "keep__opinion": "1"}
    assert send(reviewer, path, **sent).status_code == 302
    other = f"/desk/cases/{accepted().number}/do/review?step=check"
    page = text_of(reviewer.get(other))
    assert f'name="phrase-opinion" id="id_phrase-opinion-0" value="{words}"' in page
    assert send(reviewer, other, outcome="pass", phrase__opinion=words).status_code == 302
    assert words not in text_of(at_desk("gongzq").get(f"/desk/cases/{accepted().number}/do/review?step=fire"))
    listed = text_of(reviewer.get("/desk/phrases"))
    assert words in listed
    phrase = listed.partition("/desk/phrases/")[2].partition("/")[0]
    at_desk("gongzq").post(f"/desk/phrases/{phrase}/drop")
    assert words in text_of(reviewer.get("/desk/phrases")), "nobody drops what another keeps"
    reviewer.post(f"/desk/phrases/{phrase}/drop")
    assert words not in text_of(reviewer.get("/desk/phrases"))


def test_a_phrase_too_many_is_refused_before_the_act() -> None:
    case = accepted()
    for n in range(MOST_PHRASES):
        actions.keep_phrase(principal=staff("jiangyx"), verb="review", part="opinion", text=f"第{n}条", at=AT)
    path = f"/desk/cases/{case.number}/do/review?step=check"
    answer = send(at_desk("jiangyx"), path, **PASSING, keep__opinion="1")
    assert answer.status_code == 422
    assert f"最多存 {MOST_PHRASES} 条" in text_of(answer)


def test_numbers_in_clear_need_a_purpose_and_leave_a_record() -> None:
    case = filed()
    clerk, path = at_desk("chuangkou"), f"/desk/cases/{case.number}/reveal"
    before = len(access_log("chuangkou"))
    for page in (clerk.get(path), clerk.post(path, {"purpose": " "})):
        assert SHOP.id_number not in text_of(page)
    assert len(access_log("chuangkou")) == before
    shown = clerk.post(path, {"purpose": "电话通知申请人"})
    assert SHOP.id_number in text_of(shown)
    assert SHOP.phone in text_of(shown)
    assert shown["Cache-Control"] == "no-store"
    fact = access_log("chuangkou")[-1]
    assert (fact.kind, fact.data) == (
        "cases.applicant_read",
        {"number": case.number, "purpose": "电话通知申请人"},
    )
    assert SHOP.id_number not in text_of(clerk.get(f"/desk/cases/{case.number}"))


def test_who_does_not_work_on_cases_reads_no_numbers() -> None:
    case = filed()
    watcher = at_desk("ducha")
    answer = watcher.post(f"/desk/cases/{case.number}/reveal", {"purpose": "好奇得很"})
    assert answer.status_code == 403
    assert SHOP.id_number not in text_of(answer)
    assert at_desk("yish").get(f"/desk/cases/{case.number}/reveal").status_code == 404


def test_grave_acts_stand_apart_and_quietly() -> None:
    case = accepted()
    page = text_of(at_desk("chuangkou").get(f"/desk/cases/{case.number}"))
    aside = page[page.index('class="verbs"') : page.index('class="facts"')]
    assert "danger" not in aside
    assert "其他操作" in aside
    assert "由其他人员办理" in aside
    assert f"/desk/cases/{case.number}/do/withdraw" in aside[aside.index("其他操作") :]
