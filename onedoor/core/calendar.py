"""The working calendar: which civil days count, and counting them in constant time.

A working day is Monday to Friday, unless the State Council's yearly notice makes it a holiday, and besides
the weekend days the notice makes working days (调休). A year whose notice is not loaded falls back to the
statutory holidays of 《全国年节及纪念日放假办法》; everything computed from it is provisional 暂定.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cache
from itertools import accumulate, compress, pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from onedoor.core.refusals import Refused

#: Years the calendar answers for. The last leaves room for the day after any answer.
FIRST_YEAR, LAST_YEAR = 1900, 9990

#: Opening hours of a working day: from, to.
Opening = tuple[tuple[time, time], ...]

STANDARD_OPENING: Opening = ((time(9), time(12)), (time(13), time(17)))

_SEED = Path(__file__).parent / "seed"
_FIRST_DAY, _LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
#: Monday to Sunday as flags. Ordinal 1 was a Monday.
_WEEK = bytes((1, 1, 1, 1, 1, 0, 0))
#: Above this many days a table is kept in compact arrays, which answer a little slower than lists.
_COMPACT_FROM = 60_000


class DayKind(StrEnum):
    """What a civil day is to an office."""

    WORKING = "working"  # 工作日
    WEEKEND = "weekend"  # 周末
    HOLIDAY = "holiday"  # 法定节假日
    MAKE_UP = "make_up"  # 调休上班日


_OPEN_KINDS = frozenset({DayKind.WORKING, DayKind.MAKE_UP})


class DayTable(NamedTuple):
    """Counting days of the ordinals `first` … `last` as prefix sums; days are proleptic Gregorian ordinals.

    `counts[day - first]` is how many days count up to and including `day`; `days[n]` is the n-th of them,
    from 1. An ordinal past the end raises IndexError; whoever looks up must not go below `first`.
    """

    first: int
    last: int
    counts: Sequence[int]
    days: Sequence[int]


#: The table in which every civil day counts.
EVERY_DAY = DayTable(
    _FIRST_DAY, _LAST_DAY, range(1, _LAST_DAY - _FIRST_DAY + 2), range(_FIRST_DAY - 1, _LAST_DAY + 1)
)
_NOTHING = DayTable(_LAST_DAY + 1, _LAST_DAY, (), ())


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One immutable version of a county's working calendar.

    `exceptions` are the days a notice names (holidays and make-up days, including holidays on a weekend);
    `known_years` are the years whose notice is loaded. Tables are built when first asked and grow as asked;
    two threads that grow at once do the same work twice, harmlessly.
    """

    version: int
    exceptions: Mapping[date, DayKind]
    known_years: frozenset[int]
    opening: Opening = STANDARD_OPENING
    #: The days so far counted. Read it once per computation: a wider table counts from another beginning.
    table: DayTable = field(default=_NOTHING, init=False, repr=False)
    #: The last unbroken run of known years, as ordinals: nothing within it is provisional.
    certain: tuple[int, int] = field(default=(1, 0), init=False, repr=False)

    def __post_init__(self) -> None:
        _check_opening(self.opening)
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))
        object.__setattr__(self, "known_years", frozenset(self.known_years))
        object.__setattr__(self, "certain", _last_run(self.known_years))

    def kind(self, day: date) -> DayKind:
        """What the day is. Refused outside the years 1900 to 9990."""
        _check_range(day.toordinal())
        named = self.exceptions.get(day)
        if named is not None:
            return named
        if day.year not in self.known_years and day in _statutory_holidays(day.year):
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() > 4 else DayKind.WORKING

    def is_working(self, day: date) -> bool:
        """Whether the office works on that day."""
        return self.kind(day) in _OPEN_KINDS

    def is_provisional(self, day: date) -> bool:
        """Whether the notice of the day's year is not loaded yet."""
        return day.year not in self.known_years

    def is_provisional_between(self, after: int, last: int) -> bool:
        """Whether any of the days (ordinals) after `after` up to and including `last` is provisional."""
        if after >= last or (self.certain[0] <= after + 1 and last <= self.certain[1]):
            return False
        years = range(date.fromordinal(after + 1).year, date.fromordinal(last).year + 1)
        return not self.known_years.issuperset(years)

    def add_working_days(self, day: date, amount: int) -> date:
        """The `amount`-th working day after `day`, or before it if negative; 0 is `day` itself."""
        if amount == 0:
            _check_range(day.toordinal())
            return day
        # Counting back starts at the day before, so that `day` itself never counts either way.
        base = day.toordinal() - (amount < 0)
        offset = amount + (amount < 0)
        table = self.covering(base, base)
        while not 0 < table.counts[base - table.first] + offset < len(table.days):
            table = self.covering(table.first - (amount < 0), table.last + (amount > 0))
        return date.fromordinal(table.days[table.counts[base - table.first] + offset])

    def working_days_between(self, earlier: date, later: date) -> int:
        """Working days after `earlier` up to and including `later`; negative when `later` comes first."""
        a, b = earlier.toordinal(), later.toordinal()
        table = self.covering(min(a, b), max(a, b))
        return table.counts[b - table.first] - table.counts[a - table.first]

    def covering(self, first: int, last: int) -> DayTable:
        """The table of working days, widened to hold both ordinals. Refused outside 1900 to 9990."""
        table = self.table
        if first < table.first or last > table.last:
            _check_range(first)
            _check_range(last)
            table = self._count(*_widened(table, first, last))
            object.__setattr__(self, "table", table)
        return table

    def amended(
        self, *, exceptions: Mapping[date, DayKind], known_years: frozenset[int], version: int
    ) -> Calendar:
        """A new version: these exceptions over the present ones, these years known besides."""
        return Calendar(
            version, {**self.exceptions, **exceptions}, self.known_years | known_years, self.opening
        )

    def _count(self, first_year: int, last_year: int) -> DayTable:
        first, last = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
        size = last - first + 1
        skipped = (first - 1) % 7
        flags = bytearray((_WEEK * (size // 7 + 2))[skipped : skipped + size])
        for day, kind in self._named(first_year, last_year):
            flags[day.toordinal() - first] = kind in _OPEN_KINDS
        counts, days = accumulate(flags), compress(range(first, last + 1), flags)
        if size < _COMPACT_FROM:
            return DayTable(first, last, list(counts), [first - 1, *days])
        return DayTable(first, last, array("i", counts), array("i", [first - 1, *days]))

    def _named(self, first_year: int, last_year: int) -> Iterator[tuple[date, DayKind]]:
        for year in range(first_year, last_year + 1):
            if year not in self.known_years:
                yield from ((day, DayKind.HOLIDAY) for day in _statutory_holidays(year))
        # After the statutory days, so that a day named by the county wins.
        for day, kind in self.exceptions.items():
            if first_year <= day.year <= last_year:
                yield day, kind


@cache
def seed_calendar() -> Calendar:
    """Version 1: the State Council's notices for 2023 to 2026, as shipped in `seed/holidays.csv`."""
    with (_SEED / "holidays.csv").open(encoding="utf-8", newline="") as file:
        exceptions = {date.fromisoformat(row["date"]): DayKind(row["kind"]) for row in csv.DictReader(file)}
    return Calendar(version=1, exceptions=exceptions, known_years=frozenset(day.year for day in exceptions))


def _statutory_holidays(year: int) -> frozenset[date]:
    """Days off by 《全国年节及纪念日放假办法》 Art. 2, without the swaps only a notice can order.

    Fixed days are computed (劳动节 has two days since 2025); festivals of the lunar calendar and 清明 are
    taken from `seed/festivals.csv`, years beyond it go without them.
    """
    fixed = [date(year, 1, 1), date(year, 5, 1), *(date(year, 10, day) for day in (1, 2, 3))]
    if year >= 2025:
        fixed.append(date(year, 5, 2))
    return _festivals().get(year, frozenset()).union(fixed)


@cache
def _festivals() -> dict[int, frozenset[date]]:
    with (_SEED / "festivals.csv").open(encoding="utf-8", newline="") as file:
        days = [date.fromisoformat(row["date"]) for row in csv.DictReader(file)]
    years = {day.year for day in days}
    return {year: frozenset(day for day in days if day.year == year) for year in years}


def _last_run(years: frozenset[int]) -> tuple[int, int]:
    """First and last ordinal of the unbroken run of years that ends with the latest; else (1, 0)."""
    if not years:
        return 1, 0
    first = last = max(years)
    while first - 1 in years:
        first -= 1
    return date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()


def _widened(table: DayTable, first: int, last: int) -> tuple[int, int]:
    """Years for a table that holds the present one and both ordinals.

    A table at least doubles towards the side it was asked for, so that growing stays cheap in sum.
    """
    low, high = date.fromordinal(first).year - 1, date.fromordinal(last).year + 2
    if table.counts:
        present_low, present_high = date.fromordinal(table.first).year, date.fromordinal(table.last).year
        span = present_high - present_low + 1
        low = min(low, present_low - span) if first < table.first else present_low
        high = max(high, present_high + span) if last > table.last else present_high
    return max(low, FIRST_YEAR), min(high, LAST_YEAR)


def out_of_range() -> Refused:
    """The refusal of every reckoning that leaves the years of the calendar."""
    return Refused("date_out_of_range", f"日期须在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间，请核对日期和时限。")


def _check_range(day: int) -> None:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise out_of_range()


def _check_opening(opening: Opening) -> None:
    moments = [moment for period in opening for moment in period]
    if not moments or any(later <= earlier for earlier, later in pairwise(moments)):
        raise Refused("opening_invalid", "开放时段须至少一段，按先后排列且不重叠，请核对每段的起止时间。")
