"""What members of staff keep for their own work."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def _user() -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=30)),
                ("asked", models.JSONField()),
                ("is_default", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("user", _user()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["user", "place", "name"], name="cases_savedfilter_once"),
                    models.UniqueConstraint(
                        fields=["user", "place"],
                        condition=Q(is_default=True),
                        name="cases_savedfilter_one_default",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "OwnPhrase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("verb", models.CharField(max_length=40)),
                ("part", models.CharField(max_length=40)),
                ("text", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField()),
                ("user", _user()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["user", "verb", "part", "text"], name="cases_ownphrase_once"
                    ),
                ],
            },
        ),
    ]
