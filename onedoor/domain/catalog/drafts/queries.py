"""What pages may read of drafts, of the versions of an item, and of items by how they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import events, rules
from onedoor.domain.catalog.models import Draft as Row
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.quality.flags import flags
from onedoor.domain.catalog.quality.linting import Around, Finding, Severity, examine, plain_name
from onedoor.domain.catalog.queries import version
from onedoor.domain.catalog.states import OPEN_DRAFTS, DraftState, Operation
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role

from .differences import Change, changes
from .successions import successors_of
from .terms import STATE_NAMES, Draft, DraftEvent, DraftLine, VersionLine

__all__ = [
    "Element",
    "between",
    "concerns",
    "difference",
    "draft",
    "drafts",
    "editable",
    "elements",
    "findings",
    "history",
    "judged",
    "open_drafts",
    "paused",
    "successors_of",
    "versions",
    "view",
]

#: The longest list of drafts that is shown.
MOST_LISTED = 200
#: So many data elements are offered to choose from.
MOST_ELEMENTS = 400

_LICENCES = """
SELECT DISTINCT material ->> 'licence_type'
FROM catalog_version v, jsonb_array_elements(v.content -> 'materials') material
WHERE v.tenant_id = %s AND v.retired_at IS NULL AND jsonb_typeof(v.content -> 'materials') = 'array'
  AND material ->> 'licence_type' <> ''
"""
_ELEMENTS = """
SELECT field ->> 'element', mode() WITHIN GROUP (ORDER BY field ->> 'label'), count(*)
FROM catalog_version v, jsonb_path_query(v.content, '$.sections[*].fields[*]') field
WHERE v.tenant_id = %s AND v.retired_at IS NULL AND field ->> 'element' <> '' AND field ->> 'element' NOT LIKE 'own.%%'
GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Element:
    """A data element that forms of the county use already, with the question most often asked for it."""

    code: str
    label: str


def editable(principal: Principal, department: str) -> bool:
    """Whether somebody keeps the items of a department."""
    return any(
        grant.role is Role.EDITOR and grant.department in (None, department) for grant in principal.grants
    )


def draft(principal: Principal, draft_id: int) -> Draft:
    """A draft of a department whose items this editor keeps. Raises Refused("unknown_draft", 404)."""
    row = Row.objects.filter(pk=draft_id, tenant_id=principal.tenant_id).select_related("item").first()
    if row is None or not concerns(principal, row):
        raise Refused("unknown_draft", "没有这份事项草案，请回到事项列表重新选择。", status=404)
    return view(row)


def concerns(principal: Principal, row: Row) -> bool:
    """Whether a draft is about a department whose items this editor keeps, before or after it."""
    departments = {_text(row.content, "department")}
    if row.base_id:
        departments.add(version(row.base_id).department)
    return any(editable(principal, department) for department in departments)


def judged(content: object) -> tuple[ServiceVersion, tuple[Problem, ...]]:
    """A content in work, parsed, and everything wrong with it."""
    return rules.examine(content)


def view(row: Row) -> Draft:
    """A draft with everything that can be said of its content."""
    parsed, problems = rules.examine(row.content)
    base = version(row.base_id) if row.base_id else None
    names = {code: each.name for code, each in offices.departments(row.tenant_id).items()}
    parsed = replace(
        parsed,
        tenant_id=row.tenant_id,
        number=base.number + 1 if base else 1,
        department_name=parsed.department_name or names.get(parsed.department, ""),
    )
    return Draft(
        id=row.pk,
        tenant_id=row.tenant_id,
        code=row.item.code,
        operation=Operation(row.operation),
        state=DraftState(row.state),
        revision=row.revision,
        content=row.content,
        version=parsed,
        base=base,
        problems=problems,
        flags=tuple(flags(parsed, _licences(row.tenant_id))),
        reason=row.reason,
        fault=row.fault,
        successors=tuple(row.successors),
        merged=tuple(row.merged),
        effective_on=row.effective_on,
        author=row.author,
        writers=tuple(row.writers),
        checker=row.checker,
        reviewer=row.reviewer,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        batch=row.batch_id,
    )


def findings(found: Draft) -> tuple[Finding, ...]:
    """What the check-up of the catalogue will find in a draft once it is in force, the gravest first: what has to or
    should be mended. What is a fault of the draft anyway is left out."""
    if not found.written:
        return ()
    in_force = Version.objects.filter(tenant_id=found.tenant_id, retired_at__isnull=True)
    others = in_force.exclude(item__code=found.code).values_list("name", flat=True)
    around = Around(
        departments={code: each.name for code, each in offices.departments(found.tenant_id).items()},
        names=Counter(plain_name(name) for name in (*others, found.version.name)),
        licences=_licences(found.tenant_id),
    )
    told = [
        each
        for each in examine(found.version, around)
        if each.severity is not Severity.ADVICE
        and not any(rules.overlap(each.pointer, problem.pointer) for problem in found.problems)
    ]
    return tuple(sorted(told, key=lambda each: each.severity is not Severity.ERROR))


def _licences(tenant_id: int) -> frozenset[str]:
    """The kinds of licence that items in force verify."""
    with connection.cursor() as cursor:
        cursor.execute(_LICENCES, [tenant_id])
        return frozenset(row[0] for row in cursor.fetchall())


def drafts(principal: Principal, *, state: str = "", closed: bool = False) -> tuple[DraftLine, ...]:
    """The open drafts that concern this editor, newest first; with `closed` those that are done or given up. What goes
    with a batch is listed there."""
    states = [each.value for each in DraftState if (each in OPEN_DRAFTS) is not closed]
    if state in STATE_NAMES:
        states = [state]
    rows = (
        Row.objects.filter(tenant_id=principal.tenant_id, state__in=states, batch__isnull=True)
        .select_related("item", "base")
        .order_by("-changed_at")[: MOST_LISTED * 2]
    )
    lines = [_line(row) for row in rows]
    return tuple(line for line in lines if editable(principal, line.department))[:MOST_LISTED]


def _line(row: Row) -> DraftLine:
    return DraftLine(
        id=row.pk,
        code=row.item.code,
        name=_text(row.content, "name"),
        department=_text(row.content, "department"),
        operation=Operation(row.operation),
        state=DraftState(row.state),
        effective_on=row.effective_on,
        changed_at=row.changed_at,
        fault=row.fault,
    )


def _text(content: Any, key: str) -> str:
    found = content.get(key) if isinstance(content, Mapping) else ""
    return found if isinstance(found, str) else ""


def open_drafts(tenant_id: int, codes: Iterable[str]) -> Mapping[str, DraftLine]:
    """The open draft of each of these items that has one."""
    rows = Row.objects.filter(
        tenant_id=tenant_id, item__code__in=list(codes), state__in=[each.value for each in OPEN_DRAFTS]
    )
    return {row.item.code: _line(row) for row in rows.select_related("item")}


def history(found: Draft) -> tuple[DraftEvent, ...]:
    """What has happened to a draft, newest first."""
    item = Item.objects.get(tenant_id=found.tenant_id, code=found.code)
    facts = [
        fact
        for fact in journal.facts(item.stream_id)
        if fact.kind in events.DRAFT_KINDS and fact.data.get("draft") == found.id
    ]
    return tuple(
        DraftEvent(
            fact.kind,
            fact.effective_at,
            fact.principal,
            str(fact.data.get("reason", "")),
            str(fact.data.get("effective_on", "")),
        )
        for fact in reversed(facts)
    )


def difference(found: Draft) -> tuple[Change, ...]:
    """What a draft changes in the version it was begun from; () for a new item or one that is only taken away."""
    if found.base is None or not found.written:
        return ()
    return between(found.base, found.version)


def between(old: ServiceVersion, new: ServiceVersion) -> tuple[Change, ...]:
    """What changes from one version to another, in sentences."""
    names = {code: each.name for code, each in offices.departments(old.tenant_id).items()}
    return changes(old, new, names)


def versions(tenant_id: int, code: str) -> tuple[VersionLine, ...]:
    """Every version of an item, newest first; () for an item that is not known."""
    rows = Version.objects.filter(tenant_id=tenant_id, item__code=code).defer("content").order_by("-number")
    return tuple(
        VersionLine(row.pk, row.number, row.name, row.published_at, row.published_by, row.retired_at)
        for row in rows
    )


def paused(tenant_id: int) -> tuple[DraftLine, ...]:
    """Items that are out of force and may be resumed, with the draft that took them away."""
    rows = Row.objects.filter(
        tenant_id=tenant_id, state=DraftState.DONE.value, operation=Operation.PAUSE.value
    ).select_related("item")
    found = {row.item_id: row for row in rows.order_by("changed_at")}
    running = set(
        Version.objects.filter(item_id__in=found, retired_at__isnull=True).values_list("item_id", flat=True)
    )
    return tuple(_line(row) for item, row in found.items() if item not in running)


def elements(tenant_id: int) -> tuple[Element, ...]:
    """The data elements that forms in force share, the most used first."""
    with connection.cursor() as cursor:
        cursor.execute(_ELEMENTS, [tenant_id, MOST_ELEMENTS])
        return tuple(Element(row[0], row[1] or "") for row in cursor.fetchall())
