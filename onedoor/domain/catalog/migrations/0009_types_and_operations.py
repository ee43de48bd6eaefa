"""Every type of item, those exercised ex officio too; items split and merged."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

TYPES = models.CheckConstraint(
    condition=models.Q(("type__in", ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"))),
    name="catalog_version_type",
)
OPERATIONS = models.CheckConstraint(
    condition=models.Q(("operation__in", ["add", "change", "pause", "resume", "cancel", "split", "merge"])),
    name="catalog_draft_operation",
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_questions")]

    operations = [
        migrations.RemoveConstraint("version", "catalog_version_type"),
        AddConstraintNotValid("version", TYPES),
        ValidateConstraint("version", "catalog_version_type"),
        migrations.RemoveConstraint("draft", "catalog_draft_operation"),
        AddConstraintNotValid("draft", OPERATIONS),
        ValidateConstraint("draft", "catalog_draft_operation"),
        migrations.AddField("draft", "merged", ArrayField(models.CharField(max_length=64), default=list)),
    ]
