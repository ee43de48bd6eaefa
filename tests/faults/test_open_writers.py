"""Writers open elsewhere neither freeze followers nor make them skip, nor does a move to a fresh cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from onedoor.domain.journal import actions, queries, tasks
from onedoor.domain.journal.actions import APPEND_CTE, append_params, chain
from onedoor.domain.journal.terms import GENESIS, Fact, NewFact
from onedoor.plumbing.database.binaries import engine
from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.roles import provision
from onedoor.plumbing.database.settings import DATABASE, Login, Logins, logins
from onedoor.plumbing.home import Home
from tests.faults.installation import disk_folder

AT = datetime(2026, 10, 13, 1, 2, 3, tzinfo=UTC)
Delivered = list[tuple[UUID, int]]


def _append(count: int = 1) -> list[tuple[UUID, int]]:
    """Committed facts of a new stream."""
    rows = actions.append(
        stream_id=uuid4(),
        tenant_id=1,
        stream_kind="case",
        principal="user:1",
        at=AT,
        facts=[NewFact("case.reviewed", {"n": number}, AT) for number in range(count)],
    )
    return [(row.stream_id, row.seq) for row in rows]


class Elsewhere:
    """Another session that has written its fact, first of all, and does not commit."""

    def __init__(self, login: Login) -> None:
        self.connection = psycopg.connect(login.conninfo())
        self.stream = uuid4()
        rows = chain(
            stream_id=self.stream,
            seq=0,
            prev_hash=GENESIS,
            tenant_id=1,
            stream_kind="case",
            principal="user:2",
            recorded_at=AT,
            facts=[NewFact("case.submitted", {}, AT)],
        )
        self.connection.execute(f"WITH {APPEND_CTE} SELECT 1", append_params(rows))

    def commit(self) -> list[tuple[UUID, int]]:
        self.connection.commit()
        self.connection.close()
        return [(self.stream, 1)]


class Recorder:
    """A follower that notes in the database what it was handed; a second time is an error of its key."""

    def __init__(self) -> None:
        self.handed: Delivered = []

    def __call__(self, fact: Fact) -> None:
        self.handed.append((fact.stream_id, fact.seq))
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO recorded VALUES (%s, %s)", [fact.stream_id, fact.seq])

    def go(self) -> int:
        """What the worker does in a moment: positions, then facts, until there are no more."""
        taken = 0
        while tasks.sequence(limit=3) + (now := tasks.follow("recorder", self, limit=2, at=AT)):
            taken += now
        return taken


def _noted() -> Delivered:
    with connection.cursor() as cursor:
        cursor.execute("SELECT stream_id, seq FROM recorded")
        return list(cursor.fetchall())


def _naive(last: int, seen: Delivered) -> int:
    """The control: facts after the highest number seen so far, taken straight from the outbox."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, stream_id, seq FROM journal_outbox WHERE id > %s ORDER BY id", [last])
        for number, stream, seq in cursor.fetchall():
            last = number
            seen.append((stream, seq))
    return last


def _settled(fact: tuple[UUID, int]) -> int:
    """The other control: whether a follower may have a fact, if it waits for all older transactions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_fact"
            " WHERE xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint %% (2^32)::bigint"
            " AND stream_id = %s",
            [fact[0]],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def recorder(own_database: str, owner_connection: psycopg.Connection[Any]) -> Recorder:
    """A recorder on a database of its own, where the application's role may note."""
    owner_connection.execute("CREATE TABLE recorded (stream_id uuid, seq int, PRIMARY KEY (stream_id, seq))")
    owner_connection.execute("GRANT SELECT, INSERT ON recorded TO onedoor_app")
    return Recorder()


def _login(name: str) -> Login:
    return replace(logins().owner, database=name)


def test_open_writers_elsewhere_freeze_nobody_and_lose_nothing(recorder: Recorder, own_database: str) -> None:
    written: Delivered = []
    naive: Delivered = []
    last = 0
    writers = [Elsewhere(_login(own_database)) for _ in range(3)]
    for writer in writers:
        written += _append(3)
        last = _naive(last, naive)
        assert not _settled(written[-1])  # who waits for older transactions waits for everybody's longest
        before = len(recorder.handed)
        recorder.go()
        assert len(recorder.handed) == before + 3  # ours went on, past the writers that are still open
        written += writer.commit()
        assert recorder.go() == 1
    last = _naive(last, naive)
    assert sorted(recorder.handed) == sorted(written) == sorted(_noted())
    assert len(set(recorder.handed)) == len(written) == 12
    positions = [placed.position for placed in queries.facts_after(0, 100)]
    assert positions == list(range(1, 13))
    assert not set(naive) & {(writer.stream, 1) for writer in writers}  # the control has lost all three


def test_each_fact_is_delivered_once_across_a_move_to_a_fresh_cluster(
    recorder: Recorder, own_database: str, use_login: Callable[[Login], None]
) -> None:
    """A dump is taken while facts wait for positions, some for the follower, and a writer is open elsewhere."""
    handed_before = _append(4)
    recorder.go()
    _append(30)  # numbers run ahead of what a fresh cluster would begin with
    tasks.sequence(limit=5)
    open_writer = Elsewhere(_login(own_database))
    with disk_folder() as folder:
        dump = folder / "dump"
        _run("pg_dump", _login(own_database), "--format=custom", f"--file={dump}")
        lost_by_crash = open_writer.commit()  # after the dump: the restored county never knew of it
        with _fresh(folder / "home") as fresh:
            _run("pg_restore", fresh.owner, "--no-owner", f"--dbname={DATABASE}", str(dump))
            before, xid = _noted(), _xid()
            use_login(fresh.app)
            _grant(fresh)
            assert _xid() < xid  # transaction ids have gone back; who remembers one skips or repeats
            assert sorted(_noted()) == sorted(before) == sorted(handed_before)
            again = Recorder()
            after = _append(3)
            again.go()
            facts = queries.facts_after(0, 100)
            assert [placed.position for placed in facts] == list(range(1, 38))
            assert {(p.fact.stream_id, p.fact.seq) for p in facts} == set(_noted())
            assert len(again.handed) == len(set(again.handed)) == 33
            assert not set(again.handed) & set(handed_before)
            assert set(after) <= set(again.handed)
            assert not set(lost_by_crash) & set(again.handed)
            assert all(one < two for one, two in pairwise(_seqs(again.handed)))


def _seqs(handed: Delivered) -> list[int]:
    """The seqs of the longest stream in the order in which they came."""
    streams = [stream for stream, _ in handed]
    longest = max(set(streams), key=streams.count)
    return [seq for stream, seq in handed if stream == longest]


def _xid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


@contextmanager
def _fresh(folder: Path) -> Iterator[Logins]:
    """A new cluster with roles and an empty database."""
    home = Home(folder).ensure()
    cluster = EmbeddedCluster(home)
    cluster.start()
    try:
        parties = logins(home)
        provision(parties)
        yield parties
    finally:
        cluster.stop()


def _grant(parties: Logins) -> None:
    with psycopg.connect(parties.owner.conninfo()) as owner:
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO onedoor_app")
        owner.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO onedoor_app")


def _run(program: str, login: Login, *options: str) -> None:
    environment = {
        "PGHOST": login.host,
        "PGPORT": login.port,
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGDATABASE": login.database,
    }
    subprocess.run([engine().path(program), *options], env=environment, check=True)
