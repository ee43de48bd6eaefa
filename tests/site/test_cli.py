"""The command finds its subcommands, speaks Chinese, and says in one sentence what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from onedoor.plumbing.home import Home
from onedoor.site.cli import COMMANDS, main
from onedoor.site.commands import bench


def _onedoor(*words: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "onedoor.site.cli", *words],
        env={**os.environ, "ONEDOOR_HOME": str(home)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_chinese(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main([name, "--help"])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr().out
    assert status == 0
    assert any("一" <= letter <= "鿿" for letter in said)


def test_every_listed_command_has_its_module_and_no_module_is_unlisted() -> None:
    folder = Path(bench.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert modules == set(COMMANDS)


def test_an_unknown_command_is_answered_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    said = capsys.readouterr().err
    assert "fly" in said
    assert "doctor" in said


def test_no_command_at_all_is_wrong_use() -> None:
    assert main([]) == 2


def test_due_loads_no_django(tmp_path: Path) -> None:
    program = (
        "import sys; from onedoor.site.cli import main;"
        "main(['due', '--accepted', '2026-09-30', '--days', '5']);"
        "sys.exit('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2026-10-13" in done.stdout


def test_a_command_without_a_database_names_the_mend(tmp_path: Path) -> None:
    done = _onedoor("journal", "verify", home=tmp_path / "none")
    assert done.returncode == 1
    assert "onedoor up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


def test_keys_travel_to_a_new_home(tmp_path: Path) -> None:
    old, new, file = Home(tmp_path / "old").ensure(), Home(tmp_path / "new"), tmp_path / "keys.json"
    assert _onedoor("keys", "export", "--out", str(file), home=old.root).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert _onedoor("keys", "export", "--out", str(file), home=old.root).returncode == 1
    assert _onedoor("keys", "import", str(file), home=new.root).returncode == 0
    assert new.master() == old.master()
    assert new.passwords() == old.passwords()
    again = _onedoor("keys", "import", str(file), home=new.root)
    assert again.returncode == 1
    assert "不会覆盖" in again.stderr


def test_keys_export_of_an_empty_home_makes_nothing(tmp_path: Path) -> None:
    done = _onedoor("keys", "export", home=tmp_path / "none")
    assert done.returncode == 1
    assert not (tmp_path / "none").exists()


def test_bench_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "clock", "--json", "--quick"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["bench"] == "clock"
    assert {"reference", "ratio", "figures"} <= result.keys()


def test_an_unknown_bench_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "nothing"]) == 1
    assert "clock" in capsys.readouterr().err
