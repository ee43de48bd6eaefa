"""Hot statements really are prepared on the server, which Django's own cursor never does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from onedoor.plumbing.database.prepared import affected, fetch_one, prepared_cursor

STATEMENT = "SELECT %s::int + 1 AS {}"


def _prepared(name: str) -> int:
    """How many statements that end in this name the server holds for the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%AS {name}"])
        (count,) = cursor.fetchone()
    return int(count)


@pytest.mark.django_db
def test_a_prepared_cursor_prepares() -> None:
    for number in range(4):
        with prepared_cursor() as cursor:
            cursor.execute(STATEMENT.format("hot"), [number])
            assert cursor.fetchone() == (number + 1,)
    assert _prepared("hot") == 1


@pytest.mark.django_db
def test_control_an_ordinary_cursor_does_not() -> None:
    for number in range(4):
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT.format("cold"), [number])
    assert _prepared("cold") == 0


@pytest.mark.django_db
def test_statements_are_counted_and_errors_are_djangos() -> None:
    with CaptureQueriesContext(connection) as seen, prepared_cursor() as cursor:
        cursor.execute(STATEMENT.format("counted"), [1])
    assert len(seen) == 1
    with pytest.raises(IntegrityError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES (%s, NULL)", ["x"])


@pytest.mark.django_db
def test_arrays_and_json_travel_as_parameters() -> None:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT 2 = ANY(%s), (%s::jsonb)->>'a'", [[1, 2], '{"a": "一扇门"}'])
        assert cursor.fetchone() == (True, "一扇门")


@pytest.mark.django_db
def test_the_hot_path_prepares_and_knows_its_rows() -> None:
    for number in range(4):
        assert fetch_one(STATEMENT.format("hotter"), [number]) == (number + 1,)
    assert _prepared("hotter") == 1
    assert fetch_one("SELECT 1 WHERE %s::int > 1", [1]) is None
    assert affected("UPDATE django_content_type SET model = model WHERE %s::int = 1", [2]) == 0


@pytest.mark.django_db
def test_the_hot_path_is_watched_like_any_other_and_its_errors_are_djangos() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert fetch_one(STATEMENT.format("watched"), [1]) == (2,)
    assert len(seen) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        affected("INSERT INTO django_content_type (app_label, model) VALUES (%s, NULL)", ["x"])
    assert fetch_one(STATEMENT.format("afterwards"), [1]) == (2,)


@pytest.mark.django_db
def test_a_broken_transaction_is_not_gone_on_with_on_the_hot_path() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            fetch_one("SELECT %s::int", [1])


class _Once:
    """A cursor as the others here, of the hot path."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        return None

    def execute(self, sql: str) -> None:
        assert fetch_one(sql, []) == (1,)


@pytest.mark.parametrize("cursor_of", [lambda: connection.cursor(), prepared_cursor, _Once])
def test_a_connection_whose_server_went_away_is_replaced(
    own_database: str, superuser_connection: psycopg.Connection, cursor_of: Callable[[], CursorWrapper]
) -> None:
    connection.ensure_connection()
    connection.health_check_enabled = True
    before = connection.connection
    assert connection.is_usable()
    superuser_connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'onedoor_app'"
    )
    for _ in range(500):
        if not connection.is_usable():
            break
        time.sleep(0.01)
    assert not connection.is_usable()
    connection.health_check_done = False
    with cursor_of() as cursor:
        cursor.execute("SELECT 1")
    assert connection.connection is not before
