"""How long a child that dies is waited for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onedoor.site.children import LONGEST_WAIT, STEADY_SECONDS, Child


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., Child]:
    """A child that runs a line of Python."""

    def make(line: str = "") -> Child:
        return Child("test", "测试", [sys.executable, "-c", line], {}, tmp_path / "test.log")

    return make


def test_a_child_that_keeps_dying_is_tried_every_few_seconds(child: Callable[..., Child]) -> None:
    dying = child()
    waits = []
    for _ in range(6):
        dying.started_at = time.monotonic()
        waits.append(dying.mourn())
    assert waits == [0.0, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert max(waits) == LONGEST_WAIT
    dying.started_at = time.monotonic() - STEADY_SECONDS
    assert dying.mourn() == 0.0


@pytest.mark.parametrize(
    ("line", "killed"),
    [("import os; os.kill(os.getpid(), 9)", True), ("raise SystemExit(3)", False), ("pass", False)],
)
def test_killed_is_told_from_ended(line: str, killed: bool, child: Callable[..., Child]) -> None:
    ended = child(line)
    ended.start()
    assert ended.process is not None
    ended.process.wait(30)
    assert not ended.alive
    assert ended.killed is killed
