"""`onedoor bench guide`: how long printed guides take once the server is warm, each beside its page on the screen.

Over HTTP from the product's web server, one request at a time on a kept connection: of every item of the demo county
in turn the page of the guide, the guide as PDF with its flow chart, the notice and the card. No item comes twice in a
row, so that nothing set for it before is still at hand; all that the warm server keeps is its compiler and its faces.
Rounds in which others used more than a seventh of the processors are measured again, and the least disturbed are
kept; `disturbed` tells that there were not enough calm ones. `p95_ms` is that of the guide as PDF and should not
exceed `gate_ms`; `ratio` is it over the p95 of the pages of the same items.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from ._cpu import machine_seconds, tree_seconds
from ._http import burst
from ._installation import temporary_installation, web_server

GATE_MS = 300
#: What is asked for, the reference first.
KINDS = {
    "page": "/services/{}",
    "guide": "/api/v1/services/{}/guide.pdf",
    "notice": "/api/v1/services/{}/notice.pdf",
    "card": "/api/v1/services/{}/card.pdf",
}
_PATIENCE = 120.0
_CALM = 0.15
#: Connections that warm the server: enough for each of its workers to be met.
_WARMING = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure: rounds, further rounds for disturbed ones, items of the county (0 for all)."""

    rounds: int
    spare: int
    items: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """The times of each kind in seconds, processor seconds of the server for one, and the share that others used."""

    times: dict[str, Sequence[float]]
    cpu: dict[str, float]
    foreign: float


def run(quick: bool) -> dict[str, Any]:
    """Measure; the quick run asks for fewer items."""
    return measure(Plan(2, 1, 20) if quick else Plan(3, 3))


def measure(plan: Plan) -> dict[str, Any]:
    """Build an installation, measure as planned, remove it."""
    with temporary_installation() as made, web_server(made) as (server, port):
        codes = _codes(port)[: plan.items or None]
        for _ in range(_WARMING):
            for kind in KINDS:
                _asked(port, kind, codes[:2])
        rounds: list[Round] = []
        for _ in range(plan.rounds + plan.spare):
            rounds.append(_round(port, server, codes))
            if sum(one.foreign <= _CALM for one in rounds) == plan.rounds:
                break
    return report(sorted(rounds, key=lambda one: one.foreign)[: plan.rounds], len(codes))


def _codes(port: int) -> list[str]:
    """The items that can be applied for."""
    with urlopen(f"http://127.0.0.1:{port}/api/v1/services?limit=100", timeout=_PATIENCE) as answer:
        items = json.load(answer)["items"]
    return [item["code"] for item in items if item["ready"]]


def _round(port: int, server: int, codes: Sequence[str]) -> Round:
    busy, ours = machine_seconds(), 0.0
    times: dict[str, Sequence[float]] = {}
    cpu: dict[str, float] = {}
    for kind in KINDS:
        before = tree_seconds(server)
        times[kind], client = _asked(port, kind, codes)
        used = tree_seconds(server) - before
        cpu[kind] = used / len(codes)
        ours += used + client
    return Round(times, cpu, max(0.0, 1 - ours / (machine_seconds() - busy)))


def _asked(port: int, kind: str, codes: Sequence[str]) -> tuple[Sequence[float], float]:
    """The times of so many requests, and what the client used itself."""
    load = burst(port, [_requests(kind, codes)], _PATIENCE)
    return load.latencies, load.client_cpu


def _requests(kind: str, codes: Sequence[str]) -> Iterator[bytes]:
    for code in codes:
        yield f"GET {KINDS[kind].format(code)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def share(times: Sequence[float], part: float) -> float:
    """The time that this share of the requests did not exceed."""
    ordered = sorted(times)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def report(rounds: Sequence[Round], items: int) -> dict[str, Any]:
    """Every kind's p95 in milliseconds, the guide's held to the gate."""
    times = {kind: [time for one in rounds for time in one.times[kind]] for kind in KINDS}
    p95 = {kind: round(share(found, 0.95) * 1e3, 1) for kind, found in times.items()}
    middle = {kind: round(share(found, 0.5) * 1e3, 1) for kind, found in times.items()}
    cpu = {kind: round(sum(one.cpu[kind] for one in rounds) / len(rounds) * 1e3, 1) for kind in KINDS}
    return {
        "bench": "guide",
        "reference": "the guides' pages of the same server",
        "ratio": round(p95["guide"] / p95["page"], 1),
        "gate_ms": GATE_MS,
        "p95_ms": p95["guide"],
        "within_gate": p95["guide"] <= GATE_MS,
        "disturbed": any(one.foreign > _CALM for one in rounds),
        "figures": {
            **{f"{kind} p95_ms": time for kind, time in p95.items()},
            **{f"{kind} p50_ms": time for kind, time in middle.items()},
            **{f"{kind} cpu_ms": used for kind, used in cpu.items()},
            "items": items,
            "rounds": len(rounds),
            "foreign_cpu_percent": [round(one.foreign * 100) for one in rounds],
        },
    }
