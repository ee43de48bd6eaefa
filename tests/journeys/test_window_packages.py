"""At the window: somebody wants to open a restaurant, and all of it is taken in at once, without the mouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from onedoor.domain.cases.models import Case
from tests.factories.cases import FOOD, SHOP
from tests.factories.packages import DINER, SIGN, application, published
from tests.journeys.conftest import DESK, PHONE, Meet
from tests.journeys.test_window import Keyboard
from tests.journeys.visitor import Visitor, sign_in_at_desk

NAMED = (
    ("#id_applicant-name", SHOP.name),
    ("#id_applicant-id_number", SHOP.id_number),
    ("#id_applicant-phone", SHOP.phone),
)


def ask(hands: Keyboard) -> None:
    """Find the package in everyday words and answer what it asks."""
    clerk = hands.visitor
    hands.go("i")
    clerk.page.locator("#q:focus").wait_for()
    hands.write("我要开饭店")
    clerk.page.locator("#together").wait_for()
    clerk.look("window-21-pick-package")
    hands.press("Escape")
    link = clerk.page.locator(f'a[href="/desk/intake/packages/{DINER}"]')
    hands.tab_to(f'a[href="/desk/intake/packages/{DINER}"]')
    expect(link).to_be_focused()
    hands.go("Enter")
    hands.tab_to("[name=area]")
    hands.write("120")
    hands.press("Tab", "Space")
    expect(clerk.page.locator("#needed")).to_contain_text("要办的事项（3 个）")
    clerk.look("window-20-package")
    hands.press("Escape")
    hands.go("g")


def write_down(visitor: Visitor) -> None:
    """Everything that the merged form asks."""
    for selector, text in NAMED:
        visitor.page.locator(selector).fill(text)
    at = datetime.now(UTC)
    for code, value in application(at=at).form.items():
        if code.endswith("has_staff"):
            _answer(visitor, code, "no")
        elif "staff" not in code:
            _answer(visitor, code, value)


def _answer(visitor: Visitor, code: str, value: object) -> None:
    boxes = visitor.page.locator(f'[name="{code}"]')
    if boxes.first.get_attribute("type") in ("radio", "checkbox"):
        for each in value if isinstance(value, list) else [value]:
            told = str(each).lower() if isinstance(each, bool) else str(each)
            visitor.page.locator(f'[name="{code}"][value="{told}"]').check()
    elif boxes.first.evaluate("(box) => box.tagName") == "SELECT":
        boxes.first.select_option(str(value))
    else:
        boxes.first.fill(str(value))


def test_a_package_is_taken_in_at_the_window(meet: Meet) -> None:
    published(datetime.now(UTC) - timedelta(days=1))
    clerk = meet("clerk with a package", DESK)
    sign_in_at_desk(clerk, "chuangkou")
    hands = Keyboard(clerk)
    ask(hands)
    clerk.look("window-22-package-form")
    clerk.page.locator(NAMED[0][0]).fill(SHOP.name)
    hands.press("Escape")
    hands.go("v")
    clerk.sees("已保存")
    clerk.open("/desk/intake")
    clerk.follow(f"开办餐饮店：{SHOP.name}")
    write_down(clerk)
    hands.press("Escape")
    hands.go("t")
    hands.go("a")
    clerk.sees("已收件", "查询码", "收到的材料", "准予后自动收件")
    clerk.look("window-23-package-received")
    stages = dict(Case.objects.filter(parent__isnull=False).values_list("service_code", "stage"))
    assert stages == {FOOD: "accepted", SIGN: "accepted"}
    clerk.page.set_viewport_size(PHONE)
    clerk.look("window-24-package-received-phone")
    clerk.open(f"/desk/intake/packages/{DINER}?asked=1&area=120&sign=true")
    clerk.look("window-25-package-phone")
