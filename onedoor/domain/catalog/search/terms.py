"""The words of searching: finds, guided questions, a county's own words and what nobody found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from onedoor.domain.catalog.terms import ServiceCard


class SynonymOrigin(StrEnum):
    """Where a synonym comes from."""

    BUILT_IN = "built_in"  # 系统自带
    OWN = "own"  # 本县添加
    CHANGED = "changed"  # 本县修改
    OFF = "off"  # 已停用: one of the program that the county has silenced


@dataclass(frozen=True, slots=True)
class SynonymView:
    """近义词: what people say, and the official words or codes of items it stands for, the nearest first."""

    said: str
    terms: tuple[str, ...]
    origin: SynonymOrigin
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MissView:
    """A query that found nothing, how often, and on which day last. `guess` is the name of the item that is least
    unlike it, "" if none is."""

    said: str
    times: int
    last_on: date
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a query found among what is in force, best first. `mended` is what was searched for instead of a slip,
    "" if the query itself."""

    items: tuple[ServiceCard, ...]
    mended: str = ""


@dataclass(frozen=True, slots=True)
class GuidedChoice:
    """An answer to a guided question; `steps` are all answers up to it, as addresses write them."""

    say: str
    steps: str


@dataclass(frozen=True, slots=True)
class GuidedStep:
    """Where guided questions have led: what is asked next and the answers offered, or the items found and the codes of
    packages. `together` are words by which packages are searched, "" for none."""

    ask: str
    answered: tuple[GuidedChoice, ...]
    offered: tuple[GuidedChoice, ...]
    items: tuple[ServiceCard, ...]
    together: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionFault:
    """What is wrong at an answer of the guided questions. A `grave` one keeps them from being published; `since` is
    when that came about without anybody changing them."""

    path: str
    code: str
    detail: str
    grave: bool = True
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuestionsState:
    """The guided questions of a county: the tree as a document, whether it is the county's own, and who put it there.

    `revision` is the draft's, 0 for what holds; `number` the edition's, 0 where nothing was ever published.
    """

    content: Mapping[str, Any]
    own: bool
    revision: int = 0
    number: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
