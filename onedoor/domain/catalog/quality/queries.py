"""The reading of what is amiss in the catalogue: the findings of `linting` over what is in force."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Lock

from django.db import connection

from onedoor.domain.catalog.documents import read_document
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices

from .linting import RULE_NAMES, SEVERITY_NAMES, Finding, Severity, lint

__all__ = ["RULE_NAMES", "SEVERITY_NAMES", "Finding", "Severity", "findings", "findings_of"]

_REVISION = "SELECT revision FROM catalog_catalogue WHERE tenant_id = %s"
_IN_FORCE = """
SELECT v.id, v.number, v.content FROM catalog_version v
WHERE v.tenant_id = %s AND v.retired_at IS NULL ORDER BY v.id
"""

#: The departments' names and the catalogue's revision that findings were made of.
_State = tuple[int, tuple[tuple[str, str], ...]]

_lock = Lock()
_kept: dict[tuple[str, int], tuple[_State, tuple[Finding, ...], int]] = {}


def findings(tenant_id: int) -> tuple[tuple[Finding, ...], int]:
    """Everything amiss in what is in force, the gravest first, and how many items were looked at.

    Kept in the process until the catalogue or a department's name changes.
    """
    departments = {code: view.name for code, view in offices.departments(tenant_id).items()}
    key = (str(connection.settings_dict["NAME"]), tenant_id)
    state = (_revision(tenant_id), tuple(sorted(departments.items())))
    # One thread looks, the others wait for it: reading every item takes all of a processor.
    with _lock:
        kept = _kept.get(key)
        if kept is None or kept[0] != state:
            versions = _versions(tenant_id)
            kept = _kept[key] = (state, lint(versions, departments), len(versions))
    return kept[1], kept[2]


def findings_of(tenant_id: int, code: str) -> tuple[Finding, ...]:
    """What is amiss in one item."""
    return tuple(finding for finding in findings(tenant_id)[0] if finding.item == code)


def _revision(tenant_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, [tenant_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _versions(tenant_id: int) -> list[ServiceVersion]:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [tenant_id])
        rows = cursor.fetchall()
    return [_version(tenant_id, *row) for row in rows]


def _version(tenant_id: int, version_id: int, number: int, content: object) -> ServiceVersion:
    document = json.loads(content) if isinstance(content, str) else content
    # What was published stays readable, even if rules have become stricter since.
    parsed, _ = read_document(document)
    return replace(parsed, id=version_id, tenant_id=tenant_id, number=number)
