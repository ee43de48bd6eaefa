"""The plain values that page parts are drawn from. A room's own dataclass with the same names does as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a timeline. `tone` is "", good, warn or bad; `who` is already masked as its reader may see it."""

    what: str
    at: datetime
    who: str = ""
    detail: str = ""
    tone: str = ""
    url: str = ""
    link: str = "查看文书"


@dataclass(frozen=True, slots=True)
class Row:
    """A name and its value; `change` is where the value can be changed, `whole` a value that stays on one line."""

    name: str
    value: str
    change: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A line of a task list. `tone` colours the state's tag: "", door, jade, amber or seal."""

    name: str
    state: str
    url: str = ""
    hint: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab is a link to a page of its own; `count` is shown as it is."""

    name: str
    url: str
    current: bool = False
    count: int | str | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A named amount; `tone` is "", green, yellow or red."""

    name: str
    value: int
    url: str = ""
    tone: str = ""
