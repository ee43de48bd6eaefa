"""The catalogue is changed by people who do not program: one writes, another reviews, applicants see it."""

from __future__ import annotations

from tests.factories.cases import FOOD
from tests.journeys.conftest import DESK, PHONE, Meet
from tests.journeys.visitor import sign_in_at_desk


def test_a_promise_is_shortened_by_two_editors(meet: Meet) -> None:
    editor = meet("editor", DESK)
    editor.album = "editor-"
    sign_in_at_desk(editor, "shixiang")
    page = editor.open("/desk/items?q=食品经营许可新办")
    editor.look("01-items")
    editor.follow("食品经营许可新办")
    page.locator("#id_reason").fill("省里统一压减时限")
    editor.look("02-item")
    editor.press("开始起草")
    editor.follow("时限、收费和结果")
    page.locator("#id_promised_limit-amount").fill("90")
    editor.press("保存 Ctrl Enter", exact=False)
    editor.sees("承诺时限长于法定时限")
    editor.look("03-fault")
    page.locator("#id_promised_limit-amount").fill("7")
    editor.press("保存 Ctrl Enter", exact=False)
    editor.follow("申请材料")
    editor.look("04-materials")
    editor.follow("添加材料 i", exact=False)
    page.locator("#id_name").fill("后厨照片")
    editor.look("05-material")
    editor.press("保存 Ctrl Enter", exact=False)
    editor.sees("后厨照片")
    editor.follow("回草案")
    editor.sees("承诺时限由8个工作日改为7个工作日。", "新增材料“后厨照片”")
    editor.look("06-draft")
    address = (
        page.url.partition("/desk")[1] + page.url.partition("/desk")[2].partition("?")[0].partition("#")[0]
    )
    editor.follow("试办一次")
    editor.look("07-try")
    editor.open(f"/preview/{address.rpartition('/')[2]}")
    editor.sees("这是草案的预览", "后厨照片")
    editor.look("08-preview")
    editor.open(f"/preview/{address.rpartition('/')[2]}/form")
    editor.look("09-preview-form")
    page.set_viewport_size(PHONE)
    for name, rest in (
        ("10-form", "/edit/form"),
        ("11-question", "/edit/form/0-2"),
        ("12-steps", "/edit/steps/2"),
    ):
        editor.open(f"{address}{rest}")
        editor.look(name)
    editor.open(address)
    editor.press("提交编制核对")
    editor.press("编制核对通过")
    reviewer = meet("reviewer", PHONE, scripts=False)
    reviewer.album = "reviewer-"
    sign_in_at_desk(reviewer, "fazhi")
    reviewer.open(address)
    reviewer.sees("承诺时限由8个工作日改为7个工作日。")
    reviewer.look("01-review")
    reviewer.press("法制审核通过，立即施行")
    citizen = meet("citizen", PHONE)
    citizen.open(f"/services/{FOOD}")
    citizen.sees("7 个工作日", "后厨照片")
