"""The search benchmark: its report, what it asks, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.domain.catalog.spelling import spell
from onedoor.site.bench._search_county import _NONSENSE, Original, multiplied, queries
from onedoor.site.bench.search import GATE_MS, measure, report

ORIGINALS = [
    Original(1, "FOOD", "食品经营许可新办", "开饭店", ("饭店", "餐馆")),
    Original(2, "CARD", "社会保障卡申领", "", ("社保卡",)),
]


def test_the_search_is_held_to_the_gate() -> None:
    good = report({"p95_ms": 4.0, "reference_p95_ms": 40.0, "found": 0.9})
    assert (good["ratio"], good["p95_ms"], good["within_gate"]) == (10.0, 4.0, True)
    assert good["figures"] == {"reference_p95_ms": 40.0, "found": 0.9}
    assert report({"p95_ms": GATE_MS + 0.1, "reference_p95_ms": 40.0})["within_gate"] is False


def test_items_are_multiplied_under_codes_and_names_of_their_own() -> None:
    copies = multiplied(ORIGINALS, 100)
    assert len(copies) == 98
    assert len({code for _, code, _ in copies}) == len({name for _, _, name in copies}) == 98
    assert all(code.startswith(one.code) and name.startswith(one.name) for one, code, name in copies)
    assert multiplied(ORIGINALS, 1) == []


def test_the_same_queries_are_asked_every_time() -> None:
    asked = queries(ORIGINALS, spell, 40)
    assert asked == queries(ORIGINALS, spell, 40)
    texts = {one.text for one in asked}
    assert {"我要社保卡", "shebaoka", *_NONSENSE} <= texts
    assert {one.code for one in asked} == {"FOOD", "CARD", ""}


@pytest.mark.nightly
def test_a_small_run_beats_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = measure(items=1_000, rounds=1)
    assert found["figures"]["items"] == 1_000
    assert found["figures"]["found"] > found["figures"]["reference_found"]
    assert found["figures"]["nothing_for_nonsense"] == 1
    assert list(tmp_path.glob("onedoor-bench-*")) == []
