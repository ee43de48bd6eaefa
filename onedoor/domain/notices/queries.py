"""Reading the notices room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Min

from .models import Message, Reader
from .terms import Backlog, Channel, MessageView, Told

# The key's index finds the messages of each subject; ':' is the character before ';'.
_ABOUT: Final = """
    FROM unnest(%s::text[]) AS asked (subject)
    JOIN notices_message m ON m.tenant_id = %s AND m.key >= asked.subject || ':' AND m.key < asked.subject || ';'"""
_TOLD: Final = f"""
    SELECT m.id, asked.subject, m.key, m.text, m.created_at {_ABOUT}
    WHERE (m.created_at, m.id) < (%s, %s) ORDER BY m.created_at DESC, m.id DESC LIMIT %s"""
_NEW: Final = f"SELECT count(*) {_ABOUT} WHERE m.created_at > %s"


def outbox(tenant_id: int, limit: int = 50) -> tuple[MessageView, ...]:
    """The latest messages of a tenant, newest first, telephones masked."""
    latest = Message.objects.filter(tenant_id=tenant_id).order_by("-created_at", "-pk")[:limit]
    return tuple(
        MessageView(
            id=message.pk,
            key=message.key,
            channel=Channel(message.channel),
            phone_masked=message.phone_masked,
            text=message.text,
            created_at=message.created_at,
            sent_at=message.sent_at,
            attempts=message.attempts,
            fault=message.fault,
            failed_at=message.failed_at,
        )
        for message in latest
    )


def backlog(*, at: datetime, within: timedelta = timedelta(days=1)) -> Backlog:
    """What still waits for its carrier and is worth sending at `at`, and what was given up `within` the time before."""
    waiting = Message.objects.filter(sent_at=None, failed_at=None, until__gt=at)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("created_at"))
    failed = Message.objects.filter(failed_at__gt=at - within).count()
    return Backlog(found["n"], found["oldest"], failed)


def told(
    tenant_id: int, subjects: Sequence[str], *, before: tuple[datetime, int], limit: int = 50
) -> tuple[Told, ...]:
    """The messages about these subjects, newest first, whether a carrier took them or not.

    A subject is the beginning of a message's key up to a colon. `before` are instant and id behind which the page
    begins.
    """
    if not subjects:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [list(subjects), tenant_id, *before, limit])
        rows = cursor.fetchall()
    return tuple(Told(row[0], row[1], row[2].removeprefix(f"{row[1]}:"), row[3], row[4]) for row in rows)


def unread(tenant_id: int, subjects: Sequence[str], *, owner: str) -> int:
    """How many messages about these subjects `owner` has not read."""
    if not subjects:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _NEW, [list(subjects), tenant_id, read_until(owner) or datetime.min.replace(tzinfo=UTC)]
        )
        return int(cursor.fetchone()[0])


def read_until(owner: str) -> datetime | None:
    """Up to when somebody has read what they were told; None for who never looked."""
    return Reader.objects.filter(pk=owner).values_list("read_at", flat=True).first()
