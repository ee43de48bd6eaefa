"""Files that a real program makes, a browser's pictures and printed pages, pass inspection."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from onedoor.domain.papers.inspection import JPEG, PDF, PNG, Found, inspect
from onedoor.domain.papers.photographs import without_place

pytestmark = pytest.mark.browser
SHEET = "<h1>申请书 𠮷䶮</h1><p><a href='https://www.gov.cn/'>链接</a></p><div style='background:{}'>{}</div>"


def _made(page: Page) -> Iterator[tuple[str, bytes, Found]]:
    """Screens of several sizes, photographs of several qualities, printed pages of several lengths."""
    for (width, height), colour in product(((360, 780), (1440, 900)), ("red", "none")):
        page.set_viewport_size({"width": width, "height": height})
        page.set_content(SHEET.format(colour, "字" * 900))
        yield "a.png", page.screenshot(type="png", omit_background=colour == "none"), PNG
        for quality in (5, 60, 100):
            yield "a.jpg", page.screenshot(type="jpeg", quality=quality), JPEG
    for length, tagged in product((10, 9_000), (True, False)):
        page.set_content(SHEET.format("blue", "字" * length))
        yield "a.pdf", page.pdf(format="A4", tagged=tagged, outline=tagged), PDF


def test_what_a_browser_makes_is_taken(browser: Browser) -> None:
    page = browser.new_page()
    made = list(_made(page))
    page.close()
    assert len(made) == 20
    for name, content, found in made:
        assert inspect(content, name=name) == found
        assert without_place(content, found) == content
