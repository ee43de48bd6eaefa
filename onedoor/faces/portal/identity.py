"""Signing in with the identity service of the province, and what a verified account need not type any more."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.offices import actions as offices
from onedoor.domain.people import actions, queries
from onedoor.domain.people.terms import Departure, IdentityService, PartyGiven, VerifiedIdentity
from onedoor.faces.access import (
    PUBLIC,
    admits,
    county,
    now,
    open_browser_session,
    principal_of,
    safe_next,
    session_secret,
    signed_in,
)
from onedoor.faces.devices import origin_of

from .forms import ApplicantForm
from .keepsakes import IDENTITY_TRIP, MY_PHONE, OWN_PHONE, SIGNED_IN_THERE

HOME = "/my"
_PARTS = ("name", "id_number", "phone", "level")


def service() -> IdentityService | None:
    """The identity service this installation is set up for; None if there is none."""
    given: dict[str, str] = settings.ONEDOOR_OIDC
    if not (given["issuer"] and given["client_id"]):
        return None
    usual = IdentityService(given["name"], given["issuer"], given["client_id"], "")
    named = dict(pair.split("=", 1) for pair in given["claims"].split(",") if "=" in pair)
    return IdentityService(
        name=given["name"],
        issuer=given["issuer"],
        client_id=given["client_id"],
        return_to=f"{settings.ONEDOOR_PUBLIC_URL.rstrip('/')}/login/identity/return",
        secret_file=given["secret_file"],
        scopes=given["scopes"] or usual.scopes,
        claims=tuple(
            (part, named.get(part, "").strip() or name) for part, name in usual.claims if part in _PARTS
        ),
    )


def _service() -> IdentityService:
    found = service()
    if found is None:
        raise Http404
    return found


@admits(PUBLIC)
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """Send the browser to the identity service; what must come back is kept sealed in it."""
    provider, target = _service(), safe_next(request, HOME)
    if principal_of(request) is not None:
        return HttpResponseRedirect(target)
    try:
        departure = actions.depart_for(provider)
    except Refused as refused:
        return _failed(request, provider, refused)
    response = HttpResponseRedirect(departure.url)
    response["Cache-Control"] = "no-store"
    IDENTITY_TRIP.give(request, response, json.dumps({**asdict(departure), "url": "", "next": target}))
    return response


@admits(PUBLIC)
@require_safe
def arrive(request: HttpRequest) -> HttpResponse:
    """Back from the identity service. What was kept is used up, whatever comes of it."""
    provider = _service()
    departure, target = _kept(request)
    brought = {
        name: request.GET.get(name, "")[:4096]
        for name in ("state", "code", "iss", "error")
        if name in request.GET
    }
    try:
        arrival = actions.arrive_from(
            provider,
            tenant_id=county(request).id,
            brought=brought,
            kept=departure,
            origin=origin_of(request),
            at=now(),
        )
    except Refused as refused:
        return _failed(request, provider, refused)
    if former := session_secret(request):
        offices.sign_out(secret=former)
    response = HttpResponseRedirect(target)
    response["Cache-Control"] = "no-store"
    open_browser_session(request, response, arrival.session)
    IDENTITY_TRIP.take_back(response)
    for keepsake in (OWN_PHONE, MY_PHONE):
        keepsake.give(request, response, arrival.phone, f"user:{arrival.user_id}")
    SIGNED_IN_THERE.give(request, response, "yes")
    return response


def _kept(request: HttpRequest) -> tuple[Departure | None, str]:
    text = IDENTITY_TRIP.read(request)
    if not text:
        return None, HOME
    kept = json.loads(text)
    target = kept.pop("next")
    return Departure(**kept), target


def _failed(request: HttpRequest, provider: IdentityService, refused: Refused) -> HttpResponse:
    """Why it did not work and what else to do."""
    words = {"refused": refused, "service": provider.name}
    response = render(request, "portal/identity_failed.html", words, status=refused.status)
    response["Cache-Control"] = "no-store"
    IDENTITY_TRIP.take_back(response)
    return response


@admits(PUBLIC)
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Signed out here; the session with the identity service is another one and is ended there."""
    provider = service()
    if provider is None or SIGNED_IN_THERE.read(request) != "yes":
        return HttpResponseRedirect("/")
    there = actions.leave_from(provider, back_to=settings.ONEDOOR_PUBLIC_URL)
    response = render(request, "portal/identity_left.html", {"there": there, "service": provider.name})
    SIGNED_IN_THERE.take_back(response)
    return response


def verified(request: HttpRequest, draft: DraftSheet, kind: str) -> VerifiedIdentity | None:
    """The verified identity under which this draft is written; None for a body, for another, or without one."""
    if kind != "person" or draft.agent is not None:
        return None
    return queries.verified_identity(signed_in(request))


def known_party(request: HttpRequest) -> PartyGiven | None:
    """The verified holder of the account, to begin an application with."""
    return queries.own_identity(signed_in(request), at=now())


class VerifiedForm(ApplicantForm):
    """What is asked of a verified applicant: name and number are known, and not to be changed."""

    def __init__(self, *args: Any, party: PartyGiven, **kwargs: Any) -> None:
        super().__init__(*args, kind="person", **kwargs)
        self.party = party
        for name in ("name", "id_number"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        known = {"name": self.party.name, "id_number": self.party.id_number}
        self.cleaned_data.update(known)
        return {**super().clean(), **known}
