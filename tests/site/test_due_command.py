"""`onedoor due`, run in process, and once as a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from onedoor.site.commands.due import run


def answer(capsys: pytest.CaptureFixture[str], words: str) -> Any:
    assert run([*words.split(), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("accepted", "days", "expected"),
    [
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-09-18", 3, "2026-09-22"),
        ("2026-09-18", 0, "2026-09-18"),
    ],
)
def test_the_due_date_is_all_that_is_printed(
    capsys: pytest.CaptureFixture[str], accepted: str, days: int, expected: str
) -> None:
    assert run(["--accepted", accepted, "--days", str(days)]) == 0
    assert capsys.readouterr().out == f"{expected}\n"


def test_json_explains_every_day(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--accepted 2026-09-18 --days 2 --pause 2026-09-20:2026-09-21")
    assert found == {
        "due": "2026-09-22",
        "provisional": False,
        "calendar_version": 1,
        "days": [
            {"date": "2026-09-19", "status": "weekend"},
            {"date": "2026-09-20", "status": "make_up"},
            {"date": "2026-09-21", "status": "paused"},
            {"date": "2026-09-22", "status": "counted"},
        ],
    }


def test_explaining_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--accepted", "2026-09-18", "--days", "1", "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["2026-09-20", "2026-09-19 周六 周末，不计", "2026-09-20 周日 调休上班，计入"]


def test_pauses_may_be_many(capsys: pytest.CaptureFixture[str]) -> None:
    words = "--accepted 2026-04-07 --days 5 --pause 2026-04-10:2026-04-16 --pause 2026-04-08:2026-04-14"
    assert answer(capsys, words)["due"] == "2026-04-22"


def test_an_open_pause_has_no_due_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--accepted 2026-04-07 --days 5 --pause 2026-04-08:")["due"] is None
    assert run(["--accepted", "2026-04-07", "--days", "5", "--pause", "2026-04-08:"]) == 0
    assert "暂停中" in capsys.readouterr().out


def test_a_year_without_notice_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--accepted 2027-03-01 --days 5")["provisional"] is True
    assert run(["--accepted", "2027-03-01", "--days", "5"]) == 0
    assert "暂定" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--accepted 2026-09-26 --days 7 --unit calendar", "2026-10-03"),
        ("--accepted 2026-09-30T16:30 --days 24 --unit hours", "2026-10-01T16:30:00+08:00"),
        ("--accepted 2026-09-18T11:00 --days 10 --unit working-hours", "2026-09-20T15:00:00+08:00"),
    ],
)
def test_other_units(capsys: pytest.CaptureFixture[str], words: str, expected: str) -> None:
    assert answer(capsys, words)["due"] == expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--days 5",
        "--accepted 2026-09-30",
        "--accepted",
        "--accepted 2026-02-30 --days 5",
        "--accepted 2026-09-30 --days five",
        "--accepted 2026-09-30 --days -1",
        "--accepted 2026-09-30 --days 5 --unit weeks",
        "--accepted 2026-09-30 --days 5 --unit hours",
        "--accepted 2026-09-30 --days 5 --pause 2026-10-01",
        "--accepted 2026-09-30 --days 5 --pause 2026-10-09:2026-10-01",
        "--accepted 2026-09-30 --days 5 --json=yes",
        "--accepted 2026-09-30 --days 5 --holidays none",
        "--accepted 9995-09-30 --days 5",
    ],
)
def test_mistakes_are_explained_in_chinese(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert run(words.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("错误：")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "--accepted" in capsys.readouterr().out


def test_it_loads_no_django() -> None:
    program = (
        "import sys; from onedoor.site.commands.due import run;"
        "run(['--accepted', '2026-09-30', '--days', '5']);"
        "sys.exit(any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "2026-10-13\n")
