"""The legal clock: published examples, and an oracle that walks the days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.calendar import Calendar, DayKind, seed_calendar
from onedoor.core.due import DayStatus, Due, ExplainedDay, Limit, Pause, Unit, due, explain, remaining
from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused

CALENDAR = seed_calendar()
DAY = timedelta(days=1)


def working(amount: int) -> Limit:
    return Limit(amount, Unit.WORKING_DAY)


def due_day(start: date, amount: int, *pauses: Pause, unit: Unit = Unit.WORKING_DAY) -> date | None:
    return due(start, limit=Limit(amount, unit), calendar=CALENDAR, pauses=pauses).date


def walk(start: date, amount: int, pauses: list[tuple[date, date | None]], unit: Unit) -> date | None:
    """The rule as a person would do it with a wall calendar; gives up after forty years of an open pause."""
    day = start
    while amount:
        day += DAY
        if any(since < day <= (until or date.max) for since, until in pauses):
            if day.year > 2090:
                return None
            continue
        amount -= unit is Unit.CALENDAR_DAY or CALENDAR.is_working(day)
    return day


@pytest.mark.parametrize(
    ("accepted", "days", "expected"),
    [
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 9, 18), 3, date(2026, 9, 22)),
        (date(2024, 2, 9), 1, date(2024, 2, 18)),
        (date(2023, 12, 29), 1, date(2024, 1, 2)),
    ],
)
def test_published_examples(accepted: date, days: int, expected: date) -> None:
    answer = due(accepted, limit=working(days), calendar=CALENDAR)
    assert answer.date == expected
    assert not answer.provisional
    assert answer.calendar_version == 1


def test_the_due_instant_is_24_00_of_the_due_day() -> None:
    answer = due(date(2026, 9, 30), limit=working(5), calendar=CALENDAR)
    assert answer.instant == datetime(2026, 10, 13, 16, 0, tzinfo=UTC)
    assert answer.instant.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("unit", [Unit.WORKING_DAY, Unit.CALENDAR_DAY])
def test_a_limit_of_nothing_ends_the_same_day(unit: Unit) -> None:
    for start in (date(2026, 10, 1), date(2027, 10, 1)):
        answer = due(start, limit=Limit(0, unit), calendar=CALENDAR, pauses=[Pause(start, start + DAY)])
        assert (answer.date, answer.provisional) == (start, False)


def test_an_instant_counts_from_its_civil_day() -> None:
    late_in_utc = datetime(2026, 9, 29, 17, 0, tzinfo=UTC)
    assert due(late_in_utc, limit=working(5), calendar=CALENDAR).date == date(2026, 10, 13)


def test_calendar_days_do_not_roll_over_a_holiday() -> None:
    answer = due(date(2026, 9, 26), limit=Limit(7, Unit.CALENDAR_DAY), calendar=CALENDAR)
    assert (answer.date, answer.provisional) == (date(2026, 10, 3), False)
    assert not due(date(2030, 1, 1), limit=Limit(7, Unit.CALENDAR_DAY), calendar=CALENDAR).provisional


def test_paused_days_do_not_count() -> None:
    assert due_day(date(2026, 4, 7), 5) == date(2026, 4, 14)
    assert due_day(date(2026, 4, 7), 5, Pause(date(2026, 4, 8), date(2026, 4, 10))) == date(2026, 4, 16)


def test_pauses_are_united_in_any_order() -> None:
    one, other = Pause(date(2026, 4, 8), date(2026, 4, 14)), Pause(date(2026, 4, 10), date(2026, 4, 16))
    joined = due_day(date(2026, 4, 7), 5, Pause(date(2026, 4, 8), date(2026, 4, 16)))
    assert due_day(date(2026, 4, 7), 5, one, other) == joined
    assert due_day(date(2026, 4, 7), 5, other, one) == joined
    assert due_day(date(2026, 4, 7), 5, one, one, other) == joined


def test_an_open_pause_has_no_due_date() -> None:
    answer = due(date(2026, 4, 7), limit=working(5), calendar=CALENDAR, pauses=[Pause(date(2026, 4, 9))])
    assert answer == Due(None, None, False, 1)


@pytest.mark.parametrize("end", [None, date(2026, 12, 1)])
@pytest.mark.parametrize("start", [date(2026, 4, 14), date(2026, 4, 15), date(9995, 1, 1)])
def test_a_pause_from_the_due_day_on_has_no_effect(start: date, end: date | None) -> None:
    pause = Pause(start, end if end and end > start else None)
    assert due_day(date(2026, 4, 7), 5, pause) == date(2026, 4, 14)


def test_a_pause_before_the_event_has_no_effect() -> None:
    assert due_day(date(2026, 4, 7), 5, Pause(date(2026, 3, 1), date(2026, 4, 7))) == date(2026, 4, 14)
    assert due_day(date(2026, 4, 7), 5, Pause(date(1850, 3, 1), date(1851, 4, 7))) == date(2026, 4, 14)


def test_a_reversed_pause_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        Pause(date(2026, 4, 8), date(2026, 4, 7))
    assert refused.value.code == "pause_reversed"


@pytest.mark.parametrize("amount", [-1, 100_001])
def test_an_absurd_limit_is_refused(amount: int) -> None:
    with pytest.raises(Refused):
        working(amount)


def test_a_year_without_notice_is_provisional() -> None:
    answer = due(date(2026, 12, 31), limit=working(1), calendar=CALENDAR)
    assert (answer.date, answer.provisional) == (date(2027, 1, 4), True)
    assert not due(date(2026, 12, 30), limit=working(1), calendar=CALENDAR).provisional
    assert not due(date(2022, 12, 31), limit=working(1), calendar=CALENDAR).provisional
    assert due(date(2022, 12, 30), limit=working(1), calendar=CALENDAR).provisional


def test_a_gap_of_the_known_years_is_provisional() -> None:
    gap = Calendar(3, {}, frozenset({2024, 2026}))
    assert due(date(2025, 3, 3), limit=working(1), calendar=gap).provisional
    assert due(date(2024, 12, 31), limit=working(270), calendar=gap).provisional
    assert not due(date(2024, 3, 1), limit=working(5), calendar=gap).provisional


def test_calendars_of_one_version_do_not_share_their_doubts() -> None:
    knowing = Calendar(7, {}, frozenset({2026, 2027}))
    unknowing = Calendar(7, {}, frozenset({2026}))
    question = date(2026, 12, 31)
    assert not due(question, limit=working(1), calendar=knowing).provisional
    assert due(question, limit=working(1), calendar=unknowing).provisional
    assert not due(question, limit=working(1), calendar=knowing).provisional


@pytest.mark.parametrize("year", [1900, 1901, 2100, 5000, 9990])
def test_distant_years_answer_provisionally(year: int) -> None:
    answer = due(date(year, 3, 1), limit=working(200), calendar=CALENDAR)
    assert answer.provisional
    assert answer.date is not None
    assert answer.date.year == year


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("year", [1, 1899, 9991, 9999])
def test_years_out_of_range_are_refused(year: int, unit: Unit) -> None:
    for amount in (0, 5):
        start = datetime(year, 12, 28, 9, tzinfo=SHANGHAI)
        with pytest.raises(Refused) as refused:
            due(start, limit=Limit(amount, unit), calendar=CALENDAR)
        assert refused.value.code == "date_out_of_range"


@pytest.mark.parametrize("unit", Unit)
def test_a_limit_that_leaves_the_range_is_refused(unit: Unit) -> None:
    start = datetime(9990, 12, 31, 9, tzinfo=SHANGHAI)
    with pytest.raises(Refused):
        due(start, limit=Limit(24, unit), calendar=CALENDAR)


STARTS = st.dates(date(2022, 11, 1), date(2028, 3, 1))
PAUSES = st.lists(
    st.tuples(st.integers(-20, 90), st.integers(0, 60), st.booleans()).map(
        lambda drawn: (drawn[0], None if drawn[2] and drawn[1] > 50 else drawn[0] + drawn[1])
    ),
    max_size=5,
)


@given(
    start=STARTS,
    amount=st.integers(0, 80),
    drawn=PAUSES,
    unit=st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY]),
)
def test_due_and_explain_agree_with_the_walk(
    start: date, amount: int, drawn: list[tuple[int, int | None]], unit: Unit
) -> None:
    spans = [(start + DAY * a, None if b is None else start + DAY * b) for a, b in drawn]
    pauses, limit = [Pause(since, until) for since, until in spans], Limit(amount, unit)
    expected = walk(start, amount, spans, unit)
    answer = due(start, limit=limit, calendar=CALENDAR, pauses=pauses)
    assert answer.date == expected
    days = explain(start, limit=limit, calendar=CALENDAR, pauses=pauses)
    assert all(later.date - earlier.date == DAY for earlier, later in pairwise(days))
    if expected is None:
        assert (answer.instant, answer.provisional) == (None, False)
        return
    counted = [day for day in days if day.status in (DayStatus.COUNTED, DayStatus.MAKE_UP)]
    assert len(counted) == amount
    assert (days[-1].date if days else start) == expected
    if unit is Unit.WORKING_DAY:
        assert answer.provisional == any(CALENDAR.is_provisional(day.date) for day in days)


def test_explaining_says_why() -> None:
    days = explain(
        date(2026, 9, 18),
        limit=working(6),
        calendar=CALENDAR,
        pauses=[Pause(date(2026, 9, 21), date(2026, 9, 22))],
    )
    assert [(day.date.day, day.status.value) for day in days] == [
        (19, "weekend"),
        (20, "make_up"),
        (21, "counted"),
        (22, "paused"),
        (23, "counted"),
        (24, "counted"),
        (25, "holiday"),
        (26, "holiday"),
        (27, "holiday"),
        (28, "counted"),
        (29, "counted"),
    ]


def test_explaining_an_open_pause_stops_where_it_begins() -> None:
    question = {"limit": working(5), "calendar": CALENDAR, "pauses": [Pause(date(2026, 4, 8))]}
    assert explain(date(2026, 4, 7), **question) == (ExplainedDay(date(2026, 4, 8), DayStatus.COUNTED),)
    shown = explain(date(2026, 4, 7), **question, until=date(2026, 4, 10))
    assert [day.status for day in shown] == [DayStatus.COUNTED, DayStatus.PAUSED, DayStatus.PAUSED]


@pytest.mark.parametrize(
    ("at", "left"),
    [
        (date(2026, 9, 29), 6),
        (date(2026, 9, 30), 5),
        (date(2026, 10, 3), 5),
        (date(2026, 10, 12), 1),
        (date(2026, 10, 13), 0),
        (datetime(2026, 10, 13, 15, 59, tzinfo=UTC), 0),
        (datetime(2026, 10, 13, 16, 0, tzinfo=UTC), -1),
        (date(2026, 10, 15), -2),
    ],
)
def test_remaining_working_days(at: date, left: int) -> None:
    assert remaining(at, date(2026, 10, 13), CALENDAR) == left


def test_late_is_late_on_a_day_off() -> None:
    assert remaining(date(2026, 10, 17), date(2026, 10, 16), CALENDAR) == -1


def test_a_late_notice_moves_the_due_day() -> None:
    amended = CALENDAR.amended(
        exceptions={date(2026, 10, 12): DayKind.HOLIDAY}, known_years=frozenset(), version=2
    )
    answer = due(date(2026, 9, 30), limit=working(5), calendar=amended)
    assert (answer.date, answer.calendar_version) == (date(2026, 10, 14), 2)
