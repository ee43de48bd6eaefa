"""Batches of changes from one file, and the drafts that go through their reviews with them."""

from __future__ import annotations

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

_STATES = ["reading", "faulty", "ready", "checking", "reviewing", "approved", "done", "abandoned"]
_OPEN = _STATES[:6]


def _belonging(model: str, related: str) -> list[migrations.operations.base.Operation]:
    """A key to the batch in a table that is in use: nothing of it is rewritten, nobody who writes waits."""
    table, key = f"catalog_{model}", f"catalog_{model}_batch_fk"
    field = models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to="catalog.batch",
    )
    return [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE {table} ADD COLUMN batch_id uuid",
                    f"ALTER TABLE {table} DROP COLUMN batch_id",
                ),
                migrations.RunSQL(
                    f"ALTER TABLE {table} ADD CONSTRAINT {key} FOREIGN KEY (batch_id)"
                    " REFERENCES catalog_batch (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(f"ALTER TABLE {table} VALIDATE CONSTRAINT {key}", migrations.RunSQL.noop),
            ],
            state_operations=[migrations.AddField(model, "batch", field)],
        ),
        AddIndexConcurrently(
            model,
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name=f"{table}_by_batch"),
        ),
    ]


class Migration(migrations.Migration):
    # The indexes are built beside the work that goes on.
    atomic = False

    dependencies = [
        ("catalog", "0006_campaigns"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("suffix", models.CharField(max_length=8)),
                ("size", models.PositiveIntegerField()),
                ("state", models.CharField(default="reading", max_length=9)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("phase", models.CharField(blank=True, max_length=8)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("notes", models.JSONField(default=list)),
                ("findings", models.JSONField(default=list)),
                ("fault", models.CharField(blank=True, max_length=500)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("effective_on", models.DateField(null=True)),
                ("author", models.CharField(max_length=100)),
                ("checker", models.CharField(blank=True, max_length=100)),
                ("reviewer", models.CharField(blank=True, max_length=100)),
                ("created_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=_STATES), name="catalog_batch_state"),
                    models.CheckConstraint(
                        condition=Q(reviewer="") | (~Q(reviewer=F("author")) & ~Q(reviewer=F("checker"))),
                        name="catalog_batch_reviewed_by_another",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tenant"], condition=Q(state__in=_OPEN), name="catalog_batch_open"),
                ],
            },
        ),
        *_belonging("draft", "drafts"),
        *_belonging("packagedraft", "package_drafts"),
    ]
