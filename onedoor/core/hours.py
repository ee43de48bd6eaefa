"""Limits of hours: elapsed hours, or opening hours of working days, in either case without paused time.

Time is laid along a ruler of counted microseconds. The end of a limit is found on the ruler, not by walking the
days, so a long limit costs no more than a short one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol

from onedoor.core.calendar import FIRST_YEAR, LAST_YEAR, Calendar, DayTable, Opening, out_of_range
from onedoor.core.instants import SHANGHAI, civil_date, utc

#: A pause from one instant to another, None while it lasts.
Span = tuple[datetime, datetime | None]

_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def add_hours(
    start: datetime, hours: int, *, spans: Sequence[Span], calendar: Calendar | None
) -> datetime | None:
    """The instant, in Asia/Shanghai, at which `hours` after `start` are over; None if a span is open.

    With a calendar only its opening hours count, without one every hour does. Spans may come in any order and
    overlap. Refused or OverflowError when the answer would lie outside the years 1900 to 9990.
    """
    event = civil_date(start).toordinal()
    ordered = sorted(((utc(since), until and utc(until)) for since, until in spans), key=lambda span: span[0])
    if calendar is None or hours == 0:
        return _local(_end(_Elapsed(), utc(start), hours * _HOUR, ordered))
    table = calendar.covering(event - 1, event)
    while True:
        try:
            return _local(_end(_OpeningHours(table, calendar.opening), utc(start), hours * _HOUR, ordered))
        except IndexError:
            table = calendar.covering(event - 1, table.last + 1)


class _Ruler(Protocol):
    """Time as a number: `measure` grows with the instant, `locate` finds the first instant of a number."""

    def measure(self, instant: datetime) -> int: ...

    def locate(self, total: int) -> datetime: ...


class _Elapsed:
    """Every microsecond counts."""

    def measure(self, instant: datetime) -> int:
        return (instant - _EPOCH) // _TICK

    def locate(self, total: int) -> datetime:
        return _EPOCH + timedelta(microseconds=total)


class _OpeningHours:
    """Only opening hours of working days count. IndexError when the table does not reach.

    Nothing before the second day of the table may be measured: the day before is looked up too.
    """

    def __init__(self, table: DayTable, opening: Opening) -> None:
        periods = [(_since_midnight(begin), _since_midnight(end)) for begin, end in opening]
        self.table = table
        self.begins = [begin for begin, _ in periods]
        self.ends = [end for _, end in periods]
        #: Time of a working day that has counted by the end of each period.
        self.totals = list(accumulate(end - begin for begin, end in periods))

    def measure(self, instant: datetime) -> int:
        local = instant.astimezone(SHANGHAI)
        index = local.toordinal() - self.table.first
        before, through = self.table.counts[index - 1], self.table.counts[index]
        return before * self.totals[-1] + (through - before) * self._counted(_since_midnight(local.time()))

    def locate(self, total: int) -> datetime:
        # An exact multiple ends at the close of a day, not at the opening of the next.
        day, rest = divmod(total - 1, self.totals[-1])
        period = bisect_left(self.totals, rest + 1)
        moment = self.ends[period] - (self.totals[period] - (rest + 1))
        midnight = datetime.combine(date.fromordinal(self.table.days[day + 1]), time())
        return (midnight + timedelta(microseconds=moment)).replace(tzinfo=SHANGHAI)

    def _counted(self, moment: int) -> int:
        return sum(
            min(max(moment, begin), end) - begin for begin, end in zip(self.begins, self.ends, strict=True)
        )


def _end(ruler: _Ruler, start: datetime, amount: int, spans: Sequence[Span]) -> datetime | None:
    """Where `amount` microseconds after `start` end; each span shifts the end by what it newly covers."""
    if amount == 0:
        return start
    target = ruler.measure(start) + amount
    end, covered = ruler.locate(target), start
    for began, ended in spans:
        since = max(began, covered)
        if since >= end:
            break
        if ended is None:
            return None
        if ended > since:
            target += ruler.measure(ended) - ruler.measure(since)
            end, covered = ruler.locate(target), ended
    return end


def _local(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    local = instant.astimezone(SHANGHAI)
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise out_of_range()
    return local


def _since_midnight(moment: time) -> int:
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond
