"""The members of a bundle: how one becomes a case, and what its bundle learns of it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people.terms import AgentGiven

from . import agency, bundlerows, bundles, filing, opening, replays, rules
from .bundlerows import BundleRow, Writing
from .bundles import BundleState, Member, Noted
from .engine.evolve import fold_all
from .engine.terms import Happened, Kind
from .events import STREAM, BundleKind
from .filing import Papers
from .models import Bundle, Case
from .plans import Part
from .statements import read_by_number
from .terms import (
    BUNDLE_STAGE_NAMES,
    MEMBER_STATE_NAMES,
    Answer,
    Applicant,
    MemberLine,
    MemberState,
    Once,
)

#: Who is recorded for a member that is opened because what it waited for was granted.
BUNDLE: Final = "bundle"
#: What the dossiers of all members hold alike.
SHARED: Final = ("applicant", "agent", "query_code", "filed_by")
#: What a bundle learns of its members.
LEARNED: Final = frozenset({Kind.DECIDED, Kind.DELIVERED, Kind.DECLINED, Kind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entering:
    """What all members of a bundle have in common when they become cases. `actor` is who files; None for the bundle
    itself, whose members then stand under the entrustment that is there."""

    bundle: BundleRow
    subject: int | None
    owner: int | None
    who: Applicant
    agent: AgentGiven | None = None
    actor: Principal | None = None
    entrustment: UUID | None = None


def enter(
    entering: Entering,
    service: ServiceVersion,
    body: Papers,
    filed: Mapping[str, Any],
    once: Once | None,
    at: datetime,
    recorded_at: datetime | None = None,
) -> tuple[Entering, Answer]:
    """Make a case of a member; returns under which entrustment and account it stands, and the case."""
    bundle, actor = entering.bundle, entering.actor
    owner, entrustment = entering.owner, entering.entrustment
    if entering.agent is not None and actor is not None and entering.subject is not None:
        settled = agency.settle(entering.agent, entering.who, entering.subject, actor, service.code, at)
        owner, entrustment = settled.owner, settled.entrustment
    ground = opening.Ground(
        county=offices.tenant(bundle.tenant_id),
        place=bundle.place_code,
        channel=bundle.channel,
        created_by=bundle.created_by,
        query_code=filed["query_code"],
        subject=entering.subject,
        owner=owner,
        entrustment=entrustment,
        parent=bundle.id,
        once=once,
    )
    written = recorded_at or at
    opened = opening.enter(service, entering.who, ground, filed, written)
    lodging = opening.Lodging(
        verb="submit",
        body=body,
        principal=actor.key if actor else BUNDLE,
        told={**opening.told_of(opened, bundle.channel), "bundle": str(bundle.id)},
    )
    answer = opening.lodge(opened, lodging, at=at, recorded_at=written)
    return replace(entering, owner=owner, entrustment=entrustment), answer


@dataclass(frozen=True, slots=True)
class Entered:
    """The members as they were filed, and on whose account and under which entrustment they stand."""

    members: tuple[Member, ...]
    lines: tuple[MemberLine, ...]
    owner: int | None
    entrustment: UUID | None


def enter_all(
    entering: Entering,
    parts: tuple[Part, ...],
    content: Mapping[str, Any],
    once: Once | None,
    at: datetime,
) -> Entered:
    """Make cases of the members that wait for nothing."""
    filed = {name: content[name] for name in SHARED}
    members: list[Member] = []
    lines: list[MemberLine] = []
    # The key of a new filing stands on one case too, so that no other filing takes it.
    key = once if entering.bundle.dossier_version == 0 else None
    for part in parts:
        service = part.member.service
        member, answer = Member(service.code, service.id, part.member.after), None
        if not member.after:
            settled, answer = enter(entering, service, part.body, filed, key, at)
            first = entering.entrustment or settled.entrustment
            entering, key = replace(entering, owner=settled.owner, entrustment=first), None
            member = replace(member, case=answer.case_id, number=answer.number, state=MemberState.OPEN)
        members.append(member)
        lines.append(first_line(member, service, answer))
    return Entered(tuple(members), tuple(lines), entering.owner, entering.entrustment)


def first_line(member: Member, service: ServiceVersion, answer: Answer | None) -> MemberLine:
    """A member as its filing leaves it."""
    return MemberLine(
        service=service.code,
        service_name=service.name,
        department=service.department_name,
        number=member.number,
        state=member.state.value,
        state_name=MEMBER_STATE_NAMES[member.state],
        stage=answer.state if answer else "",
        after=member.after,
        due_at=answer.due_at if answer else None,
        over=member.over,
        mine=answer is not None,
    )


@transaction.atomic
def learn(fact: Fact, at: datetime) -> None:
    """Let the bundle of a case know what a fact of the case means for it: the member's outcome, members that may be
    opened now or have lost what they waited for, and that all is over. The second time it does nothing."""
    if fact.stream_kind != STREAM or fact.kind not in LEARNED:
        return
    rows = Case.objects.filter(pk=fact.stream_id, tenant_id=fact.tenant_id)
    parent = rows.values_list("parent_id", flat=True).first()
    bundle = bundlerows.lock_by_id(parent) if parent else None
    if bundle is None:
        return
    when = fact.effective_at
    noted = bundles.learned(bundle.state, fact.stream_id, Noted(fact.kind, fact.data, when))
    if not noted:
        return
    state = bundles.fold(noted, bundle.state)
    noted += bundles.dropped(state, when)
    state = bundles.fold(noted, bundle.state)
    noted += tuple(_open(bundle, member, when, at) for member in bundles.ready(state))
    noted += bundles.concluded(bundles.fold(noted, bundle.state), when)
    bundlerows.write(bundle, noted, Writing(BUNDLE, at))


def _open(bundle: BundleRow, member: Member, when: datetime, at: datetime) -> Noted:
    """Make a case of a member that waits for nothing any more. It is received when the last of what it waited for was
    granted, however late that is noticed."""
    content = bundlerows.application(bundle)
    entering = Entering(
        bundle=bundle,
        subject=bundle.subject_id,
        owner=bundle.applicant_user_id,
        who=filing.applicant_from(content["applicant"]),
        entrustment=bundle.entrustment_id,
    )
    body = filing.papers_from(content["parts"][member.service])
    filed = {name: content[name] for name in SHARED}
    _, answer = enter(entering, catalog.version(member.version), body, filed, None, when, at)
    told = {"service": member.service, "case": str(answer.case_id), "number": answer.number}
    return Noted(BundleKind.MEMBER_OPENED, told, when)


def filed_before(actor: Principal, once: Once) -> Answer | None:
    """The answer to a filing for a package that has already been done under this key, with the same query code.

    Raises Refused("idempotency_key_reused") when the key stood for another request.
    """
    row = Bundle.objects.filter(created_by=actor.key, command_id=once.command_id).first()
    if row is None:
        replays.number_of(actor.key, once)
        return None
    if not hmac.compare_digest(bytes(row.command_hash or b""), once.command_hash):
        raise replays.reused()
    answer = answered(row.number, actor.key, once)
    if answer is None:
        return None
    return replace(answer, query_code=bundlerows.application(bundlerows.row_of(row)).get("query_code"))


def answered(number: str, principal: str, once: Once) -> Answer | None:
    """The answer already given to this act on a bundle, rebuilt from the facts; None if it is new.

    Raises Refused("idempotency_key_reused") when the key stood for another request.
    """
    bundle = bundlerows.read(number)
    facts = journal.facts(bundle.id) if bundle else ()
    first = next((fact for fact in facts if fact.command_id == once.command_id), None)
    if bundle is None or first is None:
        return None
    if first.principal != principal or not hmac.compare_digest(first.command_hash or b"", once.command_hash):
        raise replays.reused()
    # What one act noted stands together, and only its first fact bears the command.
    until = [f for f in facts if f.seq <= first.seq or _same_act(f, first)]
    state = bundles.fold(Noted(fact.kind, fact.data, fact.effective_at) for fact in until)
    told = {BundleKind.FILED: _first_lines, BundleKind.WITHDRAWN: lines}.get(BundleKind(first.kind))
    members = told(state) if told else ()
    code = bundlerows.application(bundle).get("query_code") if first.kind == BundleKind.FILED else None
    return answer(bundle, state, members, code)


def answer(
    bundle: BundleRow, state: BundleState, members: tuple[MemberLine, ...], query_code: str | None = None
) -> Answer:
    """What an act on a bundle is answered with; its limit is the first among its `members`."""
    due = [line.due_at for line in members if line.due_at is not None]
    return Answer(
        number=bundle.number,
        state=state.stage.value,
        state_name=BUNDLE_STAGE_NAMES[state.stage],
        seq=state.seq,
        due_at=min(due, default=None),
        case_id=bundle.id,
        query_code=query_code,
        members=members,
    )


def lines(state: BundleState) -> tuple[MemberLine, ...]:
    """The members as far as their bundle knows of them."""
    return tuple(first_line(member, catalog.version(member.version), None) for member in state.members)


def _same_act(fact: Fact, first: Fact) -> bool:
    return (fact.principal, fact.recorded_at) == (first.principal, first.recorded_at)


def _first_lines(state: BundleState) -> tuple[MemberLine, ...]:
    """The members as they were just after filing."""
    return tuple(
        first_line(
            member, catalog.version(member.version), _first_answer(member.number) if member.number else None
        )
        for member in state.members
    )


def _first_answer(number: str) -> Answer | None:
    """A case as its first fact left it."""
    case = read_by_number(number)
    if case is None:
        return None
    first = journal.facts(case.id)[0]
    state = fold_all([Happened(first.kind, first.data, first.effective_at)])
    version = catalog.version(case.version_id)
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    derived = rules.derive(state, version, calendar, case.lead_department)
    return Answer(number, state.stage.value, "", 1, derived.due_at, case.id)
