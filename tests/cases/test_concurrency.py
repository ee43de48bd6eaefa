"""Several people at once: one wins, the others are told; the same request many times has one effect."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, queries, rebuilding, statements
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import Answer, Once
from onedoor.domain.journal import queries as journal
from tests.county import County
from tests.factories.cases import AT, act, application, filed, staff

RACES = 15


def at_once(*acts: Callable[[], Answer]) -> list[Answer | Exception]:
    """Every act in a thread of its own, let go together; what each gave or raised."""
    ready = threading.Barrier(len(acts))

    def run(act_: Callable[[], Answer]) -> Answer | Exception:
        with closing(connection):
            connection.ensure_connection()
            ready.wait(10)
            try:
                return act_()
            except Exception as fault:
                return fault

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def winners(outcomes: list[Answer | Exception]) -> list[Answer]:
    return [each for each in outcomes if isinstance(each, Answer)]


def losses(outcomes: list[Answer | Exception]) -> list[str]:
    """The codes of refusals, and the kinds of faults."""
    failed = [each for each in outcomes if isinstance(each, Exception)]
    return [each.code if isinstance(each, Refused) else type(each).__name__ for each in failed]


def kinds(answer: Answer) -> list[str]:
    """The facts of a case, once its chain has been found sound."""
    facts = journal.facts(answer.case_id)
    assert journal.stream_faults(facts) == ()
    row = Case.objects.get(pk=answer.case_id)
    assert (row.seq, bytes(row.head_hash)) == (facts[-1].seq, facts[-1].hash)
    return [fact.kind.removeprefix("case.") for fact in facts]


def during_the_comparison(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns found to differ when a case moves on between the reading of its row and that of its facts."""
    case, compare = filed(), rebuilding._compare

    def late(row: Case) -> Iterator[rebuilding.Difference]:
        if row.id == case.case_id:
            assert winners(at_once(lambda: act(case.number, "accept", "chuangkou")))
        yield from compare(row)

    monkeypatch.setattr(rebuilding, "_compare", late)
    return [each.column for each in queries.differences() if each.number == case.number]


def test_cases_that_move_on_while_they_are_compared_do_not_differ(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert during_the_comparison(monkeypatch) == []


def test_without_one_view_of_all_they_would(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "snapshot", nullcontext)
    assert "seq" in during_the_comparison(monkeypatch)


@pytest.mark.parametrize(("expect", "told"), [(1, "overtaken"), (None, "verb_out_of_order")])
def test_of_two_clerks_one_wins_and_the_other_is_told(county: County, expect: int | None, told: str) -> None:
    for _ in range(RACES):
        case = filed()
        outcomes = at_once(
            lambda n=case.number: act(n, "accept", "chuangkou", expect=expect),
            lambda n=case.number: act(
                n, "decline", "chuangkou2", expect=expect, payload={"reasons": "不属本县"}
            ),
        )
        assert len(winners(outcomes)) == 1
        assert losses(outcomes) == [told]
        assert kinds(case) in (["submitted", "accepted"], ["submitted", "declined"])
    assert list(queries.differences()) == []


def test_the_same_act_from_eight_threads_has_one_effect(county: County) -> None:
    for number in range(5):
        case = filed()
        once = Once(f"accept-{number}", b"\x01" * 32)
        outcomes = at_once(
            *[lambda n=case.number, o=once: act(n, "accept", "chuangkou", once=o)] * 8,
        )
        assert losses(outcomes) == []
        assert len(set(winners(outcomes))) == 1
        assert kinds(case) == ["submitted", "accepted"]


def test_the_same_act_that_stays_possible_has_one_effect(county: County) -> None:
    case = filed(draft=True)
    once = Once("draft-1", b"\x01" * 32)
    outcomes = at_once(*[lambda: act(case.number, "save_draft", "chuangkou", once=once)] * 8)
    assert losses(outcomes) == []
    assert len(set(winners(outcomes))) == 1
    assert kinds(case) == ["draft_saved", "draft_saved"]


def test_the_same_filing_from_eight_threads_is_one_case(county: County) -> None:
    body, clerk = application(), staff("chuangkou")
    for number in range(3):
        once = Once(f"file-{number}", b"\x01" * 32)
        outcomes = at_once(
            *[lambda o=once: actions.file(application=body, actor=clerk, at=AT, once=o)] * 8,
        )
        assert losses(outcomes) == []
        assert len(set(winners(outcomes))) == 1
        assert winners(outcomes)[0].query_code
    assert Case.objects.filter(tenant_id=county.tenant_id).count() == 3


def _swept(case: Answer, at: datetime) -> Answer:
    actions.let_time_pass(case_id=case.case_id, at=at)
    return case


def test_the_sweep_and_a_clerk_do_not_do_the_same_twice(county: County) -> None:
    late = AT + timedelta(days=20)
    for _ in range(RACES):
        case = filed()

        outcomes = at_once(
            lambda c=case: _swept(c, late), lambda n=case.number: act(n, "withdraw", "chuangkou", late)
        )
        assert losses(outcomes) == []
        found = kinds(case)
        assert found.count("deemed_accepted") == 1
        assert found[-1] == "withdrawn"


def test_the_sweep_and_an_act_before_the_term_never_wait_for_each_other(county: County) -> None:
    late = AT + timedelta(days=20)
    for _ in range(RACES):
        case = filed()

        outcomes = at_once(
            lambda c=case: _swept(c, late), lambda n=case.number: act(n, "accept", "chuangkou")
        )
        assert set(losses(outcomes)) <= {"verb_out_of_order"}
        found = kinds(case)
        assert ("accepted" in found) != ("deemed_accepted" in found)


@pytest.fixture
def all_have_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two acts read the case without a lock, and wait for each other before they decide."""
    both, read = threading.Barrier(2), statements.read_by_number
    left = iter(range(2))

    def together(number: str) -> statements.Locked | None:
        found = read(number)
        if next(left, None) is not None:
            both.wait(10)
        return found

    monkeypatch.setattr(statements, "read_by_number", together)


@pytest.fixture
def no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard of the single statement taken off: it writes wherever the case stands."""
    for name in ("_WRITE_IF_UNMOVED", "_WRITE_IF_UNMOVED_WITH_DOSSIER"):
        text: str = getattr(statements, name)
        unguarded = text.replace("AND seq = %s", "AND %s::int IS NOT NULL")
        assert unguarded != text
        monkeypatch.setattr(statements, name, unguarded)


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row lock taken off: acts that take the long way read the case and wait for each other before they write."""
    both, read = threading.Barrier(2), statements.read_by_number

    def unguarded(number: str) -> statements.Locked | None:
        found = read(number)
        both.wait(10)
        return found

    monkeypatch.setattr(statements, "write_if_unmoved", lambda *asked: False)
    monkeypatch.setattr(statements, "lock_by_number", unguarded)


def _accept_and_decline(case: Answer) -> list[Answer | Exception]:
    return at_once(
        lambda: act(case.number, "accept", "chuangkou"),
        lambda: act(case.number, "decline", "chuangkou2", payload={"reasons": "不属本县"}),
    )


def test_an_act_that_has_read_what_is_past_is_decided_again(county: County, all_have_read: None) -> None:
    case = filed()
    outcomes = _accept_and_decline(case)
    assert len(winners(outcomes)) == 1
    assert losses(outcomes) == ["verb_out_of_order"]
    assert kinds(case) in (["submitted", "accepted"], ["submitted", "declined"])


def test_without_the_guard_the_fault_shows(county: County, all_have_read: None, no_guard: None) -> None:
    outcomes = _accept_and_decline(filed())
    assert losses(outcomes) == [IntegrityError.__name__], "the second act ran into the first one's fact"


def test_without_the_row_lock_the_fault_shows(county: County, no_lock: None) -> None:
    outcomes = _accept_and_decline(filed())
    assert losses(outcomes) == [IntegrityError.__name__], "the second act ran into the first one's fact"
