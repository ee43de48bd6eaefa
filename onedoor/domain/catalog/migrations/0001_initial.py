"""Items, their versions, and one row per tenant that counts changes."""

from __future__ import annotations

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from onedoor.plumbing.database.rights import AppendOnly


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Catalogue",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="offices.tenant",
                    ),
                ),
                ("revision", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=64)),
                ("stream_id", models.UUIDField(unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                ("name", models.CharField(max_length=200)),
                ("plain_name", models.CharField(blank=True, max_length=200)),
                ("type", models.CharField(max_length=2)),
                ("department", models.CharField(max_length=32)),
                ("department_name", models.CharField(blank=True, max_length=100)),
                (
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                (
                    "audience",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), size=None
                    ),
                ),
                ("case_kind", models.CharField(max_length=9)),
                ("ready", models.BooleanField()),
                (
                    "keywords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("pinyin", models.TextField()),
                ("initials", models.TextField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=100)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="catalog.item",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="catalog_item_code_once"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Za-z0-9-]{1,64}$")), name="catalog_item_code"
            ),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("retired_at__isnull", True)),
                fields=["tenant"],
                name="catalog_version_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("item", "number"), name="catalog_version_number_once"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="catalog_version_number_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ("01", "05", "07", "08", "09", "10", "20"))),
                name="catalog_version_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("case_kind__in", ["instant", "committed", "unknown"])),
                name="catalog_version_case_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ready", False), models.Q(("case_kind", "unknown"), _negated=True), _connector="OR"
                ),
                name="catalog_version_ready_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True),
                    ("retired_at__gte", models.F("published_at")),
                    _connector="OR",
                ),
                name="catalog_version_retired_after_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.Func("item_id", "item_id", models.Value("[]"), function="int8range"), "&&"),
                    (
                        models.Func("published_at", "retired_at", models.Value("[)"), function="tstzrange"),
                        "&&",
                    ),
                ],
                name="catalog_version_one_in_force",
            ),
        ),
        # Published content never changes: the application may only end the time a version is in force.
        AppendOnly("catalog_item"),
        AppendOnly("catalog_version", updatable=("retired_at",)),
    ]
