"""Tables of the notices room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .terms import Channel


class Message(models.Model):
    """A message to a telephone. `key` names what it is about, so that it goes out once."""

    tenant_id = models.IntegerField()
    key = models.CharField(max_length=200)
    channel = models.CharField(max_length=8)
    phone_cipher = models.BinaryField()
    phone_masked = models.CharField(max_length=20)
    text = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=40, default="", db_default="")
    failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "key"], name="notices_message_key"),
            models.CheckConstraint(
                condition=Q(channel__in=[channel.value for channel in Channel]),
                name="notices_message_channel",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-created_at", "-id"], name="notices_message_latest"),
            models.Index(
                fields=["id"],
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
                name="notices_message_unsent",
            ),
            models.Index(
                fields=["failed_at"], condition=Q(failed_at__isnull=False), name="notices_message_failed"
            ),
        ]


class Reader(models.Model):
    """Up to when somebody has read what they were told. `owner` is a principal's key."""

    owner = models.CharField(max_length=100, primary_key=True)
    read_at = models.DateTimeField()
