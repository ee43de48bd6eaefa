"""A backup restores into an empty home, equal row by row; a damaged one, or a home in use, is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home
from onedoor.site.backup import verify_files
from tests.cluster import REPOSITORY

pytestmark = pytest.mark.slow


def onedoor(home: Path, *words: str, status: int = 0) -> str:
    """Run a command on a home of its own; returns what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEDOOR_")}
    done = subprocess.run(
        [sys.executable, "-m", "onedoor.site.cli", *words],
        cwd=REPOSITORY,
        env={**environment, "ONEDOOR_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo county in it."""
    home = tmp_path_factory.mktemp("home")
    onedoor(home, "migrate")
    onedoor(home, "demo")
    Home(home).blobs.joinpath("ab").mkdir()
    Home(home).blobs.joinpath("ab", "ab12").write_bytes(b"sealed")
    return home


@pytest.fixture(scope="module")
def backup(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    target = tmp_path_factory.mktemp("backups")
    assert "已备份到" in onedoor(lived_in, "backup", str(target))
    (made,) = target.iterdir()
    return made


def test_restored_is_what_was_backed_up(lived_in: Path, backup: Path, tmp_path: Path) -> None:
    keys, home = tmp_path / "keys.json", tmp_path / "home"
    assert "先用 onedoor keys import" in onedoor(home, "restore", str(backup), status=1)
    onedoor(lived_in, "keys", "export", "--out", str(keys))
    onedoor(home, "keys", "import", str(keys))
    assert "逐表核对一致" in onedoor(home, "restore", str(backup))
    assert (home / "blobs/ab/ab12").read_bytes() == b"sealed"
    onedoor(home, "journal", "verify")
    assert "全部一致" in onedoor(home, "projections", "check")
    assert "不会覆盖" in onedoor(home, "restore", str(backup), status=1)


@pytest.mark.parametrize("name", ["database.dump", "blobs/ab/ab12", "manifest.json"])
def test_a_damaged_backup_is_refused(backup: Path, name: str) -> None:
    path = backup / name
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(Refused, match=r"backup_damaged|not_a_backup"):
            verify_files(backup)
    finally:
        path.write_bytes(whole)
    verify_files(backup)
