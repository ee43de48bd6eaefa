"""When people come and when offices work."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from onedoor.core.calendar import Calendar
from onedoor.core.instants import SHANGHAI, civil_date, start_of_day

#: How many come in the hour that begins then; mornings and early afternoons are full.
AT_COUNTER: Final = {9: 24, 10: 22, 11: 9, 13: 8, 14: 18, 15: 15, 16: 4}
#: The same online: after supper too, a few at night.
ONLINE: Final = {0: 1, 1: 1, 6: 1, 7: 3, 8: 6, 9: 10, 10: 11, 11: 8, 12: 6, 13: 6, 14: 9, 15: 9, 16: 7,
                 17: 5, 18: 4, 19: 8, 20: 9, 21: 6, 22: 3, 23: 2}  # fmt: skip
_LONGEST_CLOSED: Final = 40


def moment(rng: Random, day: date, hours: dict[int, int]) -> datetime:
    """An instant of a day, its hour as likely as `hours` says."""
    (hour,) = rng.choices(list(hours), list(hours.values()))
    return start_of_day(day) + timedelta(hours=hour, seconds=rng.uniform(0, 3599))


def at_work(since: datetime, minutes: float, calendar: Calendar) -> datetime:
    """The instant at which somebody has worked so many minutes since then, in opening hours only."""
    left, day = timedelta(minutes=minutes), civil_date(since)
    for _ in range(_LONGEST_CLOSED + int(minutes)):
        if calendar.is_working(day):
            for opens, closes in calendar.opening:
                begin = max(since, _on(day, opens))
                room = _on(day, closes) - begin
                if left < room:
                    return begin + left
                left -= max(room, timedelta())
        day += timedelta(days=1)
    raise ValueError("the office never opens")


def at_leisure(since: datetime, days: float, rng: Random) -> datetime:
    """An instant some days later at which a citizen is awake."""
    day = civil_date(since + timedelta(days=days))
    return max(since + timedelta(minutes=rng.uniform(5, 120)), moment(rng, day, ONLINE))


def _on(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)
