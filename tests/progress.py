"""A line a minute from a test of the night, so that whoever waits sees that it lives.

The line goes to the terminal the run was started from, past pytest's capture and from xdist's workers too.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

#: Seconds between two lines.
PAUSE = 60.0
_words = ""


def note(words: str) -> None:
    """What the next line says of the running test, such as `120 of 200 kills`; cheap enough for every round."""
    global _words
    _words = words


class Progress:
    """The pytest plugin. Other tests than those of the night have no thread beside them."""

    def __init__(self, config: pytest.Config) -> None:
        # Capture is off while plugins are set up: this is the terminal, not a test's own output.
        self.terminal = os.dup(2)
        self.worker = getattr(config, "workerinput", {}).get("workerid", "")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Speak while the test runs."""
        if item.get_closest_marker("nightly") is None:
            return (yield)
        ended = threading.Event()
        voice = threading.Thread(target=self._speak, args=(item.nodeid, ended), daemon=True)
        note("")
        voice.start()
        try:
            return (yield)
        finally:
            ended.set()
            voice.join()

    def _speak(self, nodeid: str, ended: threading.Event) -> None:
        begun = time.monotonic()
        while not ended.wait(PAUSE):
            parts = (self.worker, nodeid, f"{(time.monotonic() - begun) / 60:.0f} min", _words)
            os.write(self.terminal, f"\n… {' · '.join(part for part in parts if part)}\n".encode())

    def pytest_unconfigure(self) -> None:
        """Give the terminal back."""
        os.close(self.terminal)
