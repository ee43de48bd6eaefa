"""委托 through the interface: a principal gives, lists and revokes; an agent lists and resigns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices.terms import Principal, Role
from onedoor.domain.people import actions, queries
from onedoor.domain.people.terms import AgentGiven, EntrustmentView, PartyGiven, SubjectView
from onedoor.faces.access import Access, address_of, now

from .gate import ACCOUNT, declares, once, principal
from .schemas import Instant, ProblemOut, Strict

router = Router(tags=["委托"])
#: Staff have no telephone to confirm with, and act at the counter.
PARTIES = Access(roles=frozenset({Role.APPLICANT}))
_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)


class OwnPhoneIn(Strict):
    """The telephone with which the caller signs in."""

    phone: str = Field(max_length=40)


class PrincipalIn(Strict):
    """Who entrusts. `phone` is the one with which the caller signs in."""

    kind: Literal["person", "organization"]
    name: str = Field(max_length=200)
    id_type: Literal["resident_id", "uscc"]
    id_number: str = Field(max_length=40)
    phone: str = Field(max_length=40)


class EntrustedIn(Strict):
    """Who is to act. `until` is the last day (YYYY-MM-DD)."""

    name: str = Field(max_length=120)
    id_number: str = Field(max_length=40)
    phone: str = Field(max_length=40)
    capacity: Literal["guardian", "entrusted", "staff"]
    until: str = Field(max_length=10)
    acts: list[Literal["apply", "correct", "withdraw", "receive"]] = Field(min_length=1, max_length=4)


class EntrustmentIn(Strict):
    """A standing entrustment. Without `services` it is for all items; `code` is what POST /entrustments/code sent."""

    principal: PrincipalIn
    agent: EntrustedIn
    services: list[str] = Field(default_factory=list, max_length=20)
    code: str = Field(max_length=20)


class PartyOut(Schema):
    """A party, numbers and the name of a person masked."""

    kind: str
    name: str
    id_number: str
    phone: str


class EntrustmentOut(Schema):
    """An entrustment as its parties see it; `side` is the caller's own."""

    id: UUID
    side: Literal["principal", "agent"]
    principal: PartyOut
    agent: PartyOut
    capacity: str
    acts: list[str]
    services: list[str]
    until: str
    standing: bool
    state: Literal["active", "revoked", "resigned", "expired"]
    created_at: Instant
    ended_at: Instant | None


class EntrustmentList(Schema):
    """The caller's entrustments, given ones first, each kind newest first; the newest 200 of each kind."""

    items: list[EntrustmentOut]
    next_cursor: None = None


@router.post("/entrustments/code", response={204: None, **_PROBLEMS}, auth=ACCOUNT, summary="获取委托确认码")
@declares(PARTIES)
def code(request: HttpRequest, body: OwnPhoneIn) -> Any:
    """Send a code to the caller's own telephone; with it the caller confirms an entrustment."""
    who = principal(request, PARTIES)
    once(request, who)
    actions.request_own_code(owner=who, phone=body.phone, address=address_of(request), at=now())
    return Status(204, None)


@router.post("/entrustments", response={201: EntrustmentOut, **_PROBLEMS}, auth=ACCOUNT, summary="委托代办人")
@declares(PARTIES)
def entrust(request: HttpRequest, body: EntrustmentIn) -> Any:
    """Let somebody act for the caller, as far and as long as is said."""
    who, at = principal(request, PARTIES), now()
    command = once(request, who)
    _check_services(who, body.services)
    given = body.agent.model_dump()
    key = actions.entrust_by_code(
        owner=who,
        principal=PartyGiven(**body.principal.model_dump()),
        agent=AgentGiven(**{**given, "acts": tuple(dict.fromkeys(given["acts"]))}),
        services=frozenset(body.services),
        code=body.code,
        address=address_of(request),
        command=(command.command_id, command.command_hash),
        at=at,
    )
    return Status(201, _out(_found(who, key, at), who, at))


def _check_services(who: Principal, services: list[str]) -> None:
    known = {card.code for card in catalog.cards(who.tenant_id, tuple(services))} if services else set()
    unknown = [place for place, service in enumerate(services) if service not in known]
    if unknown:
        detail = "没有这个编码的事项，请用 GET /services 核对；要委托所有事项，请不写 services。"
        problems = tuple(Problem(f"/services/{place}", "unknown_service", detail) for place in unknown)
        raise Refused("invalid_request", "请求内容有误，请按提示修改。", errors=problems)


@router.get("/entrustments", response={200: EntrustmentList, **_PROBLEMS}, auth=ACCOUNT, summary="我的委托")
@declares(PARTIES)
def entrustments(request: HttpRequest) -> Any:
    """What the caller has entrusted to others, and was entrusted with."""
    who, at = principal(request, PARTIES), now()
    given = [_shown(view, "principal") for view in queries.given_entrustments(who, at=at)]
    received = [_shown(view, "agent") for view in queries.received_entrustments(who, at=at)]
    return {"items": given + received}


@router.get(
    "/entrustments/{uuid:entrustment}",
    response={200: EntrustmentOut, **_PROBLEMS},
    auth=ACCOUNT,
    summary="委托详情",
)
@declares(PARTIES)
def entrustment(request: HttpRequest, entrustment: UUID) -> Any:
    """One entrustment of which the caller is a party."""
    who, at = principal(request, PARTIES), now()
    return _out(_found(who, entrustment, at), who, at)


@router.post(
    "/entrustments/{uuid:entrustment}/end",
    response={200: EntrustmentOut, **_PROBLEMS},
    auth=ACCOUNT,
    summary="撤销或辞去委托",
)
@declares(PARTIES)
def end(request: HttpRequest, entrustment: UUID) -> Any:
    """Revoke as principal, resign as agent; from now on nothing may be done under it."""
    who, at = principal(request, PARTIES), now()
    command = once(request, who)
    actions.end_entrustment(
        entrustment=entrustment, actor=who, at=at, command=(command.command_id, command.command_hash)
    )
    return _out(_found(who, entrustment, at), who, at)


def _found(who: Principal, key: UUID, at: datetime) -> EntrustmentView:
    view = queries.entrustment(key, party=who, at=at)
    if view is None:
        raise Refused("entrustment_not_found", "没有找到这份委托，请核对编号。", status=404)
    return view


def _out(view: EntrustmentView, who: Principal, at: datetime) -> dict[str, Any]:
    mine = view.id in {each.id for each in queries.given_entrustments(who, at=at)}
    return _shown(view, "principal" if mine else "agent")


def _shown(view: EntrustmentView, side: str) -> dict[str, Any]:
    return {
        "id": view.id,
        "side": side,
        "principal": _party(view.principal),
        "agent": _party(view.agent),
        "capacity": view.capacity.value,
        "acts": sorted(view.scope.acts),
        "services": sorted(view.scope.services),
        "until": view.scope.until.isoformat(),
        "standing": view.standing,
        "state": view.ending.value if view.ending else "active",
        "created_at": view.created_at,
        "ended_at": view.ended_at,
    }


def _party(party: SubjectView) -> dict[str, str]:
    return {
        "kind": party.kind.value,
        "name": party.name,
        "id_number": party.id_number,
        "phone": party.phone,
    }
