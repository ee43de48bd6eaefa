"""Anchoring goes on after a restored backup only once that is filed, and never over a tampered database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries, tasks
from onedoor.domain.journal.resuming import SET_ASIDE
from onedoor.domain.journal.terms import FactRow, named_stream
from onedoor.plumbing.crypto import SigningKey
from onedoor.plumbing.home import Home

Append = Callable[..., list[FactRow]]
pytestmark = pytest.mark.usefixtures("own_database")


def _anchored(append: Append, home: Home, at: datetime, times: int) -> None:
    for minute in range(times):
        append(2)
        tasks.sequence()
        assert tasks.anchor(at + timedelta(minutes=minute), home=home) is not None


def _set_back(superuser: psycopg.Connection, number: int) -> None:
    """The database as a backup from just after anchor `number` would restore it."""
    (position,) = superuser.execute(
        "SELECT position FROM journal_anchor WHERE number = %s", [number]
    ).fetchone() or (0,)
    for statement in (
        "DELETE FROM journal_anchor_leaf WHERE number > %(number)s",
        "DELETE FROM journal_anchor WHERE number > %(number)s",
        """DELETE FROM journal_fact f USING journal_position p WHERE p.position > %(position)s
           AND (f.stream_id, f.seq) = (p.stream_id, p.seq)""",
        "DELETE FROM journal_position WHERE position > %(position)s",
    ):
        superuser.execute(statement, {"number": number, "position": position})


def _sound(home: Home) -> bool:
    return queries.verify(
        anchors_path=home.anchors_file, public_key=SigningKey.of(home).public, heads=()
    ).sound


def _resume(home: Home, at: datetime, reason: str = "磁盘损坏") -> None:
    tasks.resume(reason=reason, tenant_id=1, principal="command", at=at, home=home)


def test_filed_and_resumed(
    append: Append, home: Home, at: datetime, superuser_connection: psycopg.Connection
) -> None:
    _anchored(append, home, at, 3)
    whole = home.anchors_file.read_bytes()
    _set_back(superuser_connection, 1)
    append(1)
    tasks.sequence()
    with pytest.raises(Refused, match="anchors_disagree"):
        tasks.anchor(at, home=home)
    assert tasks.disagreement(home).lost == 2
    assert not _sound(home)
    with pytest.raises(Refused, match="reason_missing"):
        _resume(home, at, " ")
    _resume(home, at)
    (kept,) = home.anchors.glob("anchors-set-aside-3-*")
    assert kept.read_bytes() == whole
    assert whole.startswith(home.anchors_file.read_bytes())
    (fact,) = queries.facts(named_stream("anchors", 1))
    assert fact.kind == SET_ASIDE
    assert (fact.data["shared"], fact.data["filed"], fact.data["reason"]) == (1, 3, "磁盘损坏")
    tasks.sequence()
    assert tasks.anchor(at + timedelta(hours=1), home=home) is not None
    assert _sound(home)


def test_nothing_is_filed_where_nothing_disagrees(append: Append, home: Home, at: datetime) -> None:
    _anchored(append, home, at, 2)
    with pytest.raises(Refused, match="anchors_agree"):
        _resume(home, at)


@pytest.mark.parametrize("forged", [False, True])
def test_a_tampered_database_is_no_earlier_state(
    append: Append, home: Home, at: datetime, superuser_connection: psycopg.Connection, forged: bool
) -> None:
    _anchored(append, home, at, 3)
    _set_back(superuser_connection, 2)
    if forged:
        lines = home.anchors_file.read_text().splitlines()
        lines[-1] = lines[-1].replace('"signature":"', '"signature":"00', 1)
        home.anchors_file.write_text("\n".join(lines) + "\n")
    else:
        superuser_connection.execute("UPDATE journal_anchor SET root = %s WHERE number = 2", [b"x" * 32])
    before = home.anchors_file.read_bytes()
    with pytest.raises(Refused, match="anchors_foreign"):
        _resume(home, at)
    assert home.anchors_file.read_bytes() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_fact WHERE kind = %s", [SET_ASIDE])
        assert cursor.fetchone() == (0,)
