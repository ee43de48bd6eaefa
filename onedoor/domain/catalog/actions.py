"""The only writing of the catalogue: publishing, retiring and importing versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import randbits
from typing import Any, TypedDict

from django.db import transaction

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices import queries as offices
from onedoor.plumbing.crypto import sm3

from . import events, rules
from .documents import canonical, write_document
from .importing.files import read_file
from .importing.package_import import import_packages
from .importing.rows import SourceRow
from .models import Catalogue, Item, Version
from .queries import keep, version
from .search.vocabulary import count_miss, drop_synonym, keep_synonym, restore_synonym, settle_miss
from .spelling import spell
from .streams import append_all
from .terms import ImportReport, Outcome, RowProblem, RowResult, ServiceVersion

__all__ = [
    "count_miss",
    "drop_synonym",
    "import_file",
    "import_items",
    "keep_synonym",
    "publish",
    "publish_all",
    "restore_synonym",
    "retire",
    "settle_miss",
    "weigh",
]

#: Said of a row of a bare list whose item has been worked out in full since.
_KEPT = "该事项已有完整的办事指南，列表中的简要信息没有覆盖它。"

#: Rows that are examined between two words about how far it has come.
_AT_ONCE = 50


class _Who(TypedDict):
    """Whose catalogue is changed, by whom, and when."""

    tenant_id: int
    principal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    """What publishing one parsed version will do."""

    wanted: ServiceVersion
    document: Mapping[str, Any]
    digest: bytes
    item: Item | None
    former: Version | None
    number: int

    @property
    def outcome(self) -> Outcome:
        if self.item is None:
            return Outcome.ADDED
        same = self.former is not None and bytes(self.former.digest) == self.digest
        return Outcome.UNCHANGED if same or self.poorer else Outcome.CHANGED

    @property
    def poorer(self) -> bool:
        """Whether a bare listing would take the place of a version that can be applied for."""
        return self.former is not None and self.former.ready and not self.wanted.ready


@transaction.atomic
def publish(*, tenant_id: int, content: Mapping[str, Any], principal: str, at: datetime) -> ServiceVersion:
    """Put an item document into force at `at`, as a new item or as the next version of the one with its code.

    The version in force until then is retired at the same instant. A document that says what is in force
    already, or is not ready while that version is, changes nothing and gives that version back.

    Raises Refused("item_invalid") with all problems, and "published_later" if the version in force was
    published after `at`.
    """
    wanted = rules.parse_content(content)
    _lock(tenant_id)
    (plan,) = _plans(tenant_id, [wanted])
    if plan.former is not None and plan.outcome is Outcome.UNCHANGED:
        return version(plan.former.pk)
    (made,) = _carry_out(tenant_id, [plan], principal, at)
    return made


@transaction.atomic
def publish_all(
    *, tenant_id: int, contents: Sequence[Mapping[str, Any]], principal: str, at: datetime
) -> tuple[ServiceVersion, ...]:
    """Put many item documents into force at `at`, all or none; see `publish`. No two of them have one code.

    Gives those that were published; what says what is in force already is left out.
    """
    wanted = [rules.parse_content(content) for content in contents]
    _lock(tenant_id)
    plans = [plan for plan in _plans(tenant_id, wanted) if plan.outcome is not Outcome.UNCHANGED]
    return _carry_out(tenant_id, plans, principal, at)


@transaction.atomic
def retire(*, tenant_id: int, code: str, reason: str, principal: str, at: datetime) -> None:
    """Take an item out of force at `at`; cases under way stay on their version.

    Raises Refused("unknown_item") if no version is in force, "reason_missing" without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "请写明取消该事项的原因。")
    _lock(tenant_id)
    former = _in_force(tenant_id, [code]).get(code)
    if former is None:
        raise Refused("unknown_item", f"没有编码为“{code}”的在用事项，请核对编码。", status=404)
    _in_order(former, at)
    Version.objects.filter(pk=former.pk).update(retired_at=at)
    fact = events.version_retired(code=code, number=former.number, reason=reason.strip(), at=at)
    _append(former.item, [fact], principal, at)
    _revise(tenant_id)


@transaction.atomic
def import_items(
    *, tenant_id: int, rows: Sequence[SourceRow], principal: str, at: datetime, dry_run: bool = False
) -> ImportReport:
    """Publish all rows or none, with a result for every row.

    Items that are in force but not among the rows stay as they are. Two rows with one code are both refused.
    """
    if not rows:
        return ImportReport((), dry_run)
    _lock(tenant_id)
    report, plans = _weighed(tenant_id, rows, None)
    if not (report.refused or dry_run):
        changes = [plan for plan in plans.values() if plan.outcome is not Outcome.UNCHANGED]
        _carry_out(tenant_id, changes, principal, at)
    return replace(report, dry_run=dry_run)


def weigh(
    *, tenant_id: int, rows: Sequence[SourceRow], tick: Callable[[int], None] | None = None
) -> tuple[ImportReport, Mapping[str, Mapping[str, Any]]]:
    """What importing these rows would do, and the documents that would be published, by code. Writes nothing.

    `tick` is told now and then how many rows have been looked at.
    """
    report, plans = _weighed(tenant_id, rows, tick)
    return report, {
        code: plan.document for code, plan in plans.items() if plan.outcome is not Outcome.UNCHANGED
    }


def _weighed(
    tenant_id: int, rows: Sequence[SourceRow], tick: Callable[[int], None] | None
) -> tuple[ImportReport, dict[str, _Plan]]:
    examined = []
    for place, row in enumerate(rows):
        if tick is not None and place % _AT_ONCE == 0:
            tick(place)
        examined.append(_examine(row))
    repeated = _repeated(rows, [wanted for wanted, _ in examined])
    faults = [problems + again for (_, problems), again in zip(examined, repeated, strict=True)]
    wanted = [wanted for (wanted, _), problems in zip(examined, faults, strict=True) if not problems]
    plans = {plan.wanted.code: plan for plan in _plans(tenant_id, wanted)}
    results = tuple(
        _result(row, version, problems, plans.get(version.code))
        for row, (version, _), problems in zip(rows, examined, faults, strict=True)
    )
    return ImportReport(results, dry_run=True), plans


def import_file(
    *, tenant_id: int, path: Path, principal: str, at: datetime, dry_run: bool = False
) -> ImportReport:
    """Publish the items and packages of a file (.xlsx, .csv, .json, .yaml), all or none; see `import_items`.

    Raises Refused for a file that cannot be read as a whole.
    """
    known = {code: view.name for code, view in offices.departments(tenant_id).items()}
    source = read_file(path, known)
    who: _Who = {"tenant_id": tenant_id, "principal": principal, "at": at}
    if not source.packages:
        return replace(import_items(rows=source.rows, dry_run=dry_run, **who), notes=source.notes)
    with transaction.atomic():
        # Packages are judged by the items beside them, which therefore are written first; a savepoint undoes both.
        report = import_items(rows=source.rows, **who)
        made = import_packages(entries=source.packages, mapping=source.mapping, **who)
        report = replace(
            report, rows=(*report.rows, *(each.result for each in made)), dry_run=dry_run, notes=source.notes
        )
        if dry_run or report.refused:
            transaction.set_rollback(True)
    return report


def _examine(row: SourceRow) -> tuple[ServiceVersion, tuple[RowProblem, ...]]:
    """The version a row describes, and its faults."""
    version, problems = rules.examine(row.document)
    return version, row.faults(problems)


def _repeated(
    rows: Sequence[SourceRow], wanted: Sequence[ServiceVersion]
) -> Iterator[tuple[RowProblem, ...]]:
    """For every row, what is wrong with its code where others have it too."""
    places: dict[str, list[str]] = {}
    for row, each in zip(rows, wanted, strict=True):
        places.setdefault(each.code, []).append(str(row.number))
    for row, each in zip(rows, wanted, strict=True):
        there = places[each.code]
        if not each.code or len(there) < 2:
            yield ()
            continue
        detail = f"事项编码“{each.code}”在第 {'、'.join(there[:20])} 行重复，请保留一行，或改正其中的编码。"
        yield (row.problem(Problem("/code", "duplicate_code", detail)),)


def _result(
    row: SourceRow, wanted: ServiceVersion, problems: tuple[RowProblem, ...], plan: _Plan | None
) -> RowResult:
    outcome = Outcome.REFUSED if problems or plan is None else plan.outcome
    notes = (*row.notes, _KEPT) if plan is not None and plan.poorer else row.notes
    code, name, kind = wanted.code, wanted.name, wanted.type
    return RowResult(row.number, code, name, kind, outcome, problems, notes, row.cells, row.sheet)


def _lock(tenant_id: int) -> None:
    """One change of a tenant's catalogue at a time."""
    Catalogue.objects.bulk_create([Catalogue(tenant_id=tenant_id)], ignore_conflicts=True)
    Catalogue.objects.select_for_update().get(tenant_id=tenant_id)


def _revise(tenant_id: int) -> None:
    Catalogue.objects.filter(tenant_id=tenant_id).update(revision=randbits(62))


def _in_force(tenant_id: int, codes: Sequence[str]) -> dict[str, Version]:
    rows = Version.objects.filter(item__tenant_id=tenant_id, item__code__in=codes, retired_at__isnull=True)
    return {row.item.code: row for row in rows.select_related("item").defer("content")}


def _plans(tenant_id: int, wanted: Sequence[ServiceVersion]) -> list[_Plan]:
    codes = [version.code for version in wanted]
    items = {item.code: item for item in Item.objects.filter(tenant_id=tenant_id, code__in=codes)}
    former = _in_force(tenant_id, codes)
    numbers = _last_numbers(items)
    names = {code: view.name for code, view in offices.departments(tenant_id).items()}
    return [
        _plan(version, names, items.get(version.code), former.get(version.code), numbers.get(version.code, 0))
        for version in wanted
    ]


def _plan(
    wanted: ServiceVersion, names: Mapping[str, str], item: Item | None, former: Version | None, last: int
) -> _Plan:
    # The department's name is part of the version: an old version keeps the name under which it was in force.
    named = replace(wanted, department_name=wanted.department_name or names.get(wanted.department, ""))
    document = write_document(named)
    return _Plan(named, document, sm3(canonical(document)), item, former, last + 1)


def _last_numbers(items: Mapping[str, Item]) -> dict[str, int]:
    rows = (
        Version.objects.filter(item__in=items.values()).order_by("number").values_list("item__code", "number")
    )
    return dict(rows)


def _carry_out(
    tenant_id: int, plans: Sequence[_Plan], principal: str, at: datetime
) -> tuple[ServiceVersion, ...]:
    """Write items, versions and facts of some plans, and keep the new versions in the process."""
    for plan in plans:
        if plan.former is not None:
            _in_order(plan.former, at)
    items = _make_items(tenant_id, plans, at)
    formers = [plan.former.pk for plan in plans if plan.former is not None]
    Version.objects.filter(pk__in=formers).update(retired_at=at)
    rows = Version.objects.bulk_create(
        [_row(plan, items[plan.wanted.code], principal, at) for plan in plans], batch_size=200
    )
    _record(plans, items, principal, at)
    _revise(tenant_id)
    made = tuple(_made(plan, row) for plan, row in zip(plans, rows, strict=True))
    transaction.on_commit(lambda: keep(made))
    return made


def _in_order(former: Version, at: datetime) -> None:
    if at < former.published_at:
        raise Refused("published_later", "该事项已有更晚发布的版本，请核对发布时间后再试。", status=409)


def _make_items(tenant_id: int, plans: Sequence[_Plan], at: datetime) -> dict[str, Item]:
    new = [
        Item(tenant_id=tenant_id, code=plan.wanted.code, stream_id=uuid7(at), created_at=at)
        for plan in plans
        if plan.item is None
    ]
    known = [plan.item for plan in plans if plan.item is not None]
    return {item.code: item for item in [*known, *Item.objects.bulk_create(new)]}


def _row(plan: _Plan, item: Item, principal: str, at: datetime) -> Version:
    wanted = plan.wanted
    pinyin, initials = spell(wanted.name, wanted.plain_name, *wanted.keywords)
    return Version(
        item=item,
        tenant_id=item.tenant_id,
        number=plan.number,
        content=plan.document,
        digest=plan.digest,
        name=wanted.name,
        plain_name=wanted.plain_name,
        type=wanted.type,
        department=wanted.department,
        department_name=wanted.department_name,
        themes=list(wanted.themes),
        audience=list(wanted.audience),
        case_kind=wanted.case_kind.value,
        ready=wanted.ready,
        keywords=list(wanted.keywords),
        pinyin=pinyin,
        initials=initials,
        published_at=at,
        published_by=principal,
    )


def _made(plan: _Plan, row: Version) -> ServiceVersion:
    return replace(
        plan.wanted,
        id=row.pk,
        tenant_id=row.tenant_id,
        number=row.number,
        published_at=row.published_at,
        digest=plan.digest,
    )


def _record(plans: Sequence[_Plan], items: Mapping[str, Item], principal: str, at: datetime) -> None:
    """Append the facts of publication to the streams of the items."""
    facts = {items[plan.wanted.code].stream_id: _facts(plan, at) for plan in plans}
    fresh = frozenset(items[plan.wanted.code].stream_id for plan in plans if plan.item is None)
    tenant = next((item.tenant_id for item in items.values()), 0)
    append_all(facts, tenant_id=tenant, principal=principal, at=at, fresh=fresh)


def _facts(plan: _Plan, at: datetime) -> list[NewFact]:
    code, former = plan.wanted.code, plan.former
    published = events.version_published(code=code, number=plan.number, digest=plan.digest, at=at)
    if former is None:
        return [published]
    return [events.version_retired(code=code, number=former.number, reason="superseded", at=at), published]


def _append(item: Item, facts: Sequence[NewFact], principal: str, at: datetime) -> None:
    journal.append(
        stream_id=item.stream_id,
        tenant_id=item.tenant_id,
        stream_kind=events.STREAM_KIND,
        principal=principal,
        at=at,
        facts=facts,
    )
