"""Cursors whose statements are parsed and planned once per connection.

Django's cursor binds on the client, so its statements are never prepared, whatever `prepare_threshold` says.
Hot paths therefore ask for a cursor here: parameters travel apart from the statement, and from the second
execution on the server reuses its plan. Keep the statement's text constant. Placeholders are `%s` as usual; a
Python list is an array (`= ANY(%s)` in place of `IN`); cast where a type cannot be inferred, as in
`%s::jsonb`; a jsonb column comes back as text, as everywhere under Django.
"""

from __future__ import annotations

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
