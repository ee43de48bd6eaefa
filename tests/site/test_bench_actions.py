"""The action benchmark: a tiny run from end to end, and the parts whose faults would flatter it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import pytest

from onedoor.plumbing.home import HomeFault
from onedoor.site.bench._cpu import machine_seconds, tree_seconds
from onedoor.site.bench._http import Load, burst
from onedoor.site.bench.actions import Plan, Round, _calmest, measure

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", b"\r\n2\r\nok\r\n", b"0\r\n\r\n"]
MEASURED = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"o", b"kay"]


@pytest.mark.alone
@pytest.mark.nightly
def test_a_tiny_run_has_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    report = measure(Plan(rounds=1, spare=0, seconds=1, cases=1_000))
    assert set(report) == {"bench", "reference", "ratio", "statements_per_action", "cpu_ratio", "figures"}
    assert report["bench"] == "actions"
    assert report["ratio"] > 0
    assert report["cpu_ratio"] > 1
    assert 1 <= report["statements_per_action"] <= 4
    figures = report["figures"]
    assert figures["transaction_brackets"] == 0
    assert figures["actions"] > 0
    assert figures["latency_p99_ms"] >= figures["latency_p50_ms"] > 0
    assert list(tmp_path.glob("onedoor-bench-*")) == []


def _round(foreign: float) -> Round:
    return Round(Load(1, 1.0, 0.0, [0.1]), 1.0, 1.0, 1.0, 1.0, foreign)


def test_disturbed_rounds_are_measured_again() -> None:
    calm_at_once = map(_round, [0.1, 0.2, 0.0, 0.15, 0.01])
    assert [r.foreign for r in _calmest(2, calm_at_once)] == [0.0, 0.1]
    assert len(list(calm_at_once)) == 2
    assert [r.foreign for r in _calmest(2, map(_round, [0.9, 0.4, 0.3, 0.05]))] == [0.05, 0.3]


@contextmanager
def _server(*parts: bytes) -> Iterator[int]:
    """A server on which every connection gets the same answer, in these parts, for ever; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer(connection: socket.socket) -> None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                while connection.recv(4096):
                    for part in parts:
                        connection.sendall(part)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("parts", [CHUNKED, MEASURED], ids=["chunked", "measured"])
def test_every_request_waits_for_its_whole_answer(parts: list[bytes]) -> None:
    with _server(*parts) as port:
        load = burst(port, [iter([REQUEST] * 5), iter([REQUEST] * 3), iter([])], seconds=10)
    assert load.done == 8
    assert len(load.latencies) == 8


def test_the_burst_ends_with_its_time() -> None:
    with _server(*MEASURED) as port:
        load = burst(port, [repeat(REQUEST)] * 2, seconds=0.2)
    assert load.done > 2
    assert 0.2 <= load.seconds < 5


def test_a_refusal_is_no_action() -> None:
    with _server(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n") as port, pytest.raises(HomeFault):
        burst(port, [repeat(REQUEST)], seconds=1)


def test_processor_time_of_ended_children_counts() -> None:
    before, everybody = tree_seconds(os.getpid()), machine_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert tree_seconds(os.getpid()) - before > 0.05
    assert machine_seconds() - everybody > 0.05
