"""The backup that nobody has to think of: every night, and every few weeks the proof that it restores.

The worker asks here; the work itself is done by the same commands that a person uses, in a process beside it, so
that no other job waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from onedoor.core.instants import SHANGHAI
from onedoor.plumbing.home import Home, HomeFault
from onedoor.site import traces

#: After a fault, and after an end that left no word, the next try waits this long.
AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where backups go, how many are kept, when (civil time) they are made, days between drills (0: none)."""

    folder: str
    keep: int
    hour: int
    minute: int
    drill_days: int

    @classmethod
    def of_environment(cls) -> Plan | None:
        """What the environment asks for; None without ONEDOOR_BACKUP_DIR."""
        folder = os.environ.get("ONEDOOR_BACKUP_DIR", "").strip()
        if not folder:
            return None
        hour, _, minute = os.environ.get("ONEDOOR_BACKUP_AT", "02:00").partition(":")
        try:
            plan = cls(
                folder,
                int(os.environ.get("ONEDOOR_BACKUP_KEEP", "14")),
                int(hour),
                int(minute or 0),
                int(os.environ.get("ONEDOOR_BACKUP_DRILL_DAYS", "30")),
            )
        except ValueError as error:
            raise _unreadable() from error
        if plan.keep < 1 or not 0 <= plan.hour < 24 or not 0 <= plan.minute < 60 or plan.drill_days < 0:
            raise _unreadable()
        return plan


def _unreadable() -> HomeFault:
    return HomeFault(
        "ONEDOOR_BACKUP_KEEP、ONEDOOR_BACKUP_AT、ONEDOOR_BACKUP_DRILL_DAYS 要写成份数、HH:MM 和天数，"
        "例如 14、02:00、30。"
    )


def backup_is_due(plan: Plan, last: dict[str, Any] | None, at: datetime) -> bool:
    """Whether tonight's backup has still to be made; `last` is the trace of the last one."""
    local = at.astimezone(SHANGHAI)
    tonight = local.replace(hour=plan.hour, minute=plan.minute, second=0, microsecond=0)
    latest = tonight if tonight <= local else tonight - timedelta(days=1)
    if last is None:
        return True
    if last.get("fault"):
        return bool(at - last["at"] >= AGAIN)
    return bool(last["at"] < latest)


def drill_is_due(
    plan: Plan, backup: dict[str, Any] | None, last: dict[str, Any] | None, at: datetime
) -> bool:
    """Whether the newest backup is to be restored on trial."""
    if not plan.drill_days or backup is None or backup.get("fault"):
        return False
    if last is None:
        return True
    wait = AGAIN * 24 if last.get("fault") else timedelta(days=plan.drill_days)
    return bool(at - last["at"] >= wait)


@dataclass(slots=True)
class Nightly:
    """The process under way, if there is one. `not_before` is on the monotonic clock."""

    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0
    started: list[str] = field(default_factory=list)

    def look(self, at: datetime) -> int:
        """Begin what is due, unless something is under way. Returns 0: the work is counted elsewhere."""
        plan = Plan.of_environment()
        if plan is None or self._busy() or time.monotonic() < self.not_before:
            return 0
        home = Home.current()
        backup, drill = traces.trace(home, traces.BACKUP), traces.trace(home, traces.DRILL)
        if backup_is_due(plan, backup, at):
            self._begin("backup", plan.folder, "--keep", str(plan.keep))
        elif drill_is_due(plan, backup, drill, at):
            self._begin("backup", "drill", plan.folder)
        return 0

    def _busy(self) -> bool:
        """Whether the process still runs. One that failed waits a while before the next."""
        if self.process is None:
            return False
        status = self.process.poll()
        if status is None:
            return True
        if status:
            self.not_before = time.monotonic() + AGAIN.total_seconds()
        self.process = None
        return False

    def _begin(self, *words: str) -> None:
        self.started = list(words)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "onedoor.site.cli", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
