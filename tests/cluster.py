"""One embedded server for all test runs of a system user, and databases cloned from a template."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parent.parent


def _test_home() -> Path:
    """Beside the code where that is writable, else below the temporary folder; never shared between users."""
    cache = REPOSITORY / ".cache"
    try:
        cache.mkdir(exist_ok=True)
        writable = os.access(cache, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if writable:
        return cache / f"test-home-{os.geteuid()}"
    mark = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:8]
    return Path(os.environ.get("TMPDIR", "/tmp")) / f"onedoor-test-{os.geteuid()}-{mark}"


TEST_HOME = _test_home()

#: Tests forget their data; they need not wait for the disk. A test of durability starts a cluster of its own.
FORGETFUL = (
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "128MB"),
    ("max_connections", "150"),
    ("checkpoint_timeout", "30min"),
    ("max_wal_size", "2GB"),
)
TEMPLATES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Clones:
    """Databases cloned from one template; all names of a run begin with its prefix."""

    conninfo: str
    template: str
    prefix: str

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Clones]:
        """Start or join the cluster, build the template if migrations changed, and leave all tidy."""
        from onedoor.plumbing.database.embedded import EmbeddedCluster
        from onedoor.plumbing.database.settings import logins
        from onedoor.plumbing.home import Home

        home = Home(TEST_HOME).ensure()
        cluster = EmbeddedCluster(home, FORGETFUL)
        with (home.root / "runs.lock").open("w") as lock:
            alone = _enter(lock)
            cluster.start()
            admin = logins(home).admin
            assert admin is not None
            conninfo = admin.conninfo("postgres")
            if alone:
                _drop_leftovers(conninfo)
            fcntl.flock(lock, fcntl.LOCK_SH)
            clones = cls(conninfo, _template(conninfo, home.root), f"run_{os.getpid()}_")
            try:
                yield clones
            finally:
                _drop_like(conninfo, clones.prefix)
                if _try_exclusive(lock):
                    cluster.stop()

    def create(self) -> str:
        """A fresh clone of the template; returns its name."""
        name = f"{self.prefix}{secrets.token_hex(4)}"
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER onedoor_owner").format(
                    sql.Identifier(name), sql.Identifier(self.template)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """Remove a clone and whoever is still connected to it."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _enter(lock: IO[str]) -> bool:
    """Join the runs under way; True if there are none, and none can join before the lock is shared."""
    if _try_exclusive(lock):
        return True
    fcntl.flock(lock, fcntl.LOCK_SH)
    return False


def _try_exclusive(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _drop_leftovers(conninfo: str) -> None:
    """Remove what killed runs left behind, and templates of migrations long changed."""
    _drop_like(conninfo, "run_")
    _drop_like(conninfo, "build_")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, 'template_')"
            " ORDER BY oid DESC OFFSET %s",
            [TEMPLATES_KEPT],
        ).fetchall()
        for (name,) in rows:
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _drop_like(conninfo: str, prefix: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
        for (name,) in rows:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _fingerprint() -> str:
    """Changes whenever a migration, or what gives rights, changes."""
    digest = hashlib.sha256()
    files = [
        *REPOSITORY.glob("onedoor/**/migrations/*.py"),
        *REPOSITORY.glob("onedoor/plumbing/database/*.py"),
    ]
    for path in sorted([*files, REPOSITORY / "onedoor/site/settings.py"]):
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _template(conninfo: str, home: Path) -> str:
    """Name of the template for the present migrations; built by one run while others wait."""
    with (home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        name = f"template_{_fingerprint()}"
        with psycopg.connect(conninfo, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return name
            draft = f"build_{secrets.token_hex(4)}"
            _migrate(draft)
            for statement in (
                "ALTER DATABASE {0} RENAME TO {1}",
                "ALTER DATABASE {1} ALLOW_CONNECTIONS false",
                "ALTER DATABASE {1} IS_TEMPLATE true",
            ):
                connection.execute(sql.SQL(statement).format(sql.Identifier(draft), sql.Identifier(name)))
        return name


def _migrate(database: str) -> None:
    """Make `database` with roles, extensions, tables and rights, by the product's own command."""
    done = subprocess.run(
        [sys.executable, "-m", "onedoor.site.cli", "migrate"],
        cwd=REPOSITORY,
        env={**os.environ, "ONEDOOR_HOME": str(TEST_HOME), "ONEDOOR_DATABASE_NAME": database},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"migrations failed:\n{done.stdout}\n{done.stderr}")
