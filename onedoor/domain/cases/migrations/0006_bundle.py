"""What was applied for as one 一件事, and the cases that are its members."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

_KEY = "cases_case_parent_id_30365dcb_fk_cases_bundle_id"
_FORMER = "cases_case_parent_id_30365dcb_fk_cases_case_id"


def _key(to: str, *, null: bool = False, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        to=to, null=null, on_delete=django.db.models.deletion.PROTECT, db_index=False, **more
    )


class Migration(migrations.Migration):
    # The key of a table in use is checked beside the work that goes on.
    atomic = False

    dependencies = [
        ("cases", "0005_entrusted"),
        ("offices", "0001_initial"),
        ("people", "0002_entrustment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "Bundle",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=50)),
                ("query_hash", models.BinaryField()),
                ("package_code", models.CharField(max_length=64)),
                ("package_name", models.CharField(max_length=200)),
                ("package_number", models.PositiveIntegerField(default=0)),
                ("stage", models.CharField(max_length=12)),
                ("seq", models.PositiveIntegerField(default=0)),
                ("head_hash", models.BinaryField()),
                ("members", models.JSONField(default=list)),
                ("lead_department", models.CharField(max_length=32)),
                (
                    "departments",
                    django.contrib.postgres.fields.ArrayField(models.CharField(max_length=32), default=list),
                ),
                ("place_code", models.CharField(max_length=12)),
                ("channel", models.CharField(max_length=10)),
                ("applicant_kind", models.CharField(max_length=12)),
                ("applicant_name", models.CharField(max_length=120)),
                ("created_by", models.CharField(max_length=100)),
                ("command_id", models.CharField(max_length=200, null=True)),
                ("command_hash", models.BinaryField(null=True)),
                ("wrapped_key", models.BinaryField()),
                ("dossier_version", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("filed_at", models.DateTimeField(null=True)),
                ("concluded_at", models.DateTimeField(null=True)),
                ("tenant", _key("offices.tenant")),
                ("subject", _key("people.subject", null=True)),
                ("applicant_user", _key(settings.AUTH_USER_MODEL, null=True, related_name="+")),
                ("entrustment", _key("people.entrustment", null=True, related_name="+")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["number"], name="cases_bundle_number_once"),
                    models.UniqueConstraint(
                        fields=["created_by", "command_id"],
                        condition=Q(command_id__isnull=False),
                        name="cases_bundle_command_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["applicant_user", "-created_at"], name="cases_bundle_applicant"),
                    models.Index(fields=["saved_at"], condition=Q(stage="draft"), name="cases_bundle_drafts"),
                ],
            },
        ),
        migrations.CreateModel(
            "BundleDossier",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bundle_id", "version", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("sealed", models.BinaryField()),
                ("bundle", _key("cases.bundle")),
            ],
        ),
        # No case has had a parent yet; the new key is taken on trust first and then checked without a lock on writing.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE cases_case DROP CONSTRAINT IF EXISTS {_FORMER}",
                    f"ALTER TABLE cases_case ADD CONSTRAINT {_FORMER} FOREIGN KEY (parent_id)"
                    " REFERENCES cases_case (id) DEFERRABLE INITIALLY DEFERRED",
                ),
                migrations.RunSQL(
                    f"ALTER TABLE cases_case ADD CONSTRAINT {_KEY} FOREIGN KEY (parent_id)"
                    " REFERENCES cases_bundle (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                    f"ALTER TABLE cases_case DROP CONSTRAINT {_KEY}",
                ),
                migrations.RunSQL(
                    f"ALTER TABLE cases_case VALIDATE CONSTRAINT {_KEY}", migrations.RunSQL.noop
                ),
            ],
            state_operations=[migrations.AlterField("case", "parent", _key("cases.bundle", null=True))],
        ),
    ]
