"""Limits of hours: elapsed, and opening hours, against a walk by the minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.calendar import Calendar, seed_calendar
from onedoor.core.due import DayStatus, Limit, Pause, Unit, due, explain
from onedoor.core.instants import SHANGHAI, start_of_day
from onedoor.core.refusals import Refused

CALENDAR = seed_calendar()
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due_instant(start: datetime, amount: int, unit: Unit, *pauses: Pause) -> datetime | None:
    return due(start, limit=Limit(amount, unit), calendar=CALENDAR, pauses=pauses).instant


def walk(start: datetime, hours: int, pauses: list[Pause], unit: Unit) -> datetime:
    """Minute by minute: the end of the minute in which the last of the time has counted."""
    moment, left = start, hours * 60
    while left:
        paused = any(pause.start <= moment < pause.end for pause in pauses)
        left -= not paused and (unit is Unit.HOUR or is_open(moment))
        moment += MINUTE
    return moment


def is_open(moment: datetime) -> bool:
    clock = moment.time()
    return CALENDAR.is_working(moment.date()) and any(a <= clock < b for a, b in CALENDAR.opening)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-09-18T11:00", 1, "2026-09-18T12:00"),
        ("2026-09-18T11:00", 2, "2026-09-18T14:00"),
        ("2026-09-18T11:00", 5, "2026-09-18T17:00"),
        ("2026-09-18T11:00", 10, "2026-09-20T15:00"),
        ("2026-09-18T12:30", 1, "2026-09-18T14:00"),
        ("2026-09-19T03:00", 7, "2026-09-20T17:00"),
        ("2026-09-30T17:00", 8, "2026-10-09T10:00"),
        ("2026-09-30T23:59:59", 0, "2026-09-30T23:59:59"),
    ],
)
def test_opening_hours(start: str, hours: int, end: str) -> None:
    assert due_instant(at(start), hours, Unit.WORKING_HOUR) == at(end)


def test_elapsed_hours_run_through_the_night() -> None:
    assert due_instant(at("2026-09-30T16:30"), 24, Unit.HOUR) == at("2026-10-01T16:30")


def test_a_pause_of_days_is_from_24_00_to_24_00() -> None:
    pause = Pause(date(2026, 9, 30), date(2026, 10, 8))
    assert due_instant(at("2026-09-30T16:30"), 24, Unit.HOUR, pause) == at("2026-10-09T16:30")


def test_a_pause_of_instants_is_exact() -> None:
    pause = Pause(at("2026-09-18T13:30"), at("2026-09-20T09:15"))
    assert due_instant(at("2026-09-18T13:00"), 1, Unit.WORKING_HOUR, pause) == at("2026-09-20T09:45")


def test_pauses_of_instants_count_by_their_civil_day_in_limits_of_days() -> None:
    pause = Pause(at("2026-04-08T10:00"), at("2026-04-10T10:00"))
    limit = Limit(5, Unit.WORKING_DAY)
    assert due(date(2026, 4, 7), limit=limit, calendar=CALENDAR, pauses=[pause]).date == date(2026, 4, 16)


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.WORKING_HOUR])
def test_an_open_pause_has_no_due_instant(unit: Unit) -> None:
    assert due_instant(at("2026-09-18T09:00"), 100, unit, Pause(date(2026, 9, 18))) is None
    assert due_instant(at("2026-09-18T09:00"), 1, unit, Pause(date(2026, 9, 18))) == at("2026-09-18T10:00")


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.WORKING_HOUR])
def test_hours_need_the_instant(unit: Unit) -> None:
    with pytest.raises(Refused) as refused:
        due(date(2026, 9, 18), limit=Limit(1, unit), calendar=CALENDAR)
    assert refused.value.code == "start_without_time"


def test_only_opening_hours_can_be_provisional() -> None:
    start = at("2026-12-31T16:00")
    assert not due(start, limit=Limit(48, Unit.HOUR), calendar=CALENDAR).provisional
    assert not due(start, limit=Limit(1, Unit.WORKING_HOUR), calendar=CALENDAR).provisional
    assert due(start, limit=Limit(2, Unit.WORKING_HOUR), calendar=CALENDAR).provisional


def test_other_opening_hours() -> None:
    night = Calendar(1, {}, frozenset({2026}), ((time(20), time(23, 59, 59, 999_999)),))
    answer = due(at("2026-04-07T22:00"), limit=Limit(1, Unit.WORKING_HOUR), calendar=night)
    assert answer.instant == at("2026-04-07T23:00")


def test_explaining_hours_begins_with_the_day_itself() -> None:
    days = explain(at("2026-09-18T11:00"), limit=Limit(10, Unit.WORKING_HOUR), calendar=CALENDAR)
    assert [day.status for day in days] == [DayStatus.COUNTED, DayStatus.WEEKEND, DayStatus.MAKE_UP]


MOMENTS = st.integers(0, 60 * 24 * 30).map(lambda minutes: at("2026-09-10T00:00") + MINUTE * minutes)


@given(
    start=MOMENTS,
    hours=st.integers(0, 30),
    drawn=st.lists(st.tuples(MOMENTS, st.integers(0, 6000)), max_size=3),
    unit=st.sampled_from([Unit.HOUR, Unit.WORKING_HOUR]),
)
def test_hours_agree_with_the_walk(
    start: datetime, hours: int, drawn: list[tuple[datetime, int]], unit: Unit
) -> None:
    pauses = [Pause(since, since + MINUTE * length) for since, length in drawn]
    assert due_instant(start, hours, unit, *pauses) == walk(start, hours, pauses, unit)


def test_the_first_day_of_the_range_is_refused_for_opening_hours() -> None:
    with pytest.raises(Refused):
        due(start_of_day(date(1900, 1, 1)), limit=Limit(1, Unit.WORKING_HOUR), calendar=CALENDAR)
