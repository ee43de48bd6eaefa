"""The only writing of the cases room: filing a case, doing a verb, letting time take effect."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from onedoor.core.calendar import Calendar
from onedoor.core.numbers import normalise_query_code
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal.actions import chain
from onedoor.domain.journal.terms import FactRow, NewFact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Keyring
from onedoor.plumbing.schemas import Checker

from . import agency, bundlerows, bundling, enriching, filing, mending, opening, replays, rules, statements
from .engine.decide import decide
from .engine.evolve import fold_all
from .engine.lapse import lapse
from .engine.lifecycle import LIFECYCLE, Verb
from .engine.procedure import stage_name
from .engine.terms import Command, Happened, Stage, State
from .enriching import Enriched
from .enriching import application as application_of
from .events import STREAM
from .keeping import drop_filter, drop_phrase, keep_filter, keep_phrase
from .migrating import migrate, reason_given
from .statements import DossierRow, Locked
from .terms import Answer, Application, Holder, MemberResult, MemberState, Met, Once

__all__ = [
    "check_payload",
    "drop_filter",
    "drop_phrase",
    "file",
    "holds_code",
    "keep_correction",
    "keep_filter",
    "keep_phrase",
    "let_time_pass",
    "migrate",
    "not_found",
    "perform",
    "reason_given",
    "seen",
]

_CHECKERS = {code: Checker(verb.payload) for code, verb in LIFECYCLE.items()}
#: Who is recorded for what time alone has brought about.
LAW = "law"

Actor = Principal | Holder


def perform(
    *,
    number: str,
    verb: str,
    payload: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    step: str = "",
    expect: int | None = None,
    once: Once | None = None,
    met: Met | None = None,
) -> Answer:
    """Do one verb to one case, in one transaction.

    `expect` is the last seq the caller has seen; a case that has moved on is refused with who did what. With
    `once`, the same request again gives the same answer and no second effect. `met` is the case if it has just been
    read.

    Raises Refused: case_not_found (404), unknown_verb (404), invalid_payload, overtaken (409),
    idempotency_key_reused, the codes of `rules.permit` (403), of `engine.decide` and of the verb's own checks.
    """
    row = check_payload(verb, payload)
    if bundlerows.looks_like(number):
        answer = bundling.perform(number, bundling.Act(row, payload, actor, expect, once), at)
        if answer is not None:
            return _withdrawn(answer, payload, actor, at, once) if verb == "withdraw" else answer
    return _once(
        once,
        actor.key,
        number,
        lambda: _perform(_Act(number, row, Command(verb, payload, step), actor, at, expect, once), met),
    )


def _withdrawn(
    answer: Answer, payload: Mapping[str, Any], actor: Actor, at: datetime, once: Once | None
) -> Answer:
    """Withdraw the open members of a bundle that was taken back, each as an act of its own, with what came of it."""
    results = []
    for member in answer.members:
        if member.state != MemberState.OPEN:
            continue
        again = replace(once, command_id=f"{once.command_id}:{member.number}") if once else None
        try:
            done = perform(
                number=member.number, verb="withdraw", payload=payload, actor=actor, at=at, once=again
            )
            results.append(MemberResult(member.service_name, member.number, done.state_name))
        except Refused as refused:
            why = refused.detail
            results.append(MemberResult(member.service_name, member.number, member.state_name, why))
    return replace(answer, results=tuple(results))


def file(*, application: Application, actor: Principal, at: datetime, once: Once | None = None) -> Answer:
    """Create a case and submit it, or only keep it as a draft; for a package, its bundle and the members' cases.

    Raises Refused: unknown_service (404), service_not_ready, wrong_channel, channel_not_offered,
    invalid_application with one problem a faulty place, idempotency_key_reused, the codes of `rules.permit`.
    """
    if application.package:
        return bundling.file(application=application, actor=actor, at=at, once=once)
    version = opening.service_for(application, actor, at)
    try:
        return _file(application, version, actor, at, once)
    except IntegrityError:
        answer = _filed_before(actor, once) if once else None
        if answer is None:
            raise
        return answer


@transaction.atomic
def _file(
    application: Application, version: ServiceVersion, actor: Principal, at: datetime, once: Once | None
) -> Answer:
    if once is not None and (answer := _filed_before(actor, once)) is not None:
        return answer
    agent = agency.completed(application.agent, actor, at)
    application = replace(application, agent=agent)
    body, problems = opening.check(application, version, actor, at)
    if problems:
        raise Refused("invalid_application", "申请内容有误，请按提示修改后再提交。", errors=problems)
    opened = opening.open_case(application=application, version=version, actor=actor, once=once, at=at)
    lodging = opening.Lodging(
        verb="save_draft" if application.draft else "submit",
        body=body,
        principal=actor.key,
        told=opening.told_of(opened, application.channel),
        once=once,
    )
    return opening.lodge(opened, lodging, at=at, recorded_at=at)


def _filed_before(actor: Principal, once: Once) -> Answer | None:
    """The answer to a filing that has already been done under this key, with the same query code."""
    found = replays.number_of(actor.key, once)
    if found is None:
        return None
    answer = replays.answer_of(found[1], actor.key, once)
    case = statements.read_by_number(found[1])
    if answer is None or case is None:
        return None
    return replace(answer, query_code=application_of(case).get("query_code"))


def check_payload(verb: str, payload: Mapping[str, Any]) -> Verb:
    """The verb's row, if the payload fits its schema. Raises Refused: unknown_verb, invalid_payload."""
    row = rules.verb_named(verb)
    problems = _CHECKERS[verb].problems(payload)
    if problems:
        raise Refused("invalid_payload", f"“{row.name}”的内容有误，请按提示修改。", errors=problems)
    return row


def _once(once: Once | None, principal: str, number: str, act: Callable[[], Answer]) -> Answer:
    """Run an act; if it fails, look whether it is a repetition, and then answer as the first time."""
    if once is None:
        return act()
    try:
        return act()
    except IntegrityError:
        answer = replays.answer_of(number, principal, once)
        if answer is None:
            raise
        return answer
    except Refused:
        answer = replays.answer_of(number, principal, once)
        if answer is None:
            raise
        return answer


@dataclass(frozen=True, slots=True)
class _Act:
    """One verb asked of one case: by whom, when, and after what had been seen."""

    number: str
    verb: Verb
    command: Command
    actor: Actor
    at: datetime
    expect: int | None
    once: Once | None


@dataclass(frozen=True, slots=True)
class _Decided:
    """What an act brings about, before it is written."""

    case: Locked
    rows: list[FactRow]
    dossier: list[DossierRow]
    state: State
    version: ServiceVersion
    calendar: Calendar


def _perform(act: _Act, met: Met | None) -> Answer:
    """Do an act. One that makes a single fact and touches nothing but its case is read and decided without a lock:
    its one statement writes only if the case still is as it was read. Any other, and one that was overtaken
    meanwhile, is done under the row's lock."""
    if act.verb.code not in filing.FILING_VERBS and not connection.in_atomic_block:
        found = met.case if met is not None and met.number == act.number else None
        if not isinstance(found, Locked):
            found = statements.read_by_number(act.number)
        case = seen(found, act.actor, act.at)
        if case.state.stage is not Stage.CORRECTING:
            done = _decided(case, act)
            derived = _derived(done)
            if len(done.rows) == 1 and statements.write_if_unmoved(case, done.rows[0], done.dossier, derived):
                return _answer(done, derived)
    return _perform_locked(act)


@transaction.atomic
def _perform_locked(act: _Act) -> Answer:
    case = seen(statements.lock_by_number(act.number), act.actor, act.at)
    done = _decided(case, act)
    if case.state.stage is Stage.CORRECTING and done.state.stage is not Stage.CORRECTING:
        mending.forget(case.id)
    return _store(done)


def _decided(case: Locked, act: _Act) -> _Decided:
    version = catalog.version(case.version_id)
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    actor, at, once = act.actor, act.at, act.once
    rules.permit(actor, act.verb, case.standing(at), version.procedure, act.command.step)
    if act.expect is not None and act.expect != case.seq:
        raise replays.overtaken(case.id, case.seq, act.expect)
    lapsed, state = _let_lapse(case, version, calendar, at)
    enriched = enriching.enrich(case, version, state, act.verb, act.command, actor, at)
    facts = decide(state, enriched.command, procedure=version.procedure, calendar=calendar, at=at)
    state = fold_all(facts, state)
    noted = {**enriched.noted, **_named(case, enriched, actor, act.verb, at)}
    rows = _lapse_rows(case, lapsed, at)
    last = rows[-1] if rows else None
    rows += chain(
        stream_id=case.id,
        seq=last.seq if last else case.seq,
        prev_hash=last.hash if last else case.head_hash,
        tenant_id=case.tenant_id,
        stream_kind=STREAM,
        principal=actor.key,
        recorded_at=at,
        facts=[NewFact(f.kind, {**f.data, **noted}, f.effective_at) for f in facts],
        command_id=once.command_id if once else None,
        command_hash=once.command_hash if once else None,
    )
    return _Decided(case, rows, enriched.dossier, state, version, calendar)


@transaction.atomic
def keep_correction(*, number: str, given: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Keep what has been mended so far, for whoever may send the correction; `given` is as the payload of `correct`.

    Raises Refused: case_not_found (404), invalid_payload, not_correcting (409), correction_too_long, the codes of
    `rules.permit` (403).
    """
    verb = check_payload("correct", given)
    case = seen(statements.lock_by_number(number), actor, at)
    version = catalog.version(case.version_id)
    rules.permit(actor, verb, case.standing(at), version.procedure)
    if case.state.stage is not Stage.CORRECTING:
        raise Refused("not_correcting", "这个办件现在不用补正，请刷新页面查看进度。", status=409)
    mending.keep(case, version, given, at)


def _named(case: Locked, enriched: Enriched, actor: Actor, verb: Verb, at: datetime) -> dict[str, str]:
    """Let the row show who applies and who acts for them, where the verb says so; what the fact says of it."""
    if enriched.applicant is None:
        return {}
    draft = verb.code == "save_draft"
    subject = opening.name_applicant(case, enriched.applicant, actor, draft=draft, at=at)
    if enriched.agent is None or subject is None or isinstance(actor, Holder):
        return {}
    service = catalog.version(case.version_id).code
    settled = agency.settle(enriched.agent, enriched.applicant, subject, actor, service, at)
    statements.put_under(case, settled.entrustment, settled.owner)
    return {"entrustment": str(settled.entrustment)}


def seen(case: Locked | None, actor: Actor, at: datetime) -> Locked:
    """The case, if it exists for this actor at `at`. Raises Refused: case_not_found (404), entrustment_ended (404)
    to a former agent."""
    if case is not None:
        if isinstance(actor, Holder):
            if holds_code(case, actor.query_code):
                return case
        elif rules.may_see(actor, case.standing(at)):
            return case
        elif (ended := agency.ended(case, actor, at)) is not None:
            raise ended
    raise not_found()


def not_found() -> Refused:
    """The same for a number that does not exist, a case of others, and a wrong query code."""
    return Refused("case_not_found", "没有找到这个办件，请核对办件编号。", status=404)


def holds_code(case: Locked, query_code: str) -> bool:
    """Whether this is the case's query code; compared in constant time."""
    try:
        code = normalise_query_code(query_code)
    except Refused:
        # Not even the shape of a code: told apart from a wrong one, it would tell that the number exists.
        return False
    given = Keyring.current().blind("query-code", case.number + code)
    return hmac.compare_digest(given, case.query_hash)


def _let_lapse(
    case: Locked, version: ServiceVersion, calendar: Calendar, at: datetime
) -> tuple[tuple[Happened, ...], State]:
    limits = rules.limits_of(version)
    lapsed = lapse(case.state, procedure=version.procedure, limits=limits, calendar=calendar, at=at)
    return lapsed, fold_all(lapsed, case.state)


def _lapse_rows(case: Locked, lapsed: tuple[Happened, ...], at: datetime) -> list[FactRow]:
    if not lapsed:
        return []
    return chain(
        stream_id=case.id,
        seq=case.seq,
        prev_hash=case.head_hash,
        tenant_id=case.tenant_id,
        stream_kind=STREAM,
        principal=LAW,
        recorded_at=at,
        facts=[NewFact(f.kind, f.data, f.effective_at) for f in lapsed],
    )


def _store(done: _Decided) -> Answer:
    derived = _derived(done)
    statements.write(done.case, done.rows, done.dossier, derived)
    return _answer(done, derived)


def _derived(done: _Decided) -> rules.Derived:
    return rules.derive(done.state, done.version, done.calendar, done.case.lead_department)


def _answer(done: _Decided, derived: rules.Derived) -> Answer:
    return Answer(
        number=done.case.number,
        state=done.state.stage.value,
        state_name=stage_name(done.state, done.version.procedure),
        seq=done.rows[-1].seq,
        due_at=derived.due_at,
        case_id=done.case.id,
    )


@transaction.atomic
def let_time_pass(*, case_id: UUID, at: datetime) -> int:
    """Write what time alone has brought about in one case; returns the number of facts.

    0 also when somebody acts on the case right now: their act does it. A row computed under a former calendar
    edition is brought up to date.
    """
    case = statements.lock_by_id(case_id)
    if case is None:
        return 0
    version = catalog.version(case.version_id)
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    lapsed, state = _let_lapse(case, version, calendar, at)
    if lapsed:
        _store(_Decided(case, _lapse_rows(case, lapsed, at), [], state, version, calendar))
    else:
        statements.refresh(case, rules.derive(state, version, calendar, case.lead_department))
    return len(lapsed)
