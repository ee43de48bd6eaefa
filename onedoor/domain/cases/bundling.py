"""What is done to a bundle: filed, written on as a draft, handed in, taken back. Its members are cases of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from onedoor.core.identifiers import mask_numbers, uuid7
from onedoor.core.numbers import new_query_code
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.catalog.terms import Procedure
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role
from onedoor.plumbing.crypto import Keyring, new_data_key

from . import agency, bundlerows, bundles, filing, membership, opening, plans, rules
from .bundlerows import BundleRow, Writing
from .bundles import BundleState, Noted
from .engine.lapse import DRAFT_LIFE
from .engine.lifecycle import Verb
from .events import BundleKind
from .filing import Papers
from .models import Bundle
from .terms import (
    BUNDLE_STAGE_NAMES,
    Answer,
    Applicant,
    Application,
    BundleStage,
    Holder,
    MemberState,
    Once,
)

_COUNTER: Final = (Role.CLERK, Role.TOWN)
#: Who is recorded for what time alone has brought about.
LAW: Final = "law"
#: What may be done to a bundle as a whole; everything else is done to its members.
VERBS: Final = frozenset({"save_draft", "submit", "withdraw"})
#: A bundle has no steps of its own.
NOTHING: Final = Procedure(())


@dataclass(frozen=True, slots=True)
class Judged:
    """An application for a package, checked against its plan."""

    application: Application
    plan: Plan
    body: Papers
    parts: tuple[plans.Part, ...]
    problems: tuple[Problem, ...]


def file(*, application: Application, actor: Principal, at: datetime, once: Once | None = None) -> Answer:
    """File for a package: its members that wait for nothing become cases, all of them or none; or only keep a draft.

    Raises Refused: unknown_package (404), answers_missing, package_not_ready, wrong_channel, channel_not_offered,
    invalid_application with one problem a faulty place of the merged form, idempotency_key_reused, the codes of
    `rules.permit`.
    """
    try:
        return _file(application, actor, at, once)
    except IntegrityError:
        answer = membership.filed_before(actor, once) if once else None
        if answer is None:
            raise
        return answer


@transaction.atomic
def _file(application: Application, actor: Principal, at: datetime, once: Once | None) -> Answer:
    if once is not None and (answer := membership.filed_before(actor, once)) is not None:
        return answer
    judged = judge(application, actor, at)
    _refuse_faults(judged)
    code = new_query_code()
    content = _content(judged, opening.filed_as(judged.application, actor, code))
    bundle = _opened(judged, actor, code, at, once)
    if application.draft:
        state = _keep(bundle, judged, content, Writing(actor.key, at, once), at)
        return membership.answer(bundle, state, (), code if state.seq == 1 else None)
    return _hand_in(bundle, judged, content, actor, Writing(actor.key, at, once), at)


def judge(
    application: Application, actor: Principal, at: datetime, owners: frozenset[str] = frozenset()
) -> Judged:
    """The application checked against the plan its answers make; a draft is only held to what it names."""
    plan = plans.plan_for(actor.tenant_id, application.package, application.answers, at)
    for member in plan.members:
        opening.permit_filing(member.service, application.channel, actor)
    agent = agency.completed(application.agent, actor, at)
    application = replace(application, agent=agent)
    found = plans.checked(
        plan,
        Papers(application.form, application.materials),
        agent,
        at_counter=actor.has(*_COUNTER),
        owners=owners | {actor.key},
    )
    body, parts = found.body, found.parts
    problems = (
        *filing.applicant_problems(application.applicant, plans.merged(plan)),
        *found.problems,
    )
    if application.draft:
        problems = tuple(p for p in problems if p.code.startswith("unknown"))
        return Judged(application, plan, body, parts, problems)
    faults = dict.fromkeys(
        fault
        for member in plan.members
        for fault in agency.agent_problems(agent, application.applicant, actor, member.service.code, at)
    )
    return Judged(application, plan, body, parts, (*faults, *problems))


def _refuse_faults(judged: Judged) -> None:
    if judged.problems:
        raise Refused("invalid_application", "申请内容有误，请按提示修改后再提交。", errors=judged.problems)


def _content(judged: Judged, filed: Mapping[str, Any]) -> dict[str, Any]:
    """What is sealed with the bundle. The parts of members that wait are kept as they were when it was handed in."""
    waiting = [part for part in judged.parts if part.member.after and not judged.application.draft]
    return {
        **filed,
        "answers": dict(judged.plan.answers),
        "originals": _originals(judged),
        **_papers(judged.body),
        "parts": {part.member.service.code: _papers(part.body) for part in waiting},
    }


def _originals(judged: Judged) -> list[str]:
    """The names of what is still to be brought to the counter."""
    brought = {material.code for material in judged.body.materials if material.provided == "original"}
    return [each.material.name for each in judged.plan.materials if each.material.code in brought]


def _papers(body: Papers) -> dict[str, Any]:
    return {"form": dict(body.form), "materials": filing.materials_to_json(body.materials)}


def _opened(judged: Judged, actor: Principal, query_code: str, at: datetime, once: Once | None) -> BundleRow:
    """The row of a new bundle, still without facts."""
    package, who = judged.plan.package, judged.application.applicant
    county = offices.tenant(actor.tenant_id)
    number = opening.new_number(county, bundlerows.PREFIX, at)
    keyring = Keyring.current()
    departments = [
        package.lead,
        *(code for m in judged.plan.members for code in rules.departments_of(m.service)),
    ]
    made = Bundle.objects.create(
        id=uuid7(at),
        tenant_id=actor.tenant_id,
        number=number,
        query_hash=keyring.blind("query-code", number + query_code),
        package_code=package.code,
        package_name=package.name,
        stage=BundleStage.DRAFT.value,
        head_hash=bytes(32),
        lead_department=package.lead,
        departments=list(dict.fromkeys(departments)),
        place_code=opening.place_of(actor, county),
        channel=judged.application.channel,
        **_named(who),
        applicant_user_id=None if actor.has(*_COUNTER) else actor.user_id,
        created_by=actor.key,
        command_id=once.command_id if once else None,
        command_hash=once.command_hash if once else None,
        wrapped_key=keyring.wrap(new_data_key()),
        created_at=at,
        saved_at=at,
    )
    return bundlerows.row_of(made)


def _keep(
    bundle: BundleRow, judged: Judged, content: Mapping[str, Any], by: Writing, at: datetime
) -> BundleState:
    """Keep a draft as it is now."""
    who, package = judged.application.applicant, judged.plan.package
    saved = Noted(BundleKind.DRAFT_SAVED, {"package": package.code, "version": package.number}, at)
    return bundlerows.write(bundle, [saved], by, content=content, **_named(who))


def _hand_in(
    bundle: BundleRow,
    judged: Judged,
    content: Mapping[str, Any],
    actor: Principal,
    by: Writing,
    at: datetime,
) -> Answer:
    """Open the members that wait for nothing, and say in one fact what was filed."""
    application, package = judged.application, judged.plan.package
    who = application.applicant
    entering = membership.Entering(
        bundle=bundle,
        subject=opening.recognised(bundle.tenant_id, who, at),
        owner=opening.account_of(application, actor, at),
        who=who,
        agent=application.agent,
        actor=actor,
    )
    entered = membership.enter_all(entering, judged.parts, content, by.once, at)
    data: dict[str, Any] = {
        "package": package.code,
        "version": package.number,
        "channel": application.channel,
        "members": [bundles.member_to_json(member) for member in entered.members],
    }
    if entered.entrustment:
        data["entrustment"] = str(entered.entrustment)
    state = bundlerows.write(
        bundle,
        [Noted(BundleKind.FILED, data, at)],
        by,
        content=content,
        subject_id=entering.subject,
        applicant_user_id=entered.owner,
        **_named(who),
    )
    return membership.answer(bundle, state, entered.lines, content["query_code"])


def _named(who: Applicant) -> dict[str, str]:
    """How the row shows who applies."""
    name = mask_numbers(who.name.strip())[: filing.NAME_LENGTH]
    return {"applicant_kind": who.kind, "applicant_name": name}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is asked of a bundle."""

    verb: Verb
    payload: Mapping[str, Any]
    actor: Principal | Holder
    expect: int | None
    once: Once | None


def perform(number: str, act: Act, at: datetime) -> Answer | None:
    """Do a verb to a bundle, in one transaction; None if there is no bundle of this number.

    Taking it back drops the members that still wait; the open ones are withdrawn one by one by who calls, as acts of
    their own. Raises Refused: case_not_found (404), verb_of_members (409), overtaken (409), idempotency_key_reused,
    and what filing raises.
    """
    try:
        return _perform(number, act, at)
    except (IntegrityError, Refused) as fault:
        answer = membership.answered(number, act.actor.key, act.once) if act.once else None
        if answer is None:
            raise fault
        return answer


@transaction.atomic
def _perform(number: str, act: Act, at: datetime) -> Answer | None:
    locked = bundlerows.lock(number)
    if locked is None:
        return None
    bundle = bundlerows.seen(locked, act.actor, at)
    if act.verb.code not in VERBS:
        raise Refused(
            "verb_of_members",
            f"一件事不能整体“{act.verb.name}”，请到其中的各个事项分别办理。",
            status=409,
        )
    rules.permit(act.actor, act.verb, bundle.standing(at), NOTHING)
    if act.expect is not None and act.expect != bundle.state.seq:
        raise Refused("overtaken", "这件一件事刚有新的进展，请刷新页面后再办理。", status=409)
    if act.verb.code == "withdraw":
        return _withdraw(bundle, act, at)
    if bundle.state.stage is not BundleStage.DRAFT:
        name = BUNDLE_STAGE_NAMES[bundle.state.stage]
        detail = f"这件一件事现在是“{name}”，不能“{act.verb.name}”，请到办件页面查看进度。"
        raise Refused("not_a_draft", detail, status=409)
    assert isinstance(act.actor, Principal)
    return _go_on(bundle, act, act.actor, at)


def _go_on(bundle: BundleRow, act: Act, actor: Principal, at: datetime) -> Answer:
    """Keep more of a draft, or hand it in."""
    former = bundlerows.application(bundle)
    application = _again(bundle, former, act.payload, draft=act.verb.code == "save_draft")
    judged = judge(application, actor, at, _owners(bundle, former))
    _refuse_faults(judged)
    filed = {
        **opening.filed_as(judged.application, actor, former["query_code"]),
        "filed_by": former["filed_by"],
    }
    content = _content(judged, filed)
    by = Writing(actor.key, at, act.once)
    if application.draft:
        return membership.answer(bundle, _keep(bundle, judged, content, by, at), ())
    return _hand_in(bundle, judged, content, actor, by, at)


def reconsidered(bundle: BundleRow, actor: Principal, at: datetime) -> Judged:
    """A draft with everything that would keep it from being handed in."""
    former = bundlerows.application(bundle)
    return judge(_again(bundle, former, {}, draft=False), actor, at, _owners(bundle, former))


def _owners(bundle: BundleRow, former: Mapping[str, Any]) -> frozenset[str]:
    """Whose uploads a draft may use beside those of who acts."""
    return frozenset({f"user:{bundle.applicant_user_id}", former.get("filed_by", "")})


def _again(
    bundle: BundleRow, former: Mapping[str, Any], payload: Mapping[str, Any], *, draft: bool
) -> Application:
    """What was kept, with what is given now in its place."""
    body = filing.merged(filing.papers_from(former), payload)
    if bundle.channel == "window":
        # The counter's page sends every material: an upload without a file takes back what was ticked before.
        there = tuple(each for each in body.materials if each.uploads or each.provided != "upload")
        body = replace(body, materials=there)
    agent = agency.agent_from(payload if "agent" in payload else former)
    return Application(
        service="",
        applicant=filing.applicant_from(payload.get("applicant") or former.get("applicant", {})),
        channel=bundle.channel,
        form=body.form,
        materials=agency.fitting(body.materials, agent),
        draft=draft,
        agent=agent,
        package=bundle.package_code,
        answers=former.get("answers", {}),
    )


def _withdraw(bundle: BundleRow, act: Act, at: datetime) -> Answer:
    """Take back a draft, or what was filed as far as it still waits."""
    state, by = bundle.state, Writing(act.actor.key, at, act.once)
    if state.stage is BundleStage.DRAFT:
        told = Noted(BundleKind.DRAFT_WITHDRAWN, {}, at)
        return membership.answer(bundle, bundlerows.write(bundle, [told], by), ())
    if not any(member.state in (MemberState.OPEN, MemberState.WAITING) for member in state.members):
        raise Refused("nothing_to_withdraw", "这件一件事的各个事项都已有结果，没有可以撤回的。", status=409)
    facts = [Noted(BundleKind.WITHDRAWN, {}, at), *bundles.given_up(state, at)]
    facts += bundles.concluded(bundles.fold(facts, state), at)
    state = bundlerows.write(bundle, facts, by)
    return membership.answer(bundle, state, membership.lines(state))


@transaction.atomic
def let_draft_end(bundle_id: UUID, at: datetime) -> int:
    """End a draft at which nobody has written for long; returns the number of facts."""
    bundle = bundlerows.lock_by_id(bundle_id)
    if bundle is None or bundle.state.stage is not BundleStage.DRAFT or bundle.saved_at + DRAFT_LIFE > at:
        return 0
    ended = Noted(BundleKind.DRAFT_EXPIRED, {}, bundle.saved_at + DRAFT_LIFE)
    bundlerows.write(bundle, [ended], Writing(LAW, at))
    return 1
