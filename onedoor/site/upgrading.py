"""An upgrade that can be undone: looked at, backed up, rehearsed on the backup, and only then done.

The rehearsal restores the backup into a temporary home and migrates that. A migration that fails, or that leaves
chains or derived tables wrong, is therefore found before the tables in use are touched.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from onedoor.core.refusals import Refused
from onedoor.plumbing.database.settings import uses_embedded
from onedoor.plumbing.home import Home
from onedoor.site import traces
from onedoor.site.backup import back_up
from onedoor.site.checkup import Section
from onedoor.site.drill import drill
from onedoor.site.migrations import Standing, standing
from onedoor.site.proving import proved
from onedoor.site.supervisor import healthy

#: Faults that must be mended first; others an upgrade neither makes worse nor needs.
HINDRANCES: Final = frozenset(
    {"数据目录", "主密钥", "磁盘空间", "页面文件", "数据库服务器", "断电保护", "系统时钟", "锚点"}
)
TRIAL_SECONDS: Final = 120.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was applied (names of migrations), and the backup from before; None if there was nothing to do."""

    applied: tuple[str, ...]
    backup: Path | None


def looked_over(sections: Iterable[Section]) -> Standing:
    """What waits. Raises Refused: not_sound (mend first), database_newer (this program is the older one)."""
    faults = [
        f"{finding.name}：{finding.detail}。{finding.mend}"
        for section in sections
        for finding in section.findings
        if not finding.well and finding.name in HINDRANCES
    ]
    if faults:
        raise Refused("not_sound", "请先解决这些问题再升级：\n  " + "\n  ".join(faults))
    found = standing()
    if found.unknown:
        raise Refused(
            "database_newer",
            f"数据比这个程序新（{'、'.join(found.unknown[:3])}），不能用旧程序打开。请换回升级后的程序。",
        )
    return found


def upgrade(home: Home, found: Standing, *, folder: Path, at: datetime, say: Say) -> Upgraded:
    """Bring the tables up to the program and prove that everything still holds; the product must be stopped.

    Raises Refused with the way back in its detail.
    """
    backup: Path | None = None
    if found.waiting:
        say(f"备份到 {folder}……")
        backup = back_up(home, folder, at=at)
        say("在备份的副本上试升级……")
        _rehearse(home, backup)
    try:
        if found.waiting:
            say(f"升级数据表（{len(found.waiting)} 项）……")
            _migrate()
        say("核对记录链、锚点和派生数据……")
        proved(_as_application(), code="upgrade_failed")
        say("试启动……")
        _try_start(home)
    except Refused as fault:
        if backup is None:
            raise
        back = way_back(home, backup)
        traces.leave(home, traces.UPGRADE, {"fault": fault.detail[:300], "way_back": back}, at=at)
        raise Refused("upgrade_failed", f"{fault.detail}\n{back}") from fault
    traces.leave(home, traces.UPGRADE, {"applied": len(found.waiting)}, at=at)
    return Upgraded(found.waiting, backup)


def way_back(home: Home, backup: Path) -> str:
    """How to return to what was before, in words."""
    aside = home.root.with_name(f"{home.root.name}-upgrade-failed")
    program = "换回升级前的程序"
    if not uses_embedded():
        program += "，并把 ONEDOOR_DATABASE_URL 指向一个新建的空数据库"
    return (
        "退回升级前的办法：\n"
        f"  1. mv {home.root} {aside}\n"
        f"  2. mkdir -m 700 {home.root} && cp -a {aside}/keys {home.root}/keys\n"
        f"  3. {program}\n"
        f"  4. ONEDOOR_HOME={home.root} onedoor restore {_after_move(home, backup, aside)}\n"
        "  5. onedoor up"
    )


def _after_move(home: Home, backup: Path, aside: Path) -> Path:
    """Where the backup lies once the home has been moved."""
    return aside / backup.relative_to(home.root) if backup.is_relative_to(home.root) else backup.absolute()


def _rehearse(home: Home, backup: Path) -> None:
    try:
        drill(home, backup, upgrade=True)
    except Refused as fault:
        raise Refused(
            "rehearsal_failed",
            f"试升级没有成功，正在使用的数据没有改动，旧程序可以照常使用。备份在 {backup}。\n{fault.detail}",
        ) from fault


def _migrate() -> None:
    done = subprocess.run(
        [*_ONEDOOR, "migrate"],
        env=_as_application(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused("upgrade_failed", f"升级数据表没有成功：{(done.stderr or done.stdout).strip()[-2000:]}")


def _try_start(home: Home) -> None:
    """Start everything on a port nobody knows, wait until it answers, stop it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [*_ONEDOOR, "up", "--port", str(port), "--workers", "1"],
        env=_as_application(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + TRIAL_SECONDS
    well = False
    while not well and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        well = healthy(f"http://127.0.0.1:{port}")
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate()
    if not well:
        raise Refused("upgrade_failed", f"升级后的程序不能启动：{said.strip()[-2000:]}")


def _as_application() -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("ONEDOOR_DB_ROLE", None)
    return environment


_ONEDOOR: Final = [sys.executable, "-P", "-m", "onedoor.site.cli"]
