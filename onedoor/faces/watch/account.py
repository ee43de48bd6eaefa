"""One case held to account: every limit day by day, every fact with its two times, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onedoor.core.due import ExplainedDay
from onedoor.core.instants import civil_date, page_due
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet, Clock, ClockRun
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import (
    STAGE_TONES,
    Lamp,
    OverDay,
    days_over,
    doer,
    lamp_of_sheet,
    masked_applicant,
)
from onedoor.faces.clockface import STATUS_WORDS, Clockface, clockface
from onedoor.faces.staff import OVERSIGHT, page
from onedoor.faces.wording import UNITS, instant_zh, limit_zh

#: Units whose limits begin with the day after the event.
WHOLE_DAYS = ("working", "calendar")
#: Statuses of days that count.
COUNTING = frozenset({"counted", "make_up"})


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of a limit. `ordinal` counts the days that count, None for others; `after` tells that the limit had
    ended before it."""

    day: date
    words: str
    ordinal: int | None
    after: bool


@dataclass(frozen=True, slots=True)
class LimitAccount:
    """A limit from its start to its end. `face` is drawn as on the day it ended, or today while it runs."""

    id: str
    name: str
    limit: str
    unit: str
    whole_days: bool
    since: str
    due: str
    ended: str
    lamp: Lamp
    provisional: bool
    face: Clockface
    days: tuple[DayLine, ...]
    calendar_version: int


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact as the journal holds it. `apart` tells that it took effect at another time than it was recorded."""

    seq: int
    name: str
    kind: str
    who: str
    principal: str
    effective_at: datetime
    recorded_at: datetime
    apart: bool
    late: bool
    details: tuple[tuple[str, str], ...]
    hash: str


@admits(OVERSIGHT)
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The account of a case."""
    principal, at = signed_in(request), now()
    sheet = cases.case_sheet(number, actor=principal, at=at)
    facts = cases.facts(number, actor=principal, at=at)
    words = {
        "sheet": sheet,
        "tone": STAGE_TONES.get(sheet.stage, ""),
        "lamp": lamp_of_sheet(sheet, at),
        "applicant": masked_applicant(sheet.applicant.name, sheet.applicant.kind),
        "limits": limits(sheet, at),
        "facts": fact_lines(sheet, facts),
        "faults": journal.stream_faults(facts),
    }
    return page(request, "watch/case.html", words)


def limits(sheet: CaseSheet, at: datetime) -> tuple[LimitAccount, ...]:
    """Every limit that ever ran, the latest first."""
    found = []
    for place, run in enumerate(sheet.runs):
        clock = run.clock
        unit = clock.limit.unit.value
        until = civil_date(run.ended_at or at)
        days: tuple[ExplainedDay | OverDay, ...] = (
            *run.days,
            *days_over(clock.due.date, until, sheet.calendar, unit),
        )
        found.append(
            LimitAccount(
                id=f"limit-{place}",
                name=clock.name,
                limit=limit_words(clock),
                unit=UNITS.get(unit, ""),
                whole_days=unit in WHOLE_DAYS,
                since=instant_zh(clock.start),
                due=page_due(clock.due.instant) if clock.due.instant else "",
                ended=instant_zh(run.ended_at),
                lamp=_lamp(run),
                provisional=clock.due.provisional,
                face=clockface(days, until, unit, stopped=clock.due.date is None),
                days=tuple(day_lines(days, until)),
                calendar_version=clock.due.calendar_version,
            )
        )
    return tuple(reversed(found))


def limit_words(clock: Clock) -> str:
    """A limit with what was added to it."""
    words = limit_zh(clock.limit.amount, clock.limit.unit.value)
    return f"{words}，延长 {limit_zh(clock.extended)}" if clock.extended else words


def _lamp(run: ClockRun) -> Lamp:
    if run.late:
        return Lamp("red", "超过时限" if run.ended_at else "已超期，仍在办理")
    if run.ended_at:
        return Lamp("done", "按时完成")
    return Lamp("green", "计时中") if run.clock.due.date else Lamp("paused", "暂停计时")


def day_lines(days: Iterable[ExplainedDay | OverDay], until: date) -> Iterable[DayLine]:
    """The day-by-day table; days that count are numbered."""
    ordinal = 0
    for each in days:
        status = str(each.status)
        counts = status in COUNTING
        ordinal += counts
        words = STATUS_WORDS[status]
        yield DayLine(each.date, words, ordinal if counts else None, each.date > until)


def fact_lines(sheet: CaseSheet, facts: tuple[Fact, ...]) -> tuple[FactLine, ...]:
    """What has happened, newest first, with what the journal says of it."""
    principals = {fact.seq: fact.principal for fact in facts}
    return tuple(
        FactLine(
            seq=view.seq,
            name=view.name,
            kind=view.kind,
            who=doer(view),
            principal=principals.get(view.seq, ""),
            effective_at=view.effective_at,
            recorded_at=view.recorded_at,
            apart=view.effective_at.replace(microsecond=0) != view.recorded_at.replace(microsecond=0),
            late=view.late,
            details=view.details,
            hash=view.hash,
        )
        for view in sheet.facts
    )
