"""The database wrapper Django loads for `ENGINE = "onedoor.plumbing.database.engine"`."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it; the health check of an idle connection differs, and it keeps a cursor."""

    _kept: Any = None

    def is_usable(self) -> bool:
        """Whether the idle connection can serve the next request.

        A server that stopped has closed its end, which makes the socket readable. Only then is the server
        asked: a healthy connection costs no round trip per request.
        """
        if self.connection is None or self.connection.closed:
            return False
        readable, _, _ = select.select([self.connection.fileno()], [], [], 0)
        return super().is_usable() if readable else True

    def kept_cursor(self) -> Any:
        """A cursor of this connection that binds on the server, made once: for statements whose rows are fetched
        before the next one is sent."""
        if self._kept is None or self._kept.connection is not self.connection:
            self._kept = psycopg.Cursor(self.connection)
        return self._kept
