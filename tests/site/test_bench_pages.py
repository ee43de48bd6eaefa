"""The page benchmark: its report, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.site.bench._pages_county import Visit, Visits
from onedoor.site.bench.pages import GATE_MS, Plan, Round, _calmest, measure, report, share


def visits(*names: str) -> Visits:
    return Visits([Visit(name, f"/{name}", "") for name in names], 7, 9)


def taken(foreign: float, **times: float) -> Round:
    return Round({name: [time] * 20 for name, time in times.items()}, dict.fromkeys(times, 0.01), foreign)


def test_the_slowest_page_is_held_to_the_gate() -> None:
    good = report(visits("a", "b"), [taken(0.0, healthz=0.001, a=0.02, b=0.1)])
    assert (good["slowest"], good["slowest_ms"], good["within_gate"]) == ("b", 100.0, True)
    assert good["ratio"] == 100
    assert (good["most_cpu_ms"], good["disturbed"]) == (10.0, False)
    assert good["figures"]["a p95_ms"] == 20
    assert (good["figures"]["cases"], good["figures"]["facts"]) == (7, 9)
    slow = report(visits("a"), [taken(0.0, healthz=0.001, a=GATE_MS / 1e3 + 0.001)])
    assert slow["within_gate"] is False
    assert report(visits("a"), [taken(0.9, healthz=0.001, a=0.01)])["disturbed"] is True


def test_one_slow_answer_in_twenty_counts() -> None:
    assert share([0.01] * 19 + [0.5], 0.95) == 0.5
    assert share([0.01] * 39 + [0.5], 0.95) == 0.01


def test_disturbed_rounds_give_way_to_calm_ones() -> None:
    rounds = iter(
        [taken(0.5, healthz=1), taken(0.1, healthz=1), taken(0.0, healthz=1), taken(0.0, healthz=1)]
    )
    assert [one.foreign for one in _calmest(2, rounds)] == [0.0, 0.1]
    assert len(list(rounds)) == 1


@pytest.mark.alone
@pytest.mark.nightly
def test_a_small_run_opens_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = measure(Plan(rounds=1, spare=0, requests=2, cases=12_000))
    assert found["figures"]["cases"] >= 12_000
    assert found["figures"]["facts"] > found["figures"]["cases"]
    assert found["figures"]["decide form p95_ms"] > 0
    assert found["ratio"] > 1
    assert list(tmp_path.glob("onedoor-bench-*")) == []
