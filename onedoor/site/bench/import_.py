"""`onedoor bench import`: five thousand full items from a workbook, beside reading that workbook and storing its bytes.

In a temporary installation the demo county's items are multiplied and written as the sheets that `catalog export`
writes. A round imports such a workbook, with codes that are new in every round, as `catalog import` does: read,
examine, number, publish, record in the journal, commit. Before and after it the reference does what cannot be spared:
openpyxl reads every cell of the same workbook, and COPY stores the same documents in a table without indexes.
`seconds_for_5000` is the median over the rounds, scaled to 5,000 items where there were fewer, and should not exceed
`gate_seconds`; `ratio` says how many times longer the import takes than the reference.
"""

from __future__ import annotations

import json
from typing import Any

from ._installation import temporary_installation

GATE_SECONDS = 60
ITEMS, QUICK_ITEMS = 5_000, 600
ROUNDS = 3


def run(quick: bool) -> dict[str, Any]:
    """Measure; the quick run has fewer items."""
    return measure(items=QUICK_ITEMS if quick else ITEMS, rounds=ROUNDS)


def measure(*, items: int, rounds: int) -> dict[str, Any]:
    """Build an installation, measure inside it, remove it."""
    with temporary_installation() as made:
        told = json.loads(made.run("onedoor.site.bench._import_county", str(items), str(rounds)))
    return report(told)


def report(told: dict[str, Any]) -> dict[str, Any]:
    """The figures of a run as the command prints them."""
    scaled = round(told["seconds"] * ITEMS / told["items"], 1)
    return {
        "bench": "import",
        "reference": "openpyxl reads the same workbook, COPY stores the same documents",
        "ratio": round(told["seconds"] / told["reference_seconds"], 1),
        "gate_seconds": GATE_SECONDS,
        "within_gate": scaled <= GATE_SECONDS,
        "figures": {"seconds_for_5000": scaled, **told},
    }
