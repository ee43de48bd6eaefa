"""An editor composes a package in the browser; another publishes it; a baker gets a plan of it on the portal."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import expect

from onedoor.domain.offices import actions as offices
from onedoor.domain.offices.terms import Grant, Role
from onedoor.faces.access import SESSION_COOKIE
from tests.county import PASSWORD, County
from tests.journeys.conftest import PHONE, Meet
from tests.journeys.visitor import Visitor, sign_in_at_desk


def second_editor(visitor: Visitor, tenant_id: int) -> None:
    """Let a visitor be an editor who has signed in before."""
    at = datetime.now(UTC)
    user_id = offices.add_user(
        tenant_id=tenant_id,
        username="shixiang-2",
        name="文再看",
        password=PASSWORD,
        grants=(Grant(Role.EDITOR),),
        principal="test",
        at=at,
    )
    secret = offices.open_session(user_id=user_id, at=at)
    visitor.context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": visitor.url}])


def take_in(visitor: Visitor, words: str, name: str) -> None:
    """Find an item as one types, and take it into the package."""
    page = visitor.page
    page.get_by_role("searchbox").fill(words)
    button = page.get_by_role("button", name=f"加入：{name}", exact=True)
    expect(button).to_be_visible()
    with page.expect_navigation():
        button.click()
    visitor.sees("已加入", name)


def compose(editor: Visitor) -> None:
    """A bakery: a licence for all, the fire check from 50 m² on."""
    page = editor.page
    editor.follow("加事项", exact=False)
    take_in(editor, "食品经营", "食品经营许可新办")
    take_in(editor, "xiaofang", "公众聚集场所投入使用、营业前消防安全检查")
    editor.look("composing-1-items")
    editor.follow("加好了", exact=False)
    editor.follow("加问题", exact=False)
    editor.look("composing-2-question")
    with page.expect_navigation():
        page.locator("button[name=element][value='premises.area_sqm']").click()
    editor.follow("公众聚集场所投入使用、营业前消防安全检查")
    page.get_by_label("看前面问题的回答").check()
    page.get_by_label("第 1 条").select_option(value="area_sqm|>=|")
    page.get_by_label("和多少比（数或日期才填）").first.fill("50")
    page.get_by_role("button", name="看看这样写的意思").click()
    expect(page.locator("#written")).to_contain_text("达到 50")
    page.get_by_label("用一句话写明谁要办").fill("店面 50 平方米及以上的，开业前要查消防。")
    page.get_by_label("食品经营许可新办").check()
    editor.look("composing-3-condition")
    editor.press("保存", exact=False)


def test_a_package_composed_in_the_browser_is_planned_on_the_portal(meet: Meet, county: County) -> None:
    editor = meet("the editor")
    sign_in_at_desk(editor, "shixiang")
    editor.open("/desk/packages")
    editor.look("composing-0-list")
    editor.follow("新编一件事", exact=False)
    page = editor.page
    page.get_by_label("名称").fill("开面包店")
    page.get_by_label("企业和其他组织").check()
    page.get_by_label("牵头部门").select_option(value="scjg")
    editor.press("开始编写", exact=False)
    editor.sees("缺少联办事项")
    compose(editor)
    page.locator("#id_a-area_sqm").fill("80")
    page.locator("#id_a-area_sqm").blur()
    expect(page.locator("#plan")).to_contain_text("要办 2 个事项")
    expect(page.locator("#plan")).to_contain_text("材料")
    page.get_by_role("button", name="下移：食品经营许可新办").click()
    expect(page.locator("#member-1")).to_contain_text("消防")
    editor.look("composing-4-draft")
    page.get_by_label("为什么这样定").fill("开面包店的人多了")
    editor.press("送审", exact=False)
    editor.sees("待审核", "参与编写的人不能审核自己的草案")
    draft = page.url.removeprefix(editor.url)
    second = meet("the second editor", PHONE)
    second_editor(second, county.tenant_id)
    second.open(draft)
    second.look("composing-5-review")
    second.press("核对无误，发布")
    second.sees("第 1 版从现在起在用")
    second.look("composing-6-published")
    baker = meet("a baker", PHONE)
    baker.open("/packages?q=开面包店")
    baker.follow("开面包店")
    baker.page.get_by_role("textbox").first.fill("30")
    baker.press("看看要办什么")
    baker.sees("要办的事项（1 个）", "不用办的事项（1 个）", "一起办理")
