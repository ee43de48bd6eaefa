"""The figures that processes count as they work, for a monitoring program.

Where `PROMETHEUS_MULTIPROC_DIR` names a folder (`onedoor up` sees to it), every process keeps its counts there in
memory it shares with nobody, and whoever is asked adds them up; elsewhere they are the process's own.
No figure bears a name, a number or an address of a person or a case: routes are patterns.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import Collector

#: Where processes keep their counts, as the library wants it called.
SHARED_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

#: Seconds; the promise is 0.15 at the 95th of a hundred requests.
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
_OWN: Final = CollectorRegistry()

REQUESTS: Final = Counter(
    "onedoor_requests", "Requests answered.", ["route", "method", "status"], registry=_OWN
)
LATENCY: Final = Histogram(
    "onedoor_request_seconds", "Time to the answer.", ["route"], buckets=_BUCKETS, registry=_OWN
)
ACTIONS: Final = Counter("onedoor_actions", "Acts done to cases.", ["verb"], registry=_OWN)
REFUSALS: Final = Counter("onedoor_refusals", "Requests refused.", ["code"], registry=_OWN)
JOBS: Final = Counter("onedoor_jobs", "Runs of the worker's jobs.", ["job", "outcome"], registry=_OWN)
WORK: Final = Counter("onedoor_job_items", "What the worker's jobs did.", ["job"], registry=_OWN)


#: Routes, methods and statuses are few; looking a figure up by its labels takes longer than counting.
_MOST: Final = 4096


@lru_cache(_MOST)
def _request_count(route: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(route, method, str(status))


@lru_cache(_MOST)
def _request_time(route: str) -> Histogram:
    return LATENCY.labels(route)


@lru_cache(_MOST)
def _action_count(verb: str) -> Counter:
    return ACTIONS.labels(verb)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One request answered; `route` is a pattern."""
    _request_count(route, method, status).inc()
    _request_time(route).observe(seconds)


def count_action(verb: str) -> None:
    """One act done to a case; only verbs of the lifecycle table, which are few."""
    _action_count(verb).inc()


def exposition(*further: Collector) -> bytes:
    """All figures of all processes, and what `further` collects now, in the text form of Prometheus."""
    registry = CollectorRegistry()
    folder = os.environ.get(SHARED_VARIABLE, "")
    if folder and Path(folder).is_dir():
        multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Own())
    for collector in further:
        registry.register(collector)
    return generate_latest(registry)


class _Own(Collector):
    """This process's own counts."""

    def collect(self):  # type: ignore[no-untyped-def]
        yield from _OWN.collect()
