"""What other rooms and pages may read of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from django.db import connection

from onedoor.core.refusals import Refused

from .documents import read_document
from .terms import ServiceVersion

#: Versions kept in the process; they never change, so they never have to be dropped for being old.
KEPT = 5_000

_BY_ID = """
SELECT v.id, v.tenant_id, v.number, v.content, v.published_at, v.digest
FROM catalog_version v WHERE v.id = %s
"""
_IN_FORCE = """
SELECT v.id FROM catalog_item i JOIN catalog_version v ON v.item_id = i.id
WHERE i.tenant_id = %s AND i.code = %s
  AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""

_lock = Lock()
_versions: dict[tuple[str, int], ServiceVersion] = {}


def version(version_id: int) -> ServiceVersion:
    """A version by id, whether in force or retired; read from the table once per process.

    Raises Refused("unknown_version").
    """
    found = _versions.get((_database(), version_id))
    return found if found is not None else _load(version_id)


def in_force(tenant_id: int, code: str, at: datetime) -> ServiceVersion | None:
    """The version of an item in force at `at`, None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [tenant_id, code, at, at])
        row = cursor.fetchone()
    return version(row[0]) if row else None


def keep(versions: Iterable[ServiceVersion]) -> None:
    """Keep versions that are known to be committed."""
    with _lock:
        for made in versions:
            while len(_versions) >= KEPT:
                del _versions[next(iter(_versions))]
            _versions[_database(), made.id] = made


def _load(version_id: int) -> ServiceVersion:
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [version_id])
        row = cursor.fetchone()
    if row is None:
        raise Refused("unknown_version", "没有这个事项版本，请刷新页面后再试。", status=404)
    content = json.loads(row[3]) if isinstance(row[3], str) else row[3]
    # What was published stays readable, even if rules have become stricter since: nothing is judged here.
    parsed, _ = read_document(content)
    loaded = replace(
        parsed, id=row[0], tenant_id=row[1], number=row[2], published_at=row[4], digest=bytes(row[5])
    )
    keep([loaded])
    return loaded


def _database() -> str:
    return str(connection.settings_dict["NAME"])
