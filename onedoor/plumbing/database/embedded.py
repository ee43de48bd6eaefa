"""The embedded PostgreSQL of a home: made, started, found again after a crash, and stopped.

The server listens on 127.0.0.1 and on a Unix socket in its data directory, with scram passwords on both. It
runs in its own session, so that a Ctrl-C in the terminal reaches the supervisor alone and the database is
stopped last.

PostgreSQL refuses to run as root. For root the binaries are copied once to a folder every user may read, and
the server runs as an unprivileged user that is handed the data directory as an open descriptor: it needs no
right to walk the folders above, so no folder's mode is ever loosened and a home may lie anywhere, even below
/root.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from onedoor.plumbing.database.binaries import Engine, engine
from onedoor.plumbing.home import Home, HomeFault

#: Longest path of a Unix socket on Linux, in bytes.
SOCKET_PATH_LIMIT = 107
#: Seconds a server may take to accept connections; recovery after a crash included.
START_SECONDS = 60.0
#: Seconds a fast stop may take before the server is stopped at once (it then recovers at the next start).
STOP_SECONDS = 20.0
LOG_BYTES = 16 * 1024 * 1024


def _tells_of_faults() -> bool:
    """Whether this kernel's flush of a whole file system reports what could not be written."""
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return found is not None and (int(found[1]), int(found[2])) >= (5, 8)


DURABLE: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": ".",
    "log_lock_waits": "on",
    # A faulty statement, or the row that a constraint refused, may be somebody's data: the log tells the fault alone.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "wal_level": "replica",
    # A killed server first flushes whatever lies in its folder. File by file that takes seconds; the kernel does it
    # at once, and since Linux 5.8 it also tells of a fault.
    **({"recovery_init_sync_method": "syncfs"} if _tells_of_faults() else {}),
}


@dataclass(frozen=True, slots=True)
class EmbeddedCluster:
    """The cluster of one home. `overrides` are server settings that replace the durable ones (tests only)."""

    home: Home
    overrides: tuple[tuple[str, str], ...] = ()

    @property
    def port(self) -> int:
        """The loopback port, chosen once and kept in the home."""
        try:
            return int(self.home.pg_port.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            self.home.ensure()
            return self._choose_port()

    @property
    def host(self) -> str:
        """Where clients connect: the socket's folder, or 127.0.0.1 where its path is too long."""
        path = f"{self.home.pg}/.s.PGSQL.65535"
        return str(self.home.pg) if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT else "127.0.0.1"

    def pid(self) -> int | None:
        """Process id of the running server of this home, or None; never a dead or foreign process."""
        try:
            number = int((self.home.pg / "postmaster.pid").read_text("ascii", "replace").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        except PermissionError as error:
            raise HomeFault(f"无权读取 {self.home.pg}。请用创建该目录的系统用户运行。") from error
        return number if _serves(number, self.home.pg) else None

    def start(self) -> int:
        """Bring the cluster up, making it first if need be; returns its process id.

        A server that outlived its supervisor is taken over. What a killed server left behind is cleared away.
        """
        with _locked(self.home):
            found = self.pid()
            if found is None:
                self._make()
            return self._wait_ready(found or self._launch(), taken_over=found is not None)

    def stop(self) -> None:
        """Stop fast: transactions are rolled back, a checkpoint is written. Harmless if it is not running."""
        with _locked(self.home):
            running = self.pid()
            if running is None:
                return
            for sign, seconds in (
                (signal.SIGINT, STOP_SECONDS),
                (signal.SIGQUIT, 5.0),
                (signal.SIGKILL, 5.0),
            ):
                _signal(running, sign)
                if _gone(running, self.home.pg, seconds):
                    return
        raise HomeFault(f"数据库进程 {running} 停不下来。请重启这台机器后再试。")

    def _choose_port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        draft = self.home.pg_port.with_suffix(f".{os.getpid()}")
        draft.write_text(f"{port}\n", "ascii")
        draft.replace(self.home.pg_port)
        return port

    def _make(self) -> None:
        """Run initdb, once. The data directory appears whole: an interrupted initdb leaves only a draft."""
        pg = self.home.ensure().pg
        if (pg / "PG_VERSION").exists():
            return
        if pg.exists() and any(pg.iterdir()):
            raise HomeFault(f"{pg} 里有不完整的数据库。请确认其中没有需要的数据，删除该目录后重试。")
        draft = pg.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        _initdb(engine(), draft, self.home.passwords()["postgres"])
        draft.rename(pg)

    def _launch(self) -> int:
        """Start the server; a port taken by others meanwhile is replaced by a free one."""
        (self.home.pg / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.home.pg.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)
        if not _port_free(self.port):
            self._choose_port()
        settings = {**DURABLE, **dict(self.overrides), "port": str(self.port)}
        program = engine()
        log = self.home.logs / "postgres.log"
        _rotate(log)
        with program.reach(self.home.pg) as (path, descriptors), log.open("ab") as output:
            options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
            child = subprocess.Popen(
                [program.path("postgres"), "-D", path, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **program.process(descriptors),
            )
        return child.pid

    def _wait_ready(self, pid: int, *, taken_over: bool) -> int:
        """Wait until the server answers; returns its process id, another one if it had to be started again."""
        deadline = time.monotonic() + START_SECONDS
        conninfo = psycopg.conninfo.make_conninfo(
            host=self.host,
            port=self.port,
            user="postgres",
            dbname="postgres",
            password=self.home.passwords()["postgres"],
            connect_timeout=5,
        )
        while True:
            try:
                psycopg.connect(conninfo).close()
                return pid
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise HomeFault(
                        f"数据库不认 {self.home.database_passwords} 里的密码。请从备份恢复 keys 目录。"
                    ) from error
            if not _alive(pid) or time.monotonic() > deadline:
                if _alive(pid):
                    raise HomeFault(f"数据库在 {START_SECONDS:.0f} 秒内没有就绪。{self._log_hint()}")
                pid, taken_over = self._launch_again(deadline, dying=taken_over), False
            time.sleep(0.02)

    def _launch_again(self, deadline: float, *, dying: bool) -> int:
        """Start once more: the server found was `dying`, or the memory of a killed predecessor is held by backends
        about to end."""
        held = "shared memory block" in _tail(self.home.logs / "postgres.log")
        if not (held or dying) or time.monotonic() > deadline:
            raise HomeFault(f"数据库无法启动。{self._log_hint()}")
        time.sleep(0.2)
        return self._launch()

    def _log_hint(self) -> str:
        log = self.home.logs / "postgres.log"
        return f"原因见日志 {log}，最后几行：\n{_tail(log)}"


def _initdb(program: Engine, data: Path, password: str) -> None:
    """Make the cluster in the empty folder `data`; the superuser's password travels through a pipe."""
    program.own(data)
    options = ["--encoding=UTF8", "--username=postgres", "--auth=scram-sha-256", "--no-instructions"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    read, write = os.pipe()
    try:
        program.own_descriptor(read)
        os.write(write, password.encode())
        os.close(write)
        with program.reach(data) as (path, descriptors):
            done = subprocess.run(
                [program.path("initdb"), "-D", path, *options, f"--pwfile=/proc/self/fd/{read}"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                **program.process((*descriptors, read)),
            )
    finally:
        os.close(read)
    if done.returncode:
        raise HomeFault(f"无法建立数据库：\n{(done.stderr or done.stdout)[-1500:]}")


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    """One starter or stopper of a cluster at a time."""
    home.ensure()
    with (home.root / "pg.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _serves(pid: int, data: Path) -> bool:
    """Whether `pid` is a PostgreSQL server whose working directory is `data`."""
    try:
        here = Path(f"/proc/{pid}/cwd").stat()
        program = Path(f"/proc/{pid}/exe").readlink()
    except OSError:
        return False
    there = data.stat()
    same = (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
    return same and program.name.startswith("postgres")


def _alive(pid: int) -> bool:
    """Whether the process runs; one that ended and only awaits its parent is collected if it is ours."""
    try:
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return False
    except ChildProcessError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in "ZX"


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _gone(pid: int, data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(pid) or not _serves(pid, data):
            return True
        time.sleep(0.02)
    return False


def _port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _tail(log: Path, lines: int = 8) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4000))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""
