"""The demo county in test databases: one template a tree, cloned or rolled back by tests."""

from __future__ import annotations

import fcntl
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from tests.cluster import REPOSITORY, TEST_HOME, Clones

#: Every member of staff signs in with this in tests.
PASSWORD = "door-opens-in-tests-2026"
#: When the demo county of tests was set up: before every year that tests play in.
FOUNDED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class County:
    """A database that holds the demo county."""

    tenant_id: int
    database: str


def county_template(clones: Clones) -> str:
    """Name of the template with the demo county; built once for a state of the tree."""
    with (TEST_HOME / "county.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        name = f"template_county_{_fingerprint(clones)}"
        with psycopg.connect(clones.conninfo, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found:
                return name
            draft = f"build_{secrets.token_hex(4)}"
            _clone(connection, clones.template, draft)
            _load(draft)
            for statement in (
                "ALTER DATABASE {0} RENAME TO {1}",
                "ALTER DATABASE {1} ALLOW_CONNECTIONS false",
                "ALTER DATABASE {1} IS_TEMPLATE true",
            ):
                connection.execute(sql.SQL(statement).format(sql.Identifier(draft), sql.Identifier(name)))
        return name


def clone_county(clones: Clones, template: str) -> str:
    """A fresh database with the demo county; returns its name."""
    name = f"{clones.prefix}{secrets.token_hex(4)}"
    with psycopg.connect(clones.conninfo, autocommit=True) as connection:
        _clone(connection, template, name)
    return name


def _clone(connection: psycopg.Connection, template: str, name: str) -> None:
    connection.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER onedoor_owner").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def _load(database: str) -> None:
    from onedoor.site.demo.loader import county_document, load_demo
    from tests.conftest import use_database

    former = use_database(database)
    try:
        usernames = [person["username"] for person in county_document()["staff"]]
        load_demo(at=FOUNDED, passwords=dict.fromkeys(usernames, PASSWORD))
    finally:
        use_database(former)


def _fingerprint(clones: Clones) -> str:
    digest = hashlib.sha256(clones.template.encode())
    for pattern in (
        "onedoor/site/demo/**/*",
        "onedoor/domain/catalog/**/*.py",
        "onedoor/domain/offices/*.py",
    ):
        for path in sorted(REPOSITORY.glob(pattern)):
            if path.is_file() and path.suffix in (".py", ".yaml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
