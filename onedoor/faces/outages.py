"""What cannot be served just now through nobody's fault: the database is out of reach, or the disk is full.

These are the only answers of 5xx that are part of the product. Whoever gets one may try again later, with the same
idempotency key: a connection that broke while an act was committed leaves open whether it took effect.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Outage:
    """An answer of 5xx: `code` and `detail` for programs; people get the page of the status."""

    status: int
    code: str
    detail: str
    retry_after: int


UNREACHABLE: Final = Outage(
    503,
    "database_unreachable",
    "系统暂时连不上数据库，这次请求可能没有生效。请稍后用同一个 Idempotency-Key 重试，不会重复办理。",
    10,
)
DISK_FULL: Final = Outage(
    507,
    "disk_full",
    "系统存储空间已满，这次请求没有生效，什么也没有保存。请稍后用同一个 Idempotency-Key 重试。",
    300,
)

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: SQLSTATE of a disk that is full; of classes that tell of the server, not of the statement.
_DISK_FULL: Final = "53100"
_SERVER: Final = ("08", "53", "57P", "58")


def outage_of(error: BaseException) -> Outage | None:
    """The outage that an exception tells of; None for every other fault."""
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return DISK_FULL
        if isinstance(cause, OperationalError | InterfaceError):
            state = getattr(cause.__cause__, "sqlstate", None)
            if state == _DISK_FULL:
                return DISK_FULL
            if state is None or state.startswith(_SERVER):
                return UNREACHABLE
    return None


def page(outage: Outage) -> HttpResponse:
    """The outage as a page; nothing of it is read from the database."""
    return marked(HttpResponse(render_to_string(f"{outage.status}.html"), status=outage.status), outage)


def marked(response: HttpResponse, outage: Outage) -> HttpResponse:
    """The response, saying when to come back, and that nobody keeps it."""
    response["Retry-After"] = str(outage.retry_after)
    response["Cache-Control"] = "no-store"
    return response


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__
