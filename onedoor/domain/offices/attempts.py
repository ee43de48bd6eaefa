"""Counting tries at what can be guessed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from onedoor.core.identifiers import mask_numbers
from onedoor.core.instants import SHANGHAI, civil_date, page_date
from onedoor.core.refusals import Refused

from .models import Attempt

ATTEMPT_WINDOW: Final = timedelta(minutes=15)
DAY: Final = timedelta(days=1)
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@transaction.atomic
def count_attempt(*, key: str, limit: int, at: datetime, window: timedelta = ATTEMPT_WINDOW) -> None:
    """Count a try at something guessable. Raises Refused("too_many_attempts", status 429) past the limit.

    Keys combine what is guessed with where the guess comes from, so that a stranger cannot lock out the owner.
    Tries at the same moment are counted one after another.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [key])
    check_attempts(key=key, limit=limit, at=at, window=window)
    record_failure(key=key, at=at)


def check_attempts(*, key: str, limit: int, at: datetime, window: timedelta = ATTEMPT_WINDOW) -> None:
    """Refuse (429, too_many_attempts) when as many tries have been counted within the window, counting none."""
    until = locked_until(key=key, limit=limit, at=at, window=window)
    if until is not None:
        raise Refused("too_many_attempts", f"尝试次数过多，请在{clock(until, at)}以后再试。", status=429)


def locked_until(
    *, key: str, limit: int, at: datetime, window: timedelta = ATTEMPT_WINDOW
) -> datetime | None:
    """When the next try will be heard; None if that is now."""
    recent = (
        Attempt.objects.filter(key=_kept(key), at__gt=at - window)
        .order_by("-at")
        .values_list("at", flat=True)
    )
    oldest = recent[limit - 1 : limit].first()
    return oldest + window if oldest is not None else None


def attempts_since(*, key: str, since: datetime) -> int:
    """How many tries have been counted since then."""
    return Attempt.objects.filter(key=_kept(key), at__gt=since).count()


def tries_left(*, key: str, limit: int, at: datetime) -> int:
    """How many more tries the short window bears."""
    return max(0, limit - Attempt.objects.filter(key=_kept(key), at__gt=at - ATTEMPT_WINDOW).count())


def record_failure(*, key: str, at: datetime) -> None:
    """Count a failure that `check_attempts` looks at the next time."""
    Attempt.objects.create(key=_kept(key), at=at)


def forget_attempts(*, key: str) -> None:
    """A right answer clears the count."""
    Attempt.objects.filter(key=_kept(key)).delete()


def forget_attempts_at(*, prefix: str) -> int:
    """Clear every count whose key begins so; returns how many tries that were."""
    return Attempt.objects.filter(key__startswith=_kept(prefix)).delete()[0]


def _kept(key: str) -> str:
    """What is guessed may be somebody's number, typed where a name was asked for: it is not kept whole."""
    return mask_numbers(key)


def clock(until: datetime, at: datetime) -> str:
    """When something may be tried again, as people say it: ` 10:42 `, with the day if it is another one."""
    local = (until + timedelta(minutes=1)).astimezone(SHANGHAI)
    day = "" if civil_date(until) == civil_date(at) else page_date(local.date())
    return f"{day} {local:%H:%M} "
