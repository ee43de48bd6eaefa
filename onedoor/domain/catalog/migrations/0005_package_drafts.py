"""Drafts of packages: what is composed and reviewed before it is published."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

_OPEN = models.Q(("state__in", ["drafting", "reviewing"]))


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_drafts"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PackageDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=9)),
                ("revision", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("base_number", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("fault", models.CharField(blank=True, max_length=500)),
                ("author", models.CharField(max_length=100)),
                (
                    "writers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), size=None
                    ),
                ),
                ("reviewer", models.CharField(blank=True, max_length=100)),
                ("begun_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="catalog.package",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="packagedraft",
            index=models.Index(condition=_OPEN, fields=["tenant"], name="catalog_packagedraft_open"),
        ),
        migrations.AddConstraint(
            model_name="packagedraft",
            constraint=models.UniqueConstraint(
                condition=_OPEN, fields=("package",), name="catalog_packagedraft_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="packagedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["drafting", "reviewing", "done", "abandoned"])),
                name="catalog_packagedraft_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="packagedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("revision__gte", 1)), name="catalog_packagedraft_revision"
            ),
        ),
    ]
