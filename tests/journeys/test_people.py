"""People of all kinds: one who writes on two telephones, one who is declined, one who takes it back, one without a
mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.faces.desk import act
from tests.faces.portal import ID_NUMBER, Citizen
from tests.journeys.conftest import PHONE, Meet, Work
from tests.journeys.test_main_job import PLAN
from tests.journeys.visitor import Visitor, sign_in_by_phone

TELEPHONE = "13000000006"
AID = "MZJ-DIBAO"
FAR = 60


def bring(visitor: Visitor, citizen: Citizen) -> None:
    """Let the browser go on where somebody signed in elsewhere."""
    given = citizen.browser.cookies.values()
    visitor.context.add_cookies([{"name": c.key, "value": c.value, "url": visitor.url} for c in given])


def kept(page: Page) -> None:
    """The page says that what was written is kept."""
    expect(page.locator("#kept")).to_contain_text("已保存")


def test_a_person_begins_on_one_telephone_and_ends_on_another(meet: Meet, work: Work) -> None:
    first = meet("first telephone", PHONE)
    page = first.open(f"/apply/{AID}")
    sign_in_by_phone(first, TELEPHONE)
    first.press("开始申请")
    number = page.url.split("/")[-2]
    first.follow("填写家庭情况")
    page.get_by_label("住在哪个村或社区").fill("柳湾镇上柳村")
    page.get_by_role("button", name="添加").click()
    name = page.locator("#id_members-0-member_name")
    expect(name).to_be_focused()
    name.fill("庄小满")
    assert not page.locator("#id_members-0-at_school").count()
    page.get_by_role("group", name="与您的关系").get_by_label("子女").check()
    page.get_by_role("group", name="是不是还在上学").get_by_label("是", exact=True).check()
    page.get_by_label("学校名称").fill("明渠县第一小学")
    page.get_by_label("身份证号码").fill("1234")
    expect(page.locator("#kept")).to_contain_text("有 1 项还没填对")
    first.look("person-01-writing")
    second = meet("second telephone", PHONE)
    page = second.open("/my")
    sign_in_by_phone(second, TELEPHONE)
    second.sees("没写完的申请", "保留到")
    second.look("person-02-drafts")
    second.follow("继续填写", exact=False)
    second.follow("填写家庭情况")
    assert page.get_by_label("学校名称").input_value() == "明渠县第一小学"
    page.get_by_label("身份证号码").fill(ID_NUMBER)
    page.get_by_label("能劳动的有几人").fill("1")
    second.choose("主要困难是什么", "生病")
    page.get_by_label("全家一个月大约收入").fill("900")
    second.choose("现在住的房子", "租的")
    second.press("保存并继续")
    second.open(f"/cases/{number}/apply/check")
    second.sees("1. 家人姓名：庄小满；与您的关系：子女", "学校名称：明渠县第一小学")
    second.look("person-03-check")


def test_a_file_goes_up_by_itself_and_a_cut_line_is_mended(meet: Meet) -> None:
    citizen = Citizen().sign_in(TELEPHONE)
    number = citizen.begin()
    visitor = meet("citizen", PHONE)
    bring(visitor, citizen)
    page = visitor.open(f"/cases/{number}/apply/materials/m4")
    page.route("**/files", lambda route: route.abort("internetdisconnected"))
    page.locator("#id_files").set_input_files([PLAN])
    expect(page.locator(".sending")).to_contain_text("网络断开")
    visitor.faults.clear()
    visitor.look("upload-01-cut")
    page.unroute("**/files")
    page.get_by_role("button", name="重试").click()
    expect(page.locator("#uploaded")).to_contain_text(str(PLAN["name"]))
    assert page.get_by_label("拍照或选择文件上传").is_checked()
    visitor.press("保存")
    visitor.sees("已上传 1 个文件")


def test_one_is_declined_and_another_takes_it_back(meet: Meet, work: Work) -> None:
    citizen = Citizen().sign_in()
    declined, withdrawn = citizen.complete(), citizen.complete()
    for number in (declined, withdrawn):
        citizen.submit(number)
    reasons = {"reasons": "经营场所在居民住宅楼内，不符合规定。"}
    act(declined, "decline", "chuangkou", payload=reasons)
    work()
    visitor = meet("citizen", PHONE)
    bring(visitor, citizen)
    page = visitor.open("/messages")
    visitor.sees("不予受理")
    visitor.look("declined-01-messages")
    with page.expect_navigation():
        page.get_by_role("link", name="查看办件").first.click()
    visitor.sees("没有受理", "不予受理通知书")
    visitor.look("declined-02-case")
    visitor.open(f"/cases/{withdrawn}")
    visitor.follow("撤回申请")
    visitor.look("withdrawn-01-ask")
    page.get_by_label("撤回原因", exact=False).fill("不开店了")
    page.locator("main form button").click()
    page.wait_for_url("**/my")
    visitor.open(f"/cases/{withdrawn}")
    visitor.sees("已撤回")
    visitor.look("withdrawn-02-case")


def test_nothing_needs_a_mouse(meet: Meet) -> None:
    visitor = meet("citizen without a mouse")
    page = visitor.open("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main", "the navigation can be skipped"
    _tab_to(page, "#door-q")
    page.keyboard.type("kfd")
    _go(page)
    _tab_to(page, "a[href='/services/SCJG-FOOD-NEW']")
    _go(page)
    _tab_to(page, "a[href='/apply/SCJG-FOOD-NEW']")
    _go(page)
    sign_in_by_phone(visitor, TELEPHONE)
    _tab_to(page, "main form button")
    _go(page)
    _tab_to(page, "a[href$='/section/people']")
    _go(page)
    _tab_to(page, "#id_manager")
    page.keyboard.type("庄晓禾")
    _tab_to(page, "[name=has_staff]")
    page.keyboard.press("Space")
    expect(page.locator("#id_staff_count")).to_be_visible()
    _tab_to(page, "#id_staff_count")
    page.keyboard.type("4")
    _tab_to(page, "[value='add:staff']")
    page.keyboard.press("Enter")
    expect(page.locator("#id_staff-0-staff_name")).to_be_focused()
    page.keyboard.type("柳青青")
    _tab_to(page, "[name=staff-0-job]")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "[name=gas]")
    page.keyboard.press("Space")
    kept(page)
    _tab_to(page, "#id_open_date")
    _tab_to(page, ".actions .button")
    _go(page)
    visitor.sees("填写人员和消防")
    visitor.look("keyboard-01-tasks")


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab on {page.url}")


def _go(page: Page) -> None:
    """Press Enter and wait for where it leads."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
