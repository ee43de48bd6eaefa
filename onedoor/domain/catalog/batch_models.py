"""The table of batches: what came in one file and goes through its reviews together."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .states import OPEN_BATCHES, BatchState


class Batch(models.Model):
    """批次. Its id is also its stream in the journal, in which nothing stands before it is handed in.

    `phase`, `done` and `total` tell how far the reading has come; `claimed_at` is the last sign of whoever reads, after
    `tries` beginnings. `counts` are rows by outcome, `notes` what was left aside in the file, `findings` the rows worth
    telling, as `terms.Finding` has them, the faulty ones first. `handed_at` is set once it has been handed in.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    suffix = models.CharField(max_length=8)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=9, default=BatchState.READING.value)
    revision = models.PositiveIntegerField(default=1)
    phase = models.CharField(max_length=8, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    fault = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    effective_on = models.DateField(null=True)
    author = models.CharField(max_length=100)
    checker = models.CharField(max_length=100, blank=True)
    reviewer = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in BatchState]), name="catalog_batch_state"
            ),
            models.CheckConstraint(
                condition=Q(reviewer="") | (~Q(reviewer=F("author")) & ~Q(reviewer=F("checker"))),
                name="catalog_batch_reviewed_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant"],
                condition=Q(state__in=[state.value for state in OPEN_BATCHES]),
                name="catalog_batch_open",
            ),
        ]
