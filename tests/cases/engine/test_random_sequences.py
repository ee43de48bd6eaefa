"""The engine against the old clerk's book, on random lives of a case.

`ONEDOOR_SEED` repeats a run from another seed; a failure names the seed of its life.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from onedoor.core.calendar import seed_calendar
from onedoor.core.refusals import Refused
from onedoor.domain.cases import rules
from onedoor.domain.cases.engine import evolve as folding
from onedoor.domain.cases.engine.clocks import ACCEPTANCE_LIMIT as LIMIT_OF_ART_32
from onedoor.domain.cases.engine.clocks import clocks
from onedoor.domain.cases.engine.codec import state_from_json, state_to_json
from onedoor.domain.cases.engine.decide import decide
from onedoor.domain.cases.engine.evolve import evolve, fold_all
from onedoor.domain.cases.engine.lapse import lapse, next_alarm
from onedoor.domain.cases.engine.lifecycle import LIFECYCLE
from onedoor.domain.cases.engine.procedure import open_steps
from onedoor.domain.cases.engine.terms import Command, Happened, Kind, Stage, State
from onedoor.domain.catalog.procedures import ancestors, problems_of
from onedoor.domain.catalog.terms import Join, Procedure
from onedoor.domain.offices.terms import Grant, Principal, Role
from tests.cases.engine.book import Book
from tests.cases.engine.walks import Walk, candidates
from tests.factories.procedures import DEPARTMENTS
from tests.progress import note

SEED = int(os.environ.get("ONEDOOR_SEED", "20260918"))
CALENDAR = seed_calendar()
STANDING = rules.Standing(1, "scjg", DEPARTMENTS, "990722000000", 7)
REFUSALS = {
    "verb_out_of_order",
    "correction_already_told",
    "correction_target_twice",
    "correction_term_running",
    "step_missing",
    "unknown_step",
    "step_kind",
    "step_done",
    "step_not_open",
    "limit_over",
    "already_extended",
    "review_objected",
    "reasons_missing",
    "nothing_to_make",
    "licence_not_made",
    "courier_number_missing",
    "already_rated",
}
WRITTEN = {
    Kind.DEEMED_ACCEPTED: "deemed",
    Kind.STEP_OVERDUE: "late",
    Kind.OVERDUE: "late",
    Kind.DRAFT_SAVED: "save_draft",
    Kind.SUBMITTED: "submit",
    Kind.CORRECTED: "correct",
    Kind.CORRECTION_NOTIFIED: "notify_correction",
    Kind.ACCEPTED: "accept",
    Kind.DECLINED: "decline",
    Kind.REVIEWED: "review",
    Kind.SUSPENDED: "suspend",
    Kind.RESUMED: "resume",
    Kind.EXTENDED: "extend",
    Kind.ISSUED: "issue",
    Kind.DELIVERED: "deliver",
    Kind.WITHDRAWN: "withdraw",
    Kind.RATED: "rate",
}


class Life:
    """One random life, lived by the engine and written into the book at once."""

    def __init__(self, seed: int) -> None:
        self.walk = Walk(Random(seed))
        self.facts: list[Happened] = []
        self.refusals: set[str] = set()
        self.state = State()
        self.book = Book(self.walk.graph, self.walk.limits.promised, self.walk.limits.statutory)

    def live(self) -> None:
        for _ in range(self.walk.events()):
            at = self.walk.later()
            self.let_time_pass(at)
            if self.walk.draw.random() < 0.85:
                self.act(self.walk.next(self.state.stage.value), at)
            self.compare()
            if self.walk.draw.random() < 0.15:
                agree_on_buttons(
                    self.walk.draw, self.state, self.walk.graph, max(at, self.state.last_at or at)
                )
        self.remember()

    def let_time_pass(self, at: datetime) -> None:
        limits = self.walk.limits
        lapsed = lapse(self.state, procedure=self.walk.graph, limits=limits, calendar=CALENDAR, at=at)
        assert all(fact.effective_at <= at for fact in lapsed)
        self.happen(lapsed)
        self.book.let_time_pass(at)

    def act(self, command: Command, at: datetime) -> None:
        before = self.state.last_at
        reason = ""
        try:
            made = decide(self.state, command, procedure=self.walk.graph, calendar=CALENDAR, at=at)
        except Refused as refused:
            reason, made = refused.code, ()
            self.refusals.add(reason)
        assert reason == self.book.write(command.verb, command.step, command.payload, at)
        assert bool(reason) == (not made)
        assert before is None or all(fact.effective_at >= before for fact in made)
        if command.verb == "decide" and made:
            decided_in_order(self.state, self.walk.graph)
        self.happen(made)

    def happen(self, facts: tuple[Happened, ...]) -> None:
        for fact in facts:
            self.state = evolve(self.state, fact)
            self.facts.append(fact)

    def compare(self) -> None:
        """The engine's answers and the book's."""
        state, walk, book = self.state, self.walk, self.book
        assert state.stage.value == book.stage
        assert [_line(fact) for fact in self.facts] == [(e.what, e.when, e.step) for e in book.entries]
        running = clocks(state, procedure=walk.graph, limits=walk.limits, calendar=CALENDAR)
        assert [(clock.code, clock.due.instant) for clock in running] == book.running()
        alarm = next_alarm(state, procedure=walk.graph, limits=walk.limits, calendar=CALENDAR)
        assert (alarm and (alarm[1].code, alarm[0])) == book.next_expiry()
        if state.stage is Stage.ACCEPTED:
            assert [step for step, _ in open_steps(walk.graph, state)] == book.open_branches()
        assert len(set(state.overdue)) == len(state.overdue)

    def remember(self) -> None:
        """What is stored gives the same state again."""
        assert fold_all(self.facts) == self.state
        assert self.state.seq == len(self.facts)
        assert state_from_json(json.loads(json.dumps(state_to_json(self.state)))) == self.state


def _line(fact: Happened) -> tuple[str, datetime, str]:
    what = WRITTEN.get(Kind(fact.kind)) or fact.data["outcome"]
    step = fact.data.get("step", "")
    if what == "late":
        step = fact.data.get("clock") or f"step:{step}"
    return what, fact.effective_at, step


def decided_in_order(state: State, graph: Procedure) -> None:
    """Where every join waits for all, everything before the decision is done or skipped when it is made."""
    if all(step.join is Join.ALL for step in graph.steps):
        done = {each.code for each in state.done}
        assert ancestors(graph, "decide") <= done | set(state.skipped)


def agree_on_buttons(draw: Random, state: State, graph: Procedure, at: datetime) -> None:
    """A button is offered exactly where the act behind it would be permitted and taken."""
    if state.stage is Stage.NEW:
        return
    roles = draw.sample(tuple(Role), 3)
    grants = tuple(Grant(role, draw.choice((None, *DEPARTMENTS, "lyj"))) for role in roles)
    actor = Principal(draw.choice((7, 8)), 1, "测试", "test", grants)
    offered = {(each.verb.code, each.step) for each in rules.allowed(actor, state, STANDING, graph, at)}
    codes = [step.code for step in graph.steps]
    possible = {
        (code, step)
        for code, verb in LIFECYCLE.items()
        for step in (codes if verb.at_step else [""])
        if _would(actor, state, graph, Command(code, {}, step), at)
    }
    assert offered == possible


def _would(actor: Principal, state: State, graph: Procedure, command: Command, at: datetime) -> bool:
    try:
        rules.permit(actor, LIFECYCLE[command.verb], STANDING, graph, command.step)
    except Refused:
        return False
    for payload in candidates(command.verb):
        try:
            decide(state, replace(command, payload=payload), procedure=graph, calendar=CALENDAR, at=at)
        except Refused:
            continue
        return True
    return False


def lives(first: int, count: int) -> list[Life]:
    """Live so many lives; the note of a failure tells which one."""
    lived = []
    for seed in range(first, first + count):
        lived.append(Life(seed))
        note(f"{len(lived)} of {count} lives")
        try:
            lived[-1].live()
        except BaseException as fault:
            fault.add_note(f"seed of this life: {seed}")
            raise
    return lived


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_the_engine_does_what_the_book_says(part: int) -> None:
    lives(SEED * 1_000_000 + part * 1_000, 1_000)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(20))
def test_the_engine_does_what_the_book_says_all_night(part: int) -> None:
    lives((SEED + 1) * 1_000_000 + part * 10_000, 10_000)


def test_drawn_procedures_are_what_the_catalogue_would_publish() -> None:
    graphs = [Walk(Random(seed)).graph for seed in range(500)]
    assert [problems_of(graph) for graph in graphs if problems_of(graph)] == []
    assert {step.join for graph in graphs for step in graph.steps} == set(Join)


def test_the_lives_reach_every_kind_of_fact_and_refusal() -> None:
    lived = lives(SEED, 400)
    # A draft lives longer than any pause of these lives.
    assert {fact.kind for life in lived for fact in life.facts} == set(Kind) - {Kind.DRAFT_EXPIRED}
    assert {reason for life in lived for reason in life.refusals} == REFUSALS


def _jumps_over_skipped(step, graph, state, done):  # type: ignore[no-untyped-def]
    """As the law is not: what stands before a skipped step is forgotten."""
    if state.steps_from is None:
        return None
    waited = [code for code in step.after if code not in state.skipped]
    instants = [done[code].at for code in waited if code in done]
    return max([*instants, state.steps_from]) if len(instants) == len(waited) else None


def _accepted_forgets_receipt(state: State, data: object, at: datetime) -> State:
    return replace(state, stage=Stage.ACCEPTED, clock_from=at, steps_from=at, deemed=True)


def _resumed_forgets_the_pause(state: State, data: object, at: datetime) -> State:
    return replace(state, stage=Stage.ACCEPTED, pauses=())


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        ("onedoor.domain.cases.engine.procedure", "opened_at", _jumps_over_skipped),
        ("onedoor.domain.cases.engine.clocks", "ACCEPTANCE_LIMIT", None),
        ("onedoor.domain.cases.engine.decide", "finished", lambda state: {}),
        ("onedoor.domain.cases.engine.clocks", "_later", lambda ends, *_: ends),
        (None, Kind.DEEMED_ACCEPTED, _accepted_forgets_receipt),
        (None, Kind.RESUMED, _resumed_forgets_the_pause),
    ],
)
def test_a_planted_fault_is_noticed(
    monkeypatch: pytest.MonkeyPatch, place: str | None, name: str, fault: object
) -> None:
    if place is None:
        monkeypatch.setitem(folding._FOLDS, name, fault)
    else:
        wrong = replace(LIMIT_OF_ART_32, amount=6) if fault is None else fault
        monkeypatch.setattr(f"{place}.{name}", wrong)
    with pytest.raises(AssertionError):
        lives(SEED, 300)
