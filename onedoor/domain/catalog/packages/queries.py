"""What other rooms and pages may read of packages 一件事: the list, a package, a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.queries import LONGEST_PAGE
from onedoor.domain.catalog.queries import version as service_version
from onedoor.domain.catalog.search import finding
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.catalog.versions import Kept, database, read_published

from . import finding as package_finding
from . import planning as package_planning
from .documents import read_package
from .merging import Merging, merging
from .terms import PackageCard, PackagePage, PackageVersion, Plan

#: Packages and merged forms kept in the process; both stand on versions that never change.
KEPT = 1_000

_BY_ID = """
SELECT v.id, v.tenant_id, v.number, v.content, v.published_at, v.digest FROM catalog_packageversion v WHERE v.id = %s
"""
_IN_FORCE = """
SELECT v.id FROM catalog_package p JOIN catalog_packageversion v ON v.package_id = p.id
WHERE p.tenant_id = %s AND p.code = %s
  AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""
_REVISION = "SELECT revision FROM catalog_catalogue WHERE tenant_id = %s"
_LISTED = "SELECT v.id FROM catalog_packageversion v WHERE v.tenant_id = %s AND v.retired_at IS NULL"
_ITEMS = """
SELECT v.id FROM catalog_item i JOIN catalog_version v ON v.item_id = i.id
WHERE i.tenant_id = %s AND i.code = ANY(%s)
  AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""

_lock = Lock()
_packages: Kept[UUID, PackageVersion] = Kept(KEPT)
_merged: Kept[tuple[UUID | int, ...], Merging] = Kept(KEPT)
_NONE = package_finding.Index([])
_lists: dict[tuple[str, int], tuple[int, package_finding.Index]] = {}


def packages(
    tenant_id: int,
    *,
    q: str = "",
    audience: str = "",
    theme: str = "",
    cursor: str | None = None,
    limit: int = 20,
) -> PackagePage:
    """The packages in force, those that can be filed first; "" does not narrow.

    `q` takes Chinese, everyday words, pinyin and initials, best find first; `audience` is person or organization.
    Raises Refused("bad_cursor") for a cursor of another list.
    """
    found = [
        each.card
        for each in _listed(tenant_id).search(q, finding.wordbook(tenant_id)).entries
        if (not audience or audience in each.card.audience) and (not theme or theme in each.card.themes)
    ]
    start = _after(found, cursor)
    end = start + max(1, min(limit, LONGEST_PAGE))
    return PackagePage(tuple(found[start:end]), found[end - 1].code if end < len(found) else None, len(found))


def cards(tenant_id: int, codes: Sequence[str]) -> tuple[PackageCard, ...]:
    """The cards of packages in force, in the order of their codes; those that are not in force are left out."""
    known = {entry.card.code: entry.card for entry in _listed(tenant_id).entries} if codes else {}
    return tuple(known[code] for code in codes if code in known)


def _after(cards: Sequence[PackageCard], cursor: str | None) -> int:
    if not cursor:
        return 0
    for place, card in enumerate(cards, start=1):
        if card.code == cursor:
            return place
    raise Refused("bad_cursor", "列表已有变化，请从第一页重新查看。")


def package(tenant_id: int, code: str, at: datetime) -> PackageVersion:
    """The version of a package in force at `at`. Raises Refused("unknown_package", 404)."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [tenant_id, code, at, at])
        row = cursor.fetchone()
    if row is None:
        raise Refused("unknown_package", f"没有在办的一件事“{code[:64]}”，请核对编码。", status=404)
    return version(row[0])


def version(version_id: UUID) -> PackageVersion:
    """A version by id, whether in force or retired; read from the table once per process.

    Raises Refused("unknown_package", 404).
    """
    found = _packages.get(version_id)
    if found is None:
        found = read_published(_BY_ID, version_id, read_package)
        if found is None:
            raise Refused("unknown_package", "没有这个一件事版本，请刷新页面后再试。", status=404)
        _packages.put(version_id, found)
    return found


def plan(tenant_id: int, code: str, answers: object, at: datetime) -> Plan:
    """Everything that a package in force at `at` needs, given answers to its questions by their codes.

    Raises Refused("unknown_package", 404), and Refused("answers_invalid") with a problem for each faulty answer.
    """
    return plan_of(package(tenant_id, code, at), answers, at)


def plan_of(wanted: PackageVersion, answers: object, at: datetime) -> Plan:
    """As `plan`, for a package that has been looked up already; its items are those in force at `at`."""
    items = in_force(wanted.tenant_id, [member.service for member in wanted.members if member.service], at)
    ordered = [items[member.service] for member in wanted.members if member.service in items]
    return package_planning.plan(wanted, items, _merging(wanted, ordered), answers)


def in_force(tenant_id: int, codes: Sequence[str], at: datetime) -> dict[str, ServiceVersion]:
    """The versions of items in force at `at`, by code; those that are not in force are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [tenant_id, list(codes), at, at])
        rows = cursor.fetchall()
    return {item.code: item for item in (service_version(row[0]) for row in rows)}


def _merging(wanted: PackageVersion, items: Sequence[ServiceVersion]) -> Merging:
    key: tuple[UUID | int, ...] = (wanted.id, *(item.id for item in items))
    return _merged.get(key) or _merged.put(key, merging(wanted, items))


def _listed(tenant_id: int) -> package_finding.Index:
    """The packages in force in the order of a plain list; read anew when the catalogue has changed."""
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, [tenant_id])
        row = cursor.fetchone()
        if row is None:
            return _NONE
        key = (database(), tenant_id)
        kept = _lists.get(key)
        if kept is not None and kept[0] == row[0]:
            return kept[1]
        cursor.execute(_LISTED, [tenant_id])
        ids = [listed[0] for listed in cursor.fetchall()]
    entries = sorted((package_finding.sought(version(each)) for each in ids), key=lambda each: each.order)
    found = package_finding.Index(entries)
    with _lock:
        _lists[key] = (row[0], found)
    return found
