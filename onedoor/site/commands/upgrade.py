"""`onedoor upgrade`: the tables brought up to a new program, with a backup, a rehearsal and a way back."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home
from onedoor.site.commands._django import database
from onedoor.site.record import running
from onedoor.site.service import NAME, place, systemctl, systemd_runs


def run(argv: list[str]) -> int:
    """Upgrade; a service that runs is stopped before and started after."""
    options = parser().parse_args(argv)
    home = Home.current()
    if options.dry_run:
        return _look(home)
    service = _stop_service(home)
    try:
        status = _upgrade(home, options.backup)
    except BaseException:
        if service is not None:
            print("服务没有重新启动。")
        raise
    if service is None:
        print("请运行 onedoor up 启动。")
    else:
        systemctl(service, "start", NAME)
        print("服务已启动。")
    return status


def parser() -> argparse.ArgumentParser:
    """What `onedoor upgrade` takes."""
    made = argparse.ArgumentParser(
        "onedoor upgrade",
        description=(
            "换上新程序以后运行：检查、备份、在副本上试升级、升级数据表、核对记录和派生数据、试启动。"
            "有问题时停下并给出退回的办法。可重复执行。"
        ),
    )
    made.add_argument("--dry-run", action="store_true", help="只检查并列出要做的升级，不改动数据")
    made.add_argument(
        "--backup",
        type=Path,
        metavar="目录",
        help="备份放在哪里，默认 ONEDOOR_BACKUP_DIR 或数据目录下的 backups",
    )
    return made


def _look(home: Home) -> int:
    with database():
        from onedoor.site.checkup import sections
        from onedoor.site.upgrading import looked_over

        found = looked_over(sections(home))
    if not found.waiting:
        print("数据表已是当前版本，没有要做的升级。")
        return 0
    print(f"检查通过。要做 {len(found.waiting)} 项升级：")
    print("\n".join(f"  {name}" for name in found.waiting))
    return 0


def _upgrade(home: Home, folder: Path | None) -> int:
    named = os.environ.get("ONEDOOR_BACKUP_DIR", "").strip()
    folder = folder or (Path(named) if named else home.root / "backups")
    with database():
        from django.db import connections

        from onedoor.site.checkup import sections
        from onedoor.site.upgrading import looked_over, upgrade

        print("检查……", flush=True)
        found = looked_over(sections(home))
        connections.close_all()
        done = upgrade(home, found, folder=folder, at=datetime.now(UTC), say=_say)
    if done.backup is None:
        print("数据表已是当前版本，核对一致。")
    else:
        print(f"升级完成：{len(done.applied)} 项。升级前的备份在 {done.backup}。")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _stop_service(home: Home) -> bool | None:
    """Stop what runs here if it is a service; whether it is the user's own, None if nothing ran.

    Raises Refused("still_running") for a product started by hand.
    """
    record = running(home)
    if record is None:
        return None
    for of_user in (False, True):
        if systemd_runs() and place(of_user).exists():
            active = systemctl(of_user, "show", "--property=MainPID", "--value", NAME).stdout.strip()
            if active == str(record["pid"]):
                print("停止服务……", flush=True)
                systemctl(of_user, "stop", NAME)
                return of_user
    raise Refused(
        "still_running",
        f"系统正在运行（进程 {record['pid']}）。请先停止它：kill {record['pid']}，再运行 onedoor upgrade。",
    )
