"""Writing to the people room."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from onedoor.core.identifiers import canonical, uuid7
from onedoor.core.instants import civil_date, page_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal import queries as journal_queries
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.notices import actions as notices
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as office
from onedoor.domain.offices.terms import Principal, Role
from onedoor.plumbing.crypto import Keyring

from . import agents, events, rules
from .models import Entrustment, Verification
from .recognising import recognise
from .terms import AgentGiven, Ending, PartyGiven, Scope
from .verifying import arrive_from, depart_for, leave_from

__all__ = [
    "CONFIRMING",
    "COUNTER",
    "arrive_from",
    "check_agent",
    "depart_for",
    "end_entrustment",
    "entrust",
    "entrust_by_code",
    "leave_from",
    "recognise",
    "request_code",
    "request_own_code",
    "revoke_at_counter",
    "state_agent",
]

#: As long as the message says that the code is good.
CODE_LIFE: Final = timedelta(minutes=5)

#: The purpose of a code that confirms an entrustment.
CONFIRMING: Final = "entrust"
#: Who works at a counter.
COUNTER: Final = (Role.CLERK, Role.TOWN)
_REVOKED_FOR_PRINCIPAL: Final = "您的代办委托已于{day}在窗口撤销。不是您本人办理的，请马上联系政务服务中心。"
_REVOKED_FOR_AGENT: Final = "您受托代办的一份委托已于{day}由委托人在窗口撤销，您不能再替其办事。"
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


def request_own_code(*, owner: Principal, phone: str, address: str, at: datetime) -> None:
    """Send a code that confirms an entrustment to the telephone of the account; one sent just now is good still.

    Raises Refused: mobile_malformed, not_own_phone, too_many_attempts (429).
    """
    _check_own(owner, phone, "/phone")
    try:
        request_code(tenant_id=owner.tenant_id, phone=phone, address=address, at=at, confirming=True)
    except Refused as refused:
        if refused.code != "code_sent_recently":
            raise


def entrust_by_code(
    *,
    owner: Principal,
    principal: PartyGiven,
    agent: AgentGiven,
    services: frozenset[str],
    code: str,
    address: str,
    command: tuple[str, bytes],
    at: datetime,
) -> UUID:
    """A standing entrustment that its principal confirms with a code of `request_own_code`; returns its id.

    `command` is the idempotency key with the digest of the request: its repetition changes nothing. Raises what
    `entrust` raises, and Refused: not_own_phone, wrong_code, too_many_attempts (429), idempotency_key_reused.
    """
    key = uuid5(NAMESPACE_OID, f"onedoor:entrustment:{command[0]}")
    if first := next(iter(journal_queries.facts(key)), None):
        if first.command_hash != command[1]:
            raise Refused("idempotency_key_reused", "这个 Idempotency-Key 已用于另一个请求，请换一个新的键。")
        return key
    _check_own(owner, principal.phone, "/principal/phone")
    rules.identity(**asdict(principal))
    check_agent(agent, principal, at)
    phone = canonical(principal.phone)
    offices.confirm_phone(
        tenant_id=owner.tenant_id, phone=phone, code=code, address=address, at=at, purpose=CONFIRMING
    )
    return entrust(
        owner=owner,
        principal=principal,
        agent=agent,
        services=services,
        at=at,
        known_as=Known(key, *command),
    )


def _check_own(owner: Principal, phone: str, pointer: str) -> None:
    """Whoever has a session or a token of another must not be able to name a telephone of their own."""
    if not office.holds_phone(owner.user_id, canonical(phone)):
        detail = "委托要由委托人用自己登录的手机号码确认，请填写登录所用的号码。"
        wrong = Problem(pointer, "not_own_phone", detail)
        raise Refused("not_own_phone", detail, errors=(wrong,))


def _check_not_anothers(tenant_id: int, subject: int, user_id: int, pointer: str) -> None:
    """Whom an identity service has vouched for stands in an entrustment with their own account only: its parties read
    one another's name and telephone as they were vouched for."""
    vouched = Verification.objects.filter(subject_id=subject, tenant_id=tenant_id)
    if vouched.exists() and not vouched.filter(pk=user_id).exists():
        detail = "这个证件号码已由本人在另一个账号实名认证，请由本人用那个账号、那个手机号码办理。"
        raise Refused("verified_elsewhere", detail, errors=(Problem(pointer, "verified_elsewhere", detail),))


@dataclass(frozen=True, slots=True)
class Known:
    """An entrustment whose id is settled by the request that gives it."""

    key: UUID
    command_id: str
    command_hash: bytes


@transaction.atomic
def entrust(
    *,
    owner: Principal,
    principal: PartyGiven,
    agent: AgentGiven,
    services: frozenset[str],
    at: datetime,
    known_as: Known | None = None,
) -> UUID:
    """A standing entrustment by the account of the principal; returns its id.

    That the owner holds the telephone just now is for the caller to have confirmed.
    Raises Refused: identity_malformed (pointers under /applicant), agent_malformed (under /agent).
    """
    who = recognise(tenant_id=owner.tenant_id, at=at, **asdict(principal))
    _check_not_anothers(owner.tenant_id, who.id, owner.user_id, "/applicant/id_number")
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
        known_as=known_as,
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
    known_as: Known | None = None,
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
    if standing:
        _check_not_anothers(tenant_id, person.id, agent_user, "/agent/id_number")
    row = Entrustment.objects.create(
        id=known_as.key if known_as else uuid7(at),
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
    _note(row, fact, by, at, known_as)
    return row.pk


@transaction.atomic
def end_entrustment(
    *, entrustment: UUID, actor: Principal, at: datetime, command: tuple[str, bytes] | None = None
) -> Ending:
    """Revoke as its principal, or resign as its agent; from this moment the agent may do nothing under it.

    `command` is the idempotency key with the digest of the request: its repetition is answered like the first.
    Raises Refused: entrustment_not_found (404, also for that of others), entrustment_ended (409).
    """
    row = Entrustment.objects.select_for_update().filter(pk=entrustment, tenant_id=actor.tenant_id).first()
    if row is None or actor.user_id not in (row.principal_user_id, row.agent_user_id):
        raise Refused("entrustment_not_found", "没有找到这份委托，请返回我的委托重新选择。", status=404)
    if command and row.ending and command in _commands(row.pk):
        return Ending(row.ending)
    if row.ending or civil_date(at) > row.until:
        raise Refused("entrustment_ended", "这份委托已经终止，不需要再操作。", status=409)
    ending = Ending.REVOKED if actor.user_id == row.principal_user_id else Ending.RESIGNED
    Entrustment.objects.filter(pk=row.pk).update(ending=ending.value, ended_at=at, ended_by=actor.key)
    known_as = Known(row.pk, *command) if command else None
    _note(row, events.entrustment_ended(ending=ending, at=at), actor.key, at, known_as)
    return ending


def _commands(key: UUID) -> set[tuple[str | None, bytes | None]]:
    return {(fact.command_id, fact.command_hash) for fact in journal_queries.facts(key)}


@transaction.atomic
def revoke_at_counter(
    *, entrustment: UUID, id_number: str, checked: bool, reason: str, actor: Principal, at: datetime
) -> None:
    """Revoke for a principal who has come in person, whose document the clerk has `checked`.

    Principal and agent are told by message, so that a revocation that nobody asked for comes to light. Raises
    Refused: role_missing (403), identity_unchecked, reason_missing, entrustment_not_found (404, also when the number
    is not the principal's), entrustment_ended (409).
    """
    if not actor.has(*COUNTER):
        raise Refused("role_missing", "撤销委托由窗口人员办理，您的岗位没有权限。", status=403)
    if not checked:
        raise Refused("identity_unchecked", "请先核对证件原件，确认来人就是委托人，再勾选“已核对”。")
    why = agents.counter_reason(reason)
    rows = Entrustment.objects.select_for_update(of=("self",)).select_related("principal", "agent")
    row = rows.filter(pk=entrustment, tenant_id=actor.tenant_id).first()
    index = rules.id_index(Keyring.current(), canonical(id_number))
    if row is None or bytes(row.principal.id_index) != index:
        raise Refused("entrustment_not_found", "这个证件号码名下没有这份委托，请重新查找。", status=404)
    if row.ending or civil_date(at) > row.until:
        raise Refused("entrustment_ended", "这份委托已经终止，不需要再操作。", status=409)
    revoked = Ending.REVOKED
    Entrustment.objects.filter(pk=row.pk).update(ending=revoked.value, ended_at=at, ended_by=actor.key)
    _note(row, events.entrustment_ended(ending=revoked, at=at, counter_reason=why), actor.key, at)
    for who, subject, text in (
        ("principal", row.principal, _REVOKED_FOR_PRINCIPAL),
        ("agent", row.agent, _REVOKED_FOR_AGENT),
    ):
        notices.send(
            tenant_id=row.tenant_id,
            key=f"entrustment-revoked:{row.pk}:{who}",
            phone=rules.opened_phone(Keyring.current(), bytes(subject.phone_cipher), bytes(subject.id_index)),
            text=text.format(day=page_date(civil_date(at))),
            at=at,
        )


def _note(row: Entrustment, fact: NewFact, by: str, at: datetime, command: Known | None = None) -> None:
    journal.append(
        stream_id=row.pk,
        tenant_id=row.tenant_id,
        stream_kind=events.ENTRUSTMENT,
        principal=by,
        at=at,
        facts=[fact],
        command_id=command.command_id if command else None,
        command_hash=command.command_hash if command else None,
    )
