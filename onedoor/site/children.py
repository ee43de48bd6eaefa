"""The processes a supervisor starts: begun in sessions of their own, found again after a crash, always ended.

Every child carries the token of its run in its environment, and so does everything it starts in turn. What is
left of a run whose supervisor was killed is recognised by that token alone, so no other process can be hit.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TOKEN_VARIABLE = "ONEDOOR_RUN_TOKEN"
#: Seconds a child may take to stop when asked, before it is killed.
STOP_SECONDS = 10.0
#: A child that lived this long starts its next life without a wait.
STEADY_SECONDS = 10.0
#: Longest wait of one that does not: whatever kept it from living, it is back soon after that has gone.
LONGEST_WAIT = 4.0
LOG_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Child:
    """One kept process. `restart_at` is on the monotonic clock; `deaths` counts in a row."""

    name: str
    label: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None)
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float = 0.0

    def start(self) -> None:
        """Begin a new process; what it prints is appended to the log."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def killed(self) -> bool:
        """Whether it was ended from outside, which says nothing against starting it again, or waits for that."""
        return self.process is None or (self.process.poll() or 0) < 0

    def mourn(self) -> float:
        """Note that the process died; returns the seconds to wait before the next start."""
        self._signal(signal.SIGKILL)
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived >= STEADY_SECONDS else self.deaths + 1
        wait = 0.0 if self.deaths == 1 else min(LONGEST_WAIT, 2.0 ** (self.deaths - 2))
        self.restart_at = time.monotonic() + wait
        self.process = None
        return wait

    def ask_to_stop(self) -> None:
        if self.alive:
            assert self.process is not None
            self.process.terminate()

    def ensure_stopped(self, deadline: float) -> None:
        """Wait until `deadline` on the monotonic clock, then kill whatever is left of the child's session."""
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.0, deadline - time.monotonic()))
            self._signal(signal.SIGKILL)
            self.process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of the log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
        return ""

    def _signal(self, sign: signal.Signals) -> None:
        """To the whole session: a server's own workers may outlive it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)


def bound(log: Path, size: int = LOG_BYTES) -> None:
    """Turn over what a process prints once it has grown beyond `size` bytes.

    The process goes on writing to the same file, at its end, wherever that is.
    """
    with suppress(OSError):
        if log.stat().st_size > size:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            log.with_suffix(".log.1").chmod(0o600)
            os.truncate(log, 0)


def stop_all(children: list[Child], seconds: float = STOP_SECONDS) -> None:
    """Ask all at once, wait for each, kill what does not listen within `seconds`."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in children:
        child.ensure_stopped(deadline)


def survivors(token: str) -> list[int]:
    """Process ids of everything started in the run with this token, this process excepted."""
    mark = f"{TOKEN_VARIABLE}={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def end_survivors(token: str, seconds: float = STOP_SECONDS) -> int:
    """End what an interrupted run left behind; returns how many processes there were."""
    first = survivors(token)
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        left = survivors(token)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = survivors(token)
    return len(first)
