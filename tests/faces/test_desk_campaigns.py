"""Clean-ups on the desk and, once published, in public."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from onedoor.core.instants import civil_date
from onedoor.domain.catalog.campaigns import actions as campaign_actions
from onedoor.domain.catalog.campaigns import queries as campaigns
from onedoor.domain.catalog.campaigns.terms import Declaration
from onedoor.domain.catalog.states import Decision, EntryState
from tests.faces.desk import at_desk, send
from tests.faces.portal import text_of
from tests.factories.cases import staff

pytestmark = pytest.mark.usefixtures("county_db")
PAGE = "/desk/campaigns"
SURE = {"form-sure": "1"}


def opened(*departments: str) -> UUID:
    """A clean-up of some departments that began a moment ago."""
    at = datetime.now(UTC)
    made = campaign_actions.open_campaign(
        actor=staff("shixiang"),
        name="年度事项清理",
        opens_on=civil_date(at),
        closes_on=civil_date(at) + timedelta(days=9),
        departments=departments or ("scjg",),
        at=at,
    )
    return made.id


def item_path(campaign: UUID, code: str = "SCJG-FOOD-NEW") -> str:
    found = campaigns.entries(staff("shixiang"), campaign)
    return f"{PAGE}/{campaign}/items/{next(each.id for each in found if each.code == code)}"


def report_all(campaign: UUID, decision: Decision = Decision.KEEP) -> None:
    for each in campaigns.entries(staff("scjgju"), campaign):
        if each.state is EntryState.OPEN:
            campaign_actions.report(
                actor=staff("scjgju"),
                campaign_id=campaign,
                entry_id=each.id,
                declared=Declaration(decision, "某文件", "某理由"),
                at=datetime.now(UTC),
            )


def published(campaign: UUID) -> None:
    report_all(campaign)
    at, actor = datetime.now(UTC), staff("shixiang")
    ids = [each.id for each in campaigns.entries(actor, campaign)]
    campaign_actions.review(actor=actor, campaign_id=campaign, entry_ids=ids, confirmed=True, at=at)
    campaign_actions.publish(actor=actor, campaign_id=campaign, at=at)


def test_the_editor_opens_a_clean_up_on_the_page() -> None:
    editor, today = at_desk("shixiang"), civil_date(datetime.now(UTC)).isoformat()
    answer = send(
        editor, PAGE, name="年度清理", opens_on=today, closes_on=today, departments=["scjg"], kinds=["01"]
    )
    assert answer.status_code == 302, text_of(answer)
    text = text_of(editor.get(answer["Location"]))
    assert "食品经营许可新办" in text
    assert "待自查" in text
    assert "年度清理" in text_of(editor.get(PAGE))
    again = send(editor, PAGE, name="年度清理", opens_on=today, closes_on=today, departments=["scjg"])
    assert again.status_code == 422
    assert "换个名字" in text_of(again)


def test_a_head_reports_and_the_editor_confirms() -> None:
    campaign = opened()
    path = item_path(campaign)
    head, editor = at_desk("scjgju"), at_desk("shixiang")
    wrong = send(head, path, decision="cancel", basis="", reason="")
    assert wrong.status_code == 422
    assert "请写明依据" in text_of(wrong)
    places = "时限：20→8\n收费：不收"
    reported = send(head, path, decision="modify", basis="某办法", reason="提速", places=places)
    assert reported.status_code == 302
    text = text_of(editor.get(path))
    assert "时限：20→8；收费：不收" in text
    assert editor.post(f"{path}/review", {"verdict": "confirm"}).status_code == 302
    assert "已确认" in text_of(head.get(path))
    assert "申报处理意见" not in text_of(head.get(path))


def test_the_editors_own_report_waits_for_somebody_else() -> None:
    path = item_path(opened())
    editor = at_desk("shixiang")
    assert send(editor, path, decision="keep").status_code == 302
    answer = editor.post(f"{path}/review", {"verdict": "confirm"})
    assert answer.status_code == 422
    assert "不能由您确认" in text_of(answer)


def test_returning_needs_a_reason() -> None:
    campaign = opened()
    report_all(campaign)
    path, editor = item_path(campaign), at_desk("shixiang")
    assert editor.post(f"{path}/review", {"verdict": "return"}).status_code == 422
    assert editor.post(f"{path}/review", {"verdict": "return", "note": "请补依据"}).status_code == 302
    text = text_of(at_desk("scjgju").get(path))
    assert "请补依据" in text
    assert "申报：保留" in text
    assert "冯谨言" in text


def test_several_are_confirmed_at_once_and_the_result_goes_out() -> None:
    campaign = opened()
    here, editor = f"{PAGE}/{campaign}", at_desk("shixiang")
    assert editor.post(f"{here}/publish", SURE).status_code == 422
    report_all(campaign)
    ids = re.findall(r'name="entry" value="(\d+)"', text_of(editor.get(here)))
    assert editor.post(f"{here}/review", {"entry": ids, "verdict": "confirm"}).status_code == 302
    assert Client().get(f"/clean-ups/{campaign}").status_code == 404
    unsure = editor.post(f"{here}/publish")
    assert unsure.status_code == 422
    assert "请勾选“我已核对，确定公布”" in text_of(unsure)
    assert Client().get(f"/clean-ups/{campaign}").status_code == 404, "nothing goes out without the tick"
    assert editor.post(f"{here}/publish", SURE).status_code == 302
    text = text_of(Client().get(f"/clean-ups/{campaign}"))
    assert "年度事项清理" in text
    assert "食品经营许可新办" in text
    assert f"/clean-ups/{campaign}" in text_of(Client().get("/clean-ups"))
    assert "上传清单" not in text_of(editor.get(here))
    assert editor.post(f"{here}/publish", SURE).status_code == 422


def test_what_was_ticked_stays_ticked_when_a_return_lacks_its_reason() -> None:
    campaign = opened()
    here, editor = f"{PAGE}/{campaign}", at_desk("shixiang")
    assert "退回所选" not in text_of(editor.get(here))
    report_all(campaign)
    first, *rest = re.findall(r'name="entry" value="(\d+)"', text_of(editor.get(here)))
    answer = editor.post(f"{here}/review", {"entry": [first], "verdict": "return", "note": " "})
    assert answer.status_code == 422
    ticked = re.findall(r'value="(\d+)" data-tick checked', text_of(answer))
    assert ticked == [first]
    assert rest


def test_what_is_decided_is_listed_as_work() -> None:
    campaign = opened()
    path = item_path(campaign)
    send(at_desk("scjgju"), path, decision="cancel", basis="某决定", reason="依据废止")
    published(campaign)
    text = text_of(at_desk("shixiang").get(f"{PAGE}/{campaign}"))
    assert "还有 1 件没有落实" in text
    assert "取消事项" in text


def test_an_addition_is_reported_and_dropped() -> None:
    campaign = opened()
    head = at_desk("scjgju")
    given = {"name": "小餐饮登记", "department": "scjg", "type": "10", "basis": "某条例", "reason": "新设"}
    assert send(head, f"{PAGE}/{campaign}/add", **{**given, "basis": ""}).status_code == 422
    answer = send(head, f"{PAGE}/{campaign}/add", **given)
    assert answer.status_code == 302
    path = answer["Location"].partition("?")[0]
    assert "小餐饮登记" in text_of(head.get(path))
    assert head.post(f"{path}/drop").status_code == 302
    assert "已撤回" in text_of(head.get(path))


def sheet_of(client: Client, campaign: UUID) -> Any:
    answer = client.get(f"{PAGE}/{campaign}/sheet.xlsx")
    assert answer["Content-Type"].startswith("application/vnd.openxml")
    return load_workbook(io.BytesIO(answer.content))


def upload(client: Client, campaign: UUID, data: bytes) -> Any:
    return client.post(f"{PAGE}/{campaign}/sheet", {"sheet": SimpleUploadedFile("清单.xlsx", data)})


def test_the_sheet_goes_out_and_comes_back() -> None:
    campaign, head = opened(), at_desk("scjgju")
    book = sheet_of(head, campaign)
    page = book.active
    headings = [cell.value for cell in page[1]]
    for row in range(2, page.max_row + 1):
        page.cell(row, headings.index("处理意见") + 1, "保留")
    target = io.BytesIO()
    book.save(target)
    answer = upload(head, campaign, target.getvalue())
    assert answer.status_code == 200
    assert f"已填报 {page.max_row - 1}" in text_of(answer)
    page.cell(2, headings.index("处理意见") + 1, "取消")
    target = io.BytesIO()
    book.save(target)
    wrong = upload(head, campaign, target.getvalue())
    assert wrong.status_code == 422
    assert "第 2 行" in text_of(wrong)
    assert "请写明依据" in text_of(wrong)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", "甲,乙\n1,2".encode(), b"\xff\xfe\x00"])
def test_a_file_that_is_no_sheet_is_refused_on_the_page(data: bytes) -> None:
    answer = upload(at_desk("scjgju"), opened(), data)
    assert answer.status_code == 422
    assert "没有办成" in text_of(answer)


def test_without_a_file_it_says_so() -> None:
    answer = at_desk("scjgju").post(f"{PAGE}/{opened()}/sheet")
    assert answer.status_code == 422
    assert "请先选择" in text_of(answer)


def test_filters_show_what_they_say() -> None:
    campaign, editor = opened("scjg", "xfjy"), at_desk("shixiang")
    text = text_of(editor.get(f"{PAGE}/{campaign}?department=xfjy"))
    assert "食品经营许可新办" not in text.partition('id="table"')[2]
    assert "没有符合条件" in text_of(editor.get(f"{PAGE}/{campaign}?state=confirmed"))
    assert editor.get(f"{PAGE}/{campaign}?from=99999999&q=%25&kind=zz&decision=x").status_code == 200


@pytest.mark.parametrize("username", ["mzjju", "chuangkou", "jiangyx"])
def test_others_are_kept_out(username: str) -> None:
    campaign = opened()
    path, client = item_path(campaign), at_desk(username)
    for where in (f"{PAGE}/{campaign}", path, f"{PAGE}/{campaign}/sheet.xlsx"):
        assert client.get(where).status_code in (403, 404), where
    for where in (
        path,
        f"{path}/review",
        f"{path}/drop",
        f"{PAGE}/{campaign}/publish",
        f"{PAGE}/{campaign}/sheet",
    ):
        assert client.post(where, {"decision": "keep"}).status_code in (403, 404), where


def test_overseers_look_on_and_change_nothing() -> None:
    campaign, director = opened(), at_desk("zhuren")
    text = text_of(director.get(f"{PAGE}/{campaign}"))
    assert "食品经营许可新办" in text
    assert "上传清单" not in text
    assert "公布结果" not in text
    assert director.post(f"{PAGE}/{campaign}/publish", SURE).status_code == 403
    assert director.post(item_path(campaign), {"decision": "keep"}).status_code in (403, 404)


def test_an_address_that_leads_nowhere() -> None:
    editor, nowhere = at_desk("shixiang"), UUID(int=1)
    for path in (
        f"{PAGE}/{nowhere}",
        f"{PAGE}/{nowhere}/items/1",
        f"{PAGE}/{nowhere}/add",
        f"/clean-ups/{nowhere}",
    ):
        assert editor.get(path).status_code == 404
