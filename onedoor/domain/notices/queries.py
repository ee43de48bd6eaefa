"""Reading the notices room."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min

from .models import Message
from .terms import Backlog, Channel, MessageView


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
