"""Whether somebody has been vouched for, found by the subject."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the work that goes on.
    atomic = False

    dependencies = [
        ("people", "0002_entrustment"),
    ]

    operations = [
        AddIndexConcurrently(
            "verification", models.Index(fields=["subject"], name="people_verified_subject")
        ),
    ]
