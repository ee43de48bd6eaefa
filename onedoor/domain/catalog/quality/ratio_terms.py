"""The words of ratios: what is counted over a catalogue, by which definition, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from onedoor.domain.catalog.terms import CaseKind, Hall, LimitTerm


class Unit(StrEnum):
    """What counts as one."""

    ITEM = "item"  # 业务办理项
    MAIN = "main"  # 主项: its business items together


class Grouping(StrEnum):
    """By what a ratio is told apart."""

    NONE = ""
    DEPARTMENT = "department"
    KIND = "kind"


class Side(StrEnum):
    """Where an item stands in a ratio."""

    REACHED = "reached"  # wholly in the numerator
    SHORT = "short"  # in the denominator, not wholly in the numerator
    UNSTATED = "unstated"  # counted as short because the catalogue does not say
    LEFT_OUT = "left_out"  # in neither


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What ratios need of a version in force.

    `brought` is how many materials applicants bring, `proved` how many others there are, `brought_first` how many
    they brought by the first version that could be applied for (None if the item never could be).
    """

    code: str
    name: str
    type: str
    department: str
    department_name: str
    main: str
    ready: bool
    hall: Hall
    visits: int
    online: bool
    case_kind: CaseKind
    statutory: LimitTerm
    promised: LimitTerm
    brought: int
    proved: int
    brought_first: int | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A ratio's definition in words: what stands above and below the line, who counts, and where that comes from.

    `countable` ratios count things of one kind, so that 主项 can be counted in the place of business items.
    """

    code: str
    name: str
    numerator: str
    denominator: str
    counts: str
    source: str
    countable: bool = True


@dataclass(frozen=True, slots=True)
class Amount:
    """A ratio's two sides. `part` is a fraction where shares of items are averaged."""

    part: Fraction
    whole: int

    @property
    def rate(self) -> Fraction | None:
        """Part by whole, None where nothing counts."""
        return self.part / self.whole if self.whole else None

    @property
    def percent(self) -> str:
        """The rate with one decimal as pages show it, such as 99.2%; "" where nothing counts."""
        rate = self.rate
        return "" if rate is None else f"{float(round(rate * 100, 1)):.1f}%"


@dataclass(frozen=True, slots=True)
class GroupAmount:
    """A ratio within one department or one kind of item."""

    key: str
    name: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio, how many items it had to count as short for want of a statement, and how many it left out."""

    measure: Measure
    amount: Amount
    unstated: int
    left_out: int
    groups: tuple[GroupAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item behind a ratio, with what it contributes in words."""

    code: str
    name: str
    type: str
    department: str
    department_name: str
    side: Side
    words: str
