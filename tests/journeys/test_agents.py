"""Acting for another, in real browsers: for a parent without a script, for an organisation, and its end."""

from __future__ import annotations

import re

import pytest

from tests.journeys.conftest import PHONE, Meet, Work
from tests.journeys.test_main_job import RULES, SHOP, USCC, fill_sections
from tests.journeys.visitor import Visitor, sign_in_by_phone
from tests.papers.samples import text_of

CHILD, BOSS = "13900000011", "13000000002"
CHILD_ID, PARENT_ID = "110101199003070134", "11010519491231002X"
ALLOWANCE, FOOD = "MZJ-ELDER-ALLOWANCE", "SCJG-FOOD-NEW"


def begin(agent: Visitor, service: str) -> str:
    """Sign in, open a draft; returns its number."""
    agent.open(f"/apply/{service}")
    sign_in_by_phone(agent, CHILD)
    agent.press("开始申请")
    return agent.page.url.split("/")[4]


def say_for_whom(agent: Visitor, capacity: str, looks: str) -> None:
    """From the task list: I do this for somebody else, and who I am."""
    page = agent.page
    agent.follow("给谁办")
    page.get_by_label("我替别人办").check()
    agent.look(f"{looks}-who")
    agent.press("继续")
    assert not page.locator(".error-summary").count(), "nothing is wrong with what was not yet asked"
    agent.press("保存并继续")
    agent.sees("请填写代办人姓名。")
    page.get_by_label("您的姓名").fill("庄小禾")
    page.get_by_label("您的身份证号码").fill(CHILD_ID)
    assert page.get_by_label("您的手机号码").input_value().replace(" ", "") == CHILD
    agent.choose("您与申请人的关系", capacity)
    agent.look(f"{looks}-agent")
    agent.press("保存并继续")


def name_applicant(agent: Visitor, label: str, name: str, number_label: str, number: str, phone: str) -> None:
    """The one for whom it is."""
    agent.sees("您在替别人办")
    for question, text in ((label, name), (number_label, number), ("手机号码", phone)):
        agent.page.get_by_label(question).fill(text)
    agent.press("保存并继续")


def submit(agent: Visitor) -> None:
    """Look at everything once more and hand it in."""
    agent.follow("检查并提交")
    agent.sees("代办人", "庄小禾", "1101**********0134")
    agent.page.get_by_label("我已核对以上内容", exact=False).check()
    agent.press("提交申请")
    agent.page.wait_for_url("**/done")


def test_for_a_parent_without_a_telephone_or_a_script(meet: Meet, work: Work) -> None:
    child = meet("child", PHONE, scripts=False)
    child.album = "parent-"
    with child.expecting(422):
        number = begin(child, ALLOWANCE)
        say_for_whom(child, "受委托人", "01")
    name_applicant(child, "姓名", "王小明", "身份证号码", PARENT_ID, CHILD)
    page = child.page
    child.follow("填写老人情况")
    page.get_by_label("住在哪个村或社区").fill("柳湾镇上柳村")
    child.choose("平时怎么住", "独自居住")
    child.choose("身体情况", "能自理")
    child.press("保存并继续")
    child.follow("填写发放方式")
    child.choose("钱发到哪里", "社会保障卡")
    child.press("保存并继续")
    child.follow("准备材料")
    child.look("02-materials")
    for material in ("委托书和代办人身份证", "高龄津贴申领表"):
        child.follow(material)
        page.get_by_label("到窗口交原件").check()
        child.press("保存")
    child.follow("材料准备好了，继续")
    submit(child)
    work()
    receipt = text_of(child.context.request.get(f"{child.url}/cases/{number}/receipt.pdf").body())
    assert "庄小禾（受委托人" in receipt.replace("\n", "")
    child.open(f"/cases/{number}")
    child.sees("您在代办这件事", "王小明")
    child.look("03-case")
    child.open("/my")
    child.sees("代办")
    # The agent gives it up: from now on the case is nobody's who sits at this browser.
    child.open("/my/entrustments")
    child.look("04-entrustments")
    page.locator(".links a").first.click()
    child.press("辞去代办")
    child.sees("已辞去")
    with child.expecting(404):
        child.open(f"/cases/{number}")
    child.sees("委托已辞去")


@pytest.mark.nightly
def test_an_employee_files_and_the_shop_revokes(meet: Meet, work: Work) -> None:
    employee, boss = meet("employee"), meet("boss", PHONE)
    with employee.expecting(422):
        number = begin(employee, FOOD)
        say_for_whom(employee, "单位经办人", "employee-01")
    name_applicant(employee, "单位名称", SHOP, "统一社会信用代码", USCC, BOSS)
    fill_sections(employee)
    page = employee.page
    employee.follow("准备材料")
    employee.follow("单位授权委托书")
    page.get_by_label("拍照或选择文件上传").check()
    page.get_by_label("选择文件", exact=False).last.set_input_files([RULES])
    employee.press("保存")
    for material in ("食品经营许可申请书", "经营场所平面布局和操作流程图", "食品安全管理制度"):
        employee.follow(material)
        page.get_by_label("到窗口交原件").check()
        employee.press("保存")
    employee.follow("材料准备好了，继续")
    submit(employee)
    work()
    boss.open("/login?next=/my")
    sign_in_by_phone(boss, BOSS)
    boss.sees("食品经营许可新办", "代办")
    boss.open(f"/cases/{number}")
    boss.sees("这件事由代办人办理", "庄小禾（单位经办人）")
    boss.look("boss-01-case")
    boss.follow("查看或撤销委托")
    boss.look("boss-02-entrustments")
    boss.page.locator(".links a").first.click()
    boss.sees("以我的名义办的事", number)
    boss.look("boss-03-entrustment")
    boss.press("撤销委托")
    boss.sees("已撤销")
    with employee.expecting(404):
        employee.open(f"/cases/{number}")
    employee.sees("委托已撤销")
    employee.look("employee-02-revoked")
    boss.open(f"/cases/{number}")
    boss.sees("已收到您的申请")


@pytest.mark.nightly
def test_a_standing_entrustment_is_confirmed_by_telephone(meet: Meet) -> None:
    boss, employee = meet("boss", PHONE, scripts=False), meet("employee")
    page = boss.open("/login?next=/my/entrustments")
    sign_in_by_phone(boss, BOSS)
    boss.follow("委托别人替我办事")
    boss.choose("以谁的名义委托？", "单位或个体工商户")
    answers = {
        "委托人姓名或单位名称": SHOP,
        "委托人证件号码": USCC,
        "代办人姓名": "庄小禾",
        "代办人身份证号码": CHILD_ID,
        "代办人手机号码": CHILD,
        "可以代办的事项": "食品经营许可新办",
    }
    for question, text in answers.items():
        page.get_by_label(question).fill(text)
    boss.choose("代办人与申请人的关系", "单位经办人")
    boss.look("boss-11-entrust")
    boss.press("下一步，获取确认码")
    boss.look("boss-12-confirm")
    with boss.context.expect_page() as opened:
        page.get_by_role("link", name="演示短信箱").click()
    code = re.search(r"确认码 (\d{6})", opened.value.locator("#main li").first.inner_text())
    assert code
    opened.value.close()
    page.get_by_label("短信验证码").fill(code[1])
    boss.press("确认委托")
    boss.sees("有效", "食品经营许可新办")
    boss.look("boss-13-entrusted")
    begin(employee, FOOD)
    employee.follow("给谁办")
    employee.page.get_by_label(SHOP, exact=False).check()
    employee.look("employee-11-who")
    employee.press("继续")
    employee.follow("填写申请人信息")
    assert employee.page.get_by_label("单位名称").input_value() == SHOP
    employee.open("/my/entrustments")
    employee.look("employee-12-entrustments")
