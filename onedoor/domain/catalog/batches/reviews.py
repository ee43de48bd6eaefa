"""The life of a batch that was checked: handed in, 编制核对, 法制审核, approved; or returned, taken back, given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import events
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.drafts import rules as draft_rules
from onedoor.domain.catalog.models import Batch, Draft, PackageDraft
from onedoor.domain.catalog.packages.actions import hold
from onedoor.domain.catalog.packages.drafting import append
from onedoor.domain.catalog.states import BatchState, DraftState, PackageDraftState
from onedoor.domain.catalog.streams import append_all
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import rules as batch_rules
from .reading import read_one
from .rows import locked, move, moved, note, own
from .taking import take

_UNDER_REVIEW = (BatchState.CHECKING, BatchState.REVIEWING)


@transaction.atomic
def hand_in(
    *,
    actor: Principal,
    batch_id: UUID,
    revision: int,
    reason: str,
    at: datetime,
    effective_on: date | None = None,
) -> None:
    """Hand a batch on to be checked; `effective_on` is the day from which it is to hold, None for that of approval.

    Raises Refused: reason_missing, nothing_changed, effective_passed, base_moved with every code, not_your_file, and
    those of every step: unknown_batch (404), batch_state, batch_changed (409), whole_county_only (403).
    """
    why = draft_rules.reason_given(reason, "请写明为什么要做这些变动，例如依据的文件。")
    row = own(actor, batch_id, revision, BatchState.READY)
    batch_rules.check_author(actor.key, row.author)
    _hand_in(row, why, effective_on, at)


def _hand_in(row: Batch, why: str, effective_on: date | None, at: datetime) -> None:
    items, packages = _sizes(row)
    batch_rules.check_filled(items + packages)
    draft_rules.check_day(effective_on, civil_date(at))
    batch_rules.check_moved(moved(row))
    row.reason, row.effective_on, row.fault = why, effective_on, ""
    row.handed_at = row.handed_at or at
    move(row, BatchState.CHECKING, row.author, at, reason=why, effective_on=effective_on, fault="")
    day = effective_on.isoformat() if effective_on else ""
    sizes = {"items": items, "packages": packages}
    note(row, events.BATCH_HANDED_IN, row.author, at, reason=why, effective_on=day, **sizes)


def bring(
    *,
    tenant_id: int,
    principal: str,
    name: str,
    content: bytes,
    reason: str,
    at: datetime,
    clock: Callable[[], datetime],
) -> UUID:
    """Take a file in, read it here and now, and hand in what it changes; for the command, whose `principal` is as
    facts have it. A batch with faults, or without changes, is not handed in."""
    batch_id = take(
        tenant_id=tenant_id, principal=principal, name=name, size=len(content), chunks=[content], at=at
    )
    read_one(batch_id, clock=clock)
    with transaction.atomic():
        hold(tenant_id)
        row = locked(batch_id)
        if row is not None and row.state == BatchState.READY.value and _sizes(row) != (0, 0):
            _hand_in(row, draft_rules.reason_given(reason, "请写明原因。"), None, clock())
    return batch_id


@transaction.atomic
def check(*, actor: Principal, batch_id: UUID, revision: int, at: datetime, reason: str = "") -> None:
    """编制核对: the office that compiled it stands for its being complete; the batch goes on to 法制审核."""
    why = draft_rules.note_given(reason)
    row = own(actor, batch_id, revision, BatchState.CHECKING)
    row.checker = actor.key
    move(row, BatchState.REVIEWING, actor.key, at, checker=actor.key)
    note(row, events.BATCH_CHECKED, actor.key, at, reason=why)


@transaction.atomic
def approve(*, actor: Principal, batch_id: UUID, revision: int, at: datetime, reason: str = "") -> None:
    """法制审核 passed. The batch takes effect as soon as the worker comes to it, or on its day.

    Raises Refused: reviewed_by_writer (403) for whoever has brought or checked it, base_moved (409).
    """
    why = draft_rules.note_given(reason)
    row = own(actor, batch_id, revision, BatchState.REVIEWING)
    batch_rules.check_another(actor.key, (row.author, row.checker))
    batch_rules.check_moved(moved(row))
    row.reviewer = actor.key
    move(row, BatchState.APPROVED, actor.key, at, reviewer=actor.key)
    day = row.effective_on.isoformat() if row.effective_on else ""
    note(row, events.BATCH_APPROVED, actor.key, at, reason=why, effective_on=day)


@transaction.atomic
def put_back(*, actor: Principal, batch_id: UUID, revision: int, at: datetime, reason: str) -> None:
    """Give the whole batch back, saying what is to be mended. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明哪里要改、怎么改。")
    row = own(actor, batch_id, revision, *_UNDER_REVIEW)
    back(row, why, actor.key, at)
    note(row, events.BATCH_RETURNED, actor.key, at, reason=why)


@transaction.atomic
def withdraw(*, actor: Principal, batch_id: UUID, revision: int, at: datetime, reason: str) -> None:
    """Take back a batch that was handed in and is not in effect yet. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明为什么撤回。")
    row = own(actor, batch_id, revision, *_UNDER_REVIEW, BatchState.APPROVED)
    back(row, "", actor.key, at)
    note(row, events.BATCH_WITHDRAWN, actor.key, at, reason=why)


@transaction.atomic
def abandon(*, actor: Principal, batch_id: UUID, revision: int, at: datetime, reason: str) -> None:
    """Give a returned batch up for good, and every draft in it. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明为什么作废。")
    row = own(actor, batch_id, revision, BatchState.READY)
    if row.handed_at is None:
        raise Refused("batch_state", "还没有送审的文件不用作废，直接删去就可以了。", status=409)
    move(row, BatchState.ABANDONED, actor.key, at)
    note(row, events.BATCH_ABANDONED, actor.key, at, reason=why)


@transaction.atomic
def put_back_rows(
    *,
    actor: Principal,
    batch_id: UUID,
    revision: int,
    at: datetime,
    reason: str,
    items: Sequence[int] = (),
    packages: Sequence[int] = (),
) -> None:
    """Take single changes, by the ids of their drafts, out of the batch and give them back to who brought them, each
    as a draft of its own.

    Raises Refused: reason_missing, no_rows, too_many_rows.
    """
    why = draft_rules.reason_given(reason, "请写明这些行哪里要改、怎么改。")
    row = own(actor, batch_id, revision, BatchState.READY, *_UNDER_REVIEW)
    if row.handed_at is None:
        raise Refused("batch_state", "还没有送审的文件，请改好以后重新导入。", status=409)
    found = list(Draft.objects.filter(batch=row, pk__in=items).select_related("item").order_by("pk"))
    found_packages = list(
        PackageDraft.objects.filter(batch=row, pk__in=packages).select_related("package").order_by("pk")
    )
    batch_rules.check_chosen(len(set(items)) + len(set(packages)), len(found) + len(found_packages))
    freed = {"batch": None, "fault": why, "changed_at": at, "changed_by": actor.key}
    Draft.objects.filter(pk__in=[each.pk for each in found]).update(
        state=DraftState.DRAFTING.value, checker="", reviewer="", revision=F("revision") + 1, **freed
    )
    PackageDraft.objects.filter(pk__in=[each.pk for each in found_packages]).update(
        state=PackageDraftState.DRAFTING.value, revision=F("revision") + 1, **freed
    )
    _tell_items(row, found, why, actor.key, at)
    _tell_packages(found_packages, why, actor.key, at)
    move(row, BatchState(row.state), actor.key, at)
    codes = [*(each.item.code for each in found), *(each.package.code for each in found_packages)]
    note(row, events.BATCH_ROWS_RETURNED, actor.key, at, reason=why, codes=codes)


def back(row: Batch, fault: str, principal: str, at: datetime) -> None:
    """Give the batch, locked, back to who brought it."""
    row.fault = fault[:500]
    row.checker = row.reviewer = ""
    move(row, BatchState.READY, principal, at, checker="", reviewer="", fault=row.fault)


def _sizes(row: Batch) -> tuple[int, int]:
    """How many items and packages the batch changes."""
    return Draft.objects.filter(batch=row).count(), PackageDraft.objects.filter(batch=row).count()


def _tell_items(row: Batch, found: Sequence[Draft], why: str, principal: str, at: datetime) -> None:
    """In the stream of each item: the draft that was begun with the batch is on its own from here."""
    append_all(
        {
            each.item.stream_id: [
                events.draft_moved(
                    kind=kind,
                    code=each.item.code,
                    draft=each.pk,
                    operation=each.operation,
                    at=at,
                    reason=told,
                    batch=str(row.pk),
                )
                for kind, told in ((events.DRAFT_OPENED, row.reason), (events.DRAFT_RETURNED, why))
            ]
            for each in found
        },
        tenant_id=row.tenant_id,
        principal=principal,
        at=at,
    )


def _tell_packages(found: Sequence[PackageDraft], why: str, principal: str, at: datetime) -> None:
    for each in found:
        code, revision = each.package.code, each.revision
        digest = sm3(canonical(each.content))
        handed = events.package_draft_handed_in(
            code=code, revision=revision, reason=each.reason, digest=digest, at=at
        )
        append(each.package, handed, each.author, at)
        given_back = events.package_draft_handed_back(code=code, revision=revision + 1, reason=why, at=at)
        append(each.package, given_back, principal, at)
