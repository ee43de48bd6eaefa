"""The indexes of what waits and of what was given up, made without holding up those who write."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("notices", "0002_carriage"),
    ]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("failed_at__isnull", True), ("sent_at__isnull", True)),
                fields=["id"],
                name="notices_message_unsent",
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("failed_at__isnull", False)),
                fields=["failed_at"],
                name="notices_message_failed",
            ),
        ),
        RemoveIndexConcurrently("message", "notices_message_waiting"),
    ]
