"""Everything the IT person is told: one set of checks behind `onedoor doctor`, the status page and the figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from onedoor.plumbing.home import Home
from onedoor.site.checkup import machine
from onedoor.site.checkup.findings import Finding, Level, Section, looked

__all__ = ["Finding", "Level", "Section", "database_sections", "home_sections", "sections"]


def sections(home: Home) -> tuple[Section, ...]:
    """All there is to say of a running installation; the database must be reachable."""
    return (*home_sections(home), *database_sections())


def home_sections(home: Home, at: datetime | None = None) -> Iterator[Section]:
    """What needs no database."""
    at = at or machine.now()
    scheduled = bool(os.environ.get("ONEDOOR_BACKUP_DIR"))
    yield _section(
        "数据和密钥",
        _named(machine.folders, home),
        _named(machine.master_key, home),
        _named(machine.keys_exported, home, at),
        _named(machine.disk, home),
        _named(machine.backups, home, at, scheduled=scheduled),
    )
    yield _section(
        "程序",
        machine.versions,
        machine.pages,
        _named(machine.worker, home, at),
        _named(machine.certificate, home, at),
        _named(machine.memory, home),
        _named(machine.upgraded, home, at),
    )


def database_sections() -> Iterator[Section]:
    """What the database answers."""
    from onedoor.site.checkup import county, database, journal

    yield _section(
        "数据库",
        database.server,
        database.durability,
        database.migrations,
        database.rights,
        database.clock,
        database.size,
        database.connections,
    )
    yield _section("办件记录", journal.outbox, journal.followers, journal.anchors)
    yield _section("本县", county.calendar, county.messages, county.scanner)


def _section(name: str, *checks: Callable[[], object]) -> Section:
    return Section(name, tuple(looked(checks)))  # type: ignore[arg-type]


def _named(check: Callable[..., object], *given: object, **more: object) -> Callable[[], object]:
    """The check with what it looks at, under its own name."""
    made = partial(check, *given, **more)
    made.__doc__ = check.__doc__
    return made
