"""A county's own guided questions: the draft in work, and what was published."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from onedoor.plumbing.database.rights import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_batches"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuestionsDraft",
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
                ("revision", models.PositiveIntegerField(default=1)),
                ("content", models.JSONField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="QuestionsEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField(null=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=100)),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="questionsedition",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="catalog_questionsedition_number_once"
            ),
        ),
        AppendOnly("catalog_questionsedition"),
    ]
