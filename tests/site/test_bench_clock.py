"""The clock benchmark: its shape, and the gate; both sides are measured in processor time, so load does not blur it."""

from __future__ import annotations

import pytest

from onedoor.site.bench.clock import run


@pytest.mark.alone
def test_the_clock_is_far_ahead_of_a_loop_over_the_days() -> None:
    report = run(quick=True)
    assert report["bench"] == "clock"
    assert report["figures"]["equal"] is True
    assert report["ratio_to_naive"] == report["ratio"] >= 20
