"""`make nightly` runs every test once, those that need the machine for themselves last; either part can fail it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import REPOSITORY

SETTINGS = """
[tool.pytest.ini_options]
addopts = ["-m", "not nightly"]
markers = ["nightly: x", "alone: x"]
"""
#: No plugin but the one that matters: each takes its time to load.
QUICK = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
CONFTEST = """
from tests import progress

progress.PAUSE = 0.1

def pytest_configure(config):
    config.pluginmanager.register(progress.Progress(config))
"""
TESTS = """
import os, time, pytest
from pathlib import Path
from tests.progress import note

def ran(name):
    with Path("ran").open("a") as file:
        file.write(f"{name} {'alone' if 'PYTEST_XDIST_WORKER' not in os.environ else 'beside'}\\n")

def test_short():
    ran("short")

@pytest.mark.nightly
def test_long():
    ran("long")
    note("half of it")
    time.sleep(0.3)
    assert os.environ["BREAK"] != "long"

@pytest.mark.alone
def test_bench():
    ran("bench")

@pytest.mark.alone
@pytest.mark.nightly
def test_kills():
    ran("kills")
    note("7 of 9")
    time.sleep(0.3)
    assert os.environ["BREAK"] != "kills"
"""


@pytest.mark.parametrize("broken", ["", "long", "kills"])
def test_the_night_has_two_parts_and_one_verdict(tmp_path: Path, broken: str) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_all.py").write_text(TESTS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts/nightly.py"],
        cwd=tmp_path,
        env=kept | QUICK | {"BREAK": broken, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    ran = (tmp_path / "ran").read_text().split("\n")[:-1]
    assert sorted(ran[:2]) == ["long beside", "short beside"]
    assert sorted(ran[2:]) == ["bench alone", "kills alone"]
    # Whoever waits is told where the long tests are, and of no others.
    assert set(re.findall("… (?:gw. · )?test_all.py::(.*)", done.stderr)) == {
        "test_long · 0 min · half of it",
        "test_kills · 0 min · 7 of 9",
    }
    assert done.returncode == (1 if broken else 0)
    assert re.findall("未通过：(.*)", done.stdout) == ([f"test_all.py::test_{broken}"] if broken else [])
    assert ("全部通过" in done.stdout) == (not broken)
    passed, failed = (4, 0) if not broken else (3, 1)
    assert sum(map(int, re.findall(r"(\d+) 项通过", done.stdout))) == passed
    assert sum(map(int, re.findall(r"(\d+) 项失败", done.stdout))) == failed
