"""When a limit ends: the legal clock.

The day of the event belongs to the period that is ending, counting starts with the next day (《民法典》
Art. 201); working days leave out weekends and holidays (《行政许可法》 Art. 82); suspended time does not
count (Art. 45). Everything is computed in steps of constant time, one a pause; `explain` alone walks the
days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from onedoor.core.calendar import EVERY_DAY, Calendar, DayKind, DayTable, out_of_range
from onedoor.core.hours import Span, add_hours
from onedoor.core.instants import civil_date, end_of_day
from onedoor.core.refusals import Refused

#: The largest amount of any unit.
MOST = 100_000

#: The last ordinal of a pause that has not ended.
_OPEN = 1 << 40


class Unit(StrEnum):
    """What a limit counts."""

    WORKING_DAY = "working"  # 工作日
    CALENDAR_DAY = "calendar"  # 日（自然日）
    HOUR = "hours"  # 小时
    WORKING_HOUR = "working-hours"  # 工作小时


# Members are read from the module, because reading them from the class is slow on the fast path.
_WORKING_DAY, _CALENDAR_DAY = Unit.WORKING_DAY, Unit.CALENDAR_DAY


@dataclass(frozen=True, slots=True)
class Limit:
    """So many units of time. 0 ends on the same day, or for hours at the same instant."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= MOST:
            raise Refused("limit_invalid", f"时限须是 0 到 {MOST} 之间的整数，请修改。")


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count: the days after `start` up to and including `end`, None while it lasts.

    Either side may be an aware instant. Limits of days then take its civil day; limits of hours take the
    instant itself, where a plain day means its 24:00.
    """

    start: date
    end: date | None = None
    #: Ordinals of `start` and `end`, kept so that counting needs no date arithmetic.
    since: int = field(init=False, repr=False, compare=False)
    until: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        since = _civil(self.start).toordinal()
        until = _OPEN if self.end is None else _civil(self.end).toordinal()
        if until < since:
            raise Refused("pause_reversed", "暂停的结束日期早于开始日期，请核对后重新填写。")
        object.__setattr__(self, "since", since)
        object.__setattr__(self, "until", until)


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends. `date` and `instant` are None while a pause is open.

    `instant` is aware, 24:00 Asia/Shanghai of the day for limits of days. `provisional` says that a year
    whose notice is not loaded took part; `calendar_version` is the calendar that was used.
    """

    date: date | None
    instant: datetime | None
    provisional: bool
    calendar_version: int


#: Answers without doubt by calendar version and due day. The same days fall due all the time, and dates are
#: slow to make; there are no more than the days of the known years.
_certain: dict[int, dict[int, Due]] = {}


class DayStatus(StrEnum):
    """Why a day counts or does not."""

    COUNTED = "counted"  # 计入
    WEEKEND = "weekend"  # 周末，不计
    HOLIDAY = "holiday"  # 节假日，不计
    MAKE_UP = "make_up"  # 调休上班，计入
    PAUSED = "paused"  # 暂停，不计


_STATUS = {
    DayKind.WORKING: DayStatus.COUNTED,
    DayKind.WEEKEND: DayStatus.WEEKEND,
    DayKind.HOLIDAY: DayStatus.HOLIDAY,
    DayKind.MAKE_UP: DayStatus.MAKE_UP,
}


@dataclass(frozen=True, slots=True)
class ExplainedDay:
    """One day of the reckoning. A `make_up` day counts."""

    date: date
    status: DayStatus


def due(start: date, *, limit: Limit, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Due:
    """When a limit that starts with the event at `start` ends.

    `start` is a civil day or an aware instant; limits of hours need the instant. Pauses may come in any
    order and overlap. Refused when the answer would lie outside the years 1900 to 9990.
    """
    if limit.unit is not _WORKING_DAY:
        return _due_otherwise(start, limit, calendar, pauses)
    # The plain date is asked for by its exact type, which is quicker than ruling out its subclass.
    first = start.toordinal() if type(start) is date else _civil(start).toordinal()
    certain_from, certain_to = calendar.certain
    try:
        last = _count_days(calendar.table, first, limit.amount, pauses)
        if certain_from <= first and last <= certain_to:
            return _certain[calendar.version][last]
    except LookupError:
        pass  # the table is too short, or nobody has asked for this day yet
    return _due_afresh(first, limit.amount, calendar, pauses)


def explain(
    start: date,
    *,
    limit: Limit,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    until: date | None = None,
) -> tuple[ExplainedDay, ...]:
    """Every day from the start of counting to the due day, and why it counts or not.

    While a pause is open the days go up to its beginning, or up to `until` if that is given and later.
    Limits of hours begin with the day of the event itself, since its hours count.
    """
    answer = due(start, limit=limit, calendar=calendar, pauses=pauses)
    event = _civil(start).toordinal()
    first = event + 1 if limit.unit in (_WORKING_DAY, _CALENDAR_DAY) else event
    last = answer.date.toordinal() if answer.date else _last_shown(event, pauses, until)
    calendared = limit.unit in (_WORKING_DAY, Unit.WORKING_HOUR)
    return tuple(
        ExplainedDay(day, _status(day, calendar if calendared else None, pauses))
        for day in map(date.fromordinal, range(first, last + 1))
    )


def remaining(at: date, due_date: date, calendar: Calendar) -> int:
    """Working days left after the day of `at` up to and including the due day; 0 on the due day itself.

    Late it is the working days since, negative, and at least −1: late is late even before the next working
    day.
    """
    today = _civil(at)
    if today <= due_date:
        return calendar.working_days_between(today, due_date)
    return min(-1, calendar.working_days_between(today, due_date))


def _due_otherwise(start: date, limit: Limit, calendar: Calendar, pauses: Sequence[Pause]) -> Due:
    """Limits that do not count working days."""
    if limit.unit is not _CALENDAR_DAY:
        return _due_hours(start, limit, calendar, pauses)
    try:
        last = _count_days(EVERY_DAY, _civil(start).toordinal(), limit.amount, pauses)
    except IndexError:
        raise out_of_range() from None
    return _ended(last, False, calendar.version)


def _civil(moment: date) -> date:
    return civil_date(moment) if isinstance(moment, datetime) else moment


def _count_days(table: DayTable, start: int, amount: int, pauses: Sequence[Pause]) -> int:
    """The ordinal on which `amount` counting days after `start` are over, `_OPEN` if a pause is open.

    IndexError when the table does not reach. A pause moves the end by the counting days it covers and no
    earlier pause did; taken in order of their beginnings, one look at each is enough. Everything is reckoned
    as numbers of counting days, and only the end is turned into a day.
    """
    first, last, counts, days = table
    if start < first:
        raise IndexError(start)
    covered = counts[start - first]
    if amount == 0:
        return start
    target, previous = covered + amount, start
    for pause in pauses:
        since = pause.since
        if since < previous:
            if previous > start:
                return _count_days(table, start, amount, sorted(pauses, key=_beginning))
            if pause.until <= start:
                continue
            since = start
        previous = since
        # Past the table it is past the end too, or the end will be found to lie past the table.
        if since > last or (begun := counts[since - first]) >= target:
            continue
        if pause.until == _OPEN:
            return _OPEN
        ended = counts[pause.until - first]
        if ended > covered:
            target += ended - (begun if begun > covered else covered)
            covered = ended
    return days[target]


def _beginning(pause: Pause) -> int:
    return pause.since


def _due_afresh(first: int, amount: int, calendar: Calendar, pauses: Sequence[Pause]) -> Due:
    """As `due` in working days, for what is not remembered: counts, widening the table as need be."""
    table = calendar.covering(first, first)
    while True:
        try:
            last = _count_days(table, first, amount, pauses)
            break
        except IndexError:
            table = calendar.covering(first, table.last + 1)
    provisional = last != _OPEN and calendar.is_provisional_between(first, last)
    answer = _ended(last, provisional, calendar.version)
    if calendar.certain[0] <= first and last <= calendar.certain[1]:
        _certain.setdefault(calendar.version, {})[last] = answer
    return answer


def _ended(day: int, provisional: bool, version: int) -> Due:
    if day == _OPEN:
        return Due(None, None, False, version)
    due_date = date.fromordinal(day)
    return Due(due_date, end_of_day(due_date), provisional, version)


def _due_hours(start: date, limit: Limit, calendar: Calendar, pauses: Sequence[Pause]) -> Due:
    if not isinstance(start, datetime):
        raise Refused("start_without_time", "按小时计算的时限需要起算时刻，请写明几点几分。")
    working = limit.unit is Unit.WORKING_HOUR
    try:
        spans = tuple(map(_span, pauses))
        end = add_hours(start, limit.amount, spans=spans, calendar=calendar if working else None)
    except OverflowError:
        raise out_of_range() from None
    if end is None:
        return Due(None, None, False, calendar.version)
    # The day of the event takes part, so what may be provisional begins after the day before it.
    before, last = civil_date(start).toordinal() - 1, end.toordinal()
    provisional = working and limit.amount > 0 and calendar.is_provisional_between(before, last)
    return Due(end.date(), end, provisional, calendar.version)


def _span(pause: Pause) -> Span:
    return _boundary(pause.start), None if pause.end is None else _boundary(pause.end)


def _boundary(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else end_of_day(moment)


def _last_shown(event: int, pauses: Sequence[Pause], until: date | None) -> int:
    beginning = min(pause.since for pause in pauses if pause.until == _OPEN)
    return max(event, beginning, _civil(until).toordinal() if until else 0)


def _status(day: date, calendar: Calendar | None, pauses: Sequence[Pause]) -> DayStatus:
    """The status of a day; without a calendar every day counts."""
    ordinal = day.toordinal()
    if any(pause.since < ordinal <= pause.until for pause in pauses):
        return DayStatus.PAUSED
    return DayStatus.COUNTED if calendar is None else _STATUS[calendar.kind(day)]
