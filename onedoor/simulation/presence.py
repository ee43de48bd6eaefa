"""Who else may move a county's clock while a virtual one lives.

A virtual county writes its past while the real clock is already further. Whoever lets time take effect by the
real clock meanwhile would make it late for everything; so the worker's sweep asks here first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

from onedoor.core.refusals import Refused

_LOCK: Final = 0x6F6E65646F6F7203


@contextmanager
def living() -> Iterator[None]:
    """Live in this database, alone. Raises Refused("county_already_lives") while another one does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise Refused("county_already_lives", "已有一次模拟正在进行，请等它结束后再试。", status=409)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def is_living() -> bool:
    """Whether a virtual county lives in this database now."""
    with connection.cursor() as cursor:
        # Both in one statement: what is locked here is given back at once.
        cursor.execute(
            "SELECT CASE WHEN pg_try_advisory_lock_shared(%s) THEN NOT pg_advisory_unlock_shared(%s) "
            "ELSE true END",
            [_LOCK, _LOCK],
        )
        return bool(cursor.fetchone()[0])
