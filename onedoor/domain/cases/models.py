"""Tables of the cases room. Every case-scoped table leads with the case id."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from .engine.terms import CONCLUDED

OPEN = ~Q(stage__in=[stage.value for stage in CONCLUDED])


class Case(models.Model):
    """The present state of a case, derived from its facts and rebuildable from them.

    `seq` and `head_hash` are the head of its stream. `engine` is the state as the engine reads it. `work` holds
    `role:department` tokens of whose turn it is. `wrapped_key` opens its dossier. `due_at` is the limit now
    running, `next_alarm_at` the next instant at which time alone changes something.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    number = models.CharField(max_length=50, unique=True)
    query_hash = models.BinaryField()
    version = models.ForeignKey("catalog.Version", on_delete=models.PROTECT)
    service_code = models.CharField(max_length=50)
    service_name = models.CharField(max_length=200)
    stage = models.CharField(max_length=12)
    seq = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField()
    engine = models.JSONField()
    work = ArrayField(models.CharField(max_length=64), default=list)
    lead_department = models.CharField(max_length=32)
    departments = ArrayField(models.CharField(max_length=32), default=list)
    place_code = models.CharField(max_length=12)
    channel = models.CharField(max_length=10)
    applicant_kind = models.CharField(max_length=12)
    applicant_name = models.CharField(max_length=120)
    subject = models.ForeignKey("people.Subject", null=True, on_delete=models.PROTECT)
    applicant_user = models.ForeignKey("offices.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.CharField(max_length=100)
    command_id = models.CharField(max_length=200, null=True)
    command_hash = models.BinaryField(null=True)
    wrapped_key = models.BinaryField()
    dossier_version = models.PositiveIntegerField(default=0)
    calendar_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    next_alarm_at = models.DateTimeField(null=True)
    overdue = models.BooleanField(default=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "command_id"],
                condition=Q(command_id__isnull=False),
                name="cases_case_command_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="cases_case_alarm"
            ),
            GinIndex(fields=["work"], condition=OPEN, name="cases_case_work"),
            models.Index(fields=["tenant", "due_at", "id"], condition=OPEN, name="cases_case_open_due"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="cases_case_newest"),
            models.Index(fields=["applicant_user", "-created_at"], name="cases_case_applicant"),
        ]


class Dossier(models.Model):
    """One immutable, encrypted version of what was written in a case: answers, opinions, reasons.

    The fact carries the salted SM3 of the content, so a change is seen and lawful deletion stays possible.
    """

    pk = models.CompositePrimaryKey("case_id", "version")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_index=False)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    sealed = models.BinaryField()
