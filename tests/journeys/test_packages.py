"""Somebody who wants to open a restaurant: a few ticks, and everything that is needed stands there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Meet
from tests.journeys.visitor import Visitor, sign_in_by_phone

TELEPHONE = "13000000006"


def ask(visitor: Visitor) -> None:
    """From the first page to the questions of the package, in one's own words."""
    page = visitor.open("/")
    page.get_by_role("searchbox").first.fill("我要开饭店")
    visitor.press("搜索")
    visitor.sees("几个事项可以一起办")
    visitor.follow("开餐馆")


def answer(visitor: Visitor) -> None:
    visitor.choose("营业执照办好了吗", "还没有，准备办公司")
    visitor.page.get_by_label("店面有多大").fill("120")
    visitor.choose("要不要挂大招牌或楼顶广告", "否")
    visitor.choose("污水排进城里的下水管网吗", "是")
    visitor.choose("店里卖不卖烟", "是")
    visitor.choose("现在就要领发票吗", "否")


def test_a_few_ticks_tell_everything(meet: Meet) -> None:
    visitor = meet("a cook", PHONE)
    ask(visitor)
    visitor.look("package-01-questions")
    visitor.press("看看要办什么")
    visitor.sees("还有问题没回答", "还说不准的事项")
    answer(visitor)
    # The list follows the ticks without a page being sent for.
    expect(visitor.page.locator("#needed")).to_contain_text("要办的事项（5 个）")
    visitor.press("重新看要办什么")
    visitor.sees(
        "公众聚集场所投入使用、营业前消防安全检查",
        "店面 50 平方米及以上的",
        "不用办的事项（2 个）",
        "要准备的材料",
    )
    visitor.look("package-02-everything")
    visitor.follow("一起办理")
    sign_in_by_phone(visitor, TELEPHONE)
    visitor.sees("开餐馆：办理须知", "烟草专卖零售许可证核发")
    visitor.look("package-03-apply")


@pytest.mark.nightly
def test_without_scripts_everything_is_told_too(meet: Meet) -> None:
    visitor = meet("a plain cook", DESK, scripts=False)
    ask(visitor)
    answer(visitor)
    visitor.page.get_by_label("店面有多大").fill("很大")
    with visitor.expecting(422):
        visitor.press("看看要办什么")
    visitor.sees("有 1 处需要修改")
    visitor.page.get_by_label("店面有多大").fill("30")
    visitor.press("重新看要办什么")
    visitor.sees("要办的事项（4 个）", "不用办的事项（3 个）", "一起办，省多少")
    visitor.look("package-04-plain")
