"""`onedoor up` starts, keeps running, stops cleanly, and recovers from being killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home
from onedoor.site.children import survivors
from onedoor.site.memory import installation_bytes
from onedoor.site.supervisor import healthy, running
from tests.server import free_port

PATIENCE = 90.0


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """One home for all tests here: each finds it stopped and leaves it stopped."""
    with tempfile.TemporaryDirectory(prefix="onedoor-up-") as folder:
        home = Home(Path(folder) / "home")
        yield home
        EmbeddedCluster(home).stop()


def _start(home: Home, port: int, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "onedoor.site.cli",
            "up",
            "--port",
            str(port),
            "--workers",
            "1",
            *options,
        ],
        env={**os.environ, "ONEDOOR_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _until(condition: Callable[[], object], what: str, process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"ended while waiting for {what}: {process.communicate()[0]}")
        assert time.monotonic() < deadline, f"no {what}"
        time.sleep(0.05)


@contextmanager
def _up(home: Home, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running installation: its supervisor, its address and its run's token."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = _start(home, port, *options)
    try:
        _until(lambda: healthy(url), "health", process)
        record = running(home)
        assert record is not None
        yield process, url, record["token"]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=40)


def _stopped(home: Home, token: str) -> bool:
    return not survivors(token) and EmbeddedCluster(home).pid() is None


@pytest.mark.parametrize("sign", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.nightly)])
def test_a_signal_stops_everything_cleanly(home: Home, sign: signal.Signals) -> None:
    with _up(home) as (process, url, token):
        assert len(survivors(token)) >= 2
        process.send_signal(sign)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "已停止" in said
    assert "Traceback" not in said
    assert not healthy(url)
    assert _stopped(home, token)
    assert running(home) is None


def test_a_second_up_names_the_first(home: Home) -> None:
    with _up(home) as (process, url, _):
        assert 50 * 2**20 < installation_bytes(home) < 700 * 2**20
        second = _start(home, free_port())
        said, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert str(process.pid) in said
        assert url in said
        assert healthy(url)


def test_after_kill_9_of_the_supervisor_the_next_up_recovers(home: Home) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with _up(home) as (process, _, first):
            process.kill()
            process.wait()
            assert survivors(first)
        with _up(home) as (process, url, second):
            assert healthy(url)
            assert not survivors(first)
            process.terminate()
            said, _ = process.communicate(timeout=30)
        assert "遗留" in said
        assert _stopped(home, second)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_dead_children_and_a_dead_database_come_back(home: Home) -> None:
    with _up(home) as (_, url, token):
        before = set(survivors(token))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        database = EmbeddedCluster(home).pid()
        assert database is not None
        os.kill(database, signal.SIGKILL)
        _until(lambda: EmbeddedCluster(home).pid() not in (None, database), "new database")
        _until(lambda: healthy(url), "health again")
        assert not before & set(survivors(token))


@pytest.mark.parametrize("wait", [0.1, 1.0, 2.5])
def test_a_stop_during_the_start_leaves_nothing_behind(home: Home, wait: float) -> None:
    process = _start(home, free_port())
    _until(lambda: (home.root / "up.json").exists(), "start", process)
    token = json.loads((home.root / "up.json").read_text())["token"]
    time.sleep(wait)
    process.terminate()
    said, _ = process.communicate(timeout=40)
    assert "Traceback" not in said
    assert process.returncode == 0, said
    assert _stopped(home, token)


def test_a_taken_port_is_named_with_the_mend(home: Home) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        done = _start(home, port)
        said, _ = done.communicate(timeout=30)
    assert done.returncode == 1
    assert str(port) in said
    assert "--port" in said
    assert "Traceback" not in said
    assert running(home) is None


@pytest.mark.parametrize(
    ("options", "mend"),
    [
        (["--tls-cert", "x.pem"], "--tls-key"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "none.pem"),
        (["--host", "203.0.113.7"], "--host"),
    ],
)
def test_options_that_cannot_work_are_refused_first(home: Home, options: list[str], mend: str) -> None:
    done = _start(home, free_port(), *options)
    said, _ = done.communicate(timeout=30)
    assert done.returncode == 1
    assert mend in said
    assert "Traceback" not in said
