"""A package 一件事 from the wish to its last member: filed as one, then every member is a case that lives by itself.

The members share nothing but who applies: each is received, examined and handed over by its own department, some are
to be corrected, one may be refused while the others are granted. What waits for another begins when that is granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions as cases
from onedoor.domain.cases import counter, queries
from onedoor.domain.cases.terms import Answer, Applicant, Application, MaterialGiven, MemberLine
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.packages import portions
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal

from . import habits, hours, people
from .answers import Lively, fill_in, hand_in
from .life import Life, Refusal, Visit
from .world import World

#: Somebody whose answers lead to nothing that can be filed together answers otherwise, so often.
_TRIES = 3
#: A question may bring up another, so often.
_ROUNDS = 4
#: Stages of a case of which its package learns.
_NEWS = frozenset({"approved", "refused", "declined", "withdrawn", "delivered"})


@dataclass(slots=True, eq=False)
class Member(Life):
    """A member of a package, from the receipt on. `heard` is how many of its facts the package knows."""

    heard: int = 0

    def _told(self) -> Iterator[datetime]:
        yield from self._be_handled()

    def let_time_pass(self, at: datetime) -> None:
        """Write what time alone has brought about, as the evening sweep does."""
        if self.case_id is None:
            self.case_id = queries.facts(self.number, actor=self.counter, at=at)[0].stream_id
        Life.let_time_pass(self, at)


@dataclass(slots=True, eq=False)
class Together:
    """A package and those who have to do with it. `at` is the instant at which the story goes on, `doomed` the item
    that will be refused, "" for none."""

    world: World
    visit: Visit
    rng: Random
    at: datetime = field(init=False)
    plan: Plan = field(init=False)
    version: ServiceVersion = field(init=False)
    who: Applicant = field(init=False)
    applicant: Principal | None = None
    clerk: Principal = field(init=False)
    form: dict[str, Any] = field(default_factory=dict)
    materials: tuple[MaterialGiven, ...] = ()
    given: tuple[MaterialGiven, ...] = ()
    number: str = ""
    query_code: str = ""
    doomed: str = ""
    lives: list[tuple[datetime, int, Member, Iterator[datetime]]] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    places: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.at = self.visit.at

    def story(self) -> Iterator[datetime]:
        """Everything that happens, in order."""
        if not self._prepare():
            return
        yield from self._apply()
        while self.lives:
            at, place, life, story = heappop(self.lives)
            self._keep(at, place, life, story)
            yield max(at, self.at)
            heappop(self.lives)
            life.at = self.at
            upcoming = next(story, None)
            if upcoming is not None:
                self._keep(max(upcoming, self.at), place, life, story)
            self._learn(life)

    def let_time_pass(self, at: datetime) -> None:
        """Write what time alone has brought about in the members."""
        for _, _, life, _ in sorted(self.lives, key=lambda entry: entry[1]):
            life.let_time_pass(at)

    def _keep(self, at: datetime, place: int, life: Member, story: Iterator[datetime]) -> None:
        heappush(self.lives, (at, place, life, story))

    # Applying

    def _prepare(self) -> bool:
        """Who comes for which package, with which answers and materials; False if nothing comes of it."""
        rng, day = self.rng, civil_date(self.at)
        for _ in range(_TRIES):
            plan = self._wanted(rng.choice(self.world.packages))
            version = counter.merged_form(plan) if plan else None
            if plan and version and version.audience:
                break
        else:
            return False
        self.plan, self.version = plan, version
        if rng.choice(sorted(version.audience)) == "person":
            self.who = people.citizen(rng.randrange(people.CITIZENS))
        else:
            self.who = people.organization(rng.randrange(people.ORGANIZATIONS))
        known, lively = counter.known_answers(plan), Lively(rng, self.who, self.world.places, day)
        self.form = fill_in(
            version, lambda asked: known[asked.code] if asked.code in known else lively(asked)
        )
        self.materials = self.given = hand_in(version, self.form)
        self.clerk = rng.choice(self.world.staff.for_all([member.service for member in plan.members]))
        if self.visit.online and not {"web", "mobile"}.isdisjoint(version.channels):
            self.applicant = self.world.account_of(self.who, self.at)
        return True

    def _wanted(self, code: str) -> Plan | None:
        """The plan of a package that somebody's answers make; None if there is nothing to file together."""
        try:
            package = packages.package(self.world.plan.tenant_id, code, self.at)
        except Refused:
            return None
        nobody = people.citizen(0)
        lively = Lively(self.rng, nobody, self.world.places, civil_date(self.at))
        answers: dict[str, Any] = {}
        for _ in range(_ROUNDS):
            plan = packages.plan_of(package, answers, self.at)
            if not plan.missing:
                return plan if plan.can_be_filed and len(plan.members) > 1 else None
            answers |= {asked.code: lively(asked) for asked in plan.missing}
        return None

    def _apply(self) -> Iterator[datetime]:
        """Hand it in: at the counter something may be missing, online some write a draft first."""
        rng, tally = self.rng, self.world.tally
        if self.applicant is None:
            if self.visit.online or not self.world.calendar.is_working(civil_date(self.at)):
                yield hours.at_work(self.at, rng.uniform(20, 400), self.world.calendar)
            self._forget_something()
            self._enter(self._file(self.clerk, "window", draft=False))
            return
        offered = [channel for channel in ("mobile", "web") if channel in self.version.channels]
        channel = offered[0] if rng.random() < habits.MOBILE_SHARE else offered[-1]
        drafting = rng.random() < habits.DRAFT_SHARE
        answer = self._file(self.applicant, channel, draft=drafting)
        if drafting:
            if rng.random() >= habits.DRAFT_FINISHED:
                return
            yield hours.at_leisure(self.at, rng.uniform(0, 3), rng)
            answer = self._submit(self.applicant, answer.seq)
        tally.online += sum(bool(line.number) for line in answer.members)
        self._enter(answer)

    def _forget_something(self) -> None:
        """At the counter an incomplete application is received; every department tells what it misses."""
        own = [material.code for material in self.materials if material.provided == "original"]
        if own and self.rng.random() < habits.MISSING_SHARE:
            left = set(self.rng.sample(own, self.rng.randint(1, min(2, len(own)))))
            self.given = tuple(material for material in self.materials if material.code not in left)

    def _file(self, actor: Principal, channel: str, *, draft: bool) -> Answer:
        application = Application(
            service="",
            applicant=self.who,
            channel=channel,
            form=self.form,
            materials=self.given,
            draft=draft,
            package=self.plan.code,
            answers=self.plan.answers,
        )
        try:
            answer = cases.file(application=application, actor=actor, at=self.at)
        except Refused as refused:
            raise Refusal(self._about("file", refused)) from refused
        self.world.tally.acts += 1
        self.number, self.query_code = answer.number, answer.query_code or ""
        return answer

    def _submit(self, actor: Principal, seen: int) -> Answer:
        try:
            answer = cases.perform(
                number=self.number, verb="submit", payload={}, actor=actor, at=self.at, expect=seen
            )
        except Refused as refused:
            raise Refusal(self._about("submit", refused)) from refused
        self.world.tally.acts += 1
        self.query_code = answer.query_code or self.query_code
        return answer

    # The members

    def _enter(self, answer: Answer) -> None:
        """Let the members begin that wait for nothing."""
        tally = self.world.tally
        tally.together += 1
        if tally.together % habits.PARTLY_REFUSED_ONE_IN == 0:
            awaited = {code for line in answer.members for code in line.after}
            last = [line for line in answer.members if line.service not in awaited]
            self.doomed = max(last, key=lambda line: bool(line.number)).service
        self._begin(answer.members)

    def _begin(self, lines: tuple[MemberLine, ...]) -> None:
        """Let members begin that have a case now."""
        for line in lines:
            if line.number and line.service not in self.begun:
                self.begun.add(line.service)
                life = self._member(line)
                self._keep(self.at, next(self.places), life, life.story())
                self.world.tally.filed += 1

    def _member(self, line: MemberLine) -> Member:
        service = next(each.service for each in self.plan.members if each.service.code == line.service)
        rng = Random(self.rng.getrandbits(64))
        life = Member(self.world, Visit(self.at, self.visit.online), rng)
        life.version, life.who, life.applicant = service, self.who, self.applicant
        life.counter, life.doomed = self.clerk, service.code == self.doomed
        life.form = dict(forms.clean_answers(service, portions.portion(self.plan, service.code, self.form)))
        life.materials = self._own(service, self.materials)
        there = {material.code for material in self._own(service, self.given)}
        life.missing = tuple(each.code for each in life.materials if each.code not in there)
        life.number, life.query_code = line.number, self.query_code
        life.stage, life.seq, life.due_at = line.stage, 1, line.due_at
        return life

    def _own(self, service: ServiceVersion, given: tuple[MaterialGiven, ...]) -> tuple[MaterialGiven, ...]:
        """What a member gets of the materials that were handed in."""
        listed = [{**asdict(material), "uploads": []} for material in given]
        own = portions.portion_materials(self.plan, service.code, listed, self.form)
        return tuple(MaterialGiven(each["code"], each["provided"]) for each in own)

    def _learn(self, life: Member) -> None:
        """Let the package know what has become of a member, and let those begin that waited for it."""
        following = self.world.following
        if following is None or life.stage not in _NEWS:
            return
        facts = queries.facts(life.number, actor=life.counter, at=self.at)
        news, life.heard = facts[life.heard :], len(facts)
        for fact in news:
            following(fact, at=self.at)
        awaited = {code for member in self.plan.members for code in member.after}
        if news and life.stage == "approved" and life.version.code in awaited:
            around = queries.bundle_around(facts[0].stream_id, life.counter, self.at)
            self._begin(around.members if around else ())

    def _about(self, verb: str, refused: Refused) -> str:
        faults = "；".join(f"{problem.pointer} {problem.code}" for problem in refused.errors)
        return f"{self.plan.code} {verb} {self.at.isoformat()}: {refused.code} {refused.detail} {faults}"
