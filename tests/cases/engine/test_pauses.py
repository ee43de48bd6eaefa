"""Special procedures and extensions: which days do not count, which are added, and until when either is possible."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from onedoor.core.calendar import seed_calendar
from onedoor.core.due import DayStatus, Limit, Pause, Unit
from onedoor.core.refusals import Refused
from onedoor.domain.cases.engine.clocks import Clock, Limits, clocks
from onedoor.domain.cases.engine.codec import state_from_json, state_to_json
from onedoor.domain.cases.engine.terms import Kind, Stage
from onedoor.domain.catalog.terms import LimitTerm
from tests.cases.engine.conftest import FRIDAY, Case, accepted
from tests.factories.procedures import decision, limits, procedure, step

MOMENT = timedelta(microseconds=1)
SPECIAL = {"kind": "inspection", "days": 10, "reason": "送检"}
RESULT = {"result": "合格"}
LONGER = {"days": 10, "reasons": "情况复杂"}


def day(month: int, number: int, hour: int = 10) -> datetime:
    """An hour of a day of 2026 in the office's time."""
    return datetime(2026, month, number, hour - 8, tzinfo=UTC)


def end(month: int, number: int) -> datetime:
    """24:00 of a day of 2026."""
    return datetime(2026, month, number, 16, tzinfo=UTC)


def plain(promised: int = 8, statutory: int = 20) -> Case:
    """Accepted on Friday 18 September; the promise ends on the 30th, the law's limit on 20 October."""
    return accepted(step("check"), decision("check"), limits=limits(promised, statutory))


def paused(begun: datetime, ended: datetime, **more: int) -> Case:
    case = plain(**more)
    case.does("suspend", begun, **SPECIAL)
    case.does("resume", ended, **RESULT)
    return case


def refused(case: Case, verb: str, at: datetime, **payload: object) -> str:
    with pytest.raises(Refused) as refusal:
        case.does(verb, at, **payload)
    return refusal.value.code


def clock(case: Case, code: str) -> Clock:
    running = clocks(case.state, procedure=case.graph, limits=case.limits, calendar=seed_calendar())
    return next(each for each in running if each.code == code)


# ---- pauses


def test_without_a_pause_the_limits_end_as_they_should() -> None:
    assert plain().dues() == {"promised": end(9, 30), "statutory": end(10, 22)}


def test_an_open_pause_has_no_due_date_and_lets_nothing_lapse() -> None:
    case = plain()
    case.does("suspend", day(9, 21), **SPECIAL)
    assert case.state.stage is Stage.SUSPENDED
    assert case.dues() == {"promised": None, "statutory": None}
    assert case.passes(datetime(2030, 1, 1, tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    ("begun", "ended", "due"),
    [
        (day(9, 21), day(9, 23), end(10, 9)),  # the 22nd and the 23rd do not count
        (day(9, 21), day(9, 21, 17), end(9, 30)),  # over on the same day
        (day(9, 24), day(10, 8), end(10, 12)),  # over two holidays: 28th to 30th and the 8th do not count
        (day(9, 24), day(9, 27), end(9, 30)),  # holiday from end to end
        (day(9, 18), day(9, 20), end(10, 8)),  # from the day of acceptance: only the make-up Sunday is lost
        (day(9, 30), day(10, 20), end(9, 30)),  # on the last day nothing is left that could be paused
    ],
)
def test_paused_days_do_not_count(begun: datetime, ended: datetime, due: datetime) -> None:
    assert paused(begun, ended).dues()["promised"] == due


def test_a_pause_over_the_turn_of_a_month_and_a_year() -> None:
    case = Case(procedure(decision()), limits(5, 20))
    case.does("submit", datetime(2025, 12, 29, 2, tzinfo=UTC))
    case.does("accept", datetime(2025, 12, 29, 2, tzinfo=UTC))
    case.does("suspend", datetime(2025, 12, 31, 2, tzinfo=UTC), **SPECIAL)
    case.does("resume", datetime(2026, 1, 6, 2, tzinfo=UTC), **RESULT)
    # 30 and 31 December count; 1 to 3 January are holidays, the 4th is made up but paused like the 5th and 6th.
    assert case.dues()["promised"] == end(1, 9)


def test_several_pauses_add_up() -> None:
    case = paused(day(9, 21), day(9, 22))
    case.does("suspend", day(9, 23), **SPECIAL)
    case.does("resume", day(9, 24), **RESULT)
    assert [(p.start, p.end) for p in case.state.pauses] == [
        (day(9, 21), day(9, 22)),
        (day(9, 23), day(9, 24)),
    ]
    assert case.dues()["promised"] == end(10, 9)


def test_a_limit_that_ends_on_the_day_of_the_pause_ends_with_it() -> None:
    case = plain()
    case.does("suspend", day(9, 30), **SPECIAL)
    assert case.dues() == {"promised": end(9, 30), "statutory": None}
    assert [(f.kind, f.effective_at) for f in case.passes(end(9, 30))] == [(Kind.OVERDUE, end(9, 30))]


def test_what_was_missed_before_stays_missed_and_the_law_still_waits() -> None:
    case = plain()
    case.does("suspend", day(10, 8), **SPECIAL)
    assert case.state.overdue == ("promised",)
    case.does("resume", day(10, 12), **RESULT)
    # The 9th, the made-up Saturday and the 12th do not count: 22 October and three working days more.
    assert case.dues() == {"promised": end(9, 30), "statutory": end(10, 27)}


def test_steps_stand_still_too_and_hours_by_the_hour() -> None:
    case = accepted(
        step("a", limit=LimitTerm(24, "hours")), step("b", limit=LimitTerm(2)), decision("a", "b")
    )
    case.does("suspend", FRIDAY + timedelta(hours=20), **SPECIAL)
    assert case.dues()["step:a"] is None
    case.does("resume", FRIDAY + timedelta(hours=50, minutes=30), **RESULT)
    assert case.dues()["step:a"] == FRIDAY + timedelta(hours=54, minutes=30)
    assert case.open == ["a", "b"]
    # Suspended on Saturday, resumed on the made-up Sunday, which is lost: Monday and Tuesday.
    assert case.dues()["step:b"] == end(9, 22)


def test_nothing_but_its_end_or_a_withdrawal_leaves_a_special_procedure() -> None:
    case = plain()
    case.does("suspend", day(9, 21), **SPECIAL)
    for verb, payload in (
        ("suspend", SPECIAL),
        ("extend", LONGER),
        ("review", {"outcome": "pass"}),
        ("decide", {"outcome": "approve"}),
        ("deliver", {"method": "window"}),
    ):
        assert refused(case, verb, day(9, 22), **payload) == "verb_out_of_order"
    case.does("withdraw", day(9, 22))
    assert (case.state.stage, case.dues()) == (Stage.WITHDRAWN, {})


def test_a_special_procedure_can_begin_until_the_laws_limit_is_over() -> None:
    late = plain()
    assert refused(late, "suspend", end(10, 22), **SPECIAL) == "limit_over"
    just = plain()
    just.does("suspend", end(10, 22) - MOMENT, **SPECIAL)
    assert just.state.stage is Stage.SUSPENDED


def test_resume_needs_a_special_procedure() -> None:
    assert refused(plain(), "resume", day(9, 21), **RESULT) == "verb_out_of_order"


# ---- extensions


def test_both_limits_end_so_many_working_days_later() -> None:
    case = plain()
    case.does("extend", day(9, 21), **LONGER)
    # Thursday 8 October is the first working day after the promise.
    assert case.dues() == {"promised": end(10, 20), "statutory": end(11, 5)}
    assert case.passes(end(9, 30)) == ()
    assert case.passes(end(10, 20))[0].data == {"clock": "promised"}


@pytest.mark.parametrize(("days", "due"), [(1, end(10, 8)), (3, end(10, 10)), (10, end(10, 20))])
def test_an_extension_ends_on_a_working_day(days: int, due: datetime) -> None:
    case = plain()
    case.does("extend", day(9, 30), days=days, reasons="情况复杂")
    assert case.dues()["promised"] == due


def test_an_extension_is_granted_once_and_before_the_limit_is_over() -> None:
    case = plain()
    assert refused(plain(), "extend", end(10, 22), **LONGER) == "limit_over"
    case.does("extend", end(10, 22) - MOMENT, **LONGER)
    assert refused(case, "extend", end(10, 22), **LONGER) == "already_extended"


def test_a_missed_promise_is_not_mended_by_an_extension() -> None:
    case = plain()
    fact = case.does("extend", day(10, 8), **LONGER)
    assert fact.data == {"days": 10, "limits": ["statutory"]}
    assert case.dues() == {"promised": end(9, 30), "statutory": end(11, 5)}
    assert case.state.overdue == ("promised",)


def test_pauses_count_neither_in_the_limit_nor_in_what_was_added() -> None:
    before = paused(day(9, 21), day(9, 23))
    before.does("extend", day(9, 24), **LONGER)
    assert before.dues()["promised"] == end(10, 22)
    within = plain()
    within.does("extend", day(9, 21), **LONGER)
    within.does("suspend", day(10, 8), **SPECIAL)
    assert within.dues() == {"promised": None, "statutory": None}
    within.does("resume", day(10, 10), **RESULT)
    assert within.dues()["promised"] == end(10, 22)


def test_limits_of_other_units_are_extended_by_working_days() -> None:
    case = accepted(decision(), limits=Limits(Limit(30, Unit.CALENDAR_DAY), Limit(48, Unit.HOUR)))
    case.does("extend", FRIDAY, days=1, reasons="情况复杂")
    # 48 hours end on the made-up Sunday; the 30th day is Sunday 18 October.
    assert case.dues() == {"promised": end(9, 21), "statutory": end(10, 19)}


def test_the_extended_limit_is_explained_day_by_day() -> None:
    case = paused(day(9, 21), day(9, 23))
    case.does("extend", day(9, 24), **LONGER)
    promised = clock(case, "promised")
    days = promised.explained(seed_calendar(), date(2026, 9, 24))
    assert (days[0].date, days[-1].date) == (date(2026, 9, 19), promised.due.date)
    assert [each.date for each in days] == [days[0].date + timedelta(n) for n in range(len(days))]
    counted = Counter(each.status for each in days)
    assert counted[DayStatus.COUNTED] + counted[DayStatus.MAKE_UP] == 8 + 10
    assert counted[DayStatus.PAUSED] == 2
    assert days[-1].status is DayStatus.COUNTED


def test_an_open_pause_is_explained_up_to_today() -> None:
    case = plain()
    case.does("suspend", day(9, 21), **SPECIAL)
    days = clock(case, "promised").explained(seed_calendar(), date(2026, 9, 24))
    assert [each.status for each in days[-3:]] == [DayStatus.PAUSED] * 3
    assert days[-1].date == date(2026, 9, 24)
    case.does("resume", day(9, 28), **RESULT)
    case.does("extend", day(9, 28), **LONGER)
    case.does("suspend", day(10, 20), **SPECIAL)
    again = clock(case, "promised").explained(seed_calendar(), date(2026, 10, 22))
    assert [each.status for each in again[-2:]] == [DayStatus.PAUSED] * 2


# ---- what is kept


def test_no_fact_carries_what_was_written() -> None:
    case = paused(day(9, 21), day(9, 23))
    case.does("extend", day(9, 24), **LONGER)
    for words in ("送检", "合格", "情况复杂"):
        assert words not in str(case.facts)


def test_states_written_before_there_were_pauses_are_still_read() -> None:
    old = {"seq": 2, "stage": "accepted", "clock_from": "2026-09-18T10:00:00+08:00"}
    state = state_from_json(old)
    assert (state.pauses, state.extension) == ((), None)
    by_days = state_from_json(old | {"pauses": [["2026-09-21", "2026-09-23"], ["2026-09-28", None]]})
    assert by_days.pauses == (Pause(date(2026, 9, 21), date(2026, 9, 23)), Pause(date(2026, 9, 28)))
    assert state_from_json(state_to_json(by_days)) == by_days


def test_the_five_days_after_a_correction_have_a_name_of_their_own() -> None:
    case = Case(procedure(decision()), limits())
    case.does("submit")
    first = clock(case, "acceptance").name
    case.does("notify_correction", items=[{"target": "material:m1", "reason": "缺", "mend": "补"}])
    case.does("correct", FRIDAY + timedelta(hours=2))
    assert (first, clock(case, "acceptance").name) == ("受理期限", "受理期限（补正后）")
