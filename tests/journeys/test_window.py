"""At the window: a walk-in applicant is served from the inbox to the next applicant without the mouse."""

from __future__ import annotations

from dataclasses import dataclass

from tests.journeys.conftest import Meet, Work
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
