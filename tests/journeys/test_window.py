"""At the window: a walk-in applicant is served from the inbox to the next applicant without the mouse."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from onedoor.domain.cases import queries
from tests.faces.desk import PASSING, accepted, act, filed
from tests.factories.cases import AT, staff
from tests.journeys.conftest import PHONE, Meet, Work
from tests.journeys.visitor import Visitor, sign_in_at_desk

#: Keys for one standard intake besides the applicant's own particulars. Pressing more means the page has lost its way.
MOST_KEYS = 40
FAR = 40


@dataclass
class Keyboard:
    """All a clerk has; counts what she presses and how many characters she types."""

    visitor: Visitor
    keys: int = 0
    characters: int = 0

    def press(self, *keys: str) -> None:
        """Single keys that stay on the page."""
        for key in keys:
            self.keys += 1
            self.visitor.page.keyboard.press(key)

    def go(self, key: str) -> None:
        """A key that leads to another page."""
        with self.visitor.page.expect_navigation():
            self.press(key)

    def go_to_first_case(self) -> None:
        """From the inbox to its most urgent case."""
        self.press("j")
        self.go("Enter")

    def write(self, text: str) -> None:
        """Type into whatever has the focus."""
        self.characters += len(text)
        self.visitor.page.keyboard.type(text)

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there."""
        for _ in range(FAR):
            if self.visitor.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"{FAR} times Tab do not lead to {selector}")


def test_a_walk_in_is_served_without_the_mouse(meet: Meet, work: Work) -> None:
    clerk = meet("clerk")
    sign_in_at_desk(clerk, "chuangkou")
    hands = Keyboard(clerk)
    find_the_item(hands)
    take_down(hands)
    hands.press("Escape")
    hands.go("t")
    clerk.look("window-03-ticked")
    hands.go("a")
    clerk.sees("已收件并受理", "查询码")
    work()
    clerk.page.get_by_role("link", name="受理通知书").wait_for()
    clerk.look("window-04-received")
    hands.go("n")
    assert clerk.page.url.endswith("/desk/intake"), "one key leads to the next applicant"
    print(f"\nintake by keyboard: {hands.keys} keys, {hands.characters} characters typed, 0 clicks")
    assert hands.keys <= MOST_KEYS


def find_the_item(hands: Keyboard) -> None:
    """By the initials of its name."""
    clerk = hands.visitor
    hands.go("i")
    clerk.page.locator("#q:focus").wait_for()
    hands.write("cxjm")
    clerk.page.get_by_text("“cxjm”找到").wait_for()
    clerk.look("window-01-pick")
    hands.go("Enter")
    clerk.sees("城乡居民基本医疗保险参保登记")


def take_down(hands: Keyboard) -> None:
    """The applicant's particulars and answers, in the order of the page."""
    clerk = hands.visitor
    for selector, text in (
        ("#id_applicant-name", "庄晓禾"),
        ("#id_applicant-id_number", "110101198806160008"),
        ("#id_applicant-phone", "13000000002"),
    ):
        hands.tab_to(selector)
        hands.write(text)
    for question, key in (
        ("home", "Space"),
        ("newborn", "ArrowDown"),
        ("subsidy", "Space"),
        ("pay", "Space"),
    ):
        hands.tab_to(f"[name={question}]")
        hands.press(key)
    hands.tab_to("[name=village]")
    hands.write("中街社区")
    clerk.look("window-02-filled")


def test_three_officials_finish_a_case_without_the_mouse(meet: Meet) -> None:
    case, other = accepted(), accepted()
    act(case.number, "review", "gongzq", step="fire", payload=PASSING)
    reviewer = Keyboard(meet("reviewer"))
    sign_in_at_desk(reviewer.visitor, "jiangyx")
    reviewer.go_to_first_case()
    reviewer.go("r")
    reviewer.press("a", "1")
    reviewer.visitor.look("window-05-review")
    reviewer.go("Control+Enter")
    reviewer.visitor.sees("已办理“审查”", "下一件")
    reviewer.go("n")
    assert reviewer.visitor.page.url.endswith(other.number), "the next case is one key away"
    decider = Keyboard(meet("decider"))
    sign_in_at_desk(decider.visitor, "yinby")
    decider.go_to_first_case()
    decider.go("d")
    decider.press("a", "1")
    decider.go("Control+Enter")
    decider.visitor.sees("已办理“作出决定”")
    issuer = Keyboard(meet("issuer"))
    sign_in_at_desk(issuer.visitor, "chujian")
    issuer.go_to_first_case()
    issuer.go("m")
    issuer.go("Control+Enter")
    issuer.go("h")
    issuer.press("a")
    issuer.tab_to("#id_receiver")
    issuer.write("庄晓禾")
    issuer.go("Control+Enter")
    issuer.visitor.sees("已办理“送达”")
    assert queries.case_sheet(case.number, actor=staff("ducha"), at=AT).stage == "delivered"
    assert max(hands.keys for hands in (reviewer, decider, issuer)) <= MOST_KEYS


def test_rows_are_ticked_with_x_and_done_together(meet: Meet) -> None:
    numbers = {filed().number for _ in range(3)}
    hands = Keyboard(meet("clerk in a hurry"))
    sign_in_at_desk(hands.visitor, "chuangkou")
    for _ in numbers:
        hands.press("j", "x")
    hands.visitor.sees("已勾选 3 件")
    hands.visitor.look("window-06-ticked")
    hands.go("b")
    hands.visitor.look("window-07-batch")
    hands.go("Control+Enter")
    hands.visitor.sees("3 件全部办成", *numbers)
    hands.visitor.look("window-08-batch-done")
    assert "没有待办" in hands.visitor.open("/desk/").locator("#main").inner_text()
    help_opened = hands.visitor.page
    hands.press("?")
    help_opened.get_by_text("勾选这一行").wait_for()


def test_a_batch_needs_no_script(meet: Meet) -> None:
    numbers = [filed().number for _ in range(2)]
    clerk = meet("clerk without scripts", scripts=False)
    sign_in_at_desk(clerk, "chuangkou")
    for number in numbers:
        clerk.page.get_by_label(f"勾选 {number}").check()
    clerk.look("window-09-plain-inbox")
    assert not clerk.page.locator("kbd:visible").count(), "keys that do nothing are not offered"
    clerk.press("批量受理")
    clerk.press("批量受理")
    clerk.sees("2 件全部办成", *numbers)


def within_first_screen(page: Page, selector: str, *, scrolled: bool = False) -> bool:
    """Whether all of the first such element is seen at once: at the top of the page, or where it is scrolled to."""
    box = page.locator(selector).first.bounding_box()
    assert box
    assert page.viewport_size
    assert scrolled or page.evaluate("scrollY") == 0
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]


def test_lists_fit_a_phone_and_judge_well(meet: Meet) -> None:
    case = filed()
    clerk = meet("clerk on a phone", PHONE)
    sign_in_at_desk(clerk, "chuangkou")
    clerk.look("window-10-inbox-phone")
    page = clerk.open("/desk/cases?stage=submitted&tail=010M")
    clerk.sees(case.number, "筛选：证件号码 后四位 010M；状态 已收件，待受理")
    assert within_first_screen(page, f"text={case.number}"), "the conditions keep the first case out of sight"
    clerk.look("window-11-list-phone")
    assert not page.get_by_label("时限", exact=True).is_visible()
    page.locator(".fold > summary").click()
    assert page.get_by_label("时限", exact=True).is_visible()
    page = clerk.open(f"/desk/cases/{case.number}")
    assert within_first_screen(page, ".verbs .button"), "what may be done now stands below the application"
    page.locator("section.facts").scroll_into_view_if_needed()
    page.get_by_role("link", name="去办理").click()
    assert within_first_screen(page, ".verbs .button", scrolled=True), "one touch leads back to the acts"
    clerk.look("window-14-case-phone")
    clerk.open(f"/desk/cases/{case.number}/reveal")
    clerk.look("window-12-reveal-phone")
    clerk.open(f"/desk/cases/{case.number}/do/decline")
    clerk.look("window-13-decline-phone")
