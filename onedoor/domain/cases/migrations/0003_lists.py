"""Indexes by which lists and counts hold a hundred thousand cases; those that nothing reads are dropped."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func, Q

_OPEN = Q(concluded_at__isnull=True)
_GROUPS = ("lead_department", "service_code", "place_code")
_DUE_ORDER = Func(
    F("due_at"),
    template="coalesce(%(expressions)s, 'infinity'::timestamptz)",
    output_field=models.DateTimeField(),
)


def _without_index(field: str, to: str, index: str, **more: object) -> migrations.SeparateDatabaseAndState:
    """The index of a foreign key dropped without touching the key itself."""
    key = models.ForeignKey(to=to, on_delete=django.db.models.deletion.PROTECT, db_index=False, **more)
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY {index} ON cases_case ({field}_id)",
            )
        ],
        state_operations=[migrations.AlterField("case", field, key)],
    )


class Migration(migrations.Migration):
    # Built beside the work that goes on.
    atomic = False

    dependencies = [("cases", "0002_own")]

    operations = [
        _without_index("tenant", "offices.tenant", "cases_case_tenant_id_7b78e901"),
        _without_index("version", "catalog.version", "cases_case_version_id_5b6a6022"),
        _without_index("parent", "cases.case", "cases_case_parent_id_30365dcb", null=True),
        _without_index(
            "applicant_user",
            settings.AUTH_USER_MODEL,
            "cases_case_applicant_user_id_d94979f9",
            null=True,
            related_name="+",
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE cases_case RENAME CONSTRAINT cases_case_number_key TO cases_case_number_once",
                    "ALTER TABLE cases_case RENAME CONSTRAINT cases_case_number_once TO cases_case_number_key",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS cases_case_number_980c9551_like",
                    "CREATE INDEX CONCURRENTLY cases_case_number_980c9551_like"
                    " ON cases_case (number varchar_pattern_ops)",
                ),
            ],
            state_operations=[
                migrations.AlterField("case", "number", models.CharField(max_length=50)),
                migrations.AddConstraint(
                    "case", models.UniqueConstraint(fields=["number"], name="cases_case_number_once")
                ),
            ],
        ),
        AddIndexConcurrently("case", GinIndex(fields=["work"], condition=_OPEN, name="cases_case_turns")),
        AddIndexConcurrently(
            "case", models.Index("tenant", _DUE_ORDER, "id", condition=_OPEN, name="cases_case_open_order")
        ),
        RemoveIndexConcurrently("case", "cases_case_work"),
        RemoveIndexConcurrently("case", "cases_case_open_due"),
        AddIndexConcurrently(
            "case",
            models.Index(
                "tenant", OpClass("applicant_name", name="varchar_pattern_ops"), name="cases_case_name"
            ),
        ),
        AddIndexConcurrently("case", GinIndex(fields=["departments"], name="cases_case_departments")),
        AddIndexConcurrently(
            "case",
            models.Index(
                fields=["tenant", "-created_at", "-id"], condition=Q(overdue=True), name="cases_case_late"
            ),
        ),
        AddIndexConcurrently(
            "case",
            models.Index(
                fields=["tenant", "stage", "-created_at", "-id"],
                condition=~Q(stage="delivered"),
                name="cases_case_stage",
            ),
        ),
        AddIndexConcurrently(
            "case",
            models.Index(fields=["tenant", "service_code", "-created_at", "-id"], name="cases_case_service"),
        ),
        AddIndexConcurrently(
            "case",
            models.Index(
                "tenant",
                "received_at",
                "lead_department",
                "stage",
                "overdue",
                "place_code",
                "service_code",
                "channel",
                "accepted_at",
                "decided_at",
                name="cases_case_figures",
            ),
        ),
        AddIndexConcurrently(
            "case",
            models.Index(
                "tenant",
                "decided_at",
                *_GROUPS,
                condition=Q(engine__outcome="refuse"),
                name="cases_case_refused",
            ),
        ),
        AddIndexConcurrently(
            "case",
            models.Index(
                "tenant",
                "decided_at",
                *_GROUPS,
                condition=Q(engine__overdue__contains=["promised"]),
                name="cases_case_promise_missed",
            ),
        ),
    ]
