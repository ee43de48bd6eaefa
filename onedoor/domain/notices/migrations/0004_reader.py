"""Up to when somebody has read what they were told."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_unsent"),
    ]

    operations = [
        migrations.CreateModel(
            "Reader",
            fields=[
                ("owner", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("read_at", models.DateTimeField()),
            ],
        ),
    ]
