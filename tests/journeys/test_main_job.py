"""The main job, from the search to the licence in hand, in real browsers on a fresh database."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import FilePayload

from tests.journeys.conftest import PHONE, Meet, Work
from tests.journeys.visitor import Visitor, sign_in_at_desk, sign_in_by_phone
from tests.papers.samples import pdf_file, png_file, text_of

TELEPHONE = "13000000002"
USCC = "92990722MAXH00010M"
SHOP = "明渠县晓禾小吃店"
SERVICE = "食品经营许可新办"
PLAN: FilePayload = {"name": "布局图.png", "mimeType": "image/png", "buffer": png_file(90, 60)}
RULES: FilePayload = {"name": "管理制度.pdf", "mimeType": "application/pdf", "buffer": pdf_file()}
BETTER_PLAN: FilePayload = {
    "name": "布局图（标注面积）.pdf",
    "mimeType": "application/pdf",
    "buffer": pdf_file(2),
}


@dataclass
class Receipt:
    """What the done page gives the applicant."""

    number: str
    query_code: str


def test_from_the_search_to_the_licence_in_hand(meet: Meet, work: Work) -> None:
    citizen, clerk = meet("citizen", PHONE), meet("clerk")
    find_the_guide(citizen)
    receipt = apply(citizen, work)
    work()
    ask_for_correction(clerk, receipt)
    work()
    correct(citizen, receipt)
    accept(clerk, receipt)
    work()
    review_side_by_side(meet("reviewer"), meet("officer"), receipt)
    decide(meet("decider"), receipt)
    work()
    hand_over(meet("issuer"), receipt, work)
    work()
    code = read_the_licence(citizen, receipt)
    stranger = meet("stranger", PHONE)
    verify(stranger, code)
    track(stranger, receipt)
    rate(citizen, receipt)
    supervise(meet("supervisor"), receipt)


def find_the_guide(citizen: Visitor, *, prints: bool = True) -> None:
    """From the home page to the guide by saying what one wants."""
    page = citizen.open("/")
    citizen.look("citizen-01-home")
    page.get_by_role("searchbox", name="搜索事项").fill("我要开饭店")
    page.keyboard.press("Enter")
    page.wait_for_url("**/services?q=*")
    citizen.look("citizen-02-search")
    citizen.follow(SERVICE)
    citizen.sees("申请材料", "2 个环节同时进行")
    if prints:
        print_the_guide(citizen)
    citizen.look("citizen-03-guide")


def print_the_guide(citizen: Visitor) -> None:
    """The code on the printed guide is there, though the screen never shows it."""
    page = citizen.page
    page.evaluate(
        "window.print = () => { window.printed = document.querySelector('.print-qr img').naturalWidth; }"
    )
    page.get_by_role("button", name="打印指南").click()
    for _ in range(50):
        if page.evaluate("window.printed"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the guide was printed without its code")


def apply(citizen: Visitor, work: Work) -> Receipt:
    """Sign in, fill in every part, hand in, submit."""
    page = citizen.page
    citizen.follow("在线办理")
    citizen.look("citizen-04-login")
    sign_in_by_phone(citizen, TELEPHONE, looks="citizen-05-login")
    citizen.sees("办理须知")
    citizen.look("citizen-06-start")
    citizen.press("开始申请")
    citizen.look("citizen-07-tasks")
    citizen.follow("填写申请人信息")
    page.get_by_label("单位名称").fill(SHOP)
    page.get_by_label("统一社会信用代码").fill(USCC)
    assert page.get_by_label("手机号码").input_value().replace(" ", "") == TELEPHONE
    citizen.look("citizen-08-applicant")
    citizen.press("保存并继续")
    fill_sections(citizen)
    hand_in(citizen)
    citizen.sees("可以提交")
    citizen.look("citizen-12-tasks-done")
    citizen.follow("检查并提交")
    citizen.sees(SHOP, USCC, "清源街道中街 18 号")
    citizen.look("citizen-13-check")
    page.get_by_label("我已核对以上内容", exact=False).check()
    citizen.press("提交申请")
    return done(citizen, work)


def fill_sections(citizen: Visitor) -> None:
    """Both sections of the form."""
    page = citizen.page
    citizen.follow("填写店铺情况")
    page.get_by_label("店铺名称").fill("晓禾小吃店")
    page.get_by_label("经营地址").fill("清源街道中街 18 号")
    citizen.choose("主要做哪一类", "餐饮服务")
    citizen.choose("会做哪些食品", "热食", "自制饮品")
    page.get_by_label("经营面积").fill("60")
    citizen.look("citizen-09-section")
    citizen.press("保存并继续")
    citizen.follow("填写人员和消防")
    page.get_by_label("食品安全管理员姓名").fill("庄晓禾")
    citizen.choose("除店主外有没有其他从业人员", "否")
    citizen.choose("厨房用什么燃料", "只用电")
    citizen.press("保存并继续")


def hand_in(citizen: Visitor) -> None:
    """Every material: one brought later, two uploaded."""
    page = citizen.page
    citizen.follow("准备材料")
    citizen.look("citizen-10-materials")
    citizen.follow("食品经营许可申请书")
    page.get_by_label("到窗口交原件").check()
    citizen.press("保存")
    citizen.follow("经营场所平面布局和操作流程图")
    page.get_by_label("拍照或选择文件上传").check()
    page.get_by_label("选择文件", exact=False).last.set_input_files([PLAN])
    citizen.look("citizen-11-material")
    citizen.press("保存")
    citizen.follow("食品安全管理制度")
    page.get_by_label("拍照或选择文件上传").check()
    page.get_by_label("选择文件", exact=False).last.set_input_files([RULES])
    citizen.press("保存")
    citizen.follow("材料准备好了，继续")


def done(citizen: Visitor, work: Work) -> Receipt:
    """Number, query code and QR of the done page."""
    page = citizen.page
    page.wait_for_url("**/done")
    number = page.url.split("/")[-2]
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", citizen.text())
    assert code
    citizen.sees("申请已提交", number)
    picture = page.get_by_alt_text("查进度的二维码")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    citizen.look("citizen-14-done")
    citizen.follow("下载收件凭证（PDF）")
    citizen.look("citizen-14-receipt-preparing")
    work()
    receipt = citizen.context.request.get(f"{citizen.url}/cases/{number}/receipt.pdf")
    assert number in text_of(receipt.body())
    return Receipt(number, code[0])


def ask_for_correction(clerk: Visitor, receipt: Receipt) -> None:
    """The clerk finds one material wanting and says so once."""
    clerk.open("/desk/login")
    clerk.look("desk-01-login")
    sign_in_at_desk(clerk, "chuangkou")
    clerk.sees(receipt.number)
    clerk.look("desk-02-inbox")
    clerk.follow(receipt.number)
    clerk.look("desk-03-case")
    clerk.follow("一次性告知补正", exact=False)
    clerk.page.locator("#id_reason-material-m4").fill("没有标明洗、切、烹、售各区面积")
    clerk.page.locator("#id_mend-material-m4").fill("请标注各功能区面积后重新上传")
    clerk.look("desk-04-correction")
    clerk.press("一次性告知补正", exact=False)
    clerk.sees("等待申请人补正")
    clerk.look("desk-05-correcting")


def correct(citizen: Visitor, receipt: Receipt) -> None:
    """The citizen hears of it and mends only that."""
    citizen.open("/demo/messages")
    citizen.sees("补正")
    citizen.look("citizen-15-messages")
    citizen.open("/my")
    citizen.look("citizen-16-my")
    citizen.follow(SERVICE)
    citizen.sees("需要您补正", "没有标明洗、切、烹、售各区面积")
    citizen.look("citizen-17-correcting")
    page = citizen.follow("去补正")
    assert page.locator("section.panel").count() == 1, "only what is faulty is open"
    page.get_by_label("拍照或选择文件上传").check()
    page.get_by_label("选择新文件", exact=False).set_input_files([BETTER_PLAN])
    citizen.look("citizen-18-correct")
    citizen.press("检查补正内容")
    citizen.sees("布局图（标注面积）.pdf")
    citizen.look("citizen-18-correct-check")
    citizen.press("提交补正")
    citizen.open(f"/cases/{receipt.number}")
    citizen.sees("已收到您的申请")
    citizen.look("citizen-19-corrected")


def accept(clerk: Visitor, receipt: Receipt) -> None:
    """The clerk accepts what came back."""
    clerk.open("/desk/")
    clerk.follow(receipt.number)
    clerk.sees("布局图（标注面积）.pdf")
    clerk.look("desk-06-corrected")
    clerk.follow("受理", exact=False)
    clerk.look("desk-07-accept")
    clerk.press("受理", exact=False)
    clerk.sees("已办理“受理”")
    clerk.look("desk-08-accepted")


def review_side_by_side(reviewer: Visitor, officer: Visitor, receipt: Receipt) -> None:
    """Two departments have it in hand at the same time; neither waits for the other."""
    for each, username in ((reviewer, "jiangyx"), (officer, "gongzq")):
        sign_in_at_desk(each, username)
        each.sees(receipt.number)
        each.follow(receipt.number)
        each.look(f"desk-09-case-of-{each.name}")
    # The officer's page is older than the reviewer's act; her own branch is untouched by it.
    for each, opinion in (
        (reviewer, "经现场核查，场所、设施与申报情况一致，符合要求，同意。"),
        (officer, "不涉及本部门禁止或限制事项，无不同意见。"),
    ):
        give_opinion(each, opinion)


def give_opinion(reviewer: Visitor, opinion: str) -> None:
    """Passed, with a sentence that need not be typed."""
    reviewer.follow("审查（", exact=False)
    reviewer.page.get_by_label("通过", exact=False).check()
    reviewer.page.get_by_label(opinion, exact=False).check()
    reviewer.look(f"desk-10-review-by-{reviewer.name}")
    reviewer.press("审查", exact=False)
    reviewer.sees("已办理“审查”")


def decide(decider: Visitor, receipt: Receipt) -> None:
    """The decision."""
    sign_in_at_desk(decider, "yinby")
    decider.follow(receipt.number)
    decider.look("desk-11-decider")
    decider.follow("作出决定", exact=False)
    decider.page.get_by_label("准予", exact=False).first.check()
    decider.look("desk-12-decide")
    decider.press("作出决定", exact=False)
    decider.sees("已办理“作出决定”")


def hand_over(issuer: Visitor, receipt: Receipt, work: Work) -> None:
    """The licence is made and handed over."""
    sign_in_at_desk(issuer, "chujian")
    issuer.follow(receipt.number)
    issuer.follow("制证", exact=False)
    issuer.look("desk-13-issue")
    issuer.press("制证", exact=False)
    issuer.sees("已办理“制证”")
    work()
    issuer.open(f"/desk/cases/{receipt.number}")
    issuer.look("desk-14-issued")
    issuer.follow("送达", exact=False)
    issuer.page.get_by_label("领取人").fill("庄晓禾")
    issuer.look("desk-15-deliver")
    issuer.press("送达", exact=False)
    issuer.sees("已办理“送达”")
    issuer.look("desk-16-delivered")


def read_the_licence(citizen: Visitor, receipt: Receipt) -> str:
    """The citizen opens the licence; returns the code printed on it."""
    page = citizen.open(f"/cases/{receipt.number}")
    citizen.sees("已办结")
    citizen.look("citizen-20-delivered")
    address = page.get_by_role("link", name="食品经营许可证", exact=False).first.get_attribute("href")
    licence = citizen.context.request.get(f"{citizen.url}{address}").body()
    assert licence.startswith(b"%PDF")
    words = text_of(licence)
    assert "食品经营许可证" in words
    assert SHOP in words
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", words)
    assert code, words
    return code[0]


def verify(stranger: Visitor, code: str) -> None:
    """Anybody checks the code, without an account."""
    page = stranger.open("/verify")
    stranger.look("public-01-verify")
    page.get_by_label("核验码").fill(code.lower())
    stranger.press("核验")
    stranger.sees("文书属实，现行有效", "食品经营许可证")
    assert SHOP not in stranger.text(), "the holder's name is masked"
    stranger.look("public-02-verified")


def track(stranger: Visitor, receipt: Receipt) -> None:
    """Number and query code are enough to see how far it has come."""
    page = stranger.open("/progress")
    stranger.look("public-03-progress")
    page.get_by_label("办件编号").fill(receipt.number)
    page.get_by_label("查询码").fill(receipt.query_code)
    stranger.press("查询")
    stranger.sees("已办结", receipt.number)
    assert SHOP not in stranger.text()
    stranger.look("public-04-progress-case")


def rate(citizen: Visitor, receipt: Receipt) -> None:
    """Five of five."""
    citizen.open(f"/cases/{receipt.number}")
    citizen.follow("评价这次办事")
    citizen.page.get_by_label("非常满意", exact=True).check()
    citizen.look("citizen-21-rate")
    citizen.press("提交评价")
    citizen.sees("您已经评价过")
    citizen.look("citizen-22-rated")
    assert not citizen.page.get_by_role("link", name="评价这次办事").count()


def supervise(supervisor: Visitor, receipt: Receipt) -> None:
    """Every limit explained day by day, every fact in its order."""
    sign_in_at_desk(supervisor, "ducha")
    supervisor.open("/watch/")
    supervisor.look("watch-01-overview")
    supervisor.open("/watch/cases")
    supervisor.look("watch-02-cases")
    page = supervisor.follow(receipt.number)
    supervisor.sees("已补正", "审查", "制证", "送达", "没有改动")
    supervisor.look("watch-03-case")
    for details in page.locator("details").all():
        details.locator("summary").click()
    supervisor.sees("是否计入")
    supervisor.look("watch-04-day-by-day")
