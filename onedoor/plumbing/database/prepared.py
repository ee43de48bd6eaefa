"""Cursors whose statements are parsed and planned once per connection.

Django's cursor binds on the client, so its statements are never prepared, whatever `prepare_threshold` says.
Hot paths therefore ask for a cursor here: parameters travel apart from the statement, and from the second
execution on the server reuses its plan. Keep the statement's text constant. Placeholders are `%s` as usual; a
Python list is an array (`= ANY(%s)` in place of `IN`); cast where a type cannot be inferred, as in
`%s::jsonb`; a jsonb column comes back as text, as everywhere under Django.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connections

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper


def prepared_cursor(connection: BaseDatabaseWrapper | None = None) -> CursorWrapper:
    """A cursor on Django's own connection and transaction, binding on the server.

    Errors are Django's, statements are counted like all others. Use it as a context manager.
    """
    wrapper = connection if connection is not None else connections["default"]
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    wrapper.validate_thread_sharing()
    raw: Any = psycopg.Cursor(wrapper.connection)
    return wrapper.make_debug_cursor(raw) if wrapper.queries_logged else wrapper.make_cursor(raw)


def fetch_one(sql: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of a statement of the hot path, None if it has none."""
    row: tuple[Any, ...] | None = _executed(sql, parameters).fetchone()
    return row


def affected(sql: str, parameters: Sequence[Any]) -> int:
    """How many rows a statement of the hot path has changed."""
    return int(_executed(sql, parameters).rowcount)


def _executed(sql: str, parameters: Sequence[Any]) -> Any:
    """As `prepared_cursor().execute`, on one cursor that the connection keeps: making a cursor for each statement,
    and Django's layers around it, take as long as the statement itself. A watched connection takes the long way,
    on which its watchers stand."""
    wrapper: Any = connections["default"]
    if wrapper.execute_wrappers or wrapper.queries_logged:
        cursor = prepared_cursor(wrapper)
        cursor.execute(sql, parameters)
        return cursor
    if not wrapper.health_check_done or wrapper.connection is None:
        wrapper.close_if_health_check_failed()
        wrapper.ensure_connection()
    wrapper.validate_thread_sharing()
    wrapper.validate_no_broken_transaction()
    with wrapper.wrap_database_errors:
        return wrapper.kept_cursor().execute(sql, parameters)
