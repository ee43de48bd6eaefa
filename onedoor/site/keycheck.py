"""Whether the keys of this home open what lies in its database and among its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from onedoor.domain.papers import queries as papers
from onedoor.plumbing.crypto import Keyring

#: How many of each are tried, drawn at random.
TRIED: Final = 500

#: Every county's; keys say nothing about a case.
_KEYS: Final = "SELECT wrapped_key FROM cases_case ORDER BY random() LIMIT %s"
_WHOLES: Final = "SELECT wrapped_key FROM cases_bundle ORDER BY random() LIMIT %s"
_FILES: Final = "SELECT sm3 FROM papers_blob ORDER BY random() LIMIT %s"


@dataclass(frozen=True, slots=True)
class Opened:
    """How many were tried, and how many of them could be opened; bundles count as cases."""

    cases: int
    cases_opened: int
    files: int
    files_opened: int

    @property
    def all(self) -> bool:
        """Whether nothing stayed shut."""
        return (self.cases, self.files) == (self.cases_opened, self.files_opened)


def try_keys() -> Opened:
    """Open a sample of case keys and files; each file is compared with its SM3."""
    keyring = Keyring.current()
    keys = [bytes(key) for statement in (_KEYS, _WHOLES) for key in _column(statement)]
    files = [str(digest) for digest in _column(_FILES)]
    return Opened(len(keys), _openable(keyring.unwrap, keys), len(files), _openable(papers.open_blob, files))


def _column(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [TRIED])
        return [row[0] for row in cursor.fetchall()]


def _openable(open_one: Callable[[Any], object], shut: Iterable[Any]) -> int:
    opened = 0
    for each in shut:
        with suppress(Exception):
            open_one(each)
            opened += 1
    return opened
