"""The drill: a backup restored into a temporary, empty home, and everything about it proved there.

It says more than a look at the files: that the dump loads, that rows and chains are those of the backup, that the
keys of this home open what is in it, and, for an upgrade, that the new program can bring it up to date. The
temporary home has an embedded database of its own and is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from onedoor.core.refusals import Refused
from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home
from onedoor.site.backup import verify_files
from onedoor.site.proving import Proof, proved

#: Room left on the disk beside the restored copy, in bytes.
SPARE: Final = 1 << 30
#: What would lead the temporary home's commands to another database.
_ELSEWHERE: Final = (
    "ONEDOOR_DATABASE_URL",
    "ONEDOOR_APP_DATABASE_URL",
    "ONEDOOR_DATABASE_NAME",
    "ONEDOOR_DB_ROLE",
)


@dataclass(frozen=True, slots=True)
class Drilled:
    """What was proved, and how long it took."""

    source: Path
    files: int
    proof: Proof
    seconds: int


def drill(home: Home, source: Path, *, upgrade: bool = False) -> Drilled:
    """Restore `source` (a backup, or a folder of backups: then the newest) and prove it; with `upgrade` bring
    the copy up to the present program first.

    Raises Refused: not_a_backup, backup_damaged, no_room, drill_failed.
    """
    source = newest(source)
    began = time.monotonic()
    manifest = verify_files(source)
    _check_room(home, source, manifest)
    with _temporary(home) as copy:
        _onedoor(copy, "restore", str(source))
        if upgrade:
            _onedoor(copy, "migrate")
        proof = proved(_environment(copy), code="drill_failed")
    return Drilled(source, manifest["blobs"]["count"], proof, round(time.monotonic() - began))


def newest(folder: Path) -> Path:
    """The backup itself, or the newest of a folder of backups."""
    if (folder / "manifest.json").exists():
        return folder
    found = sorted(path.parent for path in folder.glob("onedoor-*/manifest.json"))
    if not found:
        raise Refused("not_a_backup", f"{folder} 里没有 onedoor backup 生成的备份，请核对目录。")
    return found[-1]


def _check_room(home: Home, source: Path, manifest: dict[str, Any]) -> None:
    files = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    needed = files + int(manifest.get("database_bytes", 0)) + SPARE
    free = shutil.disk_usage(home.root).free
    if free < needed:
        raise Refused(
            "no_room",
            f"演练要用约 {needed / 1024**3:.1f} GB 磁盘，只剩 {free / 1024**3:.1f} GB。请先清理或扩容。",
        )


@contextmanager
def _temporary(home: Home) -> Iterator[Home]:
    """An empty home with the keys of `home`; what a killed drill left is cleared away first."""
    copy = Home(home.root / "drill")
    _remove(copy)
    copy.keys.mkdir(mode=0o700, parents=True)
    try:
        for key in (home.master_key, home.anchor_key, home.database_passwords):
            if key.exists():
                shutil.copy2(key, copy.keys / key.name)
        yield copy
    finally:
        _remove(copy)


def _remove(copy: Home) -> None:
    if copy.pg.is_dir():
        EmbeddedCluster(copy).stop()
    shutil.rmtree(copy.root, ignore_errors=True)


def _environment(copy: Home) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return {**kept, "ONEDOOR_HOME": str(copy.root)}


def _onedoor(copy: Home, *words: str) -> None:
    """One of our own commands in the temporary home; its fault is the drill's."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "onedoor.site.cli", *words],
        env=_environment(copy),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Refused("drill_failed", f"恢复演练没有通过：onedoor {words[0]} 说：{said}")
