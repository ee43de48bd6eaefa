"""Tables of the catalogue room."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from .batch_models import Batch
from .campaign_models import Campaign, CampaignEntry, CampaignResult
from .states import OPEN_DRAFTS, DraftState, Operation, PackageDraftState
from .terms import CaseKind

__all__ = [
    "Batch",
    "Campaign",
    "CampaignEntry",
    "CampaignResult",
    "Catalogue",
    "Draft",
    "Item",
    "Miss",
    "Package",
    "PackageDraft",
    "PackageVersion",
    "Synonym",
    "Version",
    "Vocabulary",
]

_TYPES = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20")
_OPEN_DRAFTS = [PackageDraftState.DRAFTING.value, PackageDraftState.REVIEWING.value]


class Catalogue(models.Model):
    """A tenant's catalogue as a whole. Every change gives it a `revision` that it never had before.

    Revisions are random, not counted: one that was rolled back is then never taken for a later one.
    """

    tenant = models.OneToOneField("offices.Tenant", primary_key=True, on_delete=models.PROTECT)
    revision = models.BigIntegerField(default=0)


class Item(models.Model):
    """事项: what stays the same through all its versions. `stream_id` is its stream in the journal."""

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    code = models.CharField(max_length=64)
    stream_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="catalog_item_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9-]{1,64}$"), name="catalog_item_code"
            ),
        ]


class Version(models.Model):
    """实施清单: one immutable version of an item.

    `content` is the whole document, `digest` its SM3; the other columns repeat what lists and search need.
    It is in force from `published_at` until, not including, `retired_at`.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=200)
    plain_name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=2)
    department = models.CharField(max_length=32)
    department_name = models.CharField(max_length=100, blank=True)
    themes = ArrayField(models.CharField(max_length=30))
    audience = ArrayField(models.CharField(max_length=12))
    case_kind = models.CharField(max_length=9)
    ready = models.BooleanField()
    keywords = ArrayField(models.CharField(max_length=30))
    pinyin = models.TextField()
    initials = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=100)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="catalog_version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="catalog_version_number_from_one"),
            models.CheckConstraint(condition=Q(type__in=_TYPES), name="catalog_version_type"),
            models.CheckConstraint(
                condition=Q(case_kind__in=[kind.value for kind in CaseKind]), name="catalog_version_case_kind"
            ),
            models.CheckConstraint(
                condition=Q(ready=False) | ~Q(case_kind=CaseKind.UNKNOWN.value),
                name="catalog_version_ready_is_known",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(retired_at__gte=F("published_at")),
                name="catalog_version_retired_after_published",
            ),
            # A range of one number stands for equality, which spares the btree_gist extension.
            ExclusionConstraint(
                name="catalog_version_one_in_force",
                expressions=[
                    (Func("item_id", "item_id", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func("published_at", "retired_at", Value("[)"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant"], condition=Q(retired_at__isnull=True), name="catalog_version_in_force"
            ),
        ]


class Package(models.Model):
    """一件事: what stays the same through all its versions. `stream_id` is its stream in the journal."""

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    code = models.CharField(max_length=64)
    stream_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="catalog_package_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9-]{1,64}$"), name="catalog_package_code"
            ),
        ]


class PackageVersion(models.Model):
    """One immutable version of a package, in force from `published_at` until, not including, `retired_at`.

    `content` is the whole document, `digest` its SM3; the other columns repeat what lists and search need.
    """

    id = models.UUIDField(primary_key=True)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="versions")
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=100)
    plain_name = models.CharField(max_length=100, blank=True)
    lead = models.CharField(max_length=32)
    ready = models.BooleanField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=100)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["package", "number"], name="catalog_packageversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="catalog_packageversion_number_from_one"),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(retired_at__gte=F("published_at")),
                name="catalog_packageversion_retired_after_published",
            ),
            # A range of one number stands for equality, which spares the btree_gist extension.
            ExclusionConstraint(
                name="catalog_packageversion_one_in_force",
                expressions=[
                    (
                        Func("package_id", "package_id", Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func("published_at", "retired_at", Value("[)"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant"], condition=Q(retired_at__isnull=True), name="catalog_package_in_force"
            ),
        ]


class PackageDraft(models.Model):
    """一件事草案: a package version in the making; `content` is its whole document, `revision` counts its changes.

    `base_number` is the number of the version in force when it was begun or handed in, 0 for none. `writers` are the
    principals who have worked on it. One that is done or abandoned stays as it was then.
    """

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="drafts")
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    state = models.CharField(max_length=9)
    revision = models.PositiveIntegerField()
    content = models.JSONField()
    base_number = models.PositiveIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    fault = models.CharField(max_length=500, blank=True)
    author = models.CharField(max_length=100)
    writers = ArrayField(models.CharField(max_length=100))
    reviewer = models.CharField(max_length=100, blank=True)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)
    #: The batch it goes through its review with.
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.PROTECT, related_name="package_drafts", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["package"],
                condition=Q(state__in=_OPEN_DRAFTS),
                name="catalog_packagedraft_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in PackageDraftState]),
                name="catalog_packagedraft_state",
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="catalog_packagedraft_revision"),
        ]
        indexes = [
            models.Index(
                fields=["tenant"], condition=Q(state__in=_OPEN_DRAFTS), name="catalog_packagedraft_open"
            ),
            models.Index(
                fields=["batch"], condition=Q(batch__isnull=False), name="catalog_packagedraft_by_batch"
            ),
        ]


class Vocabulary(models.Model):
    """A tenant's own words as a whole. `revision` as for the catalogue; `stream_id` is its stream in the journal."""

    tenant = models.OneToOneField("offices.Tenant", primary_key=True, on_delete=models.PROTECT)
    stream_id = models.UUIDField(unique=True)
    revision = models.BigIntegerField(default=0)


class Synonym(models.Model):
    """近义词: what people of a county say and the official words it stands for.

    It takes the place of a word that comes with the program and is said the same way; without terms it only
    silences that one.
    """

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    said = models.CharField(max_length=20)
    terms = ArrayField(models.CharField(max_length=64), blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "said"], name="catalog_synonym_said_once")]


class QuestionsDraft(models.Model):
    """A county's guided questions in work: the whole tree as a document; `revision` counts its changes.

    It is gone once it is published or given up.
    """

    tenant = models.OneToOneField("offices.Tenant", primary_key=True, on_delete=models.PROTECT)
    revision = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)


class QuestionsEdition(models.Model):
    """A county's guided questions as published; the highest number holds. Without content it is back at those that
    come with the program."""

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    content = models.JSONField(null=True)
    digest = models.BinaryField(max_length=32)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="catalog_questionsedition_number_once")
        ]


class Miss(models.Model):
    """What was searched for and found nothing, by keyed digest; nothing about who searched.

    The words themselves are kept only from the third time on: what several ask is a name for something, what one
    asks might be about a person.
    """

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    digest = models.BinaryField(max_length=32)
    said = models.CharField(max_length=20, blank=True)
    times = models.PositiveIntegerField()
    settled = models.BooleanField(default=False)
    last_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="catalog_miss_once")]


class Draft(models.Model):
    """事项草案: what an item is to become, in work until it takes effect or is given up.

    `content` is the item document as its writers left it, `revision` counts its changes. Principals are texts as facts
    have them; `writers` are all who have worked on the content. `successors` are the codes of items that take the place
    of one that goes, `merged` those of further items that go with it.
    """

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="drafts")
    base = models.ForeignKey(Version, null=True, on_delete=models.PROTECT, related_name="+")
    operation = models.CharField(max_length=6)
    state = models.CharField(max_length=9, default=DraftState.DRAFTING.value)
    revision = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    reason = models.CharField(max_length=500)
    fault = models.CharField(max_length=500, blank=True)
    successors = ArrayField(models.CharField(max_length=64), default=list)
    merged = ArrayField(models.CharField(max_length=64), default=list)
    effective_on = models.DateField(null=True)
    author = models.CharField(max_length=100)
    writers = ArrayField(models.CharField(max_length=100))
    checker = models.CharField(max_length=100, blank=True)
    reviewer = models.CharField(max_length=100, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)
    #: The batch it goes through its reviews with.
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.PROTECT, related_name="drafts", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=[state.value for state in OPEN_DRAFTS]),
                name="catalog_draft_one_open",
            ),
            models.CheckConstraint(
                condition=Q(operation__in=[each.value for each in Operation]), name="catalog_draft_operation"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in DraftState]), name="catalog_draft_state"
            ),
            models.CheckConstraint(
                condition=Q(reviewer="") | ~Q(reviewer=F("author")), name="catalog_draft_reviewed_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "state"], name="catalog_draft_by_state"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="catalog_draft_by_batch"),
        ]
