"""Under which entrustment a case is done for its applicant."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_lists"),
        ("people", "0002_entrustment"),
    ]

    operations = [
        # A new column without a default is null everywhere: neither it nor its key reads the table.
        migrations.AddField(
            "case",
            "entrustment",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.entrustment",
                db_index=False,
            ),
        ),
    ]
