"""Rows of batches and of the drafts in them while they are changed: locked, moved together, their facts noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.models import Batch, Draft, PackageDraft, PackageVersion, Version
from onedoor.domain.catalog.packages.actions import hold
from onedoor.domain.catalog.states import OPEN_DRAFTS, BatchState, DraftState, Operation, PackageDraftState
from onedoor.domain.journal import actions as journal
from onedoor.domain.offices.terms import Principal, Role

from . import rules as batch_rules

#: In which state the drafts of a batch are while the batch is in one of its own.
_ITEMS: Mapping[BatchState, DraftState] = {
    BatchState.READY: DraftState.DRAFTING,
    BatchState.CHECKING: DraftState.CHECKING,
    BatchState.REVIEWING: DraftState.REVIEWING,
    BatchState.APPROVED: DraftState.APPROVED,
    BatchState.DONE: DraftState.DONE,
    BatchState.ABANDONED: DraftState.ABANDONED,
}
_PACKAGES: Mapping[BatchState, PackageDraftState] = {
    BatchState.READY: PackageDraftState.DRAFTING,
    BatchState.CHECKING: PackageDraftState.REVIEWING,
    BatchState.REVIEWING: PackageDraftState.REVIEWING,
    BatchState.APPROVED: PackageDraftState.REVIEWING,
    BatchState.DONE: PackageDraftState.DONE,
    BatchState.ABANDONED: PackageDraftState.ABANDONED,
}
_OPEN = tuple(state.value for state in OPEN_DRAFTS)
_OPEN_PACKAGES = (PackageDraftState.DRAFTING.value, PackageDraftState.REVIEWING.value)


def keeps_all(actor: Principal) -> None:
    """A file may change items of every department, so that only editors of the whole county bring and judge them."""
    if not any(grant.role is Role.EDITOR and grant.department is None for grant in actor.grants):
        raise Refused(
            "whole_county_only",
            "您只管一个部门的事项，不能整批导入；请管全县事项的事项管理员来做，或者在“事项”里逐个修改。",
            status=403,
        )


def own(actor: Principal, batch_id: UUID, revision: int, *states: BatchState) -> Batch:
    """The batch, locked after the catalogue, as whoever acts has seen it and in a state in which this may be done."""
    keeps_all(actor)
    hold(actor.tenant_id)
    row = locked(batch_id, tenant_id=actor.tenant_id)
    if row is None:
        raise unknown()
    batch_rules.check_state(BatchState(row.state), states)
    batch_rules.check_revision(row.revision, revision)
    return row


def locked(batch_id: UUID, **also: int) -> Batch | None:
    """The row, held until the end of the transaction."""
    return Batch.objects.select_for_update(no_key=True).filter(pk=batch_id, **also).first()


def unknown() -> Refused:
    """There is no such batch, or not in this county."""
    return Refused("unknown_batch", "没有这个批次，可能已经删去，请回到导入导出页面重新选择。", status=404)


def move(row: Batch, state: BatchState, principal: str, at: datetime, **drafts: Any) -> None:
    """Write the batch in another state, and its drafts with it; `drafts` are further columns of these."""
    row.state = state.value
    row.revision += 1
    row.changed_at, row.changed_by = at, principal
    row.save()
    told = {"revision": F("revision") + 1, "changed_at": at, "changed_by": principal}
    Draft.objects.filter(batch=row, state__in=_OPEN).update(state=_ITEMS[state].value, **told, **drafts)
    of_packages = {key: value for key, value in drafts.items() if key in ("reason", "reviewer", "fault")}
    PackageDraft.objects.filter(batch=row, state__in=_OPEN_PACKAGES).update(
        state=_PACKAGES[state].value, **told, **of_packages
    )


def note(row: Batch, kind: str, principal: str, at: datetime, **more: Any) -> None:
    """Append a fact to the stream of the batch."""
    journal.append(
        stream_id=row.pk,
        tenant_id=row.tenant_id,
        stream_kind=events.BATCH_STREAM,
        principal=principal,
        at=at,
        facts=[events.batch_moved(kind=kind, name=row.name, at=at, **more)],
    )


def newest(tenant_id: int, codes: Iterable[str]) -> dict[str, tuple[int, bool]]:
    """The newest version of each of these items, and whether it is in force; nothing for an item without one."""
    rows = (
        Version.objects.filter(tenant_id=tenant_id, item__code__in=list(codes))
        .order_by("item_id", "-number")
        .distinct("item_id")
    )
    return {code: (pk, gone is None) for code, pk, gone in rows.values_list("item__code", "pk", "retired_at")}


def in_force(tenant_id: int, codes: Iterable[str]) -> dict[str, int]:
    """The numbers of the versions of packages in force, by code."""
    rows = PackageVersion.objects.filter(
        tenant_id=tenant_id, package__code__in=list(codes), retired_at__isnull=True
    )
    return dict(rows.values_list("package__code", "number"))


def moved(row: Batch) -> tuple[str, ...]:
    """The codes of what has another version in force by now than when the file was checked."""
    drafts = list(
        Draft.objects.filter(batch=row, state__in=_OPEN)
        .order_by("pk")
        .values_list("item__code", "base_id", "operation")
    )
    now = newest(row.tenant_id, [code for code, _, _ in drafts])
    found = [code for code, base, operation in drafts if not _stands(now.get(code), base, operation)]
    packages = dict(
        PackageDraft.objects.filter(batch=row, state__in=_OPEN_PACKAGES)
        .order_by("pk")
        .values_list("package__code", "base_number")
    )
    numbers = in_force(row.tenant_id, packages)
    return (*found, *(code for code, number in packages.items() if numbers.get(code, 0) != number))


def _stands(now: tuple[int, bool] | None, base: int | None, operation: str) -> bool:
    """Whether an item stands as it did when its draft was made; see `drafts.rules.check_base`."""
    newest_id, running = now or (None, False)
    return newest_id == base and running is (operation == Operation.CHANGE.value)
