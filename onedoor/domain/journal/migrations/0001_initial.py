"""Tables of the journal; what is only ever added is taken out of the application's reach."""

from __future__ import annotations

from django.db import migrations, models

from onedoor.plumbing.database.rights import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("position", models.BigIntegerField()),
                ("leaves", models.IntegerField()),
                ("root", models.BinaryField()),
                ("previous_root", models.BinaryField()),
                ("signature", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="AnchorLeaf",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "number", "stream_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField()),
                ("stream_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "journal_anchor_leaf",
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(default=0)),
                ("failed_at", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream_id", models.UUIDField()),
                ("seq", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stream_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("tenant_id", models.IntegerField()),
                ("stream_kind", models.TextField()),
                ("kind", models.TextField()),
                ("version", models.SmallIntegerField()),
                ("effective_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("principal", models.TextField()),
                ("command_id", models.TextField(null=True)),
                ("command_hash", models.BinaryField(null=True)),
                ("data", models.JSONField()),
                ("prev_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("command_id__isnull", False)),
                        fields=("stream_id", "command_id"),
                        name="journal_fact_command",
                    ),
                    models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="journal_fact_seq"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream_id", models.UUIDField()),
                ("seq", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stream_id", "seq"), name="journal_position_fact")
                ],
            },
        ),
        AppendOnly("journal_fact"),
        AppendOnly("journal_position"),
        AppendOnly("journal_anchor"),
        AppendOnly("journal_anchor_leaf"),
        # The outbox lives on deleted rows: vacuum it by their number, not by the size it never has.
        migrations.RunSQL(
            "ALTER TABLE journal_outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            "ALTER TABLE journal_outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
