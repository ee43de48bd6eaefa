"""Tables of clean-ups."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from .states import Decision, EntryState


class Campaign(models.Model):
    """事项清理. Its id is also its stream in the journal; empty `departments` or `kinds` leave nothing out."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    basis = models.CharField(max_length=300, blank=True)
    departments = ArrayField(models.CharField(max_length=32))
    kinds = ArrayField(models.CharField(max_length=2))
    opens_on = models.DateField()
    closes_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=100)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")), name="catalog_campaign_closes_after_it_opens"
            ),
        ]


class CampaignEntry(models.Model):
    """One item of a clean-up: the version in force when it began, or none for an addition, and what was reported of it.

    What it is about never changes; nobody confirms what they have reported themselves.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="entries")
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    version = models.ForeignKey("catalog.Version", null=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=2)
    department = models.CharField(max_length=32)
    department_name = models.CharField(max_length=100)
    state = models.CharField(max_length=9)
    decision = models.CharField(max_length=9, blank=True)
    basis = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    target = models.CharField(max_length=200, blank=True)
    places = ArrayField(models.CharField(max_length=300), default=list)
    note = models.CharField(max_length=300, blank=True)
    reported_by = models.CharField(max_length=100, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=100, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "code"],
                condition=~Q(code="") & ~Q(state=EntryState.DROPPED.value),
                name="catalog_campaignentry_code_once",
            ),
            models.UniqueConstraint(
                fields=["campaign", "department", "name"],
                condition=Q(version__isnull=True) & ~Q(state=EntryState.DROPPED.value),
                name="catalog_campaignentry_addition_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in EntryState]),
                name="catalog_campaignentry_state",
            ),
            models.CheckConstraint(
                condition=Q(decision="", state=EntryState.OPEN.value)
                | Q(decision__in=[decision.value for decision in Decision]),
                name="catalog_campaignentry_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state=EntryState.CONFIRMED.value) | ~Q(reviewed_by=F("reported_by")),
                name="catalog_campaignentry_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "department"], name="catalog_campaignentry_by_dept"),
        ]


class CampaignResult(models.Model):
    """The published result of a clean-up: written once."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.PROTECT, related_name="result"
    )
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    content = models.JSONField()
    digest = models.BinaryField(max_length=32)
    published_at = models.DateTimeField()
