"""The editor fetches the catalogue, spoils a cell, is told which, and mends it; another takes the file over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices import queries as offices
from tests.factories.cases import FOOD
from tests.journeys.conftest import DESK, PHONE, Meet
from tests.journeys.visitor import Visitor, sign_in_at_desk


def check(editor: Visitor, path: Path) -> None:
    editor.page.get_by_label("选择文件").set_input_files(path)
    editor.press("检查文件")


def test_a_catalogue_is_fetched_mended_and_taken_over(meet: Meet, tmp_path: Path) -> None:
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
    with editor.expecting(422):
        check(editor, path)
        editor.sees("有误，还不能导入", "材料 D2 必要性", "请改为：必要、视情形、可容缺")
        editor.look("exchange-02-faults")
        page.set_viewport_size(PHONE)
        editor.look("exchange-03-faults-phone")
        with page.expect_download() as fetched:
            page.get_by_role("button", name="下载有误的行和改法").click()
        fetched.value.save_as(tmp_path / "faults.xlsx")
    told = list(load_workbook(tmp_path / "faults.xlsx")["问题清单"].iter_rows(values_only=True))
    assert [row[:3] for row in told[1:]] == [("材料", 2, "D2")]
    materials["D2"] = "必要"
    book.save(path)
    editor.follow("重新选择文件")
    editor.look("exchange-04-phone")
    check(editor, path)
    editor.sees("可以导入", "变更 1", FOOD)
    editor.look("exchange-05-ready-phone")
    page.set_viewport_size(DESK)
    editor.look("exchange-06-ready")
    editor.press("送审")
    editor.sees("已送审", "catalogue.xlsx", "变更 1")
    editor.look("exchange-07-waiting")
    reviewer = meet("reviewer", DESK, scripts=False)
    sign_in_at_desk(reviewer, "fazhi")
    reviewer.follow("导入导出")
    reviewer.press("审核")
    reviewer.sees("钟细致", "catalogue.xlsx", FOOD)
    reviewer.press("审核通过，导入")
    reviewer.sees("已导入", "变更 1")
    tenant = offices.first_tenant()
    assert tenant is not None
    taken = catalog.in_force(tenant.id, FOOD, datetime.now(UTC))
    assert taken is not None
    assert taken.phone == "0000-1234567"
