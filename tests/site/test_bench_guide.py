"""The benchmark of printed guides: its report, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.site.bench.guide import GATE_MS, KINDS, Plan, Round, measure, report


def taken(guide: float, foreign: float = 0.0) -> Round:
    times = {kind: [0.02] * 20 for kind in KINDS} | {"guide": [guide] * 20}
    return Round(times, dict.fromkeys(KINDS, 0.01), foreign)


def test_the_printed_guide_is_held_to_the_gate() -> None:
    good = report([taken(0.1), taken(0.1)], 20)
    assert (good["p95_ms"], good["within_gate"], good["ratio"]) == (100.0, True, 5.0)
    assert (good["figures"]["page p95_ms"], good["figures"]["guide cpu_ms"]) == (20.0, 10.0)
    assert good["disturbed"] is False
    assert report([taken(GATE_MS / 1e3 + 0.001)], 20)["within_gate"] is False
    assert report([taken(0.1, foreign=0.5)], 20)["disturbed"] is True


@pytest.mark.alone
@pytest.mark.nightly
def test_a_small_run_prints_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = measure(Plan(rounds=1, spare=0, items=3))
    assert found["figures"]["items"] == 3
    assert all(found["figures"][f"{kind} p50_ms"] > 0 for kind in KINDS)
    assert found["ratio"] > 1
    assert list(tmp_path.glob("onedoor-bench-*")) == []
