"""Immutable versions, read from their table once and kept in the process."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.db import connection

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Published = TypeVar("Published", bound="DataclassInstance")


class Kept(Generic[K, V]):
    """Values that never change, by key within the database in use; the first that came goes when there are `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._values: dict[tuple[str, K], V] = {}

    def get(self, key: K) -> V | None:
        """The value kept under `key`, None if there is none."""
        return self._values.get((database(), key))

    def put(self, key: K, value: V) -> V:
        """Keep `value`, which must be committed, and give it back."""
        with self._lock:
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[database(), key] = value
        return value

    def clear(self) -> None:
        """Forget everything, as a new process has."""
        with self._lock:
            self._values.clear()


def database() -> str:
    """Name of the database in use: one process may serve several, as tests do."""
    return str(connection.settings_dict["NAME"])


def read_published(
    statement: str, version_id: int | UUID, read: Callable[[Any], tuple[Published, Sequence[object]]]
) -> Published | None:
    """The version that `statement` finds by id as (id, tenant, number, content, published_at, digest), None if none.

    What was published stays readable, even if rules have become stricter since: nothing is judged here.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [version_id])
        row = cursor.fetchone()
    if row is None:
        return None
    parsed, _ = read(json.loads(row[3]) if isinstance(row[3], str) else row[3])
    return replace(
        parsed, id=row[0], tenant_id=row[1], number=row[2], published_at=row[4], digest=bytes(row[5])
    )
