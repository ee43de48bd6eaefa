"""The worker: does the jobs that nobody asks for, one after another, until it is told to stop.

Every job is safe in any number of workers. A job that fails is tried again after a wait that doubles; the others
go on meanwhile.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType

from django import db

from onedoor.plumbing import figures
from onedoor.plumbing.home import Home
from onedoor.site import traces
from onedoor.site.wiring import Job, jobs

log = logging.getLogger("onedoor.worker")

LONGEST_WAIT = 60.0
#: Seconds between two signs of life; a job under way delays them.
BEAT = 5.0
#: Longest wait while the database is out of reach: work goes on soon after it is back.
LONGEST_OUTAGE = 3.0
#: Seconds of a job that never ends, before the others have their turn.
TURN_SECONDS = 2.0
_OUT_OF_REACH = (db.OperationalError, db.InterfaceError)


@dataclass(slots=True)
class _Turn:
    """When a job is due next, on the monotonic clock, and how often in a row it has failed."""

    job: Job
    due: float = 0.0
    failures: int = 0


@dataclass(slots=True)
class _Pulse:
    """The sign of life that `onedoor doctor` and the status page look for."""

    turns: list[_Turn]
    next: float = 0.0

    def beat(self) -> None:
        """Leave it, every few seconds at most."""
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + BEAT
        failing = {turn.job.name: turn.failures for turn in self.turns if turn.failures}
        traces.leave(
            Home.current(), traces.WORKER, {"pid": os.getpid(), "failing": failing}, at=datetime.now(UTC)
        )


def work(stop: threading.Event | None = None) -> None:
    """Run until SIGTERM, SIGINT, or `stop` is set; a job under way is finished first."""
    stop = stop or _stop_on_signals()
    turns = [_Turn(job) for job in jobs()]
    pulse = _Pulse(turns)
    log.info("worker started with %d jobs", len(turns))
    while not stop.is_set():
        pulse.beat()
        for turn in turns:
            if stop.is_set():
                break
            if time.monotonic() >= turn.due:
                _take(turn, stop)
                pulse.beat()
        stop.wait(max(0.02, min(turn.due for turn in turns) - time.monotonic()))
    db.connections.close_all()


def run_once(at: datetime | None = None, only: str = "") -> int:
    """Every job once, in order and in this process, or the one that is named; what fails is raised. Returns how much
    was done."""
    wanted = [job for job in jobs() if only in ("", job.name)]
    return sum((job.here or job.run)(at or datetime.now(UTC)) for job in wanted)


def _take(turn: _Turn, stop: threading.Event) -> None:
    try:
        end = time.monotonic() + TURN_SECONDS
        while _run(turn.job) >= turn.job.full:
            if stop.is_set() or time.monotonic() > end:
                break
        turn.failures = 0
        figures.JOBS.labels(turn.job.name, "done").inc()
        turn.due = time.monotonic() + turn.job.every
    except Exception as error:
        turn.failures += 1
        figures.JOBS.labels(turn.job.name, "failed").inc()
        longest = LONGEST_OUTAGE if isinstance(error, _OUT_OF_REACH) else LONGEST_WAIT
        wait = min(longest, max(turn.job.every, 2.0**turn.failures))
        turn.due = time.monotonic() + wait
        log.error("job %s failed, next try in %.0f s: %s", turn.job.name, wait, _describe(error))
        db.connections.close_all()


def _run(job: Job) -> int:
    """The job once; what it did is counted."""
    done = job.run(datetime.now(UTC))
    if done:
        figures.WORK.labels(job.name).inc(done)
    return done


def _describe(error: Exception) -> str:
    """What went wrong, without what the statement carried: that may be personal data."""
    first_line = str(error).partition("\n")[0] if isinstance(error, db.OperationalError) else ""
    return f"{type(error).__name__} {first_line}".rstrip()


def _stop_on_signals() -> threading.Event:
    event = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        event.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return event
