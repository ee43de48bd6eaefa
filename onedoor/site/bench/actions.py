"""`onedoor bench actions`: reviews by HTTP beside pgbench doing the same row work on the same cluster.

One action is POST /api/v1/cases/{number}/actions/review, half by session cookie, half by token: who calls and
what the caller may do, what time alone has brought about, a fact chained by its hash, the case row, the queue,
the opinion sealed into the dossier, one durable commit. It runs against the product's web server with two
workers over 8 kept connections, on an embedded cluster as durable as the product's. The background worker does
not run: its work is no part of an action. The reference is the single operation of `_pgbench`.

Both sides take turns within a round and share the processors with their clients; figures are medians of
rounds. Rounds in which others used more than a seventh of the processors are measured again, a few times, and
the least disturbed are kept. Neighbours disturb rates more than processor time: `cpu_ratio` is the microseconds
of web workers and database for an action, over those of pgbench and database for an operation; the HTTP client,
which stands for browsers, is left out of it and told apart in the figures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from . import _pgbench
from ._cases import Prepared
from ._cpu import machine_seconds, tree_seconds
from ._http import Load, burst
from ._installation import Installation, temporary_installation, web_server

CONNECTIONS = 8
_WAYS = ("cookie", "token")
_WARM_UP_SECONDS = 1.0
#: The share of processor time that others may have used in a round that is taken as it is.
_CALM = 0.15


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure; disturbed rounds are measured again `spare` times at most.

    Each copy of the case is reviewed once, so a burst ends early when its share of them runs out.
    """

    rounds: int
    spare: int
    seconds: int
    cases: int


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of both sides; processor times in microseconds for one action or operation."""

    load: Load
    app_cpu: float
    database_cpu: float
    reference_rate: float
    reference_cpu: float
    foreign: float

    @property
    def rate(self) -> float:
        """Actions a second."""
        return self.load.done / self.load.seconds

    @property
    def client_cpu(self) -> float:
        """The HTTP client's own time."""
        return self.load.client_cpu / self.load.done * 1e6

    @property
    def cpu(self) -> float:
        """What an action costs, its client left out."""
        return self.app_cpu + self.database_cpu


def run(quick: bool) -> dict[str, Any]:
    """Measure; `ratio` is actions a second over reference operations a second."""
    return measure(Plan(3, 3, 2, 20_000) if quick else Plan(5, 5, 5, 50_000))


def measure(plan: Plan) -> dict[str, Any]:
    """Build an installation, measure as planned, remove it."""
    with temporary_installation() as made:
        prepared = Prepared(**json.loads(made.run("onedoor.site.bench._cases", str(plan.cases))))
        _pgbench.prepare(made, plan.cases, prepared.row_bytes)
        _settle(made)
        with web_server(made) as (server, port):
            rounds = _calmest(plan.rounds, _rounds(plan, made, prepared, server, port))
        return _report(plan, prepared, rounds, _flush_microseconds(made))


def _settle(made: Installation) -> None:
    """Leave nothing of the preparation to be done while measuring."""
    with psycopg.connect(made.administrator.conninfo(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _calmest(wanted: int, rounds: Iterator[Round]) -> list[Round]:
    """Take rounds until enough of them were calm or there are no more; the least disturbed."""
    taken: list[Round] = []
    for one in rounds:
        taken.append(one)
        if sum(r.foreign <= _CALM for r in taken) == wanted:
            break
    return sorted(taken, key=lambda r: r.foreign)[:wanted]


def _rounds(plan: Plan, made: Installation, prepared: Prepared, server: int, port: int) -> Iterator[Round]:
    database = made.cluster.pid()
    assert database is not None
    streams = _streams(prepared)
    act = partial(_act, port, streams)
    # Workers load what they keep, statements are prepared, the tables are in memory.
    act(_WARM_UP_SECONDS, plan.cases // 10)
    _pgbench.run(made, plan.cases, 1)
    each = (plan.cases - plan.cases // 10) // (plan.rounds + plan.spare)
    for _ in range(plan.rounds + plan.spare):
        busy = machine_seconds()
        d0 = tree_seconds(database)
        reference = _pgbench.run(made, plan.cases, plan.seconds)
        d1, a1 = tree_seconds(database), tree_seconds(server)
        load = act(plan.seconds, each)
        d2, a2 = tree_seconds(database), tree_seconds(server)
        busy = machine_seconds() - busy
        ours = d2 - d0 + a2 - a1 + reference.client_cpu + load.client_cpu
        yield Round(
            load=load,
            app_cpu=(a2 - a1) / load.done * 1e6,
            database_cpu=(d2 - d1) / load.done * 1e6,
            reference_rate=reference.rate,
            reference_cpu=(d1 - d0 + reference.client_cpu) / reference.operations * 1e6,
            foreign=max(0.0, 1 - ours / busy),
        )


def _streams(prepared: Prepared) -> list[Iterator[bytes]]:
    """One stream of requests for each way to prove who calls, over cases in random order."""
    order = list(range(len(prepared.numbers)))
    Random(20).shuffle(order)
    return [
        iter([prepared.request(index, way) for index in order[start :: len(_WAYS)]])
        for start, way in enumerate(_WAYS)
    ]


def _act(port: int, streams: list[Iterator[bytes]], seconds: float, most: int) -> Load:
    """Review for so many seconds, at most so many cases."""
    shares = [iter(list(islice(stream, most // len(streams)))) for stream in streams]
    return burst(port, [shares[line % len(shares)] for line in range(CONNECTIONS)], seconds)


def _flush_microseconds(made: Installation) -> float:
    """How long this disk takes to make a small write durable; commits cannot be faster one by one."""
    path = made.home.root / "flush.probe"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    times = []
    try:
        for _ in range(50):
            os.pwrite(descriptor, b"x" * 8192, 0)
            begun = perf_counter()
            os.fdatasync(descriptor)
            times.append(perf_counter() - begun)
    finally:
        os.close(descriptor)
    return median(times) * 1e6


def _report(plan: Plan, prepared: Prepared, rounds: list[Round], flush: float) -> dict[str, Any]:
    def middle(figure: Callable[[Round], float]) -> float:
        return float(median(figure(one) for one in rounds))

    return {
        "bench": "actions",
        "reference": "pgbench, same row work, 4 clients",
        "ratio": round(middle(lambda r: r.rate / r.reference_rate), 3),
        "statements_per_action": max(prepared.statements.values()),
        "cpu_ratio": round(middle(lambda r: r.cpu / r.reference_cpu), 2),
        "figures": {
            "actions_per_second": round(middle(lambda r: r.rate)),
            "reference_per_second": round(middle(lambda r: r.reference_rate)),
            "ratios": [round(r.rate / r.reference_rate, 3) for r in rounds],
            "app_cpu_us": round(middle(lambda r: r.app_cpu)),
            "database_cpu_us": round(middle(lambda r: r.database_cpu)),
            "client_cpu_us": round(middle(lambda r: r.client_cpu)),
            "reference_cpu_us": round(middle(lambda r: r.reference_cpu)),
            "cpu_ratio_with_client": round(middle(lambda r: (r.cpu + r.client_cpu) / r.reference_cpu), 2),
            "latency_p50_ms": round(middle(lambda r: r.load.latency(0.5)) * 1e3, 1),
            "latency_p99_ms": round(middle(lambda r: r.load.latency(0.99)) * 1e3, 1),
            "statements_by_cookie": prepared.statements["cookie"],
            "statements_by_token": prepared.statements["token"],
            "transaction_brackets": max(prepared.brackets.values()),
            "flush_us": round(flush),
            "foreign_cpu_percent": [round(r.foreign * 100) for r in rounds],
            "actions": sum(r.load.done for r in rounds),
            "cases": plan.cases,
            "connections": CONNECTIONS,
            "rounds": plan.rounds,
            "seconds_each": plan.seconds,
        },
    }
