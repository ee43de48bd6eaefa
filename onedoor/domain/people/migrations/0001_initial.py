"""The table of subjects."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=200)),
                ("id_type", models.CharField(max_length=16)),
                ("id_cipher", models.BinaryField()),
                ("id_index", models.BinaryField()),
                ("id_tail_index", models.BinaryField()),
                ("phone_cipher", models.BinaryField()),
                ("phone_index", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "phone_index"], name="people_subject_phone"),
                    models.Index(fields=["tenant", "id_tail_index"], name="people_subject_id_tail"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "id_index", "id_type", "kind"), name="people_subject_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["person", "organization"])),
                        name="people_subject_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("id_type__in", ["resident_id", "uscc"])),
                        name="people_subject_id_type",
                    ),
                ],
            },
        ),
    ]
