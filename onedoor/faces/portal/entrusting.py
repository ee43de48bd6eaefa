"""我的委托: whom one has entrusted, who has entrusted one, and the cases done that way.

Entrusting is confirmed by a code sent to the telephone of who is signed in; revoking takes one click.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.identifiers import mask_id, mask_phone
from onedoor.core.instants import civil_date, page_date
from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import actions, queries
from onedoor.domain.people.terms import (
    ACT_NAMES,
    CAPACITY_NAMES,
    ENDING_NAMES,
    Act,
    AgentGiven,
    Capacity,
    EntrustmentView,
    PartyGiven,
)
from onedoor.faces.access import SIGNED_IN, address_of, admits, county, now, signed_in
from onedoor.faces.parts import Row

from . import showing
from .agents import EntrustForm
from .forms import ID_TYPES, CodeForm
from .keepsakes import ENTRUSTING, MY_PHONE
from .signing import DEMO_REGION

HOME = "/my/entrustments"
A_PAGE = 20
#: The most services that one entrustment may name.
MOST_SERVICES = 20


@admits(SIGNED_IN)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one has entrusted, and what one has been entrusted with."""
    principal = signed_in(request)
    shown = {
        "given": [_line(view, view.agent.name) for view in queries.given_entrustments(principal, at=now())],
        "received": [
            _line(view, view.principal.name) for view in queries.received_entrustments(principal, at=now())
        ],
    }
    return render(request, "portal/entrustments.html", shown)


def _line(view: EntrustmentView, other: str) -> dict[str, Any]:
    """An entrustment in a list."""
    return {
        "url": f"{HOME}/{view.id}",
        "other": other,
        "capacity": CAPACITY_NAMES[view.capacity],
        "until": view.scope.until,
        "standing": view.standing,
        "state": ENDING_NAMES[view.ending] if view.ending else "有效",
        "tone": "" if view.ending else "jade",
    }


@admits(SIGNED_IN)
@require_safe
def one(request: HttpRequest, entrustment: UUID) -> HttpResponse:
    """One entrustment, with the cases done under it."""
    view, principal = _found(request, entrustment), signed_in(request)
    page = cases.entrusted_cases(
        principal, entrustment, at=now(), limit=A_PAGE, cursor=request.GET.get("cursor", "")
    )
    shown = {
        "view": view,
        "mine": view.id in [each.id for each in queries.given_entrustments(principal, at=now())],
        "rows": _rows(view, principal),
        "lines": [(line, showing.tone_of(line.stage)) for line in page.items],
        "next_url": f"{HOME}/{view.id}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        "ending": ENDING_NAMES[view.ending] if view.ending else "",
    }
    return render(request, "portal/entrustment.html", shown)


def _found(request: HttpRequest, entrustment: UUID) -> EntrustmentView:
    view = queries.entrustment(entrustment, party=signed_in(request), at=now())
    if view is None:
        raise Refused("entrustment_not_found", "没有找到这份委托，请返回我的委托重新选择。", status=404)
    return view


def _rows(view: EntrustmentView, principal: Principal) -> tuple[Row, ...]:
    names = {card.code: card.name for card in catalog.cards(principal.tenant_id, tuple(view.scope.services))}
    services = "、".join(names.get(code, code) for code in sorted(view.scope.services))
    rows = [
        Row("委托人", f"{view.principal.name}（{view.principal.id_number}）"),
        Row("代办人", f"{view.agent.name}（{view.agent.id_number}，{view.agent.phone}）"),
        Row("关系", CAPACITY_NAMES[view.capacity]),
        Row("代办权限", _acts(view.scope.acts)),
        Row("可以代办的事项", services or "所有事项"),
        Row("期限", f"到{page_date(view.scope.until)}为止"),
        Row("来由", "委托人在网上委托" if view.standing else "代办人在申请时写明，附有证明材料"),
    ]
    if view.ended_at is not None and view.ending is not None:
        rows.append(Row("终止", f"{page_date(civil_date(view.ended_at))}{ENDING_NAMES[view.ending]}"))
    return tuple(rows)


def _acts(acts: frozenset[str] | tuple[str, ...]) -> str:
    return "、".join(ACT_NAMES[act] for act in Act if act.value in acts)


@admits(SIGNED_IN)
@require_POST
def end(request: HttpRequest, entrustment: UUID) -> HttpResponse:
    """Revoke as the principal, resign as the agent."""
    actions.end_entrustment(entrustment=entrustment, actor=signed_in(request), at=now())
    return HttpResponseRedirect(f"{HOME}/{entrustment}")


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Who entrusts whom with what; a code is then sent to the telephone of who is signed in."""
    principal = signed_in(request)
    phone = MY_PHONE.read(request, principal.key)
    if not phone:
        return render(request, "portal/entrust_phone.html", {"next": urlencode({"next": f"{HOME}/new"})})
    form = EntrustForm(
        request.POST if request.method == "POST" else None,
        kinds=("person", "organization"),
        today=civil_date(now()),
    )
    if request.method == "POST" and form.is_valid():
        found = _services(form, principal)
        party = _party(form, phone)
        _judge(form, party)
        if form.is_valid():
            return _to_confirm(request, form.agent, party, found, phone)
    return render(request, "portal/entrust.html", {"form": form}, status=422 if form.is_bound else 200)


def _services(form: EntrustForm, principal: Principal) -> tuple[str, ...]:
    """The codes of the services that are named, one a line, by name or code."""
    wanted = [text.strip() for text in form.cleaned_data["services"].splitlines() if text.strip()]
    if len(wanted) > MOST_SERVICES:
        form.add_error(
            "services", f"一份委托最多写 {MOST_SERVICES} 个事项；要委托更多的，可以不填（所有事项）。"
        )
        return ()
    found = []
    for text in wanted:
        same = [
            item.code
            for item in catalog.listing(principal.tenant_id, q=text, limit=5).items
            if text in (item.name, item.plain_name, item.code)
        ]
        if same:
            found.append(same[0])
        else:
            form.add_error("services", f"没有叫“{text[:40]}”的事项，请按办事指南上的名称填写，每行一个。")
    return tuple(found)


def _party(form: EntrustForm, phone: str) -> PartyGiven:
    given = form.cleaned_data
    kind = given["kind"]
    return PartyGiven(kind, given["principal_name"], ID_TYPES[kind], given["principal_number"], phone)


def _judge(form: EntrustForm, party: PartyGiven) -> None:
    """Everything the room would refuse, put to the fields."""
    places = {"name": "principal_name", "id_number": "principal_number"}
    for problem in queries.identity_problems(
        kind=party.kind, name=party.name, id_type=party.id_type, id_number=party.id_number, phone=party.phone
    ):
        place = places.get(problem.pointer.rpartition("/")[2])
        if place and place not in form.errors:
            form.add_error(place, problem.detail)
    if form.errors:
        return
    agent = form.agent
    try:
        actions.check_agent(agent, party, now())
    except Refused as refused:
        form.blame(refused.errors)
    if agent.phone == party.phone and "phone" not in form.errors:
        form.add_error("phone", "代办人的手机号码与您的相同，请填写代办人自己的。")


def _to_confirm(
    request: HttpRequest, agent: AgentGiven, party: PartyGiven, services: tuple[str, ...], phone: str
) -> HttpResponse:
    """Keep what was given, sealed, and send the code."""
    kept = json.dumps({"agent": _packed(agent), "party": _packed(party), "services": services})
    response = HttpResponseRedirect(f"{HOME}/confirm")
    ENTRUSTING.give(request, response, kept, signed_in(request).key)
    try:
        actions.request_code(
            tenant_id=county(request).id, phone=phone, address=address_of(request), at=now(), confirming=True
        )
    except Refused as refused:
        if refused.code != "code_sent_recently":
            raise
    return response


def _packed(value: AgentGiven | PartyGiven) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _kept(request: HttpRequest) -> tuple[AgentGiven, PartyGiven, tuple[str, ...]] | None:
    text = ENTRUSTING.read(request, signed_in(request).key)
    if not text:
        return None
    found = json.loads(text)
    lists = {name: tuple(found["agent"][name]) for name in ("acts", "notify")}
    return AgentGiven(**{**found["agent"], **lists}), PartyGiven(**found["party"]), tuple(found["services"])


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """What will hold, and the code that makes it so."""
    kept, principal = _kept(request), signed_in(request)
    phone = MY_PHONE.read(request, principal.key)
    if kept is None or not phone:
        return HttpResponseRedirect(f"{HOME}/new")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _ask_code(request, form, kept, phone)
    try:
        offices.confirm_phone(
            tenant_id=principal.tenant_id,
            phone=phone,
            code=form.cleaned_data["code"],
            address=address_of(request),
            at=now(),
            purpose=actions.CONFIRMING,
        )
    except Refused as refused:
        form.add_error("code", refused.detail)
        return _ask_code(request, form, kept, phone, refused.status)
    agent, party, services = kept
    key = actions.entrust(
        owner=principal, principal=party, agent=agent, services=frozenset(services), at=now()
    )
    response = HttpResponseRedirect(f"{HOME}/{key}")
    ENTRUSTING.take_back(response)
    return response


def _ask_code(
    request: HttpRequest,
    form: CodeForm,
    kept: tuple[AgentGiven, PartyGiven, tuple[str, ...]],
    phone: str,
    status: int = 422,
) -> HttpResponse:
    agent, party, services = kept
    names = {card.code: card.name for card in catalog.cards(signed_in(request).tenant_id, services)}
    body = party.kind == "organization"
    shown = {
        "form": form,
        "phone": mask_phone(phone),
        "demo": county(request).region_code.startswith(DEMO_REGION),
        "rows": (
            Row("委托人", f"{party.name}（{party.id_number if body else mask_id(party.id_number)}）"),
            Row("代办人", f"{agent.name}（{mask_id(agent.id_number)}，{mask_phone(agent.phone)}）"),
            Row("关系", CAPACITY_NAMES[Capacity(agent.capacity)]),
            Row("代办权限", _acts(agent.acts)),
            Row("可以代办的事项", "、".join(names.get(code, code) for code in services) or "所有事项"),
            Row("期限", f"到{page_date(date.fromisoformat(agent.until))}为止"),
        ),
    }
    response = render(request, "portal/entrust_confirm.html", shown, status=status if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response
