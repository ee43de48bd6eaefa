"""A backup restores into an empty home, equal row by row; a damaged one, or a home in use, is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home, HomeFault
from onedoor.site import traces
from onedoor.site.backup import copy_anchors, prune, verify_files
from onedoor.site.nightly import Plan, backup_is_due, drill_is_due
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
    onedoor(home, "worker", "--once")
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


def test_the_drill_proves_a_backup_and_leaves_nothing(lived_in: Path, backup: Path) -> None:
    said = onedoor(lived_in, "backup", "drill", str(backup.parent))
    assert "恢复演练通过" in said
    assert "抽查能打开：办件 0 个" not in said
    assert "抽查能打开" in said
    assert not (lived_in / "drill").exists()
    left = traces.trace(Home(lived_in), traces.DRILL)
    assert left is not None
    assert left["facts"] > 0
    assert "fault" not in left


@pytest.mark.nightly
def test_the_drill_finds_keys_that_open_nothing(lived_in: Path, backup: Path, tmp_path: Path) -> None:
    other = Home(tmp_path).ensure()
    assert "密钥打不开" in onedoor(tmp_path, "backup", "drill", str(backup), status=1)
    left = traces.trace(other, traces.DRILL)
    assert left is not None
    assert "没有通过" in left["fault"]
    assert not (tmp_path / "drill").exists()


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for name in ("onedoor-20260101-020000", "onedoor-20260102-020000", "onedoor-20260103-020000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    (tmp_path / "onedoor-20250101-020000").mkdir()  # no backup: it has no manifest
    (tmp_path / "letters").mkdir()
    assert [path.name for path in prune(tmp_path, 2)] == ["onedoor-20260101-020000"]
    assert prune(tmp_path, 2) == []
    assert len(list(tmp_path.iterdir())) == 4


def test_anchors_made_during_a_backup_stay_out_of_it(tmp_path: Path) -> None:
    source, target = tmp_path / "anchors.jsonl", tmp_path / "copy.jsonl"
    source.write_text('{"number": 1}\n{"number": 2}\n{"number": 3}\n{"numb')
    copy_anchors(source, target, 2)
    assert target.read_text() == '{"number": 1}\n{"number": 2}\n'


@pytest.mark.nightly
def test_after_an_older_backup_anchoring_goes_on_only_once_filed(
    lived_in: Path, backup: Path, tmp_path: Path
) -> None:
    keys, home = tmp_path / "keys.json", tmp_path / "home"
    onedoor(lived_in, "user", "add", "laterman", "--role", "clerk")  # a fact the backup does not know
    onedoor(lived_in, "worker", "--once")
    onedoor(lived_in, "keys", "export", "--out", str(keys))
    onedoor(home, "keys", "import", str(keys))
    newer = (lived_in / "anchors/anchors.jsonl").read_bytes()
    (home / "anchors/anchors.jsonl").write_bytes(newer)
    onedoor(home, "restore", str(backup))
    assert (home / "anchors/anchors.jsonl").read_bytes() == newer
    onedoor(home, "user", "add", "somebody", "--role", "clerk")
    assert "onedoor journal resume" in onedoor(home, "worker", "--once", status=1)
    assert "签锚已停止" in onedoor(home, "doctor", status=1)
    assert "--yes" in onedoor(home, "journal", "resume", "--reason", "磁盘损坏", status=1)
    assert "--reason" in onedoor(home, "journal", "resume", "--yes", status=1)
    assert "已登记" in onedoor(home, "journal", "resume", "--reason", "磁盘损坏", "--yes")
    (kept,) = (home / "anchors").glob("anchors-set-aside-*")
    assert kept.read_bytes() == newer
    onedoor(home, "worker", "--once")
    assert "没有发现改动" in onedoor(home, "journal", "verify")
    assert "一致，不需要登记" in onedoor(home, "journal", "resume", "--reason", "x", "--yes", status=1)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


PLAN = Plan("/backups", keep=3, hour=2, minute=0, drill_days=30)


@pytest.mark.parametrize(
    ("last", "at", "due"),
    [
        (None, "2026-11-22T15:00", True),
        ({"at": _at("2026-11-22T02:00")}, "2026-11-22T15:00", False),
        ({"at": _at("2026-11-22T02:00")}, "2026-11-23T01:59", False),
        ({"at": _at("2026-11-22T02:00")}, "2026-11-23T02:00", True),
        ({"at": _at("2026-11-21T23:00")}, "2026-11-22T15:00", True),
        ({"at": _at("2026-11-22T02:00"), "fault": "x"}, "2026-11-22T02:30", False),
        ({"at": _at("2026-11-22T02:00"), "fault": "x"}, "2026-11-22T03:00", True),
    ],
)
def test_a_backup_falls_due_every_night(last: dict[str, object] | None, at: str, due: bool) -> None:
    assert backup_is_due(PLAN, last, _at(at)) is due


def test_a_drill_falls_due_after_its_days() -> None:
    made, at = {"at": _at("2026-11-22T02:00")}, _at("2026-11-22T03:00")
    assert drill_is_due(PLAN, made, None, at)
    assert not drill_is_due(PLAN, None, None, at)
    assert not drill_is_due(replace(PLAN, drill_days=0), made, None, at)
    assert not drill_is_due(PLAN, made, {"at": _at("2026-11-01T03:00")}, at)
    assert drill_is_due(PLAN, made, {"at": _at("2026-10-22T03:00")}, at)


@pytest.mark.parametrize("name", ["ONEDOOR_BACKUP_AT", "ONEDOOR_BACKUP_KEEP", "ONEDOOR_BACKUP_DRILL_DAYS"])
def test_a_plan_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert Plan.of_environment() is None
    monkeypatch.setenv("ONEDOOR_BACKUP_DIR", "/backups")
    assert Plan.of_environment() == replace(PLAN, keep=14)
    monkeypatch.setenv(name, "-1")
    with pytest.raises(HomeFault, match="HH:MM"):
        Plan.of_environment()
