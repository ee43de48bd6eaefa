"""A real installation under test: `onedoor up` in a home of its own, whose processes are killed one by one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.settings import DATABASE
from onedoor.plumbing.home import Home
from onedoor.site.children import survivors
from onedoor.site.supervisor import running
from tests.cluster import REPOSITORY
from tests.server import free_port

#: Seconds after which whatever is waited for counts as gone for good.
PATIENCE = 120.0
#: What can be killed.
TARGETS = ("web", "web worker", "worker", "database", "supervisor")
_ONEDOOR = [sys.executable, "-P", "-m", "onedoor.site.cli"]


@dataclass
class Installation:
    """A home with the demo county (no cases yet) and the processes that `onedoor up` keeps there."""

    home: Home
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes find; nothing of the test run's own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEDOOR_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        return {**kept, "ONEDOOR_HOME": str(self.home.root), **self.settings}

    def run(self, *words: str, status: int = 0) -> str:
        """One of the product's commands, to its end; returns what it printed."""
        return self._ran([*_ONEDOOR, *words], status)

    def program(self, module: str, *words: str) -> str:
        """One of the tests' own programs inside the installation."""
        return self._ran([sys.executable, "-m", module, *words], 0)

    def _ran(self, command: list[str], status: int) -> str:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{command[-2:]}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *, workers: int = 2) -> None:
        """`onedoor up`, answering when this returns."""
        log = self.home.root / "up.log"
        before = self._announced()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*_ONEDOOR, "up", "--port", str(self.port), "--workers", str(workers)],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        # What a killed supervisor left behind may still answer; the new one speaks up when its own does.
        self.until(lambda: self._announced() > before, "start")

    def _announced(self) -> int:
        """How often a supervisor has said that the product is ready."""
        log = self.home.root / "up.log"
        return log.read_text("utf-8", "replace").count("已就绪") if log.exists() else 0

    def stop(self) -> None:
        """End everything cleanly; harmless if it does not run."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        EmbeddedCluster(self.home).stop()

    def ready(self) -> bool:
        """Whether web server and database answer."""
        return status_of(f"{self.url}/readyz") == 200

    def until(self, condition: Callable[[], object], what: str) -> float:
        """Wait; returns the seconds it took."""
        begun = time.monotonic()
        while not condition():
            took = time.monotonic() - begun
            gone = self.process is not None and self.process.poll() not in (None, -signal.SIGKILL)
            assert took < PATIENCE, f"no {what}: {self.said()}"
            assert not gone, f"ended before {what}: {self.said()}"
            time.sleep(0.05)
        return time.monotonic() - begun

    def said(self) -> str:
        """The ends of what supervisor, web and worker printed."""
        logs = [self.home.root / "up.log", self.home.logs / "web.log", self.home.logs / "worker.log"]
        return "\n".join(log.read_text("utf-8", "replace")[-2000:] for log in logs if log.exists())

    def pids(self, target: str) -> list[int]:
        """The processes of one kind that run now."""
        if target == "supervisor":
            return [self.process.pid] if self.process and self.process.poll() is None else []
        if target == "database":
            found = EmbeddedCluster(self.home).pid()
            return [found] if found else []
        record = running(self.home)
        if record is None:
            return []
        family = [_Process.read(pid) for pid in survivors(record["token"])]
        alive = [each for each in family if each is not None]
        web = [each.pid for each in alive if "granian" in each.command and each.parent == record["pid"]]
        if target == "web":
            return web
        if target == "web worker":
            return [each.pid for each in alive if each.parent in web and "tracker" not in each.command]
        return [each.pid for each in alive if each.command.endswith("onedoor.site.cli worker")]

    def kill(self, target: str, which: int = 0) -> int:
        """kill -9 of one of the processes of a kind, the supervisor started again by hand."""
        self.until(lambda: self.pids(target), f"{target} to kill")
        found = sorted(self.pids(target))
        victim = found[which % len(found)]
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if target == "supervisor":
            assert self.process is not None
            self.process.wait()
        return victim

    def connect(self) -> psycopg.Connection:
        """The superuser's connection to the product's database."""
        cluster = EmbeddedCluster(self.home)
        return psycopg.connect(
            host=cluster.host,
            port=cluster.port,
            user="postgres",
            password=self.home.passwords()["postgres"],
            dbname=DATABASE,
            autocommit=True,
        )


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    command: str

    @classmethod
    def read(cls, pid: int) -> _Process | None:
        """None for a process that has ended or waits to be collected."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return None
        if stat[0] in "ZX":
            return None
        return cls(pid, int(stat[1]), re.sub(r"\0+", " ", command.decode("utf-8", "replace")).strip())


def status_of(url: str, timeout: float = 5.0) -> int | None:
    """The status of a GET, None without an answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A folder on a disk: what lies in memory cannot show whether it was made durable."""
    at = "/var/tmp" if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="onedoor-faults-", dir=at))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stocked_home() -> Iterator[Path]:
    """A home at rest that holds the demo county without cases, to be copied."""
    with disk_folder() as folder:
        made = Installation(Home(folder / "stock"))
        made.run("migrate")
        made.run("demo", "--empty")
        yield made.home.root


@contextmanager
def installation(stock: Path, settings: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """A copy of the stocked home, stopped at the end whatever happens; not yet started."""
    with disk_folder() as folder:
        # The database's files belong to another user where the tests run as root.
        subprocess.run(["cp", "-a", str(stock), str(folder / "home")], check=True)
        made = Installation(Home(folder / "home"), settings=settings or {})
        try:
            yield made
        finally:
            record = running(made.home)
            made.stop()
            for pid in survivors(record["token"]) if record else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
