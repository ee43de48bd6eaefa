"""The citizen's way without a single script, in large letters."""

from __future__ import annotations

from tests.journeys.conftest import PHONE, Meet, Work
from tests.journeys.test_main_job import apply, find_the_guide


def test_applying_needs_neither_scripts_nor_small_print(meet: Meet, work: Work) -> None:
    citizen = meet("elder citizen", PHONE, scripts=False)
    citizen.album = "elder-"
    page = citizen.open("/")
    citizen.press("长者模式")
    assert page.locator("html").get_attribute("data-mode") == "elder"
    find_the_guide(citizen, prints=False)
    receipt = apply(citizen, work)
    citizen.open(f"/cases/{receipt.number}")
    citizen.sees("已收到您的申请")
    assert page.locator("html").get_attribute("data-mode") == "elder", "the mode is remembered to the end"
    citizen.look("15-case")
