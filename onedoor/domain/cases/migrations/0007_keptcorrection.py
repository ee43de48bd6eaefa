"""What has been mended so far in corrections that have not been sent."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_bundle"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptCorrection",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("saved_at", models.DateTimeField()),
            ],
        ),
    ]
