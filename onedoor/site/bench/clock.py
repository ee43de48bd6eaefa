"""`onedoor bench clock`: due dates by prefix sums, beside a loop over the days.

Both answer the same questions: 20 working days from a random day of the known years, with two pauses. The
reference is the plain way to write it, one set look-up a day over the same facts; every answer must be equal.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from statistics import median
from time import process_time
from typing import Any

from onedoor.core.calendar import DayKind, seed_calendar
from onedoor.core.due import Limit, Pause, Unit, due

_DAYS = 20
_ONE_DAY = timedelta(days=1)

#: The fast side answers everything this often in a round, so that both sides of it take about as long.
_TURNS = 40

#: The day of the event and two pauses, each a pair of dates.
_Question = tuple[date, tuple[Pause, Pause]]
_Clock = Callable[[Sequence[_Question]], list[date | None]]


def run(quick: bool) -> dict[str, Any]:
    """Measure; `ratio` and `ratio_to_naive` say how many times faster than the loop over the days."""
    rounds, size = (7, 2_000) if quick else (9, 10_000)
    questions = _questions(size)
    fast, naive = _fast(), _naive()
    if fast(questions) != naive(questions):
        raise AssertionError("the clock and the loop over the days disagree")
    times = [(_nanoseconds(fast, questions, _TURNS), _nanoseconds(naive, questions)) for _ in range(rounds)]
    ratio = round(median(slow / quick_time for quick_time, slow in times), 1)
    return {
        "bench": "clock",
        "reference": "naive day loop",
        "ratio": ratio,
        "ratio_to_naive": ratio,
        "figures": {
            "due_ns": round(median(quick_time for quick_time, _ in times)),
            "naive_ns": round(median(slow for _, slow in times)),
            "working_days": _DAYS,
            "pauses": 2,
            "questions": size,
            "rounds": rounds,
            "equal": True,
        },
    }


def _questions(size: int) -> list[_Question]:
    random = Random(20)
    return [_question(random) for _ in range(size)]


def _question(random: Random) -> _Question:
    start = date(2023, 1, 1) + timedelta(days=random.randrange(1200))
    first = start + timedelta(days=random.randrange(1, 8))
    resumed = first + timedelta(days=random.randrange(5, 30))
    second = resumed + timedelta(days=random.randrange(1, 8))
    return start, (Pause(first, resumed), Pause(second, second + timedelta(days=random.randrange(5, 30))))


def _fast() -> _Clock:
    calendar, limit = seed_calendar(), Limit(_DAYS, Unit.WORKING_DAY)

    def answers(questions: Sequence[_Question]) -> list[date | None]:
        return [due(start, limit=limit, calendar=calendar, pauses=pauses).date for start, pauses in questions]

    return answers


def _naive() -> _Clock:
    exceptions = seed_calendar().exceptions
    holidays = {day for day, kind in exceptions.items() if kind is DayKind.HOLIDAY}
    make_up = {day for day, kind in exceptions.items() if kind is DayKind.MAKE_UP}

    def answer(day: date, pauses: Sequence[Pause]) -> date:
        left = _DAYS
        while left:
            day += _ONE_DAY
            paused = any(pause.start < day <= (pause.end or date.max) for pause in pauses)
            if not paused and (day in make_up or (day.weekday() < 5 and day not in holidays)):
                left -= 1
        return day

    def answers(questions: Sequence[_Question]) -> list[date | None]:
        return [answer(start, pauses) for start, pauses in questions]

    return answers


def _nanoseconds(clock: _Clock, questions: Sequence[_Question], turns: int = 1) -> float:
    """Mean processor time of one answer, with the garbage collector out of the way of both sides."""
    gc.disable()
    try:
        begun = process_time()
        for _ in range(turns):
            clock(questions)
        return (process_time() - begun) / (len(questions) * turns) * 1e9
    finally:
        gc.enable()
