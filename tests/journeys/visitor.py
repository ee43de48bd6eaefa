"""Somebody before a browser: clicks, types, and looks; remembers everything the browser complained about."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.cluster import REPOSITORY
from tests.county import PASSWORD

SCREENSHOTS = REPOSITORY / ".cache" / "screenshots"
#: Where the pictures of the documents lie; with ONEDOOR_PICTURES=1 (`make pictures`) they are taken anew.
PICTURES = REPOSITORY / "docs" / "images"
RENEW = os.environ.get("ONEDOOR_PICTURES") == "1"
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
#: What axe finds that keeps somebody from using a page.
GRAVE = ("serious", "critical")
#: A navigation takes the place of what was still loading; the browser calls that a failure.
ABORTED = "net::ERR_ABORTED"
#: Not faults: statuses are judged where answers arrive, and a newer request may take the place of an older one.
QUIET = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
_AXE_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then((found) => JSON.stringify(found.violations))"
)


@dataclass
class Visitor:
    """A person with a browser of their own. `faults` collects errors, violations and failures as they happen;
    `album` begins the names of this person's pictures. Where scripts are off nothing can judge a page from within:
    `twin` is a page with scripts that is shown the same."""

    name: str
    context: BrowserContext
    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    album: str = ""
    twin: Page | None = None
    _expected: set[int] = field(default_factory=set)

    def watch(self) -> Visitor:
        """Listen to everything the browser complains about, in this page and those it opens."""
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self._complain(f"script error: {error.error}"))
        self.context.on("requestfailed", self._on_failure)
        self.context.on("response", self._on_response)
        return self

    def open(self, path: str) -> Page:
        """Go to an address of the site."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def follow(self, words: str, *, exact: bool = True) -> Page:
        """Click the first link with these words and wait for its page."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words, exact=exact).first.click()
        return self.page

    def press(self, words: str, *, exact: bool = True) -> Page:
        """Click the first button with these words and wait for the page that answers."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=exact).first.click()
        return self.page

    def choose(self, question: str, *answers: str) -> None:
        """Tick answers of a question with choices."""
        group = self.page.get_by_role("group", name=question)
        for answer in answers:
            group.get_by_label(answer, exact=True).check()

    def sees(self, *words: str) -> None:
        """Every one of these stands on the page."""
        text = "".join(self.page.locator("body").inner_text().split())
        for each in words:
            assert "".join(each.split()) in text, f"{self.name} does not see “{each}” on {self.page.url}"

    def text(self) -> str:
        """All words of the main part of the page."""
        return self.page.locator("#main").inner_text()

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Answers with these statuses are wanted meanwhile."""
        self._expected.update(statuses)
        yield
        self._expected.difference_update(statuses)

    def look(self, name: str) -> None:
        """Keep a picture of the page, and let axe and the width of the page be judged. What the documents show is
        renewed if that was asked for."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(
            path=SCREENSHOTS / f"{self.album}{name}.png", full_page=True, animations="disabled"
        )
        shown = PICTURES / f"{self.album}{name}.jpg"
        if RENEW and shown.exists():
            self.page.screenshot(path=shown, type="jpeg", quality=80, animations="disabled")
        judged = self._in_twin() if self.twin else self.page
        wide = _evaluate(
            judged, "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name}: the page is {wide} px wider than the window"
        grave = [found for found in _violations(judged) if found["impact"] in GRAVE]
        assert not grave, f"{name}: " + "\n".join(_described(found) for found in grave)

    def no_faults(self) -> None:
        """The browser had nothing to complain about."""
        assert not self.faults, f"{self.name}'s browser complained:\n" + "\n".join(self.faults)

    def _in_twin(self) -> Page:
        assert self.twin is not None
        self.twin.context.clear_cookies()
        self.twin.context.add_cookies(json.loads(json.dumps(self.context.cookies())))
        self.twin.goto(self.page.url)
        return self.twin

    def _complain(self, fault: str) -> None:
        self.faults.append(f"{self.page.url}: {fault}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(QUIET):
            self._complain(f"console {message.type}: {message.text}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != ABORTED:
            self._complain(f"failed request: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self._complain(f"{response.status}: {response.request.method} {response.url}")


def _violations(page: Page) -> list[dict[str, Any]]:
    # Through the debugger, so that the page keeps its content security policy while it is judged.
    _evaluate(page, AXE.read_text(encoding="utf-8") + "; 0")
    found: list[dict[str, Any]] = json.loads(_evaluate(page, _AXE_RUN))
    return found


def _evaluate(page: Page, script: str) -> Any:
    session = page.context.new_cdp_session(page)
    try:
        given = {"expression": script, "awaitPromise": True, "returnByValue": True}
        answer = session.send("Runtime.evaluate", given)
    finally:
        session.detach()
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")


def _described(found: dict[str, Any]) -> str:
    places = [f"{node['target']} {node['html'][:200]}" for node in found["nodes"][:5]]
    return f"{found['impact']} {found['id']}: {found['help']}\n  " + "\n  ".join(places)


def sign_in_by_phone(visitor: Visitor, phone: str, looks: str = "") -> None:
    """From the page that asks for a telephone: ask for the code, read it in the demo's messages, give it."""
    page = visitor.page
    page.get_by_label("手机号码").fill(phone)
    visitor.press("获取验证码")
    if looks:
        visitor.look(f"{looks}-code")
    with visitor.context.expect_page() as opened:
        page.get_by_role("link", name="演示短信箱").click()
    inbox = opened.value
    inbox.wait_for_load_state("load")
    code = re.search(r"(?<!\d)\d{6}(?!\d)", inbox.locator("#main li").first.inner_text())
    assert code, "no code among the messages"
    if looks:
        visitor.page = inbox
        visitor.look(f"{looks}-messages")
        visitor.page = page
    inbox.close()
    page.get_by_label("短信验证码").fill(code[0])
    visitor.press("登录")


def sign_in_at_desk(visitor: Visitor, username: str) -> None:
    """Sign in as a member of staff."""
    page = visitor.open("/desk/login")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(PASSWORD)
    visitor.press("登录")
