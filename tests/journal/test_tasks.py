"""The sequencer under open writers, and followers that fail."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from onedoor.domain.journal import queries, tasks
from onedoor.domain.journal.actions import APPEND_CTE, append_params, chain
from onedoor.domain.journal.terms import GENESIS, Fact, FactRow, NewFact

Append = Callable[..., list[FactRow]]


def positions() -> list[tuple[int, UUID, int]]:
    return [(item.position, item.fact.stream_id, item.fact.seq) for item in queries.facts_after(0, 1000)]


@pytest.mark.django_db
def test_facts_get_dense_positions_in_the_order_they_were_written(append: Append) -> None:
    first, second = append(2), append(1)
    assert positions() == []
    assert tasks.sequence() == 3
    third = append(1, stream_id=first[0].stream_id)
    assert tasks.sequence() == 1
    assert tasks.sequence() == 0
    order = [*first, *second, *third]
    assert positions() == [(place, row.stream_id, row.seq) for place, row in enumerate(order, 1)]
    assert [item.position for item in queries.facts_after(1, 2)] == [2, 3]


@pytest.mark.django_db
def test_a_limit_leaves_the_rest_for_the_next_round(append: Append) -> None:
    append(5)
    assert [tasks.sequence(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [place for place, _, _ in positions()] == [1, 2, 3, 4, 5]


def test_an_open_writer_is_not_waited_for_and_not_lost(
    own_database: str, owner_connection: psycopg.Connection[Any], append: Append, at: datetime
) -> None:
    late = chain(
        stream_id=UUID(int=7),
        seq=0,
        prev_hash=GENESIS,
        tenant_id=1,
        stream_kind="case",
        principal="user:1",
        recorded_at=at,
        facts=[NewFact("case.submitted", {}, at)],
    )
    owner_connection.autocommit = False
    owner_connection.execute(f"WITH {APPEND_CTE} SELECT 1", append_params(late))
    before = append(2)
    assert tasks.sequence() == 2
    assert [(stream, seq) for _, stream, seq in positions()] == [(row.stream_id, row.seq) for row in before]
    owner_connection.commit()
    after = append(1)
    assert tasks.sequence() == 2
    assert positions()[2:] == [(3, UUID(int=7), 1), (4, after[0].stream_id, 1)]
    assert tasks.sequence() == 0
    assert not connection.in_atomic_block


def test_only_one_sequencer_works_at_a_time(
    own_database: str, owner_connection: psycopg.Connection[Any], append: Append
) -> None:
    append(1)
    owner_connection.autocommit = False
    owner_connection.execute("SELECT pg_advisory_xact_lock(%s)", [tasks._SEQUENCER_LOCK])
    assert tasks.sequence() == 0
    owner_connection.rollback()
    assert tasks.sequence() == 1


@pytest.fixture
def three(db: None, append: Append) -> list[FactRow]:
    """Three facts with positions 1 to 3."""
    rows = append(3)
    tasks.sequence()
    return rows


def test_a_follower_sees_every_fact_once_and_in_order(three: list[FactRow], at: datetime) -> None:
    seen: list[int] = []
    assert tasks.follow("one", lambda fact: seen.append(fact.seq), limit=2, at=at) == 2
    assert tasks.follow("one", lambda fact: seen.append(fact.seq), limit=2, at=at) == 1
    assert tasks.follow("one", lambda fact: seen.append(fact.seq), limit=2, at=at) == 0
    assert seen == [1, 2, 3]
    (status,) = queries.follower_status()
    assert (status.name, status.position, status.behind, status.failures) == ("one", 3, 0, 0)


def test_a_follower_stops_when_its_turn_is_over(
    three: list[FactRow], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(tasks, "TURN", -1.0)
    assert [tasks.follow("slow", lambda fact: seen.append(fact.seq), at=at) for _ in range(4)] == [1, 1, 1, 0]
    assert seen == [1, 2, 3]
    (status,) = queries.follower_status()
    assert (status.position, status.failures) == (3, 0)


def test_a_failing_fact_stops_its_follower_there_and_no_other(three: list[FactRow], at: datetime) -> None:
    seen: list[int] = []

    def fails_at_two(fact: Fact) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO journal_outbox (stream_id, seq) VALUES (%s, %s)", [UUID(int=9), fact.seq]
            )
        if fact.seq == 2:
            raise ValueError("张三 220822199001011234")

    assert tasks.follow("bad", fails_at_two, at=at) == 1
    assert tasks.follow("good", lambda fact: seen.append(fact.seq), at=at) == 3
    assert seen == [1, 2, 3]
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM journal_outbox")
        assert cursor.fetchall() == [(1,)]  # what it did before it failed is undone
    bad = next(status for status in queries.follower_status() if status.name == "bad")
    assert (bad.position, bad.behind, bad.failures, bad.failed_at) == (1, 2, 1, at)


def test_a_failing_fact_is_tried_again_after_growing_waits(three: list[FactRow], at: datetime) -> None:
    tries: list[datetime] = []
    now = at

    def fails(fact: Fact) -> None:
        tries.append(now)
        raise ValueError

    for _ in range(700):
        tasks.follow("bad", fails, at=now)
        now += timedelta(seconds=1)
    waits = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tries)]
    assert waits[:7] == [2, 4, 8, 16, 32, 64, 128]
    assert max(waits) <= tasks.LONGEST_WAIT.total_seconds()
    seen: list[int] = []
    now += tasks.LONGEST_WAIT
    assert tasks.follow("bad", lambda fact: seen.append(fact.seq), at=now) == 3
    assert seen == [1, 2, 3]
    assert queries.follower_status()[0].failures == 0


def test_a_failure_is_logged_by_place_without_its_words(
    three: list[FactRow], at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(fact: Fact) -> None:
        raise ValueError("张三 220822199001011234")

    with caplog.at_level(logging.ERROR):
        tasks.follow("bad", fails, at=at)
    assert str(three[0].stream_id) in caplog.text
    assert "ValueError" in caplog.text
    assert "张三" not in caplog.text
    assert "220822" not in caplog.text


def test_what_a_follower_did_and_its_position_hold_together(
    own_database: str, append: Append, at: datetime
) -> None:
    append(2)
    tasks.sequence()
    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        tasks.follow("one", lambda fact: _interrupt(), at=at)
    with transaction.atomic():
        tasks.follow("one", lambda fact: seen.append(fact.seq), at=at)
        transaction.set_rollback(True)
    assert tasks.follow("one", lambda fact: seen.append(fact.seq), at=at) == 2
    assert seen == [1, 2, 1, 2]


def test_a_follower_at_work_elsewhere_is_left_alone(
    own_database: str, owner_connection: psycopg.Connection[Any], append: Append, at: datetime
) -> None:
    append(1)
    tasks.sequence()
    assert tasks.follow("one", lambda fact: None, limit=0, at=at) == 0
    owner_connection.autocommit = False
    owner_connection.execute("SELECT FROM journal_follower FOR UPDATE")
    assert tasks.follow("one", lambda fact: None, at=at) == 0
    owner_connection.rollback()
    assert tasks.follow("one", lambda fact: None, at=at) == 1


def _interrupt() -> None:
    raise KeyboardInterrupt
