"""`onedoor bench plan`: the plan of a package of eleven items, beside reading its items from the table once.

In a temporary installation a package is published with the eleven items of the demo county that ask for most, every
other one under a condition, all behind the first. Its plan is worked out for answers that change every time, as a
page asks for it: look up the package in force and its items, then members, merged form, merged materials and figures.
In turn with each plan the eleven item documents are read from the table and decoded, with which every answer would
begin if no version were kept. `p95_ms` is the median over the rounds of what 95 of 100 plans did not exceed, and
should not exceed `gate_ms`; `ratio` says how many times longer the reading takes at its own p95. `first_ms` is the
first plan after a start, with nothing kept yet.
"""

from __future__ import annotations

import json
from typing import Any

from ._installation import temporary_installation

GATE_MS = 30
MEMBERS = 11


def run(quick: bool) -> dict[str, Any]:
    """Measure; the quick run has fewer rounds."""
    return measure(rounds=3 if quick else 7)


def measure(*, rounds: int) -> dict[str, Any]:
    """Build an installation, measure inside it, remove it."""
    with temporary_installation() as made:
        told = json.loads(made.run("onedoor.site.bench._plan_county", str(MEMBERS), str(rounds)))
    return report(told)


def report(told: dict[str, Any]) -> dict[str, Any]:
    """The figures of a run as the command prints them."""
    return {
        "bench": "plan",
        "reference": "reading the items of the package from the table",
        "ratio": round(told["reference_p95_ms"] / told["p95_ms"], 1),
        "gate_ms": GATE_MS,
        "p95_ms": told["p95_ms"],
        "within_gate": told["p95_ms"] <= GATE_MS,
        "figures": {name: value for name, value in told.items() if name != "p95_ms"},
    }
