"""Packages from a file: all of them or none, with a result and every match of a name for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.models import Version
from onedoor.domain.catalog.packages import actions as package_actions
from onedoor.domain.catalog.packages import rules as package_rules
from onedoor.domain.catalog.packages.terms import PackageVersion
from onedoor.domain.catalog.terms import Outcome, RowProblem, RowResult
from onedoor.domain.offices import queries as offices

from .departments import Directory
from .matching import Known, Shelf
from .packages import package_row
from .rows import SourceRow

#: What a report calls the kind of such a row.
KIND = "一件事"

#: Faults that only keep a package from being filed; a list that names items is imported all the same.
_FOR_NOW = frozenset({"service_not_ready", "audience_differs", "element_types_differ", "unknown_service"})


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as it was understood."""

    row: SourceRow
    package: PackageVersion
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a package of a file: its line in the report, and the package itself."""

    result: RowResult
    package: PackageVersion


def import_packages(
    *, tenant_id: int, entries: Sequence[object], mapping: Mapping[str, str], principal: str, at: datetime
) -> tuple[Made, ...]:
    """Publish packages of a file unless one of them has a fault. The caller holds the transaction, and undoes it where
    nothing shall stay.

    `mapping` gives the codes of items for names that a list uses.
    """
    package_actions.hold(tenant_id)
    departments = Directory({code: view.name for code, view in offices.departments(tenant_id).items()})
    shelf = Shelf(_items(tenant_id), mapping)
    rows = [package_row(number, entry, departments, shelf) for number, entry in enumerate(entries, start=1)]
    read = [_read(tenant_id, row, at) for row in rows]
    codes = [each.package.code for each in read]
    read = [_with_repetition(each, codes, rows) for each in read]
    faulty = any(each.problems for each in read)
    return tuple(_result(tenant_id, each, principal, at, write=not faulty) for each in read)


def _items(tenant_id: int) -> tuple[Known, ...]:
    rows = Version.objects.filter(tenant_id=tenant_id, retired_at__isnull=True).order_by("item__code")
    return tuple(Known(*row) for row in rows.values_list("item__code", "name", "department_name", "ready"))


def _read(tenant_id: int, row: SourceRow, at: datetime) -> _Read:
    """A row as a package. What an entry of a list lacks for being filed is noted, and the package is not ready."""
    offered = package_actions.offered(tenant_id, row.document, at)
    package, problems = package_rules.examine_package(row.document, offered)
    if row.problems:
        return _Read(row, package, row.faults(problems), row.notes)
    notes = list(row.notes)
    if "items" not in row.document and row.cells.get("key") and problems:
        for_now = [problem for problem in problems if problem.code in _FOR_NOW]
        notes += [f"暂不能一起申请：{problem.detail}" for problem in for_now]
        package, problems = package_rules.examine_package({**row.document, "ready": False}, offered)
    return _Read(
        row,
        package,
        row.faults(problems),
        tuple(dict.fromkeys(notes)),
    )


def _with_repetition(read: _Read, codes: Sequence[str], rows: Sequence[SourceRow]) -> _Read:
    code = read.package.code
    places = [str(row.number) for row, other in zip(rows, codes, strict=True) if code and other == code]
    if len(places) < 2:
        return read
    detail = f"一件事编码“{code}”在第 {'、'.join(places)} 个重复，请保留一个，或改正其中的编码。"
    fault = read.row.problem(Problem("/code", "duplicate_code", detail))
    return replace(read, problems=(*read.problems, fault))


def _result(tenant_id: int, read: _Read, principal: str, at: datetime, *, write: bool) -> Made:
    package, outcome = read.package, Outcome.REFUSED
    if not read.problems:
        package = package_actions.named(tenant_id, package, at)
        standing = package_actions.standing(tenant_id, package)
        outcome = (
            Outcome.UNCHANGED if standing.same else Outcome.CHANGED if standing.former else Outcome.ADDED
        )
        if write:
            package_actions.put_into_force(tenant_id, package, principal, at)
    row = read.row
    result = RowResult(
        row.number,
        package.code,
        package.name,
        KIND,
        outcome,
        read.problems,
        read.notes,
        row.cells,
        row.sheet,
    )
    return Made(result, package)
