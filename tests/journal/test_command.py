"""`onedoor journal`, as an operator runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onedoor.domain.journal import tasks
from onedoor.domain.journal.terms import FactRow

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(own_database: str, tmp_path: Path) -> Command:
    """Run the command on this test's database, with an anchor file that does not exist elsewhere."""
    anchors = tmp_path / "anchors.jsonl"
    anchors.touch()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        more = ["--anchors", str(anchors)] if words[0] == "verify" and "--anchors" not in words else []
        return subprocess.run(
            [sys.executable, "-m", "onedoor.site.cli", "journal", *words, *more],
            env={**os.environ, "ONEDOOR_DATABASE_NAME": own_database},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_verify_counts_and_then_names_the_fault(
    command: Command, superuser_connection: psycopg.Connection[Any], append: Callable[..., list[FactRow]]
) -> None:
    rows = append(3)
    tasks.sequence()
    done = command("verify", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["sound"], found["streams"], found["facts"], found["faults"]) == (True, 1, 3, [])

    superuser_connection.execute("UPDATE journal_fact SET principal = 'user:9' WHERE seq = 2")
    done = command("verify", "--json")
    assert done.returncode == 1
    (fault,) = json.loads(done.stdout)["faults"]
    assert (fault["kind"], fault["stream_id"], fault["seq"]) == ("edited", str(rows[0].stream_id), 2)
    plain = command("verify")
    assert plain.returncode == 1
    assert f"记录链 {rows[0].stream_id} 第 2 条" in plain.stdout


def test_a_copy_that_is_not_there_is_refused(command: Command, tmp_path: Path) -> None:
    done = command("verify", "--anchors", str(tmp_path / "nowhere.jsonl"))
    assert done.returncode == 1
    assert "找不到锚点文件" in done.stderr


def test_the_public_key_is_shown(command: Command) -> None:
    done = command("key")
    assert done.returncode == 0
    assert done.stdout.startswith("-----BEGIN PUBLIC KEY-----\n")
