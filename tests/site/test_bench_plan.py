"""The plan benchmark: its report, what it publishes and asks, and a small run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.packages.documents import read_package
from onedoor.site.bench import _plan_county
from onedoor.site.bench._plan_county import answers, document
from onedoor.site.bench.plan import GATE_MS, MEMBERS, measure, report
from tests.county import County


def test_the_plan_is_held_to_the_gate() -> None:
    good = report({"p95_ms": 5.0, "reference_p95_ms": 20.0, "items": 11})
    assert (good["ratio"], good["p95_ms"], good["within_gate"]) == (4.0, 5.0, True)
    assert good["figures"] == {"reference_p95_ms": 20.0, "items": 11}
    assert report({"p95_ms": GATE_MS + 0.1, "reference_p95_ms": 20.0})["within_gate"] is False


def test_the_package_has_conditions_and_an_order() -> None:
    package, problems = read_package(document([f"ITEM-{n}" for n in range(MEMBERS)], "scjg"))
    assert problems == ()
    assert len(package.members) == MEMBERS
    assert [bool(member.when) for member in package.members] == [bool(n % 2) for n in range(MEMBERS)]
    assert all(member.after == ("ITEM-0",) for member in package.members[1:])
    needed = [
        sum(conditions.holds(member.when, answers(turn)) for member in package.members) for turn in range(8)
    ]
    assert max(needed) == MEMBERS
    assert min(needed) < MEMBERS


def test_eleven_items_of_the_demo_county_make_a_package(
    county_db: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_plan_county, "PLANS", 4)
    found = _plan_county.measured(MEMBERS, 1)
    assert (found["items"], found["plans"]) == (MEMBERS, 4)
    assert found["questions"] > MEMBERS
    assert found["materials"] > MEMBERS
    assert found["p95_ms"] > 0


@pytest.mark.nightly
def test_a_small_run_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = measure(rounds=1)
    assert found["figures"]["items"] == MEMBERS
    assert found["figures"]["materials"] > 0
    assert list(tmp_path.glob("onedoor-bench-*")) == []
