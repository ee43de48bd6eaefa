"""A clock set back, and a worker that was dead for days: order and law stay, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from onedoor.core.due import Limit, Unit, due
from onedoor.core.instants import civil_date
from onedoor.domain.cases.engine.terms import Kind
from onedoor.domain.cases.queries import differences
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices import queries as offices
from onedoor.site.checkup import database as database_checks
from onedoor.site.worker import run_once
from tests.county import County
from tests.faces.test_api import caller, filing
from tests.factories.cases import AT, PASS, act, filed

DAY = timedelta(days=1)


def _messages() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM notices_message WHERE starts_with(key, 'case:')")
        return Counter(key for (key,) in cursor.fetchall())


def _papers() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_stream, source_seq, kind, document_number FROM papers_paper ORDER BY 4"
        )
        return list(cursor.fetchall())


def _work(at: datetime) -> None:
    """What the worker does in a minute."""
    for _ in range(6):
        run_once(at)


def _due_of_acceptance(county: County) -> datetime:
    calendar = offices.current_calendar(county.tenant_id)
    instant = due(civil_date(AT), limit=Limit(5, Unit.WORKING_DAY), calendar=calendar).instant
    assert instant is not None
    return instant


def test_a_worker_dead_for_days_catches_up_as_if_it_had_been_there(county: County, own_anchors: Path) -> None:
    left, acted = filed(AT), filed(AT)
    _work(AT)
    fell_due = _due_of_acceptance(county)
    late = fell_due + 2 * DAY  # dead through the day on which acceptance was deemed
    act(acted.number, "review", "jiangyx", late, step="check", payload=PASS)  # law did not wait for it
    assert len(_messages()) == 2
    _work(late)
    for case in (left, acted):
        deemed = [fact for fact in journal.facts(case.case_id) if fact.kind == Kind.DEEMED_ACCEPTED]
        assert [fact.effective_at for fact in deemed] == [fell_due]
        assert [fact.recorded_at for fact in deemed] == [late]
    sent, papers = _messages(), _papers()
    expected = {
        f"case:{case.case_id}:{fact.seq}"
        for case in (left, acted)
        for fact in journal.facts(case.case_id)
        if fact.kind in (Kind.SUBMITTED, Kind.DEEMED_ACCEPTED)
    }
    assert set(sent) == expected
    assert set(sent.values()) == {1}
    assert len(papers) == len(set(papers)) == 4  # two receipts, two notices of acceptance
    assert [status.behind for status in journal.follower_status()] == [0] * len(journal.follower_status())
    assert list(differences()) == []


def test_a_clock_set_back_keeps_order_and_law(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, reviewer = caller("chuangkou"), caller("jiangyx")
    number = clerk.post("/cases", filing()).json()["number"]
    accepted = clerk.post(f"/cases/{number}/actions/accept", {}).json()
    deadline = clerk.get(f"/cases/{number}").json()["due_at"]
    early = datetime.now(UTC) - 2 * DAY
    monkeypatch.setattr("onedoor.faces.access.now", lambda: early)
    monkeypatch.setattr("onedoor.faces.api.cases.now", lambda: early)
    monkeypatch.setattr("onedoor.faces.api.gate.now", lambda: early)
    done = reviewer.post(f"/cases/{number}/actions/review", {"step": "check", **PASS, "expect": 2})
    assert done.status_code == 200, done.content.decode()
    assert done.json()["seq"] == accepted["seq"] + 1
    case_id = _case_id(number)
    facts = journal.facts(case_id)
    assert [fact.seq for fact in facts] == [1, 2, 3]
    assert facts[2].recorded_at == early  # what the clock said
    assert facts[2].effective_at == facts[1].effective_at  # the law's time does not run backwards
    assert sorted(fact.effective_at for fact in facts) == [fact.effective_at for fact in facts]
    assert journal.stream_faults(facts) == ()
    assert clerk.get(f"/cases/{number}").json()["due_at"] == deadline
    assert list(differences()) == []


def test_a_clock_set_back_is_seen(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    caller("chuangkou").post("/cases", filing())
    assert not database_checks.clock().mend
    real = datetime

    class Back(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return real.now(tz) - 2 * DAY

    monkeypatch.setattr(database_checks, "datetime", Back)
    finding = database_checks.clock()
    assert "早 48.0 小时" in finding.detail
    assert finding.mend


def _case_id(number: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cases_case WHERE number = %s", [number])
        return cursor.fetchone()[0]
