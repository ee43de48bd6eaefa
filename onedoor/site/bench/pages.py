"""`onedoor bench pages`: how long pages take with 100,000 cases, each beside a page that does nothing.

Every page is asked for over HTTP from the product's web server, one request at a time on a kept connection, in turn
with `/healthz` of the same server; the times are those of whole answers. Rounds in which others used more than a
seventh of the processors are measured again, a few times, and the least disturbed are kept; `disturbed` tells that
there were not enough calm ones, and then the times say little. `slowest_ms` is the greatest p95 of all pages, which
should not exceed `gate_ms`; `ratio` is it over the p95 of the reference. Processor time of web and database for one
request stands beside it: neighbours disturb that less.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

import psycopg

from onedoor.plumbing.home import HomeFault

from ._cpu import machine_seconds, tree_seconds
from ._http import burst
from ._installation import Installation, temporary_installation, web_server
from ._pages_county import Visit, Visits

GATE_MS = 150
CASES = 100_000
_REFERENCE = Visit("healthz", "/healthz", "")
_PATIENCE = 60.0
_CALM = 0.15


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure: rounds, further rounds for disturbed ones, requests of a page in a round."""

    rounds: int
    spare: int
    requests: int
    cases: int = CASES
    with_facts: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """The times of every page in seconds, processor seconds of web and database for one request, and the share of
    the processors that others used."""

    times: dict[str, Sequence[float]]
    cpu: dict[str, float]
    foreign: float


def run(quick: bool) -> dict[str, Any]:
    """Measure; the quick run leaves out the facts of cases that no page opens."""
    return measure(Plan(2, 1, 12, with_facts=False) if quick else Plan(3, 3, 40))


def measure(plan: Plan) -> dict[str, Any]:
    """Build an installation, measure as planned, remove it."""
    with temporary_installation() as made:
        facts = "facts" if plan.with_facts else "bare"
        told = json.loads(made.run("onedoor.site.bench._pages_county", str(plan.cases), facts))
        visits = Visits([Visit(**page) for page in told["pages"]], told["cases"], told["facts"])
        with psycopg.connect(made.administrator.conninfo(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        with web_server(made) as (server, port):
            for page in (_REFERENCE, *visits.pages):
                _times(port, page, 2)
            rounds = _calmest(plan.rounds, _rounds(plan, visits.pages, made, server, port))
    return report(visits, rounds)


def _rounds(
    plan: Plan, pages: Sequence[Visit], made: Installation, server: int, port: int
) -> Iterator[Round]:
    database = made.cluster.pid()
    assert database is not None
    for _ in range(plan.rounds + plan.spare):
        busy, ours = machine_seconds(), 0.0
        times: dict[str, list[float]] = {}
        cpu = {}
        for page in pages:
            for asked in (_REFERENCE, page):
                before = tree_seconds(server) + tree_seconds(database)
                found, client = _times(port, asked, plan.requests)
                used = tree_seconds(server) + tree_seconds(database) - before
                times.setdefault(asked.name, []).extend(found)
                cpu[asked.name] = used / plan.requests
                ours += used + client
        yield Round(dict(times), cpu, max(0.0, 1 - ours / (machine_seconds() - busy)))


def _times(port: int, page: Visit, requests: int) -> tuple[Sequence[float], float]:
    """The times of so many requests, sorted, and what the client used itself."""
    lines = [f"GET {page.path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Cookie: onedoor_session={page.session}"] if page.session else []
    request = "\r\n".join([*lines, "", ""]).encode()
    try:
        load = burst(port, [islice(repeat(request), requests)], _PATIENCE)
    except HomeFault as fault:
        raise HomeFault(f"打不开“{page.name}”（{page.path}）。{fault}") from fault
    return load.latencies, load.client_cpu


def _calmest(wanted: int, rounds: Iterator[Round]) -> list[Round]:
    """Take rounds until enough of them were calm or there are no more; the least disturbed."""
    taken: list[Round] = []
    for one in rounds:
        taken.append(one)
        if sum(r.foreign <= _CALM for r in taken) == wanted:
            break
    return sorted(taken, key=lambda r: r.foreign)[:wanted]


def share(times: Sequence[float], part: float) -> float:
    """The time that this share of the requests did not exceed."""
    ordered = sorted(times)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def report(visits: Visits, rounds: Sequence[Round]) -> dict[str, Any]:
    """Every page's p95 beside the reference's, in milliseconds."""
    times = {
        name: [time for one in rounds for time in one.times[name]]
        for name in (_REFERENCE.name, *(page.name for page in visits.pages))
    }
    p95 = {name: round(share(found, 0.95) * 1e3, 1) for name, found in times.items()}
    reference = p95.pop(_REFERENCE.name)
    slowest = max(p95, key=lambda name: p95[name])
    cpu = {name: round(sum(r.cpu[name] for r in rounds) / len(rounds) * 1e3, 1) for name in p95}
    return {
        "bench": "pages",
        "reference": "/healthz of the same server",
        "ratio": round(p95[slowest] / reference, 1),
        "gate_ms": GATE_MS,
        "slowest": slowest,
        "slowest_ms": p95[slowest],
        "within_gate": p95[slowest] <= GATE_MS,
        "most_cpu_ms": max(cpu.values()),
        "disturbed": any(one.foreign > _CALM for one in rounds),
        "figures": {
            **{f"{name} p95_ms": time for name, time in p95.items()},
            "reference p95_ms": reference,
            **{f"{name} cpu_ms": used for name, used in cpu.items()},
            "cases": visits.cases,
            "facts": visits.facts,
            "requests_each": len(times[slowest]),
            "rounds": len(rounds),
            "foreign_cpu_percent": [round(r.foreign * 100) for r in rounds],
        },
    }
