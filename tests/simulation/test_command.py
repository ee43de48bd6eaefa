"""`onedoor simulate`, and the county that `onedoor up --demo` opens with."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from onedoor.core.instants import SHANGHAI
from onedoor.domain.cases import queries
from onedoor.domain.cases.terms import Turn
from onedoor.site.cli import main
from onedoor.site.commands import simulate
from onedoor.site.demo.life import live_until
from tests.county import County
from tests.factories.cases import staff


def test_the_command_tells_what_was_done(
    county: County, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "PROGRESS_SECONDS", 0.0)
    assert main(["simulate", "--days", "2", "--cases-per-day", "8", "--until", "2026-09-18"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^2026-09-17　收件 1，办理 1 次，每秒 \d+ 件$", said, re.MULTILINE)
    filed = re.search(r"^收件　　　(\d+)（其中网上 \d+）$", said, re.MULTILINE)
    assert filed is not None
    submitted = sum(queries.stage_counts(staff("ducha")).values())
    assert int(filed[1]) == submitted > 10
    for row in ("受理", "补正", "不予受理", "决定", "有超时", "评价", "平均用时"):
        assert re.search(rf"^{row}　", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        (["--days", "0", "--cases-per-day", "5"], 2, "应为 1 到"),
        (["--days", "3", "--cases-per-day", "many"], 2, "应为 1 到"),
        (["--days", "3", "--cases-per-day", "5", "--until", "2999-01-01"], 1, "--until"),
        (["--days", "3", "--cases-per-day", "5", "--until", "0001-01-01"], 1, "--until"),
        (["--days", "3", "--cases-per-day", "5", "--until", "soon"], 1, "日期"),
    ],
)
def test_wrong_options_are_explained(
    options: list[str], status: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        found = main(["simulate", *options])
    except SystemExit as ended:
        found = int(ended.code or 0)
    assert found == status
    assert word in capsys.readouterr().err


def test_everyone_has_work_when_the_demo_opens(county: County) -> None:
    opening = datetime(2026, 9, 18, 10, 0, tzinfo=SHANGHAI)
    tally = live_until(opening, county.tenant_id)
    turns = {
        "chuangkou": Turn.ACCEPT,
        "jiangyx": Turn.REVIEW,
        "yinby": Turn.DECIDE,
        "chujian": Turn.MAKE,
    }
    waiting = {username: queries.inbox_counts(staff(username))[turn] for username, turn in turns.items()}
    assert min(waiting.values()) > 0, waiting
    assert queries.inbox_counts(staff("chujian"))[Turn.DELIVER] > 0
    assert tally.overdue > 0
    assert len(queries.stage_counts(staff("ducha"))) >= 8
