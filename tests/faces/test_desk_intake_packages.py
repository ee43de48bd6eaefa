"""A package taken in at the counter: found, asked, told, filled in once, received; with scripts off."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onedoor.domain.cases import counter, queries
from onedoor.domain.cases.models import Bundle, Case
from onedoor.faces.casework import listed
from tests.county import County
from tests.faces.desk import at_desk, form_of, issue_papers, text_of
from tests.factories.cases import AT, FOOD, SHOP, staff
from tests.factories.packages import DINER, FIRE, SIGN, application, published

PATH = f"/desk/intake/packages/{DINER}"
ASKED = "asked=1&area=120&sign=true"
FORM = f"{PATH}/form?{ASKED}"
APPLICANT = {
    "applicant-name": SHOP.name,
    "applicant-id_number": SHOP.id_number,
    "applicant-phone": SHOP.phone,
}


@pytest.fixture
def clerk(county_db: County) -> Client:
    published()
    return at_desk("chuangkou")


def filled(clerk: Client, **more: Any) -> dict[str, Any]:
    """The merged form with everything but materials, sent once for the questions that answers bring up."""
    answers = {code: _text(value) for code, value in application().form.items()}
    first = form_of(clerk.get(FORM)) | APPLICANT | answers | {"form-act": "refresh"}
    drawn = form_of(clerk.post(FORM, first))
    return drawn | answers | {name.replace("__", "-"): value for name, value in more.items()}


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def ticked(clerk: Client, **more: Any) -> dict[str, Any]:
    """The same with every material received."""
    return form_of(clerk.post(FORM, filled(clerk, **more) | {"form-act": "tick"}))


def members(location: str) -> dict[str, str]:
    """Service → stage of the members of the bundle that an address names."""
    number = location.rpartition("together/")[2].partition("?")[0]
    return dict(Case.objects.filter(parent__number=number).values_list("service_code", "stage"))


def drafted(clerk: Client, **more: Any) -> str:
    """The address of a draft that was kept half-way."""
    kept = clerk.post(FORM, filled(clerk, **more) | {"form-act": "keep"})
    assert kept.status_code == 302, text_of(kept)
    return str(kept["Location"]).partition("?")[0]


def test_a_package_is_found_beside_items(clerk: Client) -> None:
    page = text_of(clerk.get("/desk/intake", {"q": "开饭店"}))
    assert f'href="{PATH}"' in page
    assert f'href="/desk/intake/{FOOD}"' in page
    plain = text_of(clerk.get("/desk/intake"))
    assert f'href="{PATH}"' not in plain
    assert "/desk/intake?only=packages" in plain
    assert f'href="{PATH}"' in text_of(clerk.get("/desk/intake?only=packages"))
    assert "没有找到一件事" in text_of(clerk.get("/desk/intake?only=packages&q=qqqqzz"))


def test_only_the_counter_takes_packages_in(clerk: Client) -> None:
    reviewer = at_desk("jiangyx")
    for path in (PATH, FORM, "/desk/intake/together/none", "/desk/intake/together/none/draft"):
        assert reviewer.get(path).status_code == 403, path
    assert reviewer.post("/desk/intake/together/none/drop").status_code == 403
    assert clerk.get("/desk/intake/together/99072220260918YJS000011").status_code == 404
    assert clerk.get("/desk/intake/packages/NONE").status_code == 404


def test_the_plan_tells_what_is_asked_and_spared(clerk: Client) -> None:
    asks = text_of(clerk.get(PATH))
    assert 'name="area"' in asks
    assert "要办的事项" not in asks
    told = text_of(clerk.get(f"{PATH}?{ASKED}"))
    for words in (
        "要办的事项（3 个）",
        "50 平方米以上的店要查消防。",
        "省下",
        "环节",
        "跑动",
        "要收的材料（9 份）",
        "店面有多大：120；要不要挂大招牌：是",
        "店面有多大：120；要不要挂大招牌：是",
    ):
        assert words in told, words
    assert f'href="{FORM}"'.replace("&", "&amp;") in told
    wrong = clerk.get(f"{PATH}?asked=1&area=很大&sign=true")
    assert wrong.status_code == 422
    assert 'href="#id_area"' in text_of(wrong)
    for query in ("asked=1&area=很大", "asked=1&area=120"):
        assert clerk.get(f"{PATH}/form?{query}").status_code == 302, "without a whole plan there is no form"


def test_one_form_for_all_of_it(clerk: Client) -> None:
    page = clerk.get(FORM)
    assert form_of(page)["premises__area_sqm"] == "120", "what was answered is not asked again"
    answer = clerk.post(FORM, ticked(clerk) | {"form-act": "accept"})
    assert answer.status_code == 302, text_of(answer)
    assert members(answer["Location"]) == {FOOD: "accepted", SIGN: "accepted"}
    done = text_of(clerk.get(answer["Location"]))
    bundle = Bundle.objects.get()
    sheet = queries.bundle_sheet(bundle.number, actor=staff("chuangkou"), at=AT)
    assert sheet is not None
    assert sheet.query_code is not None
    for words in (bundle.number, sheet.query_code, "准予后自动收件", "文书正在生成", "收到的材料"):
        assert words in done, words
    assert "还缺的材料" not in done
    promised = re.search(r"全部办好承诺 ([^<·]+)<", told := text_of(page))
    assert promised is not None, told
    assert re.search(rf"<dt>全部办好承诺</dt>\s*<dd[^>]*>{promised[1].strip()}<", done), (
        "one promise throughout"
    )
    assert SHOP.id_number not in done
    for case in Case.objects.filter(parent=bundle):
        issue_papers(type("Answer", (), {"case_id": case.id}))
    ready = text_of(clerk.get(answer["Location"]))
    assert "文书正在生成" not in ready
    assert len(re.findall(r"/papers/[0-9a-f-]+\.pdf", ready)) == 4


def test_every_fault_in_one_round(clerk: Client) -> None:
    wrong = {"applicant-phone": "123", "premises__area_sqm": "30"}
    sent = filled(clerk) | wrong | {"form-act": "accept"}
    answer = clerk.post(FORM, sent)
    assert answer.status_code == 422
    page = text_of(answer)
    for place in ("applicant-phone", "premises__area_sqm", "way-scjg_food_new_m1"):
        assert f'href="#id_{place}' in page, place
    assert not Bundle.objects.exists(), "a check leaves nothing behind"


def test_what_is_lacking_is_told_for_each_member(clerk: Client) -> None:
    answer = clerk.post(FORM, filled(clerk) | {"form-act": "receive"})
    assert members(answer["Location"]) == {FOOD: "submitted", SIGN: "submitted"}
    page = text_of(clerk.get(answer["Location"]))
    assert "还缺的材料（一次告知" in page
    assert page.count("/do/notify_correction") == 2
    for number in Case.objects.values_list("number", flat=True):
        form = form_of(clerk.get(f"/desk/cases/{number}/do/notify_correction"))
        assert "未提供" in form.values()


def test_rows_of_lists_say_that_a_case_belongs_to_a_package(clerk: Client) -> None:
    clerk.post(FORM, ticked(clerk) | {"form-act": "receive"})
    whole = Bundle.objects.get().number
    mark = f'href="/desk/cases?q={whole}" title="一件事 {whole}"'
    assert text_of(clerk.get("/desk/cases")).count(mark) == 2
    assert text_of(clerk.get("/desk/")).count(mark) == 2
    assert text_of(clerk.get("/desk/cases", {"q": whole})).count(mark) == 2, "the mark leads to all of it"
    clerk_at = staff("chuangkou")
    rows = queries.cases(clerk_at, at=datetime.now(UTC)).items
    for lines, sent in ((rows, 1), (rows[:1], 1), (tuple(replace(row, bundle=None) for row in rows), 0)):
        with CaptureQueriesContext(connection) as seen:
            listed(lines, tenant_id=clerk_at.tenant_id)
        assert len(seen) == sent, "one query for a page, none where nothing belongs together"


def test_the_same_form_sent_twice_is_one_package(clerk: Client) -> None:
    form = ticked(clerk) | {"form-act": "accept"}
    first, second = clerk.post(FORM, form), clerk.post(FORM, form)
    assert first["Location"] == second["Location"]
    assert Bundle.objects.count() == 1
    changed = clerk.post(FORM, form | {"applicant-phone": "13000000099"})
    assert changed.status_code == 422
    assert "已经提交过一次" in text_of(changed)


def test_a_draft_is_gone_on_with(clerk: Client) -> None:
    path = drafted(clerk, way__scjg_food_new_m1="original")
    number = path.split("/")[4]
    assert path in text_of(clerk.get("/desk/intake"))
    assert path in text_of(clerk.get(f"{PATH}?{ASKED}"))
    assert text_of(clerk.get(f"{path}?kept=1")).count("已保存")
    other = at_desk("chuangkou2")
    assert other.get(path).status_code == 404
    assert number not in text_of(other.get("/desk/intake"))
    form = form_of(clerk.get(path))
    place = next(code for code in form if code.endswith("address"))
    assert form["applicant-id_number"] == SHOP.id_number
    assert form["way-scjg_food_new_m1"] == "original"
    again = clerk.post(path, form | {"way-scjg_food_new_m1": "", place: "", "form-act": "keep"})
    assert again.status_code == 302, text_of(again)
    fewer = form_of(clerk.get(path))
    assert fewer["way-scjg_food_new_m1"] == "", "what is taken back is not there any more"
    assert fewer[place] == ""
    refused = clerk.post(path, fewer | {"form-act": "accept"})
    assert refused.status_code == 422
    assert 'href="#id_way-scjg_food_new_m1"' in text_of(refused)
    whole = form_of(clerk.post(path, fewer | {place: form[place], "form-act": "tick"}))
    done = clerk.post(path, whole | {"form-act": "accept"})
    assert done["Location"].endswith(number)
    assert members(done["Location"]) == {FOOD: "accepted", SIGN: "accepted"}
    assert clerk.get(path).status_code == 409
    assert counter.drafts(staff("chuangkou")) == ()


def test_somebody_who_acts_is_taken_down_and_let_go_again(clerk: Client) -> None:
    agent = {
        "agent-capacity": "entrusted",
        "agent-name": "林小满",
        "agent-id_number": "110101199003070003",
        "agent-phone": "13000000031",
    }
    path = drafted(clerk, **{name.replace("-", "__"): value for name, value in agent.items()})
    form = form_of(clerk.get(path))
    assert form["agent-name"] == "林小满"
    assert 'name="way-agent_letter"' in text_of(clerk.get(path))
    gone = {**form, **dict.fromkeys(agent, ""), "form-act": "keep"}
    assert clerk.post(path, gone).status_code == 302
    assert form_of(clerk.get(path)).get("agent-name", "") == ""
    assert 'name="way-agent_letter"' not in text_of(clerk.get(path))


def test_a_draft_is_let_go(clerk: Client) -> None:
    path = drafted(clerk)
    key = form_of(clerk.get(path))["form-once"]
    drop = path.removesuffix("draft") + "drop"
    assert clerk.post(drop, {"form-once": key})["Location"] == "/desk/intake"
    assert clerk.post(drop, {"form-once": key}).status_code == 302
    assert path not in text_of(clerk.get("/desk/intake"))
    filed = clerk.post(FORM, ticked(clerk) | {"form-act": "receive"})["Location"]
    assert clerk.post(f"{filed}/drop", {"form-once": key})["Location"] == filed
    assert set(members(filed).values()) == {"submitted"}, "what was handed in is not taken back by the way"


def test_a_draft_that_moved_on_is_not_overwritten(clerk: Client) -> None:
    path = drafted(clerk)
    form = form_of(clerk.get(path))
    assert clerk.post(path, form | {"form-act": "keep"}).status_code == 302
    stale = form | {"form-once": form_of(clerk.get(path))["form-once"], "form-act": "keep"}
    answer = clerk.post(path, stale)
    assert answer.status_code == 422
    assert "刚在另一个页面保存过" in text_of(answer)
    assert clerk.post(path, form_of(answer) | {"form-act": "keep"}).status_code == 302


def test_the_receipt_tells_what_was_handed_in_on_the_day(clerk: Client) -> None:
    answer = clerk.post(FORM, ticked(clerk, way__scjg_food_new_m1="") | {"form-act": "receive"})
    number = answer["Location"].rpartition("/")[2]
    at = datetime.now(UTC)
    whole = counter.handed_in(number, actor=staff("chuangkou"), at=at)
    assert {member.service.code for member in whole.plan.members} == {FOOD, SIGN, FIRE}
    published(
        at,
        questions=[{"code": "area", "element": "x.y", "label": "换了问题", "type": "number"}],
        members=[{"service": SIGN}],
    )
    later = counter.handed_in(number, actor=staff("chuangkou"), at=datetime.now(UTC))
    assert later.materials == whole.materials
    assert len(later.received) == len(whole.received) > 0
