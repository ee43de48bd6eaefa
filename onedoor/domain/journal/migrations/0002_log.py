"""An index over the facts that are not of cases, by which a log of them is read newest first."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the work that goes on.
    atomic = False

    dependencies = [("journal", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "fact",
            models.Index(
                fields=["tenant_id", "-recorded_at"],
                condition=~models.Q(stream_kind="case"),
                name="journal_fact_log",
            ),
        ),
    ]
