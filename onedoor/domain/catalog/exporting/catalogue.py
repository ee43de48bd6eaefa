"""The whole catalogue of a county as it is in force, read for export. Drafts and what is retired stay behind."""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO, Any

from django.db import connection

from onedoor.domain.catalog.documents import read_document, write_document
from onedoor.domain.catalog.packages.documents import read_package, write_package

from .files import write_documents, write_template

__all__ = ["export_catalogue", "write_documents", "write_template"]

_ITEMS = """
SELECT v.content FROM catalog_item i JOIN catalog_version v ON v.item_id = i.id
WHERE i.tenant_id = %s AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""
_PACKAGES = """
SELECT v.content FROM catalog_package p JOIN catalog_packageversion v ON v.package_id = p.id
WHERE p.tenant_id = %s AND v.published_at <= %s AND (v.retired_at IS NULL OR v.retired_at > %s)
"""


def export_catalogue(tenant_id: int, kind: str, at: datetime, target: IO[bytes]) -> int:
    """Write every item and package in force at `at`, in order of their codes; returns how many.

    `kind` is xlsx, csv, json or yaml. Raises Refused("unknown_file_kind").
    """
    items = [write_document(read_document(content)[0]) for content in _contents(_ITEMS, tenant_id, at)]
    packages = [write_package(read_package(content)[0]) for content in _contents(_PACKAGES, tenant_id, at)]
    # Sorted here, since the order of texts in a database depends on where it was set up.
    for documents in (items, packages):
        documents.sort(key=lambda document: document["code"])
    write_documents(kind, items, packages, target)
    return len(items) + len(packages)


def _contents(statement: str, tenant_id: int, at: datetime) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [tenant_id, at, at])
        rows = cursor.fetchall()
    return [json.loads(content) if isinstance(content, str) else content for (content,) in rows]
