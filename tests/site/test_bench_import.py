"""The import benchmark: its report, what it imports, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.site.bench._import_county import multiplied
from onedoor.site.bench.import_ import GATE_SECONDS, measure, report
from onedoor.site.commands.bench import available

TOLD = {"items": 500, "seconds": 4.0, "reference_seconds": 1.6}


def test_the_import_is_held_to_the_gate() -> None:
    good = report(TOLD)
    assert (good["ratio"], good["figures"]["seconds_for_5000"], good["within_gate"]) == (2.5, 40.0, True)
    assert good["gate_seconds"] == GATE_SECONDS
    assert report({**TOLD, "seconds": 6.1})["within_gate"] is False


def test_it_is_called_by_the_word_of_the_contract() -> None:
    assert "import" in available()
    assert "import_" not in available()


def test_items_are_multiplied_under_codes_and_names_of_their_own() -> None:
    originals = [{"code": "A", "name": "甲"}, {"code": "B" * 64, "name": "乙"}]
    first, second = multiplied(originals, 50, 1), multiplied(originals, 50, 2)
    assert len({each["code"] for each in (*first, *second)}) == 100
    assert all(len(each["code"]) <= 64 for each in first)


@pytest.mark.nightly
def test_a_small_run_takes_every_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = measure(items=200, rounds=1)
    assert found["figures"]["items"] == 200
    assert found["ratio"] > 0
    assert list(tmp_path.glob("onedoor-bench-*")) == []
