"""Drafts of items: what is prepared, checked and reviewed before it takes effect."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_vocabulary"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("operation", models.CharField(max_length=6)),
                ("state", models.CharField(default="drafting", max_length=9)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("content", models.JSONField()),
                ("reason", models.CharField(max_length=500)),
                ("fault", models.CharField(blank=True, max_length=500)),
                (
                    "successors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("effective_on", models.DateField(null=True)),
                ("author", models.CharField(max_length=100)),
                (
                    "writers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), size=None
                    ),
                ),
                ("checker", models.CharField(blank=True, max_length=100)),
                ("reviewer", models.CharField(blank=True, max_length=100)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
                (
                    "base",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.version",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="catalog.item",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(fields=["tenant", "state"], name="catalog_draft_by_state"),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["drafting", "checking", "reviewing", "approved"])),
                fields=("item",),
                name="catalog_draft_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("operation__in", ["add", "change", "pause", "resume", "cancel"])),
                name="catalog_draft_operation",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["drafting", "checking", "reviewing", "approved", "done", "abandoned"])
                ),
                name="catalog_draft_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewer", ""),
                    models.Q(("reviewer", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="catalog_draft_reviewed_by_another",
            ),
        ),
    ]
