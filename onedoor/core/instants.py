"""Instants and civil days.

An instant is an aware `datetime`; a civil day is a `date` in the one civil time zone of the country,
Asia/Shanghai. This module turns one into the other, reads what people and programs write, and writes what
pages and interfaces show.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from onedoor.core.refusals import Refused

#: The civil time zone of every county.
SHANGHAI = ZoneInfo("Asia/Shanghai")

#: Interfaces write this fixed offset, because RFC 3339 has no place for the zone's offsets before 1928.
_WRITTEN_OFFSET = timezone(timedelta(hours=8))

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = "一二三四五六日"


def civil_date(instant: datetime) -> date:
    """The day in Asia/Shanghai on which an aware instant falls; midnight belongs to the day that begins."""
    return _aware(instant).astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """00:00 Asia/Shanghai of the day."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of_day(day: date) -> datetime:
    """24:00 Asia/Shanghai of the day, which is 00:00 of the next: when a limit of whole days ends."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def weekday_name(day: date) -> str:
    """The weekday as people say it: 周一 … 周日."""
    return f"周{_WEEKDAYS[day.weekday()]}"


def page_date(day: date) -> str:
    """A day as pages show it: 2026年10月13日（周二）."""
    return f"{day.year}年{day.month}月{day.day}日（{weekday_name(day)}）"


def page_instant(instant: datetime) -> str:
    """An instant as pages show it, to the minute: 2026年10月13日（周二）09:05."""
    local = _aware(instant).astimezone(SHANGHAI)
    return f"{page_date(local.date())}{local:%H:%M}"


def page_due(instant: datetime) -> str:
    """A due instant as pages show it: midnight is 24:00 of the day that ends, as the law counts."""
    local = _aware(instant).astimezone(SHANGHAI)
    if local.timetz().replace(tzinfo=None) == time():
        return f"{page_date(local.date() - timedelta(days=1))}24:00"
    return page_instant(instant)


def format_instant(instant: datetime) -> str:
    """RFC 3339 with the offset +08:00; a fraction only when there is one."""
    return _aware(instant).astimezone(_WRITTEN_OFFSET).isoformat()


def parse_instant(text: str) -> datetime:
    """An aware instant in Asia/Shanghai from RFC 3339 text; refused when malformed or without an offset."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _unreadable(text) from None
    if instant.tzinfo is None:
        raise Refused("instant_without_offset", f"时间“{text}”没有时区，请写成 2026-10-13T09:00:00+08:00。")
    try:
        return instant.astimezone(SHANGHAI)
    except OverflowError:
        raise _unreadable(text) from None


def parse_civil(text: str) -> datetime:
    """An instant from text that may leave the offset out; then it is meant in Asia/Shanghai."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _unreadable(text) from None
    return instant.replace(tzinfo=SHANGHAI) if instant.tzinfo is None else parse_instant(text)


def parse_date(text: str) -> date:
    """A civil day from `YYYY-MM-DD`; refused when malformed or not in the calendar."""
    stripped = text.strip()
    try:
        # fromisoformat also takes week dates and dates without hyphens, which nobody here writes on purpose.
        if not _DATE.fullmatch(stripped):
            raise ValueError
        return date.fromisoformat(stripped)
    except ValueError:
        raise Refused("date_malformed", f"日期“{text}”无法识别，请写成 2026-10-13 这样的公历日期。") from None


def utc(instant: datetime) -> datetime:
    """The same instant in UTC, for arithmetic on elapsed time."""
    return _aware(instant).astimezone(UTC)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant must carry its time zone")
    return instant


def _unreadable(text: str) -> Refused:
    return Refused("instant_malformed", f"时间“{text}”无法识别，请写成 2026-10-13T09:00:00+08:00。")
