"""What pages may read of package drafts, of the versions of a package, and of what happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import connection

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.models import Package, PackageVersion
from onedoor.domain.catalog.models import PackageDraft as Row
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.catalog.terms import Field
from onedoor.domain.journal import queries as journal

from . import planning as package_planning
from . import rules as package_rules
from .actions import named, offered
from .conditions import (
    Clause,
    Condition,
    Statement,
    asked,
    needed,
    read,
    sentence,
    statements,
    value_fault,
    written,
)
from .differences import PackageChange, differences
from .documents import write_package
from .draft_terms import PackageDraft, PackageEvent, PackageVersionLine
from .merging import SEPARATE, fields_of, merging
from .queries import version
from .terms import PackageMember, Plan
from .terms import PackageVersion as Parsed

__all__ = [
    "Askable",
    "Clause",
    "Condition",
    "PackageChange",
    "Statement",
    "askable",
    "asked",
    "condition_fault",
    "differences",
    "draft",
    "drafts",
    "events_of",
    "faults",
    "find",
    "latest",
    "needed",
    "preview",
    "read",
    "sentence",
    "statements",
    "value_fault",
    "versions",
    "written",
]

#: States in which a draft still has something before it; a package has at most one such draft.
OPEN = (PackageDraftState.DRAFTING.value, PackageDraftState.REVIEWING.value)
#: The most drafts that a list shows; a county has some dozens of packages.
MOST_DRAFTS = 200
#: Faults of published packages kept in the process; they stand on versions that never change.
KEPT = 1_000

_lock = Lock()
_faults: dict[tuple[Any, ...], tuple[Problem, ...]] = {}


def draft(tenant_id: int, code: str, at: datetime) -> PackageDraft:
    """The open draft of a package. Raises Refused("unknown_draft", 404)."""
    found = find(tenant_id, code, at)
    if found is None:
        raise Refused(
            "unknown_draft", f"一件事“{code[:64]}”没有正在编写的草案，请从列表重新打开。", status=404
        )
    return found


def find(tenant_id: int, code: str, at: datetime) -> PackageDraft | None:
    """The open draft of a package, None if there is none."""
    row = (
        Row.objects.filter(tenant_id=tenant_id, package__code=code, state__in=OPEN)
        .select_related("package")
        .first()
    )
    return seen(row, at) if row is not None else None


def drafts(tenant_id: int, at: datetime) -> tuple[PackageDraft, ...]:
    """The open drafts of a county, the last changed first; what goes with a batch is listed there."""
    rows = Row.objects.filter(tenant_id=tenant_id, state__in=OPEN, batch__isnull=True).select_related(
        "package"
    )
    return tuple(seen(row, at) for row in rows.order_by("-changed_at", "id")[:MOST_DRAFTS])


def seen(row: Row, at: datetime) -> PackageDraft:
    """A row of the table with everything that its document means on the day of `at`."""
    items = offered(row.tenant_id, row.content, at)
    package, problems = examined(row.content, items)
    current = _in_force(row.package_id)
    return PackageDraft(
        id=row.pk,
        tenant_id=row.tenant_id,
        code=row.package.code,
        state=PackageDraftState(row.state),
        revision=row.revision,
        package=named(row.tenant_id, package, at),
        problems=problems,
        items=items,
        base=current,
        base_number=row.base_number,
        reason=row.reason,
        fault=row.fault,
        author=row.author,
        writers=tuple(row.writers),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def examined(content: Mapping[str, Any], items: package_rules.Offered) -> tuple[Parsed, tuple[Problem, ...]]:
    """A draft's document as a package, and its faults, in which items are called by the names they have."""
    members = [
        {"name": items[each["service"]].name, **each} if each.get("service") in items else each
        for each in content.get("members", [])
    ]
    return package_rules.examine_package({**content, "members": members}, items)


def _in_force(package_id: int) -> Parsed | None:
    found = PackageVersion.objects.filter(package_id=package_id, retired_at__isnull=True).values_list(
        "id", flat=True
    )
    return version(found[0]) if found else None


def faults(package: Parsed, at: datetime) -> tuple[Problem, ...]:
    """What is wrong with a published package by the items that are in force at `at`: items come and go."""
    document = write_package(package)
    items = offered(package.tenant_id, document, at)
    key = (connection.settings_dict["NAME"], package.id, *sorted(item.id for item in items.values()))
    found = _faults.get(key)
    if found is None:
        found = package_rules.examine_package(document, items)[1]
        with _lock:
            while len(_faults) >= KEPT:
                del _faults[next(iter(_faults))]
            _faults[key] = found
    return found


def versions(tenant_id: int, code: str) -> tuple[PackageVersionLine, ...]:
    """All versions of a package, the newest first; () for one that was never published."""
    rows = (
        PackageVersion.objects.filter(tenant_id=tenant_id, package__code=code)
        .defer("content")
        .order_by("-number")
    )
    return tuple(
        PackageVersionLine(row.pk, row.number, row.name, row.published_at, row.published_by, row.retired_at)
        for row in rows
    )


def latest(tenant_id: int, code: str) -> Parsed | None:
    """The version in force, or of a package that was retired its last one; None if there never was one."""
    lines = versions(tenant_id, code)
    return version(lines[0].id) if lines else None


def events_of(tenant_id: int, code: str) -> tuple[PackageEvent, ...]:
    """What happened to a package and its drafts, the newest first; () for an unknown one."""
    row = Package.objects.filter(tenant_id=tenant_id, code=code).first()
    if row is None:
        return ()
    return tuple(
        PackageEvent(
            fact.kind,
            fact.recorded_at,
            fact.principal,
            number=fact.data.get("number", 0),
            what=fact.data.get("what", ""),
            about=fact.data.get("about", ""),
            reason=fact.data.get("reason", ""),
        )
        for fact in reversed(journal.facts(row.stream_id))
    )


def preview(wanted: PackageDraft, answers: object) -> tuple[Plan, tuple[str, ...]]:
    """The plan that these answers would make of a draft, and the names of members that were left out since their
    condition or their place in the order is faulty.

    Raises Refused("answers_invalid") with a problem for each faulty answer.
    """
    known = tuple(question.code for question in wanted.package.questions)
    sound: list[PackageMember] = []
    left_out: list[PackageMember] = []
    for member in wanted.package.members:
        bad = bool(member.when) and conditions.fault(member.when, known) is not None
        (left_out if bad else sound).append(member)
    questions = tuple(
        question
        for place, question in enumerate(wanted.package.questions)
        if not question.when or conditions.fault(question.when, known[:place]) is None
    )
    package = replace(wanted.package, questions=questions, members=tuple(sound))
    items = [wanted.items[member.service] for member in sound if member.service in wanted.items]
    plan = package_planning.plan(package, wanted.items, merging(package, items), answers)
    return plan, tuple(member.name or member.service for member in left_out)


def condition_fault(source: str, questions: Sequence[Field]) -> str:
    """What is wrong with a condition over these questions, and how to mend it; "" if nothing."""
    fault = conditions.fault(source, tuple(question.code for question in questions)) if source else None
    return fault[1] if fault is not None else ""


@dataclass(frozen=True, slots=True)
class Askable:
    """A question of an item's form that may be asked before anything else, and the names of the items that ask it."""

    field: Field
    items: tuple[str, ...]


def askable(wanted: PackageDraft) -> tuple[Askable, ...]:
    """What the forms of a draft's items ask and can be answered by picking, without what is asked first already.

    An answer to such a question is put into the forms by itself.
    """
    known = {question.element for question in wanted.package.questions}
    found: dict[str, tuple[Field, list[str]]] = {}
    for member in wanted.package.members:
        item = wanted.items.get(member.service)
        fields = fields_of(item) if item is not None else ()
        times = Counter(field.element for field in fields)
        for field in fields:
            if field.type not in package_rules.QUESTION_TYPES or field.element in known | SEPARATE:
                continue
            if item is not None and times[field.element] == 1:
                found.setdefault(field.element, (field, []))[1].append(item.name)
    return tuple(Askable(field, tuple(names)) for field, names in found.values())
