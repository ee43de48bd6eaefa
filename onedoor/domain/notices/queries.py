"""Reading the notices room."""

from __future__ import annotations

from .models import Message
from .terms import Channel, MessageView


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
        )
        for message in latest
    )
