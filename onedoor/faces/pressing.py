"""What presses: the cases in hand that are late, nearly late, or stand still for longer than was told; each a number
that leads to its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import CaseFilter
from onedoor.domain.offices.terms import Principal, Role

from . import casefilters
from .staff import count_words

#: Those who answer for a department's limits, beside the overseers.
ANSWERABLE: Final = frozenset({Role.DECIDER, Role.HEAD})
#: What is counted, under its name: the words of a list's address.
LATE, SOON, STANDING = "在办且超过时限", "剩 1 个工作日以内", "特别程序超过预计"
_ASKED: Final[Mapping[str, Mapping[str, str]]] = {
    LATE: {"overdue": "1", "open": "1"},
    SOON: {"lamp": "yellow", "open": "1"},
    STANDING: {"lamp": "special", "open": "1"},
}
_FILTERS: Final[Mapping[str, CaseFilter]] = {
    LATE: CaseFilter(overdue=True),
    SOON: CaseFilter(lamp="yellow"),
    STANDING: CaseFilter(lamp="special"),
}
_TONES: Final[Mapping[str, str]] = {LATE: "red", SOON: "yellow", STANDING: "yellow"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the list it leads to; `tone` is "", red or yellow."""

    amount: int | str
    name: str
    url: str
    tone: str = ""


def pressing(principal: Principal, place: str, at: datetime, *, late: int | None = None) -> list[Figure]:
    """The three numbers, of the cases this principal may see, leading to the list of a place; `late` if it has been
    counted already."""
    found = []
    for name, asked in _FILTERS.items():
        counted = late if name == LATE else None
        amount = counted if counted is not None else _count(principal, asked, at)
        tone = _TONES[name] if amount else ""
        found.append(
            Figure(
                f"{amount:,}" if counted is not None else count_words(amount),
                name,
                casefilters.onto(place, **_ASKED[name]),
                tone,
            )
        )
    return found


def _count(principal: Principal, asked: CaseFilter, at: datetime) -> int:
    return cases.case_count(principal, at=at, asked=replace(asked, in_hand=True))
