"""The catalogue in force as an index in the process, built anew when it or the county's synonyms have changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Lock
from typing import Any

from django.db import connection

from onedoor.domain.catalog.terms import UNKNOWN_LIMIT, CaseKind, LimitTerm, ServiceCard

from . import index as search
from .synonyms import SYNONYMS
from .wordbook import Wordbook

_REVISION = "SELECT revision FROM catalog_catalogue WHERE tenant_id = %s"
_VOCABULARY = "SELECT revision FROM catalog_vocabulary WHERE tenant_id = %s"
_SYNONYMS = "SELECT said, terms FROM catalog_synonym WHERE tenant_id = %s"
_IN_FORCE = "SELECT id FROM catalog_version WHERE tenant_id = %s AND retired_at IS NULL"
_LISTED = """
SELECT v.id, i.code, v.number, v.name, v.plain_name, v.type, v.department, v.department_name, v.audience,
       v.themes, v.case_kind, v.content -> 'promised_limit', coalesce((v.content ->> 'visits')::int, 1), v.ready,
       v.keywords, v.pinyin
FROM catalog_version v JOIN catalog_item i ON i.id = v.item_id
WHERE v.id = ANY(%s)
"""

Entry = search.Entry[ServiceCard]
Index = search.Index[ServiceCard]

_EMPTY: Index = search.Index([])
_lock = Lock()
_kept: dict[tuple[str, int], tuple[int, Index]] = {}
_wordbooks: dict[tuple[str, int], tuple[int, Wordbook]] = {}


def found(tenant_id: int, query: str) -> search.Finding[ServiceCard]:
    """What a query finds among all that is in force, by the words of the county."""
    return index(tenant_id).search(query, wordbook(tenant_id))


def index(tenant_id: int) -> Index:
    """What is in force, in the order of a plain list."""
    key, revision = _key(tenant_id), _revision(_REVISION, tenant_id)
    if revision is None:
        return _EMPTY
    kept = _kept.get(key)
    if kept is not None and kept[0] == revision:
        return kept[1]
    # One thread builds, the others wait for it: it takes all of a processor.
    with _lock:
        kept = _kept.get(key)
        if kept is None or kept[0] != revision:
            former = kept[1].entries if kept else ()
            kept = _kept[key] = (revision, search.Index(_entries(tenant_id, former)))
    return kept[1]


def wordbook(tenant_id: int) -> Wordbook:
    """The words of the program with those of the county in their place."""
    key, revision = _key(tenant_id), _revision(_VOCABULARY, tenant_id)
    if revision is None:
        return search.BUILT_IN
    kept = _wordbooks.get(key)
    if kept is None or kept[0] != revision:
        with connection.cursor() as cursor:
            cursor.execute(_SYNONYMS, [tenant_id])
            own = {said: tuple(terms) for said, terms in cursor.fetchall()}
        merged = {said: terms for said, terms in (SYNONYMS | own).items() if terms}
        kept = _wordbooks[key] = (revision, Wordbook(merged))
    return kept[1]


def _key(tenant_id: int) -> tuple[str, int]:
    return str(connection.settings_dict["NAME"]), tenant_id


def _revision(statement: str, tenant_id: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [tenant_id])
        row = cursor.fetchone()
    return row[0] if row else None


def _entries(tenant_id: int, former: Sequence[Entry]) -> list[Entry]:
    """The entries in force; versions never change, so entries of the former index are taken over."""
    known = {entry.card.version_id: entry for entry in former}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [tenant_id])
        wanted = [row[0] for row in cursor.fetchall()]
        cursor.execute(_LISTED, [[version_id for version_id in wanted if version_id not in known]])
        known |= {row[0]: _entry(row) for row in cursor.fetchall()}
    return sorted((known[version_id] for version_id in wanted if version_id in known), key=lambda e: e.order)


def _entry(row: tuple[Any, ...]) -> Entry:
    limit = json.loads(row[11]) if isinstance(row[11], str) else row[11]
    card = ServiceCard(
        version_id=row[0],
        code=row[1],
        number=row[2],
        name=row[3],
        plain_name=row[4],
        type=row[5],
        department=row[6],
        department_name=row[7] or row[6],
        audience=tuple(row[8]),
        themes=tuple(row[9]),
        case_kind=CaseKind(row[10]),
        promised_limit=LimitTerm(**limit) if limit else UNKNOWN_LIMIT,
        visits=row[12],
        ready=row[13],
    )
    return search.entry(card, row[14], row[15], (*card.themes, card.department_name))
