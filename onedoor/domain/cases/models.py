"""Tables of the cases room. Every case-scoped table leads with the case id."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q

OPEN = Q(concluded_at__isnull=True)
#: Where a case stands in an order by time left: one without a limit comes last. A single comparison of this and the
#: id finds the place where a page ended.
DUE_ORDER = Func(
    F("due_at"),
    template="coalesce(%(expressions)s, 'infinity'::timestamptz)",
    output_field=models.DateTimeField(),
)
#: What the metrics group by beside the instants.
_GROUPS = ("lead_department", "service_code", "place_code")


class Case(models.Model):
    """The present state of a case, derived from its facts and rebuildable from them.

    `seq` and `head_hash` are the head of its stream. `engine` is the state as the engine reads it. `work` holds
    `role:department` tokens of whose turn it is. `wrapped_key` opens its dossier. `due_at` is the limit now
    running, `next_alarm_at` the next instant at which time alone changes something.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT, db_index=False)
    number = models.CharField(max_length=50)
    query_hash = models.BinaryField()
    version = models.ForeignKey("catalog.Version", on_delete=models.PROTECT, db_index=False)
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
    applicant_user = models.ForeignKey(
        "offices.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entrustment = models.ForeignKey(
        "people.Entrustment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
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
    parent = models.ForeignKey("Bundle", null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="cases_case_number_once"),
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
            GinIndex(fields=["work"], condition=OPEN, name="cases_case_turns"),
            models.Index("tenant", DUE_ORDER, "id", condition=OPEN, name="cases_case_open_order"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="cases_case_newest"),
            models.Index(fields=["applicant_user", "-created_at"], name="cases_case_applicant"),
            models.Index(
                fields=["entrustment"], condition=Q(entrustment__isnull=False), name="cases_case_entrusted"
            ),
            models.Index(
                "tenant", OpClass("applicant_name", name="varchar_pattern_ops"), name="cases_case_name"
            ),
            GinIndex(fields=["departments"], name="cases_case_departments"),
            models.Index(
                fields=["tenant", "-created_at", "-id"], condition=Q(overdue=True), name="cases_case_late"
            ),
            models.Index(
                fields=["tenant", "stage", "-created_at", "-id"],
                condition=~Q(stage="delivered"),
                name="cases_case_stage",
            ),
            models.Index(fields=["tenant", "service_code", "-created_at", "-id"], name="cases_case_service"),
            # Counts read this alone. The two below it hold the few exceptions that lie in the engine's state.
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
            models.Index(
                "tenant",
                "decided_at",
                *_GROUPS,
                condition=Q(engine__outcome="refuse"),
                name="cases_case_refused",
            ),
            models.Index(
                "tenant",
                "decided_at",
                *_GROUPS,
                condition=Q(engine__overdue__contains=["promised"]),
                name="cases_case_promise_missed",
            ),
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


class KeptCorrection(models.Model):
    """What the applicant has mended so far in a correction that has not been sent; gone when the correction is over."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()


class Bundle(models.Model):
    """一件事办件: what was applied for as one; its members are cases that name it as their parent.

    The row is derived from the facts of its own stream, of which `seq` and `head_hash` are the head. `members` is
    what the facts say of each member, waiting ones among them, whose cases do not exist yet. `departments` are
    those of all members. `package_number` is the version of the package it was filed under, 0 for a draft.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT, db_index=False)
    number = models.CharField(max_length=50)
    query_hash = models.BinaryField()
    package_code = models.CharField(max_length=64)
    package_name = models.CharField(max_length=200)
    package_number = models.PositiveIntegerField(default=0)
    stage = models.CharField(max_length=12)
    seq = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField()
    members = models.JSONField(default=list)
    lead_department = models.CharField(max_length=32)
    departments = ArrayField(models.CharField(max_length=32), default=list)
    place_code = models.CharField(max_length=12)
    channel = models.CharField(max_length=10)
    applicant_kind = models.CharField(max_length=12)
    applicant_name = models.CharField(max_length=120)
    subject = models.ForeignKey("people.Subject", null=True, on_delete=models.PROTECT, db_index=False)
    applicant_user = models.ForeignKey(
        "offices.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entrustment = models.ForeignKey(
        "people.Entrustment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_by = models.CharField(max_length=100)
    command_id = models.CharField(max_length=200, null=True)
    command_hash = models.BinaryField(null=True)
    wrapped_key = models.BinaryField()
    dossier_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="cases_bundle_number_once"),
            models.UniqueConstraint(
                fields=["created_by", "command_id"],
                condition=Q(command_id__isnull=False),
                name="cases_bundle_command_once",
            ),
        ]
        indexes = [
            models.Index(fields=["applicant_user", "-created_at"], name="cases_bundle_applicant"),
            models.Index(fields=["saved_at"], condition=Q(stage="draft"), name="cases_bundle_drafts"),
        ]


class BundleDossier(models.Model):
    """One immutable, encrypted version of the application of a bundle; its fact carries the salted SM3."""

    pk = models.CompositePrimaryKey("bundle_id", "version")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, db_index=False)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    sealed = models.BinaryField()


class SavedFilter(models.Model):
    """常用筛选: a named question to a list, kept by the one who asks it; `asked` holds the list's own words.

    At most one of a list is the default, which the list opens with.
    """

    user = models.ForeignKey("offices.User", on_delete=models.CASCADE)
    place = models.CharField(max_length=20)
    name = models.CharField(max_length=30)
    asked = models.JSONField()
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "place", "name"], name="cases_savedfilter_once"),
            models.UniqueConstraint(
                fields=["user", "place"],
                condition=Q(is_default=True),
                name="cases_savedfilter_one_default",
            ),
        ]


class OwnPhrase(models.Model):
    """常用意见: a sentence that somebody keeps for a text of a verb."""

    user = models.ForeignKey("offices.User", on_delete=models.CASCADE)
    verb = models.CharField(max_length=40)
    part = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "verb", "part", "text"], name="cases_ownphrase_once"),
        ]
