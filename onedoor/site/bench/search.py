"""`onedoor bench search`: finding items among 5,000, beside a scan of the table by the database.

In a temporary installation the demo county's items are multiplied until there are 5,000. Queries are made of their own
words: whole names and parts of them, 我要 with an everyday word, pinyin, initials, all of these with slips, and
nonsense. Each is put to the catalogue as a page puts it, with its look whether the index is still right, and in turn to
the database as `LIKE` over name, everyday words, pinyin and initials. `p95_ms` is the median over the rounds of what 95
of 100 searches did not exceed and should not exceed `gate_ms`; `ratio` says how many times longer the scan takes at its
own p95. `found` and `reference_found` tell what share of the queries that mean an item have one of its kind among the
first five.
"""

from __future__ import annotations

import json
from typing import Any

from ._installation import temporary_installation

GATE_MS = 20
ITEMS = 5_000


def run(quick: bool) -> dict[str, Any]:
    """Measure; the quick run has fewer rounds."""
    return measure(items=ITEMS, rounds=3 if quick else 7)


def measure(*, items: int, rounds: int) -> dict[str, Any]:
    """Build an installation, measure inside it, remove it."""
    with temporary_installation() as made:
        told = json.loads(made.run("onedoor.site.bench._search_county", str(items), str(rounds)))
    return report(told)


def report(told: dict[str, Any]) -> dict[str, Any]:
    """The figures of a run as the command prints them."""
    return {
        "bench": "search",
        "reference": "LIKE over the same rows in PostgreSQL",
        "ratio": round(told["reference_p95_ms"] / told["p95_ms"], 1),
        "gate_ms": GATE_MS,
        "p95_ms": told["p95_ms"],
        "within_gate": told["p95_ms"] <= GATE_MS,
        "figures": {name: value for name, value in told.items() if name != "p95_ms"},
    }
