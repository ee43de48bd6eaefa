"""The cases of an entrustment, found without reading the others."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the work that goes on.
    atomic = False

    dependencies = [
        ("cases", "0004_entrustment"),
    ]

    operations = [
        AddIndexConcurrently(
            "case",
            models.Index(
                condition=models.Q(("entrustment__isnull", False)),
                fields=["entrustment"],
                name="cases_case_entrusted",
            ),
        ),
    ]
