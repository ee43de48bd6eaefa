"""The actions on PostgreSQL against the pure engine folded in memory, on random lives of real cases."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from onedoor.core.calendar import seed_calendar
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions, queries, rules
from onedoor.domain.cases.engine.clocks import clocks
from onedoor.domain.cases.engine.codec import state_from_json
from onedoor.domain.cases.engine.decide import decide
from onedoor.domain.cases.engine.evolve import fold_all
from onedoor.domain.cases.engine.lapse import lapse
from onedoor.domain.cases.engine.terms import Command, Happened, State
from onedoor.domain.cases.models import Case
from onedoor.domain.cases.terms import Answer, Holder
from onedoor.domain.catalog import actions as catalog
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Procedure, ServiceVersion, Step, StepKind
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.terms import Grant, Principal, Role
from onedoor.site.demo.loader import demo_items
from tests.cases.engine.walks import Walk
from tests.county import FOUNDED, County
from tests.factories.cases import FOOD, application, staff
from tests.factories.procedures import drawn_limits, drawn_procedure
from tests.progress import note

SEED = int(os.environ.get("ONEDOOR_SEED", "20260918"))
ITEMS = 12
#: Whatever the law asks for, this clerk may do: permission has tests of its own.
ROLES = (Role.CLERK, Role.REVIEWER, Role.DECIDER, Role.ISSUER, Role.HEAD)
_START = datetime(2026, 2, 1, 1, 0, tzinfo=UTC)


def published(draw: Random, number: int, tenant_id: int) -> ServiceVersion:
    """The food licence under another code, with a random procedure whose steps partly depend on the answers."""
    document = next(dict(item) for item in demo_items() if item["code"] == FOOD)
    graph, limits = drawn_procedure(draw), drawn_limits(draw)
    document |= {
        "code": f"{FOOD}-{number}",
        "name": f"食品经营许可新办（{number}）",
        "procedure": [_step_document(draw, step) for step in graph.steps],
        "promised_limit": {"amount": limits.promised.amount, "unit": limits.promised.unit.value},
        "statutory_limit": {"amount": limits.statutory.amount, "unit": limits.statutory.unit.value},
    }
    return catalog.publish(tenant_id=tenant_id, content=document, principal="test", at=FOUNDED)


def _step_document(draw: Random, step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": step.code,
        "name": step.name,
        "kind": step.kind.value,
        "department": step.department,
        "role": {StepKind.DECISION: "decider", StepKind.MAKING: "issuer"}.get(step.kind, "reviewer"),
        "after": list(step.after),
        "join": step.join.value,
    }
    if step.quorum:
        found["quorum"] = step.quorum
    if step.limit:
        found["limit"] = {"amount": step.limit.amount, "unit": step.limit.unit}
    if step.kind is not StepKind.DECISION and draw.random() < 0.4:
        found["when"] = draw.choice(('has_staff == "yes"', 'has_staff == "no"'))
    return found


@dataclass
class Twin:
    """A case in the database and its twin in memory."""

    walk: Walk
    version: ServiceVersion
    actor: Principal
    state: State = field(default_factory=State)
    form: dict[str, Any] = field(default_factory=dict)
    number: str = ""
    holder: Holder = field(default_factory=lambda: Holder(""))

    def live(self) -> int:
        """Files the case and lives its life; returns how many acts were taken."""
        answer = self._file()
        taken = 1
        for _ in range(self.walk.events()):
            at = self.walk.later()
            if self.walk.draw.random() < 0.1:
                self._sweep(answer, at)
            else:
                taken += self._act(at)
        self._compare_rows(answer)
        return taken

    def _file(self) -> Answer:
        at = self.walk.later()
        body = replace(application(draft=self.walk.draw.random() < 0.3), service=self.version.code)
        self.form = {**body.form, "has_staff": self.walk.draw.choice(("yes", "no"))}
        answer = actions.file(application=replace(body, form=self.form), actor=self.actor, at=at)
        self.number, self.holder = answer.number, Holder(answer.query_code or "")
        verb = "save_draft" if body.draft else "submit"
        self._fold(Command(verb, {"skipped": list(forms.skipped_steps(self.version, self.form))}), at)
        self._compare(answer)
        return answer

    def _sweep(self, answer: Answer, at: datetime) -> None:
        lapsed = self._lapsed(at)
        assert actions.let_time_pass(case_id=answer.case_id, at=at) == len(lapsed)
        self.state = fold_all(lapsed, self.state)

    def _act(self, at: datetime) -> int:
        command, sent, form = self._command()
        actor = self.holder if command.verb == "rate" else self.actor
        reason = ""
        try:
            answer = actions.perform(
                number=self.number, verb=command.verb, payload=sent, actor=actor, at=at, step=command.step
            )
        except Refused as refused:
            reason = refused.code
        if reason:
            with pytest.raises(Refused, match=reason):
                self._fold(command, at)
            return 0
        self._fold(command, at)
        self.form = form
        self._compare(answer)
        return 1

    def _command(self) -> tuple[Command, Mapping[str, Any], dict[str, Any]]:
        """What the engine is asked, what is sent, and the form afterwards."""
        command = self.walk.next(self.state.stage.value)
        sent = dict(command.payload)
        if command.verb == "deliver":
            sent["receiver"] = "庄晓禾"
        if command.verb == "decline":
            sent["reasons"] = "不属本县"
        for item in sent.get("items", ()):
            item["target"] = item["target"].replace("field:a", "field:has_staff")
        if command.verb not in ("save_draft", "submit", "correct"):
            return replace(command, payload=sent), sent, self.form
        answers: dict[str, Any] = {"has_staff": self.walk.draw.choice(("yes", "no")), "staff_count": 3}
        if command.verb == "correct":
            told = "field:has_staff" in self.state.correction_targets
            answers = {"has_staff": "no"} if told else {}
        form = {**self.form, **answers}
        skipped = list(forms.skipped_steps(self.version, form))
        return replace(command, payload={"skipped": skipped}), {"form": answers}, form

    def _lapsed(self, at: datetime) -> tuple[Happened, ...]:
        limits = rules.limits_of(self.version)
        return lapse(
            self.state, procedure=self.version.procedure, limits=limits, calendar=seed_calendar(), at=at
        )

    def _fold(self, command: Command, at: datetime) -> None:
        """A refused command leaves nothing behind, not even what time brought about."""
        state = fold_all(self._lapsed(at), self.state)
        made = decide(state, command, procedure=self.version.procedure, calendar=seed_calendar(), at=at)
        self.state = fold_all(made, state)

    def _compare(self, answer: Answer) -> None:
        assert (answer.state, answer.seq) == (self.state.stage.value, self.state.seq)
        limits = rules.limits_of(self.version)
        running = clocks(
            self.state, procedure=self.version.procedure, limits=limits, calendar=seed_calendar()
        )
        assert answer.due_at == (running[0].due.instant if running else None)

    def _compare_rows(self, answer: Answer) -> None:
        row = Case.objects.get(pk=answer.case_id)
        facts = journal.facts(answer.case_id)
        assert state_from_json(row.engine) == self.state
        assert journal.stream_faults(facts) == ()
        assert [fact.seq for fact in facts] == list(range(1, self.state.seq + 1))
        assert bytes(row.head_hash) == facts[-1].hash


def lives(county: County, first: int, count: int) -> int:
    """Live so many lives on one database; returns how many acts were taken."""
    draw, taken = Random(first), 0
    versions = [published(draw, number, county.tenant_id) for number in range(ITEMS)]
    actor = replace(staff("chuangkou"), grants=tuple(Grant(role) for role in ROLES))
    for seed in range(first, first + count):
        version = versions[seed % ITEMS]
        note(f"{seed - first} of {count} lives")
        try:
            taken += Twin(_walk(seed, version.procedure), version, actor).live()
        except BaseException as fault:
            fault.add_note(f"seed of this life: {seed}, of its items: {first}")
            raise
    assert list(queries.differences()) == []
    return taken


def _walk(seed: int, graph: Procedure) -> Walk:
    walk = Walk(Random(seed))
    walk.graph = graph
    walk.at = _START + timedelta(seconds=walk.draw.randrange(400 * 86_400))
    return walk


@pytest.mark.slow
def test_the_database_does_what_the_engine_says(county: County) -> None:
    assert lives(county, SEED * 1_000_000, 200) > 500


@pytest.mark.nightly
def test_the_database_does_what_the_engine_says_all_night(county: County) -> None:
    assert lives(county, (SEED + 1) * 1_000_000, 2_000) > 5_000


def test_a_planted_fault_is_noticed(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onedoor.domain.cases.enriching.forms", _ForgetsConditions())
    with pytest.raises(AssertionError):
        lives(county, SEED * 1_000_000, 60)


class _ForgetsConditions:
    """The catalogue's forms, if the action forgot that answers leave steps out."""

    def __getattr__(self, name: str) -> Any:
        return getattr(forms, name)

    def skipped_steps(self, version: ServiceVersion, answers: Mapping[str, Any]) -> tuple[str, ...]:
        return ()
