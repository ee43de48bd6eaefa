"""Instants and civil days, read and written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.core.instants import (
    SHANGHAI,
    civil_date,
    end_of_day,
    format_instant,
    page_date,
    page_due,
    page_instant,
    parse_civil,
    parse_date,
    parse_instant,
    start_of_day,
)
from onedoor.core.refusals import Refused


def test_the_civil_day_changes_at_midnight_in_shanghai() -> None:
    assert civil_date(datetime(2026, 10, 12, 15, 59, 59, tzinfo=UTC)) == date(2026, 10, 12)
    assert civil_date(datetime(2026, 10, 12, 16, 0, tzinfo=UTC)) == date(2026, 10, 13)


def test_an_instant_without_zone_is_a_mistake_of_the_caller() -> None:
    for use in (civil_date, format_instant, page_instant, page_due):
        with pytest.raises(ValueError, match="time zone"):
            use(datetime(2026, 10, 12))


def test_a_day_ends_where_the_next_begins() -> None:
    assert end_of_day(date(2026, 12, 31)) == start_of_day(date(2027, 1, 1))
    assert end_of_day(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "shown"),
    [(date(2026, 10, 13), "2026年10月13日（周二）"), (date(2026, 3, 1), "2026年3月1日（周日）")],
)
def test_days_on_pages(day: date, shown: str) -> None:
    assert page_date(day) == shown


def test_instants_on_pages() -> None:
    assert page_instant(datetime(2026, 10, 13, 1, 5, tzinfo=UTC)) == "2026年10月13日（周二）09:05"
    assert page_due(end_of_day(date(2026, 10, 13))) == "2026年10月13日（周二）24:00"
    assert page_due(datetime(2026, 10, 13, 1, 5, tzinfo=UTC)) == "2026年10月13日（周二）09:05"


def test_interfaces_write_and_read_rfc_3339() -> None:
    instant = datetime(2026, 10, 13, 1, 5, 7, tzinfo=UTC)
    assert format_instant(instant) == "2026-10-13T09:05:07+08:00"
    assert format_instant(instant + timedelta(microseconds=30)) == "2026-10-13T09:05:07.000030+08:00"
    assert parse_instant("2026-10-13T01:05:07Z") == instant


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(SHANGHAI)))
def test_what_is_written_reads_back(instant: datetime) -> None:
    written = format_instant(instant)
    assert written.endswith("+08:00")
    # Compared in UTC: local times of a clock set back are equal to neither of their two instants.
    assert parse_instant(written).astimezone(UTC) == instant.astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-10-13T09:05:07", "instant_without_offset"),
        ("2026-13-13T09:05:07Z", "instant_malformed"),
        ("今天", "instant_malformed"),
        ("0001-01-01T00:00:00+23:00", "instant_malformed"),
    ],
)
def test_unreadable_instants_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_instant(text)
    assert refused.value.code == code


def test_a_civil_time_is_meant_in_shanghai() -> None:
    assert parse_civil("2026-10-13T09:05") == datetime(2026, 10, 13, 1, 5, tzinfo=UTC)
    assert parse_civil("2026-10-13T09:05Z") == datetime(2026, 10, 13, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20261013", "2026-W42-2", "13/10/2026", "", "2026-10-13T00:00"]
)
def test_unreadable_days_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_date(text)
    assert refused.value.code == "date_malformed"


def test_days_are_read() -> None:
    assert parse_date(" 2026-10-13 ") == date(2026, 10, 13)
