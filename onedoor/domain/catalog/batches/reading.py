"""A file that was taken in is read and checked beside other work; what it changes becomes drafts of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.importing.files import read_bytes
from onedoor.domain.catalog.importing.package_import import Made, import_packages
from onedoor.domain.catalog.importing.rows import Source
from onedoor.domain.catalog.importing.workbook import errors_workbook
from onedoor.domain.catalog.models import Batch, Draft, Item, Package, PackageDraft
from onedoor.domain.catalog.packages.actions import hold
from onedoor.domain.catalog.packages.documents import write_package
from onedoor.domain.catalog.states import OPEN_DRAFTS, BatchState, DraftState, Operation, PackageDraftState
from onedoor.domain.catalog.terms import ImportReport, Outcome, RowProblem, RowResult
from onedoor.domain.offices import queries as offices
from onedoor.plumbing.crypto import Unreadable

from . import files
from . import rules as batch_rules
from .rows import in_force, locked, newest

#: Whoever has given no sign for so long does not read any more.
LEASE = timedelta(seconds=90)
MOST_TRIES = 3
#: Between two words about how far it has come.
PULSE = timedelta(milliseconds=400)
#: Rows that are told on the page; the others are in the workbook of faults.
MOST_FINDINGS = 300
_AT_ONCE = 500
_CHANGES = (Outcome.ADDED, Outcome.CHANGED)
_LOST = "文件没有读完就不见了或者损坏了，请重新选择文件。"
_TOO_OFTEN = "这个文件检查了几次都没有做完，请分成几个小一些的文件再试，或者请系统管理员看系统日志。"


class _Gone(Exception):
    """Whoever brought the file has taken it back."""


@dataclass(slots=True)
class _Pulse:
    """Tells how far it has come, and that it goes on."""

    batch: UUID
    clock: Callable[[], datetime]
    phase: str = ""
    total: int = 0
    next: datetime | None = None

    def begin(self, phase: str, total: int = 0) -> None:
        """Another part of the work, of so many steps."""
        self.phase, self.total, self.next = phase, total, None
        self.tick(0)

    def tick(self, done: int) -> None:
        """So much of this part is done."""
        at = self.clock()
        if self.next is not None and at < self.next:
            return
        self.next = at + PULSE
        found = Batch.objects.filter(pk=self.batch, state=BatchState.READING.value).update(
            phase=self.phase, done=done, total=self.total, claimed_at=at
        )
        if not found:
            raise _Gone


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a file would do: a line for every row, the item documents by code, and the packages that change."""

    report: ImportReport
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    packages: tuple[Made, ...] = ()


def waiting(at: datetime) -> bool:
    """Whether a file waits for being read."""
    return _free(at).exists()


def read_next(*, at: datetime, clock: Callable[[], datetime]) -> bool:
    """Read and check the file that has waited longest; False if none waits. `clock` tells the time meanwhile."""
    row = _claim(at)
    if row is None:
        return False
    if row.tries > MOST_TRIES:
        _fail(row.pk, _TOO_OFTEN, clock())
        return True
    read_one(row.pk, clock=clock)
    return True


def read_one(batch_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Read and check the file of a batch."""
    row = Batch.objects.get(pk=batch_id)
    pulse = _Pulse(row.pk, clock)
    try:
        pulse.begin("reading")
        looked = _looked_over(row, _source(row), pulse)
        pulse.begin("keeping")
        _finish(row.pk, row.tenant_id, looked, clock())
    except Refused as refused:
        _fail(row.pk, refused.detail, clock())
    except Unreadable:
        _fail(row.pk, _LOST, clock())
    except _Gone:
        return
    files.drop(row.pk, files.TAKEN)


def _free(at: datetime) -> QuerySet[Batch]:
    silent = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE)
    return Batch.objects.filter(silent, state=BatchState.READING.value)


@transaction.atomic
def _claim(at: datetime) -> Batch | None:
    row = _free(at).select_for_update(skip_locked=True, no_key=True).order_by("created_at").first()
    if row is None:
        return None
    row.claimed_at, row.tries = at, row.tries + 1
    row.save(update_fields=["claimed_at", "tries"])
    return row


def _source(row: Batch) -> Source:
    content = files.fetch(row.pk, files.TAKEN)
    if content is None:
        raise Refused("file_gone", _LOST)
    names = {code: view.name for code, view in offices.departments(row.tenant_id).items()}
    source = read_bytes(content, row.suffix, names)
    batch_rules.check_rows(len(source.rows) + len(source.packages))
    return source


def _looked_over(row: Batch, source: Source, pulse: _Pulse) -> _Looked:
    """What the file would do; nothing is written."""
    pulse.begin("checking", len(source.rows))
    report, documents = actions.weigh(tenant_id=row.tenant_id, rows=source.rows, tick=pulse.tick)
    packages: tuple[Made, ...] = ()
    if source.packages:
        pulse.begin("packages", len(source.packages))
        packages = _packages(row, source, () if report.refused else tuple(documents.values()), pulse.clock())
        results = tuple(each.result for each in packages)
        report = replace(report, rows=(*report.rows, *results))
    changing = tuple(each for each in packages if each.result.outcome in _CHANGES)
    return _Looked(replace(report, notes=source.notes), documents, changing)


def _packages(
    row: Batch, source: Source, documents: Sequence[Mapping[str, Any]], at: datetime
) -> tuple[Made, ...]:
    """Packages are judged by the items beside them, which therefore are written first, and all is undone."""
    with transaction.atomic():
        actions.publish_all(tenant_id=row.tenant_id, contents=documents, principal=row.author, at=at)
        made = import_packages(
            tenant_id=row.tenant_id,
            entries=source.packages,
            mapping=source.mapping,
            principal=row.author,
            at=at,
        )
        transaction.set_rollback(True)
    return made


@transaction.atomic
def _finish(batch_id: UUID, tenant_id: int, looked: _Looked, at: datetime) -> None:
    """Keep what was found: drafts of all that changes, or none if anything is wrong."""
    hold(tenant_id)
    row = _reading(batch_id)
    report = _with_conflicts(row.tenant_id, looked)
    row.counts = {str(outcome): report.count(outcome) for outcome in Outcome}
    row.notes = list(report.notes)
    row.findings = _findings(report)
    if report.refused:
        files.keep(row.pk, files.FAULTS, [errors_workbook(report)])
    else:
        _make_drafts(row, looked.documents, at)
        _make_package_drafts(row, looked.packages, at)
    _settle(row, BatchState.FAULTY if report.refused else BatchState.READY, at)


@transaction.atomic
def _fail(batch_id: UUID, why: str, at: datetime) -> None:
    try:
        row = _reading(batch_id)
    except _Gone:
        return
    row.fault = why[:500]
    _settle(row, BatchState.FAULTY, at)


def _reading(batch_id: UUID) -> Batch:
    row = locked(batch_id)
    if row is None or row.state != BatchState.READING.value:
        raise _Gone
    return row


def _settle(row: Batch, state: BatchState, at: datetime) -> None:
    row.state = state.value
    row.revision += 1
    row.changed_at = at
    row.save()


def _with_conflicts(tenant_id: int, looked: _Looked) -> ImportReport:
    """The report, in which what somebody else is working on is a fault."""
    states = [state.value for state in OPEN_DRAFTS]
    busy = set(
        Draft.objects.filter(
            tenant_id=tenant_id, item__code__in=list(looked.documents), state__in=states
        ).values_list("item__code", flat=True)
    )
    at_work = [PackageDraftState.DRAFTING.value, PackageDraftState.REVIEWING.value]
    busy_packages = set(
        PackageDraft.objects.filter(
            tenant_id=tenant_id,
            package__code__in=[each.package.code for each in looked.packages],
            state__in=at_work,
        ).values_list("package__code", flat=True)
    )
    if not busy and not busy_packages:
        return looked.report
    of_packages = {id(each.result) for each in looked.packages if each.package.code in busy_packages}
    package_rows = {id(each.result) for each in looked.packages}
    rows = tuple(
        _busy(row) if id(row) in of_packages or (id(row) not in package_rows and row.code in busy) else row
        for row in looked.report.rows
    )
    return replace(looked.report, rows=rows)


def _busy(row: RowResult) -> RowResult:
    if row.outcome not in _CHANGES:
        return row
    detail = f"“{row.code}”有一份还没有办完的草案（可能在另一个批次里），请先办完或作废那一份，再导入。"
    problem = RowProblem("", "draft_open", detail)
    return replace(row, outcome=Outcome.REFUSED, problems=(*row.problems, problem))


def _findings(report: ImportReport) -> list[dict[str, Any]]:
    order = (Outcome.REFUSED, Outcome.ADDED, Outcome.CHANGED)
    worth = [row for row in report.rows if row.outcome in order and (row.problems or row.notes)]
    worth.sort(key=lambda row: order.index(row.outcome) > 0)
    return [
        {
            "row": row.row,
            "sheet": row.sheet,
            "code": row.code,
            "name": row.name,
            "outcome": str(row.outcome),
            "problems": [
                [" ".join(filter(None, (p.sheet, p.cell, p.column))) or "整行", p.detail]
                for p in row.problems
            ],
            "notes": list(row.notes),
        }
        for row in worth[:MOST_FINDINGS]
    ]


def _make_drafts(row: Batch, documents: Mapping[str, Mapping[str, Any]], at: datetime) -> None:
    """A draft for every item that changes, from its newest version."""
    items = {
        item.code: item for item in Item.objects.filter(tenant_id=row.tenant_id, code__in=list(documents))
    }
    fresh = [
        Item(tenant_id=row.tenant_id, code=code, stream_id=uuid7(at), created_at=at)
        for code in documents
        if code not in items
    ]
    items |= {item.code: item for item in Item.objects.bulk_create(fresh, batch_size=_AT_ONCE)}
    bases = newest(row.tenant_id, documents)
    Draft.objects.bulk_create(
        (
            _draft(row, items[code], document, bases.get(code, (None, False)), at)
            for code, document in documents.items()
        ),
        batch_size=_AT_ONCE,
    )


def _draft(
    row: Batch, item: Item, document: Mapping[str, Any], base: tuple[int | None, bool], at: datetime
) -> Draft:
    former, running = base
    operation = Operation.ADD if former is None else Operation.CHANGE if running else Operation.RESUME
    return Draft(
        tenant_id=row.tenant_id,
        item=item,
        base_id=former,
        batch=row,
        operation=operation.value,
        state=DraftState.DRAFTING.value,
        content=document,
        reason="",
        author=row.author,
        writers=[row.author],
        changed_at=at,
        changed_by=row.author,
    )


def _make_package_drafts(row: Batch, packages: Sequence[Made], at: datetime) -> None:
    codes = [each.package.code for each in packages]
    known = {each.code: each for each in Package.objects.filter(tenant_id=row.tenant_id, code__in=codes)}
    fresh = [
        Package(tenant_id=row.tenant_id, code=code, stream_id=uuid7(at), created_at=at)
        for code in codes
        if code not in known
    ]
    known |= {each.code: each for each in Package.objects.bulk_create(fresh)}
    numbers = in_force(row.tenant_id, codes)
    PackageDraft.objects.bulk_create(
        PackageDraft(
            package=known[each.package.code],
            tenant_id=row.tenant_id,
            batch=row,
            state=PackageDraftState.DRAFTING.value,
            revision=1,
            content=write_package(each.package),
            base_number=numbers.get(each.package.code, 0),
            author=row.author,
            writers=[row.author],
            begun_at=at,
            changed_at=at,
            changed_by=row.author,
        )
        for each in packages
    )
