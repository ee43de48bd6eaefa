"""Appending: chains, refusals, rights and races."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions, queries
from onedoor.domain.journal.terms import GENESIS, FactRow, NewFact
from onedoor.plumbing.database.prepared import prepared_cursor

Append = Callable[..., list[FactRow]]


@pytest.mark.django_db
def test_facts_are_read_back_as_they_were_written(append: Append) -> None:
    rows = append(3, command_id="k1", command_hash=b"h" * 32)
    facts = queries.facts(rows[0].stream_id)
    assert [(fact.seq, fact.prev_hash, fact.hash) for fact in facts] == [
        (1, GENESIS, rows[0].hash),
        (2, rows[0].hash, rows[1].hash),
        (3, rows[1].hash, rows[2].hash),
    ]
    assert facts[0].data == {"n": 1, "意见": "同意"}
    assert facts[0].effective_at == rows[0].effective_at
    assert [fact.command_id for fact in facts] == ["k1", None, None]
    assert [fact.command_hash for fact in facts] == [b"h" * 32, None, None]
    assert queries.facts(rows[0].stream_id, after=2) == facts[2:]


@pytest.mark.django_db
def test_a_stream_goes_on_where_it_ended(append: Append) -> None:
    first = append(2)
    second = append(2, stream_id=first[0].stream_id)
    assert [row.seq for row in second] == [3, 4]
    assert second[0].prev_hash == first[-1].hash


@pytest.mark.django_db
def test_a_command_enters_a_stream_once(append: Append) -> None:
    stream_id = append(1, command_id="k1")[0].stream_id
    with pytest.raises(Refused) as refused:
        append(1, stream_id=stream_id, command_id="k1")
    assert (refused.value.code, refused.value.status) == ("repeated_command", 409)
    assert len(queries.facts(stream_id)) == 1
    append(1, command_id="k1")
    append(1, stream_id=stream_id, command_id="k2")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expressions", "parameters"),
    [
        (lambda facts: actions.APPEND_CTE, actions.append_params),
        (actions.append_cte, actions.append_values),
    ],
    ids=["arrays", "values"],
)
def test_a_room_writes_facts_within_its_own_statement(
    at: datetime,
    expressions: Callable[[int], str],
    parameters: Callable[[Sequence[FactRow]], list[Any]],
) -> None:
    for number in (0, 1, 2) * 4:  # the later rounds run prepared statements
        facts = [NewFact("case.reviewed", {"n": n}, at) for n in range(number + 1)]
        rows = actions.chain(
            stream_id=uuid4(),
            seq=0,
            prev_hash=GENESIS,
            tenant_id=1,
            stream_kind="case",
            principal="user:1",
            recorded_at=at,
            facts=facts,
            command_id="k" if number % 2 else None,
        )
        statement = f"""
            WITH {expressions(len(rows))}, mark AS (SELECT %s::text AS word)
            SELECT word, (SELECT count(*) FROM journal_facts) FROM mark"""
        with prepared_cursor() as cursor:
            cursor.execute(statement, [*parameters(rows), "done"])
            assert cursor.fetchone() == ("done", number + 1)
        assert [fact.hash for fact in queries.facts(rows[0].stream_id)] == [row.hash for row in rows]


def test_the_effective_instant_may_lie_before_the_recorded_one(at: datetime) -> None:
    earlier = at - timedelta(days=3)
    (row,) = actions.chain(
        stream_id=uuid4(),
        seq=0,
        prev_hash=GENESIS,
        tenant_id=1,
        stream_kind="case",
        principal="system",
        recorded_at=at,
        facts=[NewFact("case.deemed_accepted", {}, earlier)],
    )
    assert (row.effective_at, row.recorded_at) == (earlier, at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table", ["journal_fact", "journal_position", "journal_anchor", "journal_anchor_leaf"]
)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_cannot_change_what_is_only_added(table: str, verb: str) -> None:
    column = {"journal_position": "position", "journal_fact": "seq"}.get(table, "number")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(verb.format(table, column, column))


def test_the_owner_could_change_it(own_database: str, owner_connection: psycopg.Connection[Any]) -> None:
    """Control: what the application is refused is possible as such."""
    owner_connection.execute("UPDATE journal_fact SET seq = seq")
    owner_connection.execute("DELETE FROM journal_fact")
    owner_connection.execute("TRUNCATE journal_fact")


def race(act: Callable[[], Any], runners: int = 6) -> list[str]:
    """Run the act in several threads at once; returns how each ended."""
    start, endings = threading.Barrier(runners), []

    def run() -> None:
        try:
            start.wait(10)
            act()
            endings.append("done")
        except Refused as refused:
            endings.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(endings)


def test_of_writers_from_the_same_head_exactly_one_wins(
    own_database: str, append: Append, at: datetime
) -> None:
    (first,) = append()
    facts = [NewFact("case.accepted", {}, at)]

    def act() -> None:
        rows = actions.chain(
            stream_id=first.stream_id,
            seq=1,
            prev_hash=first.hash,
            tenant_id=1,
            stream_kind="case",
            principal="user:1",
            recorded_at=at,
            facts=facts,
        )
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"WITH {actions.APPEND_CTE} SELECT 1", actions.append_params(rows))
        except IntegrityError as error:
            raise Refused("stale", "") from error

    assert race(act) == ["done"] + ["stale"] * 5
    assert len(queries.facts(first.stream_id)) == 2


def test_appending_at_once_refuses_or_waits(own_database: str, append: Append) -> None:
    refused, waiting = uuid4(), uuid4()
    endings = race(lambda: append(1, stream_id=refused))
    assert set(endings) <= {"done", "stale"}
    assert len(queries.facts(refused)) == endings.count("done")
    assert race(lambda: append(1, stream_id=waiting, queue_up=True)) == ["done"] * 6
    assert [fact.seq for fact in queries.facts(waiting)] == [1, 2, 3, 4, 5, 6]
