"""The editor fetches the catalogue, spoils a cell, is told which, mends it and hands it in; another approves it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices import queries as offices
from tests.factories.cases import FOOD
from tests.journeys.conftest import DESK, PHONE, Meet, Work
from tests.journeys.visitor import Visitor, sign_in_at_desk


def check(editor: Visitor, path: Path) -> None:
    editor.page.get_by_label("选择文件").set_input_files(path)
    editor.press("检查文件")


def test_a_catalogue_is_fetched_mended_and_reviewed(meet: Meet, work: Work, tmp_path: Path) -> None:
    editor = meet("editor", DESK)
    sign_in_at_desk(editor, "shixiang")
    page = editor.follow("导入导出")
    editor.look("exchange-01-page")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="导出 .xlsx").click()
    path = tmp_path / "catalogue.xlsx"
    fetched.value.save_as(path)
    book = load_workbook(path)
    items, materials = book["事项"], book["材料"]
    columns = {cell.value: cell.column for cell in items[1]}
    (line,) = (cell.row for cell in items["A"] if cell.value == FOOD)
    items.cell(line, columns["咨询电话"]).value = "0000-1234567"
    materials["D2"] = "随便"
    book.save(path)
    check(editor, path)
    editor.sees("正在检查：catalogue.xlsx")
    editor.look("exchange-02-reading")
    page.set_viewport_size(PHONE)
    editor.look("exchange-03-reading-phone")
    work()
    # The page goes on by itself.
    page.get_by_text("有误，还不能送审").wait_for()
    editor.sees("有误，还不能送审", "材料 D2 必要性", "请改为：必要、视情形、可容缺")
    editor.look("exchange-04-faults-phone")
    page.set_viewport_size(DESK)
    editor.look("exchange-05-faults")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载有误的行和改法").click()
    fetched.value.save_as(tmp_path / "faults.xlsx")
    told = list(load_workbook(tmp_path / "faults.xlsx")["问题清单"].iter_rows(values_only=True))
    assert [row[:3] for row in told[1:]] == [("材料", 2, "D2")]
    materials["D2"] = "必要"
    book.save(path)
    editor.follow("重新选择文件")
    check(editor, path)
    work()
    page.get_by_text("待送审").wait_for()
    editor.sees("待送审", "变更事项", FOOD)
    editor.look("exchange-06-ready")
    page.set_viewport_size(PHONE)
    editor.look("exchange-07-ready-phone")
    page.set_viewport_size(DESK)
    page.get_by_label("为什么要做这些变动").fill("省里统一更换咨询电话")
    editor.press("送审")
    editor.sees("已办理", "待编制核对")
    editor.press("编制核对通过")
    editor.sees("待法制审核", "等另一位审核")
    reviewer = meet("reviewer", DESK, scripts=False)
    sign_in_at_desk(reviewer, "fazhi")
    reviewer.follow("导入导出")
    reviewer.look("exchange-08-list")
    reviewer.follow("catalogue.xlsx")
    reviewer.sees("钟细致", "省里统一更换咨询电话", FOOD)
    reviewer.look("exchange-09-review")
    reviewer.page.locator("#changes tbody th a").click()
    reviewer.sees("咨询电话由")
    reviewer.look("exchange-10-change")
    reviewer.follow("批次：catalogue.xlsx")
    reviewer.follow("抽样打印")
    reviewer.look("exchange-11-sample")
    reviewer.follow("批次：catalogue.xlsx")
    reviewer.press("法制审核通过，施行")
    reviewer.sees("正在施行")
    work()
    reviewer.follow("刷新")
    reviewer.sees("已施行", "整批施行")
    reviewer.page.set_viewport_size(PHONE)
    reviewer.look("exchange-12-done-phone")
    tenant = offices.first_tenant()
    assert tenant is not None
    taken = catalog.in_force(tenant.id, FOOD, datetime.now(UTC))
    assert taken is not None
    assert taken.phone == "0000-1234567"
