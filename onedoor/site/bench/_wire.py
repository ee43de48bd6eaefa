"""What really goes over the wire to the database: statements as the client library sends them.

libpq's own trace is read, so nothing can slip by: neither health checks nor savepoints, whichever cursor sends
them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import pq

#: One message a line: `F` for from here, its length, its name, its content.
_SENT = re.compile(r"^F\t\d+\t(Query|Execute)(?:\t (.*))?$", re.MULTILINE)
_BRACKETS = re.compile(r'"(BEGIN|COMMIT|ROLLBACK)\b', re.IGNORECASE)


@dataclass(slots=True)
class Sent:
    """What was sent while a `watched` block ran."""

    #: Statements other than those that begin and end transactions.
    statements: int = 0
    #: BEGIN, COMMIT and ROLLBACK; each is a round trip as well.
    brackets: int = 0
    trace: str = field(default="", repr=False)


@contextmanager
def watched(connection: Any) -> Iterator[Sent]:
    """Count what a psycopg connection sends inside the block; the result is complete when the block ends."""
    sent, wire = Sent(), connection.pgconn
    with tempfile.TemporaryFile("w+") as file:
        wire.trace(file.fileno())
        wire.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield sent
        finally:
            wire.untrace()
        file.seek(0)
        sent.trace = file.read()
    for message in _SENT.finditer(sent.trace):
        if _BRACKETS.search(message[2] or ""):
            sent.brackets += 1
        else:
            sent.statements += 1
