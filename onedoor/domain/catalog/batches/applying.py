"""An approved batch takes effect: every change of it in one transaction, or none."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, events
from onedoor.domain.catalog.models import Batch, Draft, PackageDraft
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.packages import rules as package_rules
from onedoor.domain.catalog.states import BatchState
from onedoor.domain.catalog.streams import append_all

from . import rules as batch_rules
from .reviews import back
from .rows import locked, move, moved, note

#: Drafts that are in memory at once while a batch is published.
AT_ONCE = 500


def due(at: datetime) -> bool:
    """Whether the day of an approved batch has come."""
    return _due(at).exists()


def apply_next(*, at: datetime) -> bool:
    """Put the batch that has been approved longest into effect; False if none waits. One that cannot take effect any
    more goes back to who brought it, with the reason."""
    batch_id = _due(at).order_by("changed_at", "pk").values_list("pk", flat=True).first()
    if batch_id is None:
        return False
    try:
        _apply(batch_id, at)
    except Refused as refused:
        _give_back(batch_id, refused, at)
    return True


def _due(at: datetime) -> QuerySet[Batch]:
    today = Q(effective_on__isnull=True) | Q(effective_on__lte=civil_date(at))
    return Batch.objects.filter(today, state=BatchState.APPROVED.value)


@transaction.atomic
def _apply(batch_id: UUID, at: datetime) -> None:
    row = _approved(batch_id)
    if row is None:
        return
    batch_rules.check_moved(moved(row))
    _items(row, at)
    _packages(row, at)
    move(row, BatchState.DONE, row.reviewer, at)
    items, packages = Draft.objects.filter(batch=row), PackageDraft.objects.filter(batch=row)
    note(
        row,
        events.BATCH_APPLIED,
        row.reviewer,
        at,
        reason=row.reason,
        items=items.count(),
        packages=packages.count(),
    )


def _approved(batch_id: UUID) -> Batch | None:
    """The batch, locked after the catalogue; None if somebody was quicker."""
    tenant = Batch.objects.filter(pk=batch_id).values_list("tenant_id", flat=True).first()
    if tenant is None:
        return None
    package_actions.hold(tenant)
    row = locked(batch_id)
    return row if row is not None and row.state == BatchState.APPROVED.value else None


def _items(row: Batch, at: datetime) -> None:
    """Every item of the batch, in the name of whoever approved it."""
    waiting = list(Draft.objects.filter(batch=row).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(waiting), AT_ONCE):
        drafts = list(Draft.objects.filter(pk__in=waiting[start : start + AT_ONCE]).select_related("item"))
        facts = {
            each.item.stream_id: [
                events.draft_moved(
                    kind=events.DRAFT_APPLIED,
                    code=each.item.code,
                    draft=each.pk,
                    operation=each.operation,
                    at=at,
                    reason=row.reason,
                    batch=str(row.pk),
                )
            ]
            for each in drafts
        }
        append_all(facts, tenant_id=row.tenant_id, principal=row.reviewer, at=at)
        actions.publish_all(
            tenant_id=row.tenant_id,
            contents=[each.content for each in drafts],
            principal=row.reviewer,
            at=at,
        )


def _packages(row: Batch, at: datetime) -> None:
    """Every package, judged by the items as they are now."""
    drafts = PackageDraft.objects.filter(batch=row).order_by("pk")
    for draft in drafts:
        offered = package_actions.offered(row.tenant_id, draft.content, at)
        wanted = package_rules.parse_package(draft.content, offered)
        named = package_actions.named(row.tenant_id, wanted, at)
        package_actions.put_into_force(row.tenant_id, named, row.reviewer, at)
    drafts.update(reviewer=row.reviewer)


@transaction.atomic
def _give_back(batch_id: UUID, refused: Refused, at: datetime) -> None:
    row = _approved(batch_id)
    if row is None:
        return
    reviewer, told = row.reviewer, "；".join(each.detail for each in refused.errors[:3])
    if refused.code == "base_moved" or not told:
        told = ""
    back(row, f"没有施行：{refused.detail}{told}", reviewer, at)
    note(row, events.BATCH_RETURNED, reviewer, at, reason=row.fault)
