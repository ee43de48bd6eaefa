"""An installation that lives as long as one benchmark: home, durable database, demo county, web server.

It lies in /var/tmp (or TMPDIR), which unlike /tmp is a disk on every system, since a commit on a memory file
system says nothing. The real installation of the machine is never touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import FrameType

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.settings import DATABASE, SUPERUSER, Login
from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.children import Child, stop_all
from onedoor.site.supervisor import healthy
from onedoor.site.web import web_command

_PYTHON = [sys.executable, "-P", "-m"]
_HEALTHY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Installation:
    """A home with its running cluster."""

    home: Home
    cluster: EmbeddedCluster

    @property
    def administrator(self) -> Login:
        """The superuser's way into the database of the product."""
        cluster = self.cluster
        password = self.home.passwords()[SUPERUSER]
        return Login(cluster.host, str(cluster.port), DATABASE, SUPERUSER, password)

    @property
    def environment(self) -> dict[str, str]:
        """What processes of this installation find; nothing of the surrounding one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEDOOR_")}
        settings = {"DJANGO_SETTINGS_MODULE": "onedoor.site.settings", "ONEDOOR_HOME": str(self.home.root)}
        return kept | settings

    def run(self, module: str, *words: str) -> str:
        """Run a module to its end in this installation; returns what it printed."""
        done = subprocess.run(
            [*_PYTHON, module, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HomeFault(f"性能测试准备失败（{module}）：\n{done.stderr.strip()[-3000:]}")
        return done.stdout


@contextmanager
def temporary_installation() -> Iterator[Installation]:
    """A fresh installation with the demo county, removed afterwards whatever happens."""
    with _ended_by_sigterm():
        folder = Path(tempfile.mkdtemp(prefix="onedoor-bench-", dir=_disk()))
        home = Home(folder)
        cluster = EmbeddedCluster(home)
        try:
            cluster.start()
            made = Installation(home, cluster)
            for command in ("migrate", "demo"):
                made.run("onedoor.site.cli", command)
            yield made
        finally:
            cluster.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _disk() -> str | None:
    """A folder that is not kept in memory, None where only Python's choice is left."""
    if "TMPDIR" in os.environ:
        return None
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else None  # noqa: S108


@contextmanager
def web_server(made: Installation) -> Iterator[tuple[int, int]]:
    """The product's web server, as `onedoor up` runs it; yields its process id and its port."""
    port = _free_port()
    command = web_command(host="127.0.0.1", port=port)
    child = Child("web", "网站", command, made.environment, made.home.logs / "web.log")
    child.start()
    try:
        _await(child, f"http://127.0.0.1:{port}")
        assert child.process is not None
        yield child.process.pid, port
    finally:
        stop_all([child])


def _await(child: Child, url: str) -> None:
    deadline = monotonic() + _HEALTHY_SECONDS
    while not healthy(url):
        if not child.alive or monotonic() > deadline:
            raise HomeFault(f"性能测试的网站没有就绪：\n{child.last_words()}")
        sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the program, so that the database is stopped and the folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(signum: int, frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    former = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
