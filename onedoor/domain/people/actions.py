"""Writing to the people room."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from onedoor.core.identifiers import canonical, uuid7
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.notices import actions as notices
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Keyring
from onedoor.plumbing.database.prepared import prepared_cursor

from . import agents, events, rules
from .models import Entrustment
from .terms import AgentGiven, Ending, PartyGiven, Scope, SubjectRef

#: As long as the message says that the code is good.
CODE_LIFE: Final = timedelta(minutes=5)

_KNOWN: Final = """
    SELECT id, name = %s AND phone_index = %s::bytea FROM people_subject
    WHERE tenant_id = %s AND id_index = %s::bytea AND id_type = %s AND kind = %s"""

_WRITE: Final = """
    INSERT INTO people_subject AS known (tenant_id, kind, name, id_type, id_cipher, id_index, id_tail_index,
                                         phone_cipher, phone_index, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, id_index, id_type, kind) DO UPDATE
    SET name = excluded.name, phone_cipher = excluded.phone_cipher, phone_index = excluded.phone_index,
        updated_at = excluded.updated_at
    RETURNING id"""

#: The purpose of a code that confirms an entrustment.
CONFIRMING: Final = "entrust"
_SIGN_IN: Final = "登录验证码 {code}，5 分钟内有效。工作人员不会向您索要，请勿告诉他人。"
_CONFIRM: Final = "委托确认码 {code}，5 分钟内有效。填写后别人可以替您办事，请勿告诉他人。"


def request_code(*, tenant_id: int, phone: str, address: str, at: datetime, confirming: bool = False) -> None:
    """Make a code for a telephone and send it there, to sign in, or for `confirming` an entrustment.

    `address` is where the request comes from. Raises Refused: mobile_malformed, code_sent_recently (429),
    too_many_attempts (429).
    """
    with transaction.atomic():
        issued = offices.issue_phone_code(
            tenant_id=tenant_id,
            phone=canonical(phone),
            address=address,
            at=at,
            purpose=CONFIRMING if confirming else "",
        )
        index = rules.phone_index(Keyring.current(), issued.phone).hex()[:24]
        notices.send(
            tenant_id=tenant_id,
            key=f"sign-in:{index}:{at.isoformat()}",
            phone=issued.phone,
            text=(_CONFIRM if confirming else _SIGN_IN).format(code=issued.code),
            at=at,
            until=at + CODE_LIFE,
        )


def recognise(
    *, tenant_id: int, kind: str, name: str, id_type: str, id_number: str, phone: str, at: datetime
) -> SubjectRef:
    """The subject with this identity number, made if it is new; its name and telephone become those given.

    A subject that is known as given is only read, so that many cases of one body do not wait for each other.
    Raises Refused("identity_malformed") with one problem for each faulty value.
    """
    who = rules.identity(kind=kind, name=name, id_type=id_type, id_number=id_number, phone=phone)
    keyring = Keyring.current()
    indexes = rules.id_index(keyring, who.id_number), rules.phone_index(keyring, who.phone)
    with transaction.atomic(), prepared_cursor(connection) as cursor:
        cursor.execute(
            _KNOWN, [who.name, indexes[1], tenant_id, indexes[0], who.id_type.value, who.kind.value]
        )
        known = cursor.fetchone()
        if known and known[1]:
            return SubjectRef(known[0], new=False)
        kept = rules.sealed(keyring, who)
        cursor.execute(
            _WRITE,
            [tenant_id, who.kind.value, who.name, who.id_type.value, *asdict(kept).values(), at, at],
        )
        (subject_id,) = cursor.fetchone()
        return SubjectRef(subject_id, new=known is None)


@transaction.atomic
def entrust(
    *, owner: Principal, principal: PartyGiven, agent: AgentGiven, services: frozenset[str], at: datetime
) -> UUID:
    """A standing entrustment by the account of the principal; returns its id.

    That the owner holds the telephone just now is for the caller to have confirmed.
    Raises Refused: identity_malformed (pointers under /applicant), agent_malformed (under /agent).
    """
    who = recognise(tenant_id=owner.tenant_id, at=at, **asdict(principal))
    check_agent(agent, principal, at)
    phone = canonical(agent.phone)
    agent_user = offices.applicant_account(tenant_id=owner.tenant_id, phone=phone, at=at)
    if agent_user == owner.user_id:
        raise _agent_malformed(
            "phone", "agent_is_applicant", "代办人的手机号码与您的相同，请填写代办人自己的。"
        )
    return _entrusted(
        tenant_id=owner.tenant_id,
        principal=who.id,
        principal_user=owner.user_id,
        agent=agent,
        agent_user=agent_user,
        scope=agents.scope(agent, services),
        standing=True,
        by=owner.key,
        at=at,
    )


@transaction.atomic
def state_agent(
    *,
    tenant_id: int,
    principal: int,
    principal_user: int | None,
    agent: AgentGiven,
    agent_user: int,
    service: str,
    by: str,
    at: datetime,
) -> UUID:
    """The entrustment for one case, as it is stated with the application; returns its id.

    `by` is who states it: the agent, or whoever takes the application in. The agent must be faultless.
    """
    return _entrusted(
        tenant_id=tenant_id,
        principal=principal,
        principal_user=principal_user,
        agent=agent,
        agent_user=agent_user,
        scope=agents.scope(agent, frozenset({service})),
        standing=False,
        by=by,
        at=at,
    )


def check_agent(agent: AgentGiven, principal: PartyGiven, at: datetime) -> None:
    """Raises Refused("agent_malformed") with every fault of an agent as given, pointers under /agent."""
    found = agents.problems(
        agent,
        principal_kind=principal.kind,
        principal_number=principal.id_number,
        day=civil_date(at),
    )
    if found:
        raise Refused("agent_malformed", "代办人信息有误，请按提示修改后重新提交。", errors=found)


def _agent_malformed(field: str, code: str, detail: str) -> Refused:
    return Refused("agent_malformed", detail, errors=(Problem(f"/agent/{field}", code, detail),))


def _entrusted(
    *,
    tenant_id: int,
    principal: int,
    principal_user: int | None,
    agent: AgentGiven,
    agent_user: int,
    scope: Scope,
    standing: bool,
    by: str,
    at: datetime,
) -> UUID:
    """Write the row and its first fact."""
    person = recognise(
        tenant_id=tenant_id,
        kind="person",
        name=agent.name,
        id_type="resident_id",
        id_number=agent.id_number,
        phone=agent.phone,
        at=at,
    )
    row = Entrustment.objects.create(
        id=uuid7(at),
        tenant_id=tenant_id,
        principal_id=principal,
        principal_user_id=principal_user,
        agent_id=person.id,
        agent_user_id=agent_user,
        capacity=agent.capacity,
        acts=sorted(scope.acts),
        services=sorted(scope.services),
        until=scope.until,
        standing=standing,
        created_at=at,
        created_by=by,
    )
    fact = events.entrusted(
        principal=principal,
        agent=person.id,
        capacity=agent.capacity,
        scope=scope,
        standing=standing,
        at=at,
    )
    _note(row, fact, by, at)
    return row.pk


@transaction.atomic
def end_entrustment(*, entrustment: UUID, actor: Principal, at: datetime) -> Ending:
    """Revoke as its principal, or resign as its agent; from this moment the agent may do nothing under it.

    Raises Refused: entrustment_not_found (404, also for that of others), entrustment_ended (409).
    """
    row = Entrustment.objects.select_for_update().filter(pk=entrustment, tenant_id=actor.tenant_id).first()
    if row is None or actor.user_id not in (row.principal_user_id, row.agent_user_id):
        raise Refused("entrustment_not_found", "没有找到这份委托，请返回我的委托重新选择。", status=404)
    if row.ending or civil_date(at) > row.until:
        raise Refused("entrustment_ended", "这份委托已经终止，不需要再操作。", status=409)
    ending = Ending.REVOKED if actor.user_id == row.principal_user_id else Ending.RESIGNED
    Entrustment.objects.filter(pk=row.pk).update(ending=ending.value, ended_at=at, ended_by=actor.key)
    _note(row, events.entrustment_ended(ending=ending, at=at), actor.key, at)
    return ending


def _note(row: Entrustment, fact: NewFact, by: str, at: datetime) -> None:
    journal.append(
        stream_id=row.pk,
        tenant_id=row.tenant_id,
        stream_kind=events.ENTRUSTMENT,
        principal=by,
        at=at,
        facts=[fact],
    )
