"""The working calendar against the notices, and against itself."""

from __future__ import annotations

import csv
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.calendar import Calendar, DayKind, seed_calendar
from onedoor.core.refusals import Refused

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "holidays_2023_2026.csv"

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))


def empty(version: int = 1) -> Calendar:
    return Calendar(version, {}, frozenset())


def test_every_day_of_the_notices_is_as_published() -> None:
    if not SHARED.exists():
        pytest.skip("the shared notices are not at hand")
    with SHARED.open(encoding="utf-8") as file:
        published = {date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(file)}
    words = {"holiday": DayKind.HOLIDAY, "makeup_workday": DayKind.MAKE_UP}
    calendar, day = seed_calendar(), date(2023, 1, 1)
    while day <= date(2026, 12, 31):
        plain = DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING
        expected = words[published[day]] if day in published else plain
        assert calendar.kind(day) is expected, day
        assert not calendar.is_provisional(day)
        day += timedelta(days=1)


@pytest.mark.parametrize(("year", "working_days"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, working_days: int) -> None:
    days = seed_calendar().working_days_between(date(year - 1, 12, 31), date(year, 12, 31))
    assert days == working_days


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2027, 1, 1), DayKind.HOLIDAY),
        (date(2027, 2, 5), DayKind.HOLIDAY),
        (date(2027, 5, 2), DayKind.HOLIDAY),
        (date(2027, 9, 15), DayKind.HOLIDAY),
        (date(2027, 10, 3), DayKind.HOLIDAY),
        (date(2027, 10, 4), DayKind.WORKING),
        (date(2027, 10, 9), DayKind.WEEKEND),
        (date(2022, 5, 2), DayKind.WORKING),
        (date(1900, 1, 1), DayKind.HOLIDAY),
        (date(9990, 10, 1), DayKind.HOLIDAY),
    ],
)
def test_a_year_without_notice_has_its_statutory_holidays(day: date, kind: DayKind) -> None:
    assert seed_calendar().kind(day) is kind
    assert seed_calendar().is_provisional(day)


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(9991, 1, 1), date.max, date.min])
def test_years_out_of_range_are_refused(day: date) -> None:
    calendar = seed_calendar()
    for ask in (
        lambda: calendar.kind(day),
        lambda: calendar.is_working(day),
        lambda: calendar.add_working_days(day, 0),
        lambda: calendar.add_working_days(day, 3),
        lambda: calendar.working_days_between(date(2026, 1, 1), day),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == "date_out_of_range"


def test_leaving_the_range_is_refused() -> None:
    with pytest.raises(Refused):
        empty().add_working_days(date(9990, 12, 31), 1)
    with pytest.raises(Refused):
        empty().add_working_days(date(1900, 1, 2), -3)


def test_the_ends_of_the_range_answer() -> None:
    assert empty().add_working_days(date(9990, 12, 20), 1) == date(9990, 12, 21)
    assert empty().add_working_days(date(1900, 1, 4), -1) == date(1900, 1, 3)
    assert empty().working_days_between(date(1900, 1, 1), date(9990, 12, 31)) > 2_000_000


@given(day=DAYS, amount=st.integers(-90, 90))
def test_adding_working_days_is_a_walk(day: date, amount: int) -> None:
    calendar = seed_calendar()
    walked, left, step = day, abs(amount), timedelta(days=1 if amount > 0 else -1)
    while left:
        walked += step
        left -= calendar.is_working(walked)
    assert calendar.add_working_days(day, amount) == walked


@given(earlier=DAYS, length=st.integers(0, 500))
def test_between_counts_after_the_first_through_the_last(earlier: date, length: int) -> None:
    calendar = seed_calendar()
    later = earlier + timedelta(days=length)
    counted = sum(calendar.is_working(earlier + timedelta(days=n)) for n in range(1, length + 1))
    assert calendar.working_days_between(earlier, later) == counted
    assert calendar.working_days_between(later, earlier) == -counted


@given(asked=st.lists(st.dates(date(1900, 1, 1), date(2400, 12, 31)), min_size=1, max_size=12))
def test_the_order_of_asking_does_not_matter(asked: list[date]) -> None:
    calendar = Calendar(1, seed_calendar().exceptions, seed_calendar().known_years)
    for day in asked:
        fresh = Calendar(1, calendar.exceptions, calendar.known_years)
        later = day + timedelta(days=400)
        assert calendar.working_days_between(day, later) == fresh.working_days_between(day, later)


def test_an_amended_calendar_is_another_one() -> None:
    before = seed_calendar()
    after = before.amended(
        exceptions={date(2026, 10, 9): DayKind.HOLIDAY, date(2027, 1, 2): DayKind.MAKE_UP},
        known_years=frozenset({2027}),
        version=2,
    )
    assert (before.version, after.version) == (1, 2)
    assert before.is_working(date(2026, 10, 9))
    assert not after.is_working(date(2026, 10, 9))
    assert after.is_working(date(2027, 1, 2))
    assert not after.is_provisional(date(2027, 1, 2))
    assert before.is_provisional(date(2027, 1, 2))
    # The notice alone decides a known year: nothing is presumed a holiday in it.
    assert after.kind(date(2027, 10, 1)) is DayKind.WORKING


def test_a_calendar_keeps_its_own_exceptions() -> None:
    mine = {date(2026, 3, 2): DayKind.HOLIDAY}
    calendar = Calendar(1, mine, frozenset({2026}))
    mine.clear()
    assert not calendar.is_working(date(2026, 3, 2))
    with pytest.raises(TypeError):
        calendar.exceptions[date(2026, 3, 3)] = DayKind.HOLIDAY  # type: ignore[index]


@pytest.mark.parametrize("opening", [(), ((time(9), time(9)),), ((time(13), time(17)), (time(9), time(12)))])
def test_disordered_opening_hours_are_refused(opening: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(Refused):
        Calendar(1, {}, frozenset(), opening)
