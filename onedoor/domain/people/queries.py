"""Reading the people room. Everything is masked, save what `reveal` shows against a record in the access log."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from onedoor.core.identifiers import canonical
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Keyring

from . import agents, events, rules
from .models import Entrustment, Subject, Verification
from .terms import (
    Act,
    Agency,
    AgentGiven,
    Capacity,
    EntrustmentView,
    IdType,
    PartyGiven,
    Scope,
    SubjectIdentity,
    SubjectKind,
    SubjectView,
    VerifiedIdentity,
)

#: For other rooms' statements: the entrustment named by `{}` as `agency_from` reads it, null for none.
AGENCY_SQL: Final = (
    "(SELECT json_build_array(e.id, e.agent_user_id, e.acts, e.until, e.ending)"
    " FROM people_entrustment e WHERE e.id = {})"
)


def identity_problems(
    *, kind: str, name: str, id_type: str, id_number: str, phone: str
) -> tuple[Problem, ...]:
    """Every fault `actions.recognise` would refuse, with pointers under /applicant; empty if there is none."""
    return rules.problems(kind=kind, name=name, id_type=id_type, id_number=id_number, phone=phone)


def find_by_id(tenant_id: int, id_number: str) -> tuple[SubjectView, ...]:
    """The subjects with this identity number or credit code, at most one of each kind."""
    index = rules.id_index(Keyring.current(), canonical(id_number))
    return _views(Subject.objects.filter(tenant_id=tenant_id, id_index=index))


def find_by_last_four(tenant_id: int, last_four: str, *, limit: int = 20) -> tuple[SubjectView, ...]:
    """Subjects whose number ends with these four places, lately seen first."""
    index = rules.id_tail_index(Keyring.current(), canonical(last_four))
    return _views(Subject.objects.filter(tenant_id=tenant_id, id_tail_index=index), limit)


def find_by_phone(tenant_id: int, phone: str, *, limit: int = 20) -> tuple[SubjectView, ...]:
    """Subjects reached under this telephone number, lately seen first."""
    index = rules.phone_index(Keyring.current(), canonical(phone))
    return _views(Subject.objects.filter(tenant_id=tenant_id, phone_index=index), limit)


def subject_ids(
    tenant_id: int, *, id_number: str = "", last_four: str = "", phone: str = "", limit: int = 1000
) -> tuple[int, ...]:
    """Whom the numbers given fit, all of them, lately seen first; () if none is given."""
    keyring, given = Keyring.current(), {}
    if id_number:
        given["id_index"] = rules.id_index(keyring, canonical(id_number))
    if last_four:
        given["id_tail_index"] = rules.id_tail_index(keyring, canonical(last_four))
    if phone:
        given["phone_index"] = rules.phone_index(keyring, canonical(phone))
    if not given:
        return ()
    found = Subject.objects.filter(tenant_id=tenant_id, **given).order_by("-updated_at", "-pk")
    return tuple(found.values_list("pk", flat=True)[:limit])


def masked(tenant_id: int, subject_id: int) -> SubjectView | None:
    """A subject of the tenant, None if there is none."""
    found = Subject.objects.filter(tenant_id=tenant_id, pk=subject_id).first()
    return rules.masked(_clear(found)) if found else None


def reveal(subject_id: int, *, principal: Principal, purpose: str, at: datetime) -> SubjectIdentity:
    """A subject of the principal's tenant in clear; who looked, and why, is recorded before it is shown.

    Who may ask at all is the face's to decide. Raises Refused("purpose_missing") without a purpose and
    Refused("unknown_subject") (404) for a subject of no or another tenant.
    """
    reason = rules.purpose(purpose)
    with transaction.atomic():
        found = Subject.objects.filter(tenant_id=principal.tenant_id, pk=subject_id).first()
        if found is None:
            raise Refused("unknown_subject", "没有这位办事人的信息，请返回列表重新选择。", status=404)
        journal.append(
            stream_id=events.access_stream(tenant_id=principal.tenant_id, user_id=principal.user_id, at=at),
            tenant_id=principal.tenant_id,
            stream_kind=events.ACCESS,
            principal=principal.key,
            at=at,
            facts=[events.identity_revealed(subject_id=subject_id, purpose=reason, at=at)],
            queue_up=True,
        )
        return _clear(found)


def verified_identity(account: Principal) -> VerifiedIdentity | None:
    """Whom an identity service has vouched for as the holder of this account, masked."""
    row = _verification(account)
    if row is None:
        return None
    view = rules.masked(_clear(row.subject))
    return VerifiedIdentity(view, row.level, row.issuer, row.verified_at)


def own_identity(account: Principal, *, at: datetime) -> PartyGiven | None:
    """The verified holder of this account in clear, to fill in the holder's own application; recorded in the access
    log."""
    row = _verification(account)
    if row is None:
        return None
    who = reveal(row.subject_id, principal=account, purpose="本人申请时预填", at=at)
    return PartyGiven(who.kind.value, who.name, who.id_type.value, who.id_number, who.phone)


def _verification(account: Principal) -> Verification | None:
    rows = Verification.objects.filter(pk=account.user_id, tenant_id=account.tenant_id)
    return rows.select_related("subject").first()


def agency_from(column: Any) -> Agency | None:
    """What `AGENCY_SQL` gave."""
    found = json.loads(column) if isinstance(column, str) else column
    if found is None:
        return None
    return Agency(UUID(found[0]), found[1], frozenset(found[2]), date.fromisoformat(found[3]), found[4])


def entrustments_held(agent_user: int, *, at: datetime) -> tuple[UUID, ...]:
    """The entrustments under which this account may act at `at`."""
    held = Entrustment.objects.filter(agent_user_id=agent_user, ending="", until__gte=civil_date(at))
    return tuple(held.values_list("pk", flat=True))


def given_entrustments(owner: Principal, *, at: datetime) -> tuple[EntrustmentView, ...]:
    """What this account has entrusted to others, newest first."""
    rows = Entrustment.objects.filter(tenant_id=owner.tenant_id, principal_user_id=owner.user_id)
    return _entrustments(rows, at)


def received_entrustments(agent: Principal, *, at: datetime) -> tuple[EntrustmentView, ...]:
    """What others have entrusted to this account, newest first."""
    rows = Entrustment.objects.filter(tenant_id=agent.tenant_id, agent_user_id=agent.user_id)
    return _entrustments(rows, at)


def entrustments_at_counter(
    principal_number: str, *, actor: Principal, at: datetime
) -> tuple[EntrustmentView, ...]:
    """What the holder of this identity number or credit code has entrusted to others, newest first, masked, for the
    counter where they stand; that the clerk has looked is recorded. Who may ask at all is the face's to decide."""
    index = rules.id_index(Keyring.current(), canonical(principal_number))
    subjects = Subject.objects.filter(tenant_id=actor.tenant_id, id_index=index)
    known = tuple(subjects.values_list("pk", flat=True))
    if known:
        journal.append(
            stream_id=events.access_stream(tenant_id=actor.tenant_id, user_id=actor.user_id, at=at),
            tenant_id=actor.tenant_id,
            stream_kind=events.ACCESS,
            principal=actor.key,
            at=at,
            facts=[events.entrustments_listed(subject_id=each, at=at) for each in known],
            queue_up=True,
        )
    rows = Entrustment.objects.filter(tenant_id=actor.tenant_id, principal_id__in=known)
    return _entrustments(rows, at)


def entrustment(entrustment_id: UUID, *, party: Principal, at: datetime) -> EntrustmentView | None:
    """One entrustment of which this account is a party; None for any other."""
    rows = Entrustment.objects.filter(pk=entrustment_id, tenant_id=party.tenant_id)
    found = _entrustments(rows, at)
    parties = rows.values_list("principal_user_id", "agent_user_id").first()
    return found[0] if parties and party.user_id in parties else None


def may_apply_for(agent: Principal, service: str, *, at: datetime) -> tuple[EntrustmentView, ...]:
    """The standing entrustments under which this account may apply for a service now."""
    return tuple(
        view
        for view in received_entrustments(agent, at=at)
        if view.standing and view.ending is None and _applies(view, service)
    )


def _applies(view: EntrustmentView, service: str) -> bool:
    return Act.APPLY.value in view.scope.acts and view.scope.covers(service)


def agent_problems(
    agent: AgentGiven, principal: PartyGiven, *, tenant_id: int, actor_id: int, service: str, at: datetime
) -> tuple[Problem, ...]:
    """Every fault of the agent of an application, pointers under /agent.

    A standing entrustment must be held by who acts, cover the service, and be that of the applicant named.
    """
    if not agent.entrustment:
        return agents.problems(
            agent, principal_kind=principal.kind, principal_number=principal.id_number, day=civil_date(at)
        )
    row = _standing(agent.entrustment, tenant_id, actor_id)
    detail = _unfit(row, principal, service, at)
    return (Problem("/agent/entrustment", "entrustment_unfit", detail),) if detail else ()


def _standing(entrustment_id: str, tenant_id: int, actor_id: int) -> Entrustment | None:
    try:
        key = UUID(entrustment_id)
    except ValueError:
        return None
    rows = Entrustment.objects.filter(pk=key, tenant_id=tenant_id, agent_user_id=actor_id, standing=True)
    return rows.select_related("principal", "agent").first()


def _unfit(row: Entrustment | None, principal: PartyGiven, service: str, at: datetime) -> str:
    """Why an application cannot stand on this entrustment; "" if it can."""
    if row is None:
        return "没有这份委托或者受托人不是您，请重新选择。"
    view = _entrustment(row, at)
    if view.ending is not None:
        return "这份委托已经终止，不能再代为申请，请委托人重新委托。"
    if not _applies(view, service):
        return "这份委托不包括代为申请这个事项，请委托人另行委托。"
    index = rules.id_index(Keyring.current(), canonical(principal.id_number))
    if (row.principal.kind, row.principal.id_type) != (principal.kind, principal.id_type) or bytes(
        row.principal.id_index
    ) != index:
        return "申请人与委托人不一致，请核对申请人的证件号码。"
    return ""


def entrusting_party(entrustment_id: str, *, agent: Principal, at: datetime) -> PartyGiven | None:
    """The principal of a standing entrustment in clear, for the application that its agent begins.

    Recorded in the agent's access log. None unless it holds and this account is its agent.
    """
    row = _standing(entrustment_id, agent.tenant_id, agent.user_id)
    if row is None or _entrustment(row, at).ending is not None:
        return None
    who = reveal(row.principal_id, principal=agent, purpose="依委托代为申请", at=at)
    return PartyGiven(who.kind.value, who.name, who.id_type.value, who.id_number, who.phone)


def entrusting_account(entrustment_id: UUID) -> int | None:
    """The account that gave an entrustment."""
    rows = Entrustment.objects.filter(pk=entrustment_id)
    return rows.values_list("principal_user_id", flat=True).first()


def standing_agent(entrustment_id: str, *, agent: Principal, at: datetime) -> AgentGiven | None:
    """The agent of a standing entrustment, who is this account, as an application states it; None unless it holds."""
    row = _standing(entrustment_id, agent.tenant_id, agent.user_id)
    if row is None or _entrustment(row, at).ending is not None:
        return None
    mine = _clear(row.agent)
    return AgentGiven(
        name=mine.name,
        id_number=mine.id_number,
        phone=mine.phone,
        capacity=row.capacity,
        until=row.until.isoformat(),
        acts=tuple(row.acts),
        entrustment=entrustment_id,
    )


def _entrustments(rows: QuerySet[Entrustment], at: datetime) -> tuple[EntrustmentView, ...]:
    found = rows.select_related("principal", "agent").order_by("-created_at", "-pk")[:200]
    return tuple(_entrustment(row, at) for row in found)


def _entrustment(row: Entrustment, at: datetime) -> EntrustmentView:
    agency = Agency(row.pk, row.agent_user_id, frozenset(row.acts), row.until, row.ending)
    return EntrustmentView(
        id=row.pk,
        principal=rules.masked(_clear(row.principal)),
        agent=rules.masked(_clear(row.agent)),
        capacity=Capacity(row.capacity),
        scope=Scope(frozenset(row.acts), frozenset(row.services), row.until),
        standing=row.standing,
        created_at=row.created_at,
        ending=agency.ended_by(at),
        ended_at=row.ended_at,
    )


def _views(found: QuerySet[Subject], limit: int = 20) -> tuple[SubjectView, ...]:
    return tuple(rules.masked(_clear(subject)) for subject in found.order_by("-updated_at", "-pk")[:limit])


def _clear(subject: Subject) -> SubjectIdentity:
    keyring, index = Keyring.current(), bytes(subject.id_index)
    return SubjectIdentity(
        id=subject.pk,
        kind=SubjectKind(subject.kind),
        name=subject.name,
        id_type=IdType(subject.id_type),
        id_number=rules.opened_id(keyring, bytes(subject.id_cipher), index),
        phone=rules.opened_phone(keyring, bytes(subject.phone_cipher), index),
    )
