"""What pages may read of batches: how they stand, what they change, each change opened, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT

from onedoor.domain.catalog import events
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.models import Batch as Row
from onedoor.domain.catalog.models import Draft, PackageDraft
from onedoor.domain.catalog.packages import drafts as package_drafts
from onedoor.domain.catalog.queries import version
from onedoor.domain.catalog.states import OPEN_BATCHES, BatchState, Operation
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Unreadable

from . import files
from .rows import keeps_all, unknown
from .terms import KIND_NAMES, Batch, BatchEvent, Entry, EntryView, Finding

__all__ = [
    "A_PAGE",
    "PACKAGE",
    "batch",
    "batches",
    "brought",
    "entries",
    "entry",
    "faults",
    "history",
    "sample",
]

#: Batches in a list, and changes on a page of them.
MOST_LISTED = 50
A_PAGE = 50
PACKAGE = "package"
_TOLD = {"added": "新增", "dropped": "删去", "changed": "修改"}


def batches(principal: Principal, *, closed: bool = False) -> tuple[Batch, ...]:
    """The batches of the county with something before them, the newest first; with `closed` those that are over."""
    states = [each.value for each in BatchState if (each in OPEN_BATCHES) is not closed]
    rows = Row.objects.filter(tenant_id=principal.tenant_id, state__in=states).order_by("-changed_at")
    found = list(rows.defer("findings")[:MOST_LISTED])
    kinds = _kinds([row.pk for row in found])
    return tuple(_view(row, kinds.get(row.pk, {}), told=False) for row in found)


def batch(principal: Principal, batch_id: UUID) -> Batch:
    """A batch as it stands. Raises Refused: unknown_batch (404), whole_county_only (403)."""
    keeps_all(principal)
    row = _row(principal, batch_id)
    return _view(row, _kinds([row.pk]).get(row.pk, {}), told=True)


def brought(tenant_id: int, batch_id: UUID) -> Batch:
    """The same for whoever needs no right to see it, such as the command."""
    row = Row.objects.get(pk=batch_id, tenant_id=tenant_id)
    return _view(row, _kinds([row.pk]).get(row.pk, {}), told=True)


def _row(principal: Principal, batch_id: UUID) -> Row:
    row = Row.objects.filter(pk=batch_id, tenant_id=principal.tenant_id).first()
    if row is None:
        raise unknown()
    return row


def _kinds(ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many changes of each kind these batches have."""
    found: dict[UUID, dict[str, int]] = {}
    items = Draft.objects.filter(batch__in=ids).values_list("batch", "operation").annotate(Count("pk"))
    for batch_id, operation, count in items.order_by():
        found.setdefault(batch_id, {})[operation] = count
    packages = PackageDraft.objects.filter(batch__in=ids).values_list("batch").annotate(Count("pk"))
    for batch_id, count in packages.order_by():
        found.setdefault(batch_id, {})[PACKAGE] = count
    return found


def _view(row: Row, kinds: Mapping[str, int], *, told: bool) -> Batch:
    return Batch(
        id=row.pk,
        tenant_id=row.tenant_id,
        name=row.name,
        size=row.size,
        state=BatchState(row.state),
        revision=row.revision,
        phase=row.phase,
        done=row.done,
        total=row.total,
        seen_at=row.claimed_at or row.created_at,
        counts=row.counts,
        entries={kind: kinds[kind] for kind in KIND_NAMES if kinds.get(kind)},
        notes=tuple(row.notes),
        findings=tuple(_finding(each) for each in row.findings) if told else (),
        fault=row.fault,
        reason=row.reason,
        effective_on=row.effective_on,
        author=row.author,
        checker=row.checker,
        reviewer=row.reviewer,
        handed_at=row.handed_at,
        changed_at=row.changed_at,
    )


def _finding(each: Mapping[str, Any]) -> Finding:
    problems = tuple((where, detail) for where, detail in each["problems"])
    told = (each["row"], each["sheet"], each["code"], each["name"], each["outcome"])
    return Finding(*told, problems=problems, notes=tuple(each["notes"]))


def entries(found: Batch, *, kind: str = "", q: str = "", start: int = 0) -> tuple[tuple[Entry, ...], int]:
    """A page of the changes of a batch, items before packages, by code, and how many there are of the kind (of
    KIND_NAMES, "" for all) and with `q` in their name or code."""
    items = _items(found, kind, q)
    packages = _packages(found, kind, q)
    of_items = items.count() if items is not None else 0
    total = of_items + (packages.count() if packages is not None else 0)
    lines: list[Entry] = []
    if items is not None and start < of_items:
        rows = items.values_list(
            "pk", "operation", "item__code", KT("content__name"), KT("content__department")
        )
        lines += [Entry(*_texts(row)) for row in rows[start : start + A_PAGE]]
    if packages is not None and len(lines) < A_PAGE:
        begun = max(0, start - of_items)
        named = packages.values_list("pk", "package__code", KT("content__name"), KT("content__lead"))
        lines += [
            Entry(pk, PACKAGE, code, said or "", lead or "")
            for pk, code, said, lead in named[begun : begun + A_PAGE - len(lines)]
        ]
    return tuple(lines), total


def _texts(row: tuple[int, str, str, str | None, str | None]) -> tuple[int, str, str, str, str]:
    return row[0], row[1], row[2], row[3] or "", row[4] or ""


def _items(found: Batch, kind: str, q: str) -> QuerySet[Draft] | None:
    if kind == PACKAGE:
        return None
    rows = Draft.objects.filter(batch=found.id)

    if kind in tuple(Operation):
        rows = rows.filter(operation=kind)
    if q:
        rows = rows.filter(content__name__icontains=q) | rows.filter(item__code__icontains=q)
    return rows.order_by("item__code")


def _packages(found: Batch, kind: str, q: str) -> QuerySet[PackageDraft] | None:
    if kind not in ("", PACKAGE):
        return None
    rows = PackageDraft.objects.filter(batch=found.id)
    if q:
        rows = rows.filter(content__name__icontains=q) | rows.filter(package__code__icontains=q)
    return rows.order_by("package__code")


def entry(found: Batch, kind: str, draft_id: int, at: datetime, *, flagged: bool = True) -> EntryView:
    """A change of a batch, opened. Raises Refused("unknown_batch", 404) for one that is not in it."""
    if kind == PACKAGE:
        package = PackageDraft.objects.filter(batch=found.id, pk=draft_id).select_related("package").first()
        if package is None:
            raise unknown()
        return _opened_package(package, at)
    row = Draft.objects.filter(batch=found.id, pk=draft_id).select_related("item").first()
    if row is None:
        raise unknown()
    return _opened(row, flagged=flagged)


def _opened(row: Draft, *, flagged: bool) -> EntryView:
    """What an item is to become. Doubts are looked for over the whole catalogue, so only where `flagged`."""
    new, problems = drafts.judged(row.content)
    parts: dict[str, list[str]] = {}
    base = version(row.base_id) if row.base_id else None
    for change in drafts.between(base, new) if base is not None else ():
        parts.setdefault(change.part, []).append(change.words)
    line = Entry(row.pk, row.operation, row.item.code, new.name, new.department)
    told = tuple((part, tuple(words)) for part, words in parts.items())
    flags = drafts.view(row).flags if flagged else ()
    said, doubts = (tuple(each.detail for each in found) for found in (problems, flags))
    return EntryView(line, base.number if base is not None else 0, told, said, doubts)


def _opened_package(row: PackageDraft, at: datetime) -> EntryView:
    seen = package_drafts.seen(row, at)
    parts: dict[str, list[str]] = {}
    changes = package_drafts.differences(seen.base, seen.package) if seen.base is not None else ()
    for change in changes:
        parts.setdefault(_TOLD.get(change.kind, change.kind), []).append(change.words)
    line = Entry(row.pk, PACKAGE, seen.code, seen.package.name, seen.package.lead)
    told = tuple((part, tuple(words)) for part, words in parts.items())
    # Faults of a package are told against the items in force; those beside it in the batch count when it is published.
    return EntryView(line, seen.base_number, told, (), ())


def sample(found: Batch, many: int, at: datetime) -> tuple[EntryView, ...]:
    """So many changes spread evenly over the whole batch, opened; the same every time."""
    items = Draft.objects.filter(batch=found.id).order_by("item__code")
    packages = PackageDraft.objects.filter(batch=found.id).order_by("package__code")
    ids = [(kind, pk) for pk, kind in items.values_list("pk", "operation")]
    ids += [(PACKAGE, pk) for pk in packages.values_list("pk", flat=True)]
    count = min(many, len(ids))
    chosen = [ids[place * len(ids) // count] for place in range(count)]
    return tuple(entry(found, kind, pk, at, flagged=False) for kind, pk in chosen)


def faults(found: Batch) -> bytes | None:
    """The rows of its file that have faults, as a workbook; None if there are none or they have gone."""
    try:
        return files.fetch(found.id, files.FAULTS)
    except Unreadable:
        return None


def history(found: Batch) -> tuple[BatchEvent, ...]:
    """What has happened to a batch, newest first."""
    return tuple(
        BatchEvent(
            fact.kind,
            fact.effective_at,
            fact.principal,
            str(fact.data.get("reason", "")),
            str(fact.data.get("effective_on", "")),
            tuple(fact.data.get("codes", ())),
        )
        for fact in reversed(journal.facts(found.id))
        if fact.kind.startswith(f"catalog.{events.BATCH_STREAM}_")
    )
