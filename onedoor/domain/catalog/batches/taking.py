"""Files are taken in, to be read beside the work of others; what nobody hands in goes again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.models import Batch, Draft, PackageDraft
from onedoor.domain.catalog.packages.actions import hold
from onedoor.domain.catalog.states import BatchState
from onedoor.domain.offices.terms import Principal

from . import files
from . import rules as batch_rules
from .rows import keeps_all, locked, unknown
from .terms import LARGEST

#: A file that was checked and not handed in holds its items for so long.
KEPT = timedelta(days=3)
#: Files that belong to nothing are swept away after so long.
_STRAY = timedelta(hours=1)
_BEFORE = (BatchState.READING.value, BatchState.FAULTY.value, BatchState.READY.value)


def take_in(*, actor: Principal, name: str, size: int, chunks: Iterable[bytes], at: datetime) -> UUID:
    """Keep a file, sealed, until it has been read; gives the id of its batch. What the same person has brought before
    and not handed in goes.

    Raises Refused: whole_county_only (403), file_missing, unknown_file_kind, file_too_large (413), before anything of
    it is read.
    """
    keeps_all(actor)
    batch_rules.suffix_of(name)
    batch_rules.check_size(size, LARGEST)
    return take(tenant_id=actor.tenant_id, principal=actor.key, name=name, size=size, chunks=chunks, at=at)


def take(
    *, tenant_id: int, principal: str, name: str, size: int, chunks: Iterable[bytes], at: datetime
) -> UUID:
    """The same for whoever may bring every file, such as the command; `principal` as facts have it."""
    suffix = batch_rules.suffix_of(name)
    if not size:
        raise Refused("file_empty", "这个文件是空的，请重新选择文件。")
    for former in _unhanded(tenant_id).filter(author=principal).values_list("pk", flat=True):
        _drop(former)
    batch = uuid7(at)
    files.keep(batch, files.TAKEN, chunks)
    Batch.objects.create(
        id=batch,
        tenant_id=tenant_id,
        name=_named(name),
        suffix=suffix,
        size=size,
        author=principal,
        created_at=at,
        changed_at=at,
        changed_by=principal,
    )
    return batch


def drop(*, actor: Principal, batch_id: UUID) -> None:
    """Take back a file that has not been handed in; its drafts go as if there had been none. A code that
    was new stays taken by an item without versions.

    Raises Refused: unknown_batch (404), batch_state (409) for one that has been handed in.
    """
    keeps_all(actor)
    row = Batch.objects.filter(pk=batch_id, tenant_id=actor.tenant_id).first()
    if row is None:
        raise unknown()
    if not _drop(batch_id):
        raise Refused("batch_state", "这个批次已经送审，不能删去；要停下的，请先撤回再作废。", status=409)


def discard(*, tenant_id: int, batch_id: UUID) -> None:
    """The same for whoever may take back every file, such as the command; nothing happens to one that was handed in."""
    if Batch.objects.filter(pk=batch_id, tenant_id=tenant_id).exists():
        _drop(batch_id)


def tidy(*, at: datetime) -> int:
    """Let go of what nobody has handed in for days, and of files that belong to nothing; how many."""
    rows = Batch.objects.filter(handed_at__isnull=True, state__in=_BEFORE, changed_at__lt=at - KEPT)
    gone = sum(_drop(batch) for batch in list(rows.values_list("pk", flat=True)))
    for batch in set(files.lying(at - _STRAY)):
        if not Batch.objects.filter(pk=batch, state__in=_BEFORE).exists():
            files.drop(batch)
            gone += 1
    return gone


def _unhanded(tenant_id: int) -> QuerySet[Batch]:
    return Batch.objects.filter(tenant_id=tenant_id, handed_at__isnull=True, state__in=_BEFORE)


@transaction.atomic
def _drop(batch_id: UUID) -> bool:
    """Whether the batch had not been handed in, and is gone."""
    tenant = Batch.objects.filter(pk=batch_id).values_list("tenant_id", flat=True).first()
    if tenant is None:
        return True
    hold(tenant)
    row = locked(batch_id)
    if row is None:
        return True
    if row.handed_at is not None:
        return False
    Draft.objects.filter(batch=row).delete()
    PackageDraft.objects.filter(batch=row).delete()
    row.delete()
    transaction.on_commit(lambda: files.drop(batch_id))
    return True


def _named(name: str) -> str:
    """A file's name as it is kept: without what no page should show, and the ending even of a long one."""
    plain = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return plain if len(plain) <= 120 else f"{plain[:100]}…{plain[-15:]}"
