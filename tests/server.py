"""A real server process for tests that speak HTTP or drive a browser."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import REPOSITORY, TEST_HOME

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running web process: where it answers, and the file its output goes to."""

    url: str
    log: Path


@contextmanager
def running_server(database: str, *, threads: int = 64) -> Iterator[Server]:
    """The web process on `database` of the test cluster, answering when yielded, stopped afterwards."""
    from onedoor.site.web import web_command

    port = free_port()
    log = TEST_HOME / "logs" / f"web-{database}.log"
    environment = {**os.environ, "ONEDOOR_HOME": str(TEST_HOME), "ONEDOOR_DATABASE_NAME": database}
    with log.open("wb") as output:
        process = subprocess.Popen(
            web_command(host="127.0.0.1", port=port, workers=1, threads=threads),
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", log)
    try:
        _wait(server, process)
        yield server
    finally:
        _stop(process)
        log.unlink(missing_ok=True)


def free_port() -> int:
    """A port that nothing listens on just now.

    It lies below those that the system gives to connections: a client that knocks at a server which is down could be
    given the server's own port, and then hold it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"{server.url}/healthz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            raise AssertionError(
                f"/healthz answered {error.code}:\n{server.log.read_text()[-3000:]}"
            ) from error
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{server.log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
