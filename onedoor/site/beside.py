"""Work that takes long, done in a process beside the worker, so that no other job waits and its memory goes with it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Seconds until the next try after a process that failed.
AGAIN: Final = 15.0


@dataclass(slots=True)
class Beside:
    """The job `name`, begun when it `waits`; at most one process at a time. `not_before` is on the monotonic clock."""

    name: str
    waits: Callable[[datetime], bool]
    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0

    def look(self, at: datetime) -> int:
        """Begin what waits, unless it is under way. Returns 0: the work is counted elsewhere."""
        if not self._busy() and time.monotonic() >= self.not_before and self.waits(at):
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "onedoor.site.cli", "worker", "--once", "--only", self.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        return 0

    def _busy(self) -> bool:
        """Whether the process still runs. One that failed waits a while before the next."""
        status = self.process.poll() if self.process is not None else None
        if self.process is not None and status is None:
            return True
        if status:
            self.not_before = time.monotonic() + AGAIN
        self.process = None
        return False
