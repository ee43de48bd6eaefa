"""The clock benchmark: its shape, and a bound that only a lost fast path can break."""

from __future__ import annotations

from onedoor.site.bench.clock import run


def test_the_clock_is_far_ahead_of_a_loop_over_the_days() -> None:
    report = run(quick=True)
    assert report["bench"] == "clock"
    assert report["figures"]["equal"] is True
    # The gate stands in the bench; a busy machine blurs a short run, but not down to a search or a loop.
    assert report["ratio_to_naive"] == report["ratio"] >= 6
