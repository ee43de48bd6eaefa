"""An upgrade keeps the data, is rehearsed before it touches anything, names the way back, and never goes backwards.

The newer program is the present one with a planted room beside it, whose migration does good or fails.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from onedoor.plumbing.home import Home
from onedoor.site import traces
from tests.cluster import REPOSITORY

pytestmark = pytest.mark.slow

SETTINGS = "from onedoor.site.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'planted']\n"
MIGRATION = """
import os
from django.db import migrations

def fill(apps, editor):
    mode = os.environ["PLANTED"]
    if mode == "fails" or (mode == "fails_live" and not os.environ["ONEDOOR_HOME"].endswith("/drill")):
        raise RuntimeError("planted fault")
    editor.execute("INSERT INTO planted_count SELECT count(*) FROM journal_fact")

class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL("CREATE TABLE planted_count (facts bigint)"),
        migrations.RunPython(fill),
    ]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home set up by the present program, with a county in it."""
    folder = tmp_path_factory.mktemp("upgrade")
    home = folder / "home"
    onedoor(home, "migrate")
    (folder / "county.yaml").write_text(onedoor(home, "county", "template"), "utf-8")
    onedoor(home, "county", "load", str(folder / "county.yaml"))
    return home


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the planted room lies."""
    folder = tmp_path_factory.mktemp("newer")
    room = folder / "planted"
    (room / "migrations").mkdir(parents=True)
    (room / "__init__.py").touch()
    (room / "migrations/__init__.py").touch()
    (room / "migrations/0001_initial.py").write_text(MIGRATION)
    (folder / "newer_settings.py").write_text(SETTINGS)
    return folder


def onedoor(home: Path, *words: str, status: int = 0, newer: Path | None = None, mode: str = "good") -> str:
    """A command of the present program, or of the newer one."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEDOOR_")}
    environment |= {"ONEDOOR_HOME": str(home), "PLANTED": mode, "PYTHONPATH": str(REPOSITORY)}
    if newer is not None:
        environment |= {
            "DJANGO_SETTINGS_MODULE": "newer_settings",
            "PYTHONPATH": f"{newer}{os.pathsep}{REPOSITORY}",
        }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "onedoor.site.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def _backups(home: Path) -> list[Path]:
    return sorted((home / "backups").glob("onedoor-*"))


@pytest.mark.nightly
def test_a_migration_that_fails_is_found_before_anything_is_touched(home: Path, newer: Path) -> None:
    assert "planted.0001_initial" in onedoor(home, "upgrade", "--dry-run", newer=newer)
    said = onedoor(home, "upgrade", newer=newer, mode="fails", status=1)
    assert "正在使用的数据没有改动" in said
    (backup,) = _backups(home)
    assert str(backup) in said
    assert not (home / "drill").exists()
    # The old program finds its tables as they were.
    assert "没有要做的升级" in onedoor(home, "upgrade", "--dry-run")


@pytest.mark.nightly
def test_a_fault_after_the_rehearsal_names_the_way_back(home: Path, newer: Path) -> None:
    said = onedoor(home, "upgrade", newer=newer, mode="fails_live", status=1)
    assert "退回升级前的办法" in said
    assert _backups(home)[-1].name in said
    left = traces.trace(Home(home), traces.UPGRADE)
    assert left is not None
    assert "退回升级前的办法" in left["way_back"]
    assert "没有要做的升级" in onedoor(home, "upgrade", "--dry-run")
    facts = onedoor(home, "journal", "verify")
    _take_the_way_back(said, home)
    assert onedoor(home, "journal", "verify") == facts
    assert "没有要做的升级" in onedoor(home, "upgrade", "--dry-run")


def _take_the_way_back(said: str, home: Path) -> None:
    """Do what the message says, word for word; the old program is the one that does not know the planted room."""
    steps = [line.split(". ", 1)[1] for line in said.splitlines() if line.strip()[:2] in ("1.", "2.", "4.")]
    assert len(steps) == 3
    for step in steps[:2]:
        subprocess.run(step, shell=True, check=True)
    words = shlex.split(steps[2])
    assert words[:3] == [f"ONEDOOR_HOME={home}", "onedoor", "restore"]
    onedoor(home, *words[2:])


@pytest.mark.nightly
def test_an_upgrade_keeps_the_data_and_is_not_done_twice(home: Path, newer: Path) -> None:
    before = onedoor(home, "journal", "verify")
    backups = len(_backups(home))
    assert "升级完成：1 项" in onedoor(home, "upgrade", newer=newer)
    assert len(_backups(home)) == backups + 1
    assert onedoor(home, "journal", "verify").split("，")[1] == before.split("，")[1]
    assert "已是当前版本" in onedoor(home, "upgrade", newer=newer)
    assert len(_backups(home)) == backups + 1
    left = traces.trace(Home(home), traces.UPGRADE)
    assert left is not None
    assert "fault" not in left
    # The old program refuses what the new one has made.
    for words in (["upgrade"], ["migrate"], ["up", "--port", "18317"]):
        assert "数据比这个程序新" in onedoor(home, *words, status=1)
    assert "本程序不认识" in onedoor(home, "doctor", status=1)
