"""Packages 一件事 and their versions."""

from __future__ import annotations

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

from onedoor.plumbing.database.rights import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Package",
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
            name="PackageVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                ("name", models.CharField(max_length=100)),
                ("plain_name", models.CharField(blank=True, max_length=100)),
                ("lead", models.CharField(max_length=32)),
                ("ready", models.BooleanField()),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=100)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="catalog.package",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="catalog_package_code_once"),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Za-z0-9-]{1,64}$")), name="catalog_package_code"
            ),
        ),
        migrations.AddIndex(
            model_name="packageversion",
            index=models.Index(
                condition=models.Q(("retired_at__isnull", True)),
                fields=["tenant"],
                name="catalog_package_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="packageversion",
            constraint=models.UniqueConstraint(
                fields=("package", "number"), name="catalog_packageversion_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="catalog_packageversion_number_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True),
                    ("retired_at__gte", models.F("published_at")),
                    _connector="OR",
                ),
                name="catalog_packageversion_retired_after_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="packageversion",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.Func("package_id", "package_id", models.Value("[]"), function="int8range"), "&&"),
                    (
                        models.Func("published_at", "retired_at", models.Value("[)"), function="tstzrange"),
                        "&&",
                    ),
                ],
                name="catalog_packageversion_one_in_force",
            ),
        ),
        # As with items: published content never changes, only the time it is in force can be ended.
        AppendOnly("catalog_package"),
        AppendOnly("catalog_packageversion", updatable=("retired_at",)),
    ]
