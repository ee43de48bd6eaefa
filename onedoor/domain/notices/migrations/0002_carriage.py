"""How far a message has come with its carrier."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
    ]

    operations = [
        migrations.AddField("message", "until", models.DateTimeField(null=True)),
        migrations.AddField("message", "attempts", models.SmallIntegerField(default=0, db_default=0)),
        migrations.AddField("message", "next_try_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "fault", models.CharField(max_length=40, default="", db_default="")),
        migrations.AddField("message", "failed_at", models.DateTimeField(null=True)),
    ]
