"""Mistakes in forms: nothing typed is lost, the way to the mistake is short, two clicks are one."""

from __future__ import annotations

from tests.journeys.conftest import PHONE, Meet
from tests.journeys.test_main_job import (
    SHOP,
    TELEPHONE,
    USCC,
    fill_sections,
    hand_in,
)
from tests.journeys.visitor import Visitor, sign_in_at_desk, sign_in_by_phone

START = "/apply/SCJG-FOOD-NEW"


def begin(citizen: Visitor) -> None:
    """Signed in, with a fresh draft open."""
    citizen.open(START)
    sign_in_by_phone(citizen, TELEPHONE)
    citizen.press("开始申请")


def test_a_citizens_mistakes_are_told_and_cost_nothing(meet: Meet) -> None:
    citizen = meet("citizen", PHONE)
    page = citizen.open("/login")
    with citizen.expecting(422):
        page.get_by_label("手机号码").fill("1300000")
        citizen.press("获取验证码")
        summary_takes_focus(citizen, "id_phone")
        assert page.get_by_label("手机号码").input_value().replace(" ", "") == "1300000"
        citizen.look("forms-01-phone")
    begin(citizen)
    citizen.follow("填写店铺情况")
    page.get_by_label("店铺名称").fill("晓禾小吃店")
    citizen.choose("主要做哪一类", "餐饮服务")
    page.get_by_label("经营面积").fill("六十平")
    with citizen.expecting(422):
        citizen.press("保存并继续")
    summary_takes_focus(citizen, "id_premises", "id_dishes", "id_area")
    assert page.get_by_label("店铺名称").input_value() == "晓禾小吃店"
    assert page.get_by_label("餐饮服务", exact=True).is_checked()
    assert page.get_by_label("经营面积").input_value() == "六十平"
    citizen.look("forms-02-section")
    page.locator(".error-summary a[href='#id_area']").click()
    assert focused(citizen) == "id_area", "the summary leads into the field"
    told_at(citizen, "id_area", "经营面积")


def test_a_session_that_ends_while_somebody_writes_costs_nothing(meet: Meet) -> None:
    citizen = meet("citizen", PHONE)
    begin(citizen)
    citizen.follow("填写店铺情况")
    page = citizen.page
    number = page.url.split("/")[-4]
    # Nobody but the browser knows the session, so forgetting it is as good as its end.
    citizen.context.clear_cookies(name="onedoor_session")
    page.get_by_label("店铺名称").fill("晓禾小吃店")
    page.locator("#kept").get_by_text("登录已经过期").wait_for()
    with citizen.expecting(403):
        citizen.press("保存并继续")
        citizen.look("forms-04-again")
    sign_in_by_phone(citizen, TELEPHONE)
    citizen.look("forms-05-resend")
    with citizen.expecting(422):
        citizen.press("继续")
    assert page.get_by_label("店铺名称").input_value() == "晓禾小吃店"
    citizen.open(f"/cases/{number}/apply/section/shop")
    assert page.get_by_label("店铺名称").input_value() == "晓禾小吃店"


def test_a_clerks_mistakes_are_told_and_cost_nothing(meet: Meet) -> None:
    clerk = meet("clerk")
    sign_in_at_desk(clerk, "chuangkou")
    page = clerk.open("/desk/intake/YBJ-ENROL")
    page.locator("#id_applicant-name").fill("庄晓禾")
    page.locator("#id_applicant-id_number").fill("110101198806160009")
    page.get_by_label("手机缴费").check()
    clerk.press("材料全部收取", exact=False)
    with clerk.expecting(422):
        clerk.press("收件并受理", exact=False)
    missing = ("id_home", "id_newborn", "id_subsidy", "id_village")
    summary_takes_focus(clerk, "id_applicant-id_number", "id_applicant-phone", *missing)
    assert page.locator("#id_applicant-name").input_value() == "庄晓禾"
    assert page.locator("#id_applicant-id_number").input_value() == "110101198806160009"
    assert page.get_by_label("手机缴费").is_checked()
    told_at(clerk, "id_applicant-id_number", "身份证号")
    clerk.look("forms-03-intake")


def test_two_clicks_submit_once(meet: Meet) -> None:
    citizen = meet("citizen", PHONE)
    begin(citizen)
    page = citizen.follow("填写申请人信息")
    page.get_by_label("单位名称").fill(SHOP)
    page.get_by_label("统一社会信用代码").fill(USCC)
    citizen.press("保存并继续")
    fill_sections(citizen)
    hand_in(citizen)
    citizen.follow("检查并提交")
    page.get_by_label("我已核对以上内容", exact=False).check()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    with page.expect_navigation():
        page.get_by_role("button", name="提交申请").dblclick()
    page.wait_for_url("**/done")
    assert len(posted) == 1, "the second click is dropped before it is sent"
    citizen.open("/my")
    assert page.locator("#main .links > li").count() == 1


def summary_takes_focus(visitor: Visitor, *fields: str) -> None:
    """The summary has the focus and a link to each of these fields, which says what is wrong there too."""
    page = visitor.page
    assert page.evaluate("document.activeElement.classList.contains('error-summary')")
    assert page.title().startswith("错误：")
    listed = [link.get_attribute("href") for link in page.locator(".error-summary a").all()]
    assert listed == [f"#{field}" for field in fields]
    for field in fields:
        assert page.locator(f"[id='{field}']").get_attribute("aria-invalid") == "true"


def told_at(visitor: Visitor, field: str, words: str) -> None:
    """The sentence at the field is the one in the summary, and the field is described by it."""
    page = visitor.page
    described = page.locator(f"[id='{field}']").get_attribute("aria-describedby") or ""
    fault = next(each for each in described.split() if each.endswith("-fault"))
    sentence = page.locator(f"[id='{fault}']").inner_text().removeprefix("错误：").strip()
    assert sentence == page.locator(f".error-summary a[href='#{field}']").inner_text().strip()
    assert words in sentence or "请" in sentence


def focused(visitor: Visitor) -> str:
    """The id of what has the focus."""
    found: str = visitor.page.evaluate("document.activeElement.id")
    return found
