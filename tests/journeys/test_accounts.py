"""Staff accounts in a browser: a second factor set up and used without scripts, accounts kept, the log read."""

from __future__ import annotations

import re
import time

import pyotp
import pytest

from tests.journeys.conftest import PHONE, Meet
from tests.journeys.visitor import Visitor, sign_in_at_desk


def next_code(secret: str) -> str:
    """The code that an authenticator a step ahead shows; the present one may have been spent."""
    return pyotp.TOTP(secret).at(int(time.time()), counter_offset=1)


def enrol(visitor: Visitor) -> tuple[str, list[str]]:
    """From one's account page: scan, type the first code, keep the recovery codes."""
    visitor.follow("两步验证")
    visitor.look("account-02-factor")
    visitor.press("开始设置")
    secret = visitor.page.locator("#secret").inner_text().replace(" ", "")
    picture = visitor.page.locator("img.qr")
    assert picture.evaluate("(image) => image.naturalWidth") > 100
    visitor.look("account-03-enrol")
    visitor.page.get_by_label("身份验证器上的 6 位数字").fill("000000")
    with visitor.expecting(422):
        visitor.press("启用")
    visitor.sees("验证码不正确")
    visitor.page.get_by_label("身份验证器上的 6 位数字").fill(pyotp.TOTP(secret).now())
    visitor.press("启用")
    visitor.sees("两步验证已启用")
    codes = re.findall(r"\b[a-z2-9]{5}-[a-z2-9]{5}\b", visitor.text())
    assert len(codes) == 10
    visitor.page.screenshot(path=picture_of(visitor, "account-04-recovery-codes"), full_page=True)
    return secret, codes


def picture_of(visitor: Visitor, name: str) -> str:
    """Where a picture of a page that cannot be opened twice is kept."""
    from tests.journeys.visitor import SCREENSHOTS

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return str(SCREENSHOTS / f"{visitor.album}{name}.png")


@pytest.mark.nightly
def test_a_second_factor_without_scripts(meet: Meet) -> None:
    clerk = meet("clerk", PHONE, scripts=False)
    clerk.album = "phone-"
    sign_in_at_desk(clerk, "chuangkou")
    clerk.open("/desk/account")
    clerk.sees("登录的设备", "这台设备", "两步验证", "未启用")
    clerk.look("account-01-overview")
    secret, codes = enrol(clerk)
    clerk.follow("已经保存，返回我的账号")
    clerk.sees("已启用")
    clerk.press("退出")
    sign_in_at_desk(clerk, "chuangkou")
    clerk.sees("第二步：动态验证码")
    clerk.look("account-05-code")
    clerk.page.get_by_label("动态验证码").fill(next_code(secret))
    clerk.press("登录")
    assert clerk.page.url.endswith("/desk/")
    # Another browser, and the telephone is lost: a recovery code is good once.
    elsewhere = meet("clerk elsewhere")
    sign_in_at_desk(elsewhere, "chuangkou")
    elsewhere.look("account-05-code")
    elsewhere.page.get_by_label("动态验证码").fill(codes[0])
    elsewhere.press("登录")
    elsewhere.open("/desk/account")
    elsewhere.look("account-06-overview")
    clerk.open("/desk/account")
    clerk.look("account-06-overview")
    elsewhere.press("结束", exact=False)
    assert clerk.open("/desk/account").url.endswith("/desk/login?next=%2Fdesk%2Faccount")


def test_accounts_are_kept_and_the_log_is_read(meet: Meet) -> None:
    admin = meet("admin")
    sign_in_at_desk(admin, "xitong")
    assert admin.page.url.endswith("/desk/staff"), "the administrator begins at the accounts"
    admin.look("staff-01-list")
    admin.follow("新建账号", exact=False)
    admin.page.get_by_label("用户名").fill("xinlai")
    admin.page.get_by_label("姓名").fill("新来的")
    admin.page.get_by_label("角色").select_option(label="审查人员")
    admin.page.get_by_label("部门").select_option(label="市场监管局")
    admin.look("staff-02-new")
    admin.press("建立账号", exact=False)
    password = admin.page.locator("li.code").inner_text()
    newcomer = meet("newcomer", PHONE)
    newcomer.album = "phone-"
    page = newcomer.open("/desk/login")
    page.locator("#id_username").fill("xinlai")
    page.locator("#id_password").fill(password)
    newcomer.press("登录")
    newcomer.sees("请先换一个自己的密码")
    newcomer.look("account-07-first-password")
    page.get_by_label("原密码").fill(password)
    page.locator("#id_new").fill("lamps-along-the-canal")
    page.get_by_label("再输一遍新密码").fill("lamps-along-the-canal")
    newcomer.press("修改密码")
    newcomer.follow("继续")
    newcomer.sees("待办")
    admin.follow("已经告知，返回")
    admin.open("/desk/staff?q=xinlai")
    admin.follow("xinlai")
    admin.look("staff-03-person")
    admin.press("停用账号")
    assert "/desk/login" in newcomer.open("/desk/").url
    auditor = meet("auditor")
    sign_in_at_desk(auditor, "shenji")
    auditor.sees("建立账号", "停用账号", "修改密码", "xinlai")
    auditor.look("audit-01-log")
    for visitor, path, name in (
        (admin, "/desk/staff", "staff-01-list"),
        (auditor, "/desk/audit", "audit-01-log"),
    ):
        visitor.album = "phone-"
        visitor.page.set_viewport_size(PHONE)
        visitor.open(path)
        visitor.look(name)
    admin.open("/desk/staff?q=xinlai")
    admin.follow("xinlai")
    admin.look("staff-03-person")


def test_a_passkey_takes_the_place_of_the_password(meet: Meet) -> None:
    clerk = meet("clerk")
    # A passkey belongs to a name, not to an address of numbers.
    clerk.url = clerk.url.replace("127.0.0.1", "localhost")
    device = clerk.context.new_cdp_session(clerk.page)
    device.send("WebAuthn.enable")
    able = ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation")
    options = {"protocol": "ctap2", "transport": "internal", **dict.fromkeys(able, True)}
    authenticator = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    sign_in_at_desk(clerk, "chuangkou")
    clerk.open("/desk/account/factor")
    clerk.page.get_by_label("名称").fill("窗口 3 的电脑")
    clerk.press("添加通行密钥")
    clerk.sees("窗口 3 的电脑")
    clerk.press("退出")
    clerk.press("用通行密钥登录")
    assert clerk.page.url.endswith("/desk/")
    clerk.open("/desk/account")
    clerk.sees("通行密钥")
    # A device that has not recognised its owner opens nothing.
    clerk.press("退出")
    refusing = {"authenticatorId": authenticator, "isUserVerified": False}
    device.send("WebAuthn.setUserVerified", refusing)
    clerk.page.get_by_role("button", name="用通行密钥登录").click()
    clerk.page.get_by_text("没有完成。请再试一次，或用密码登录。").wait_for()
    # Looking takes the device away from the browser, so it comes last.
    clerk.look("account-08-passkey-refused")
    sign_in_at_desk(clerk, "chuangkou")
    clerk.open("/desk/account/factor")
    clerk.look("account-09-passkeys")
    clerk.press("删除", exact=False)
    assert "窗口 3 的电脑" not in clerk.page.locator("ul.links").all_inner_texts()
