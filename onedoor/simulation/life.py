"""One case from the wish to the rating, told as a story that stops wherever people take their time.

A story yields the instant at which it goes on. Whatever the dice decide, every act is one that the person in
question may do then; a refusal is a fault of the simulation or of the product, and is never swallowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any
from uuid import UUID

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions as cases
from onedoor.domain.cases import queries
from onedoor.domain.cases.terms import Answer, Applicant, Application, Holder, MaterialGiven
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import ServiceVersion, Step, StepKind
from onedoor.domain.offices.terms import Principal

from . import delays, habits, hours, people
from .answers import Lively, fill_in, hand_in
from .world import World


class Refusal(RuntimeError):
    """An act of the simulation was refused."""


class _TakenOver(Exception):
    """Somebody outside the simulation has acted on the case: it is theirs from now on."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody comes: when, and whether online or to a counter."""

    at: datetime
    online: bool


@dataclass(slots=True, eq=False)
class Life:
    """A case and those who have to do with it. `at` is the instant at which the story goes on; who examines a `doomed`
    one objects."""

    world: World
    visit: Visit
    rng: Random
    at: datetime = field(init=False)
    version: ServiceVersion = field(init=False)
    who: Applicant = field(init=False)
    applicant: Principal | None = None
    counter: Principal = field(init=False)
    form: dict[str, Any] = field(default_factory=dict)
    materials: tuple[MaterialGiven, ...] = ()
    missing: tuple[str, ...] = ()
    number: str = ""
    case_id: UUID | None = None
    query_code: str = ""
    stage: str = ""
    seq: int = 0
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    objected: bool = False
    extended: bool = False
    late: bool = False
    doomed: bool = False

    def __post_init__(self) -> None:
        self.at = self.visit.at

    def story(self) -> Iterator[datetime]:
        """Everything that happens, in order."""
        try:
            yield from self._told()
        except _TakenOver:
            self.world.tally.left += 1

    def let_time_pass(self, at: datetime) -> None:
        """Write what time alone has brought about, as the evening sweep does."""
        if self.case_id is None:
            return
        lapsed = cases.let_time_pass(case_id=self.case_id, at=at)
        self.seq += lapsed
        if lapsed and self.stage == "submitted":
            # The first of these facts is the acceptance that the law gives to who is not answered.
            self.stage, lapsed = "accepted", lapsed - 1
            self.world.tally.deemed += 1
        self._note_lapsed(lapsed)

    def _told(self) -> Iterator[datetime]:
        version = self.world.wanted(self.rng, self.at)
        if version is None:
            return
        self.version = version
        self._prepare()
        yield from self._apply()
        yield from self._be_handled()

    def _be_handled(self) -> Iterator[datetime]:
        """Everything from the receipt on."""
        if self.stage == "submitted":
            yield from self._be_received()
        if self.stage == "accepted":
            yield from self._be_examined()
        if self.stage in ("approved", "refused"):
            yield from self._be_handed_over()
        if self.stage in ("delivered", "declined"):
            yield from self._rate()

    # Applying

    def _prepare(self) -> None:
        """Who comes, with which answers and materials."""
        rng = self.rng
        kinds = sorted(self.version.audience)
        if rng.choice(kinds) == "person":
            self.who = people.citizen(rng.randrange(people.CITIZENS))
        else:
            self.who = people.organization(rng.randrange(people.ORGANIZATIONS))
        day = civil_date(self.at)
        self.form = fill_in(self.version, Lively(rng, self.who, self.world.places, day))
        self.materials = hand_in(self.version, self.form)
        if self._online():
            self.applicant = self.world.account_of(self.who, self.at)
        staff = self.world.staff
        serving = staff.clerk if self.applicant else staff.receiving
        self.counter = serving(self.version, rng)

    def _online(self) -> bool:
        return self.visit.online and not {"web", "mobile"}.isdisjoint(self.version.channels)

    def _apply(self) -> Iterator[datetime]:
        """Hand the application in; some online write a draft first, and some of them leave it at that."""
        rng, tally = self.rng, self.world.tally
        if self.applicant is None:
            if self.visit.online or not self.world.calendar.is_working(civil_date(self.at)):
                # The item is not offered online: they come to the hall when it is open.
                yield hours.at_work(self.at, rng.uniform(20, 400), self.world.calendar)
            self._forget_something()
            self._file(self.counter, "window", draft=False)
        else:
            tally.online += 1
            drafting = rng.random() < habits.DRAFT_SHARE
            self._file(self.applicant, self._channel(), draft=drafting)
            if drafting:
                tally.drafts += 1
                if rng.random() >= habits.DRAFT_FINISHED:
                    return
                yield hours.at_leisure(self.at, rng.uniform(0, 3), rng)
                self.do("submit", self.applicant)
                tally.drafts -= 1
        tally.filed += 1

    def _channel(self) -> str:
        offered = [channel for channel in ("mobile", "web") if channel in self.version.channels]
        return offered[0] if self.rng.random() < habits.MOBILE_SHARE else offered[-1]

    def _forget_something(self) -> None:
        """At the counter an incomplete application is received; what is missing is told then."""
        own = [material.code for material in self.materials if material.provided == "original"]
        if own and self.rng.random() < habits.MISSING_SHARE:
            self.missing = tuple(self.rng.sample(own, self.rng.randint(1, min(2, len(own)))))

    def _file(self, actor: Principal, channel: str, *, draft: bool) -> None:
        given = tuple(material for material in self.materials if material.code not in self.missing)
        application = Application(self.version.code, self.who, channel, self.form, given, draft)
        try:
            answer = cases.file(application=application, actor=actor, at=self.at)
        except Refused as refused:
            raise Refusal(self._about("file", refused)) from refused
        self.number, self.case_id = answer.number, answer.case_id
        self.query_code = answer.query_code or ""
        self._take(answer)

    # The counter

    def _be_received(self) -> Iterator[datetime]:
        rng, calendar = self.rng, self.world.calendar
        if self.applicant is not None and rng.random() < habits.FORGOTTEN_SHARE:
            yield from self._be_forgotten()
            return
        taken = rng.uniform(2, 20) if self.applicant is None else habits.minutes_until_opened(rng)
        yield hours.at_work(self.at, taken, calendar)
        if self.missing or (self.applicant is not None and rng.random() < habits.MISSING_SHARE / 2):
            yield from self._be_corrected()
            if self.stage != "submitted":
                return
        if rng.random() < habits.DECLINED_SHARE:
            self.do("decline", self.counter, reasons=rng.choice(habits.DECLINE_REASONS))
            self.world.tally.declined += 1
            return
        self.do("accept", self.counter)
        self.world.tally.accepted += 1
        self.accepted_at = self.at

    def _be_forgotten(self) -> Iterator[datetime]:
        """Nobody looks at it for five working days: accepted by law, counted from the receipt."""
        assert self.due_at is not None
        self.accepted_at = self.at
        yield self.due_at + timedelta(minutes=habits.LATE_MINUTES)
        self.let_time_pass(self.at)

    def _be_corrected(self) -> Iterator[datetime]:
        """Be told once and completely what is wrong, and mend it, give up, or never come back."""
        rng, tally = self.rng, self.world.tally
        faulty = self.missing or self._unclear()
        if not faulty:
            return
        told = "没有提交这份材料" if self.missing else rng.choice(habits.UNCLEAR)
        items = [
            {"target": f"material:{code}", "reason": told, "mend": "请带上原件补交，窗口核对后退还"}
            for code in faulty
        ]
        self.do("notify_correction", self.counter, items=items)
        after, days = rng.random(), rng.uniform(0.7, 6)
        if after >= habits.CORRECTED_SHARE + habits.GIVEN_UP_SHARE:
            return
        yield self._returns(days)
        if after >= habits.CORRECTED_SHARE:
            self._withdraw()
            return
        mended = [{"code": code, "provided": "original"} for code in faulty]
        self.do("correct", self.applicant or self.counter, materials=mended)
        tally.corrected += 1
        yield hours.at_work(self.at, rng.uniform(3, 240), self.world.calendar)

    def _unclear(self) -> tuple[str, ...]:
        own = [material.code for material in self.materials if material.provided == "original"]
        return (self.rng.choice(own),) if own else ()

    def _returns(self, days: float) -> datetime:
        """When the applicant comes again: to the counter in opening hours, online at leisure."""
        if self.applicant is not None:
            return hours.at_leisure(self.at, days, self.rng)
        return hours.at_work(self.at + timedelta(days=days), self.rng.uniform(1, 90), self.world.calendar)

    def _withdraw(self) -> None:
        actor = self.applicant or self.counter
        self.do("withdraw", actor, reason=self.rng.choice(habits.WITHDRAWALS))
        self.world.tally.withdrawn += 1

    # The departments

    def _be_examined(self) -> Iterator[datetime]:
        """Every open step is somebody's; each is done in its own time, the decision last. Some cases stand still for a
        special procedure first, and some that are late get more time from a head."""
        yield from delays.special_procedure(self)
        agenda: list[tuple[datetime, str]] = []
        known: dict[str, Step] = {}
        changes_mind = self.rng.random() < habits.WITHDRAWN_SHARE
        while self.stage == "accepted":
            for step in queries.open_steps(self.number, actor=self.counter, at=self.at):
                if step.code not in known:
                    known[step.code] = step
                    heappush(agenda, (self._done_by(step), step.code))
            if not agenda:
                # Somebody else has moved the case on.
                raise _TakenOver
            at, code = heappop(agenda)
            yield from delays.extension(self, at)
            yield max(at, self.at)
            if changes_mind:
                self._withdraw()
                return
            self._do_step(known[code])

    def _done_by(self, step: Step) -> datetime:
        slow = step.department in self.world.slow
        minutes = habits.minutes_at(step, self.version, slow, self.rng)
        return hours.at_work(self.at, minutes, self.world.calendar)

    def _do_step(self, step: Step) -> None:
        rng, actor = self.rng, self.world.staff.at(step, self.rng)
        if step.kind is StepKind.DECISION:
            self._decide(step, actor)
        elif self.doomed or rng.random() < habits.OBJECTION_SHARE:
            self.objected = True
            opinion = rng.choice(habits.OBJECTIONS)
            self.do("review", actor, step=step.code, outcome="object", opinion=opinion)
        else:
            opinion = rng.choice(habits.OPINIONS)
            self.do("review", actor, step=step.code, outcome="pass", opinion=opinion)

    def _decide(self, step: Step, actor: Principal) -> None:
        tally = self.world.tally
        if self.objected or self.doomed:
            reasons = "审查意见认为不符合规定条件，依法作出不予决定。"
            self.do("decide", actor, step=step.code, outcome="refuse", reasons=reasons)
            tally.refused += 1
        else:
            self.do("decide", actor, step=step.code, outcome="approve", opinion="同意")
        tally.decided += 1
        assert self.accepted_at is not None
        since, until = civil_date(self.accepted_at), civil_date(self.at)
        tally.working_days += self.world.calendar.working_days_between(since, until)

    # The result

    def _be_handed_over(self) -> Iterator[datetime]:
        rng, calendar = self.rng, self.world.calendar
        making = self._making()
        if making is not None:
            yield hours.at_work(self.at, rng.uniform(20, 500), calendar)
            self.do("issue", self.world.staff.at(making, rng), step=making.code)
        if rng.random() < habits.NEVER_FETCHED:
            return
        patience = habits.REFUSAL_WAITS if self.stage == "refused" else 1
        yield hours.at_work(self.at, rng.lognormvariate(5.2, 1.0) * patience, calendar)
        self.do("deliver", self.world.staff.issuer(self.version, rng), **self._delivery())
        self.world.tally.delivered += 1

    def _making(self) -> Step | None:
        if self.stage == "refused":
            return None
        skipped = forms.skipped_steps(self.version, self.form)
        steps = self.version.procedure.steps
        return next((s for s in steps if s.kind is StepKind.MAKING and s.code not in skipped), None)

    def _delivery(self) -> dict[str, str]:
        (method,) = self.rng.choices(list(habits.METHODS), list(habits.METHODS.values()))
        delivery = {"method": method, "receiver": people.owner_of(self.who)}
        if method == "courier":
            delivery["courier_number"] = f"MQ000{self.rng.randrange(10**8):08d}"
        return delivery

    def _rate(self) -> Iterator[datetime]:
        rng = self.rng
        if rng.random() >= habits.RATING_SHARE:
            return
        yield hours.at_leisure(self.at, rng.uniform(0, 3), rng)
        level = habits.level(self.late or self.stage == "declined", rng)
        text = rng.choice(habits.COMPLAINTS) if level <= 2 else ""
        self.do("rate", self.applicant or Holder(self.query_code), level=level, text=text)
        self.world.tally.levels[level] += 1

    # Acting

    def do(self, verb: str, actor: Principal | Holder, *, step: str = "", **payload: Any) -> None:
        """One act, by somebody who has seen what happened last."""
        try:
            answer = cases.perform(
                number=self.number,
                verb=verb,
                payload=payload,
                actor=actor,
                at=self.at,
                step=step,
                expect=self.seq,
            )
        except Refused as refused:
            if refused.code == "overtaken":
                raise _TakenOver from refused
            raise Refusal(self._about(verb, refused)) from refused
        self._note_lapsed(answer.seq - self.seq - 1)
        self._take(answer)

    def _take(self, answer: Answer) -> None:
        self.stage, self.seq, self.due_at = answer.state, answer.seq, answer.due_at
        self.world.tally.acts += 1

    def _note_lapsed(self, facts: int) -> None:
        """Facts of time alone tell of limits that ran out."""
        if facts and not self.late:
            self.late = True
            self.world.tally.overdue += 1

    def _about(self, verb: str, refused: Refused) -> str:
        faults = "；".join(f"{problem.pointer} {problem.code}" for problem in refused.errors)
        return (
            f"{self.version.code} {self.number} {verb} {self.at.isoformat()}: "
            f"{refused.code} {refused.detail} {faults}"
        )
