"""Passkeys: made on the account's page, used on the sign-in page. Their pages work with scripts only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices.terms import Site
from onedoor.faces.access import (
    PUBLIC,
    address_of,
    admits,
    now,
    open_browser_session,
    safe_next,
    session_secret,
    signed_in,
)
from onedoor.faces.devices import named, origin_of
from onedoor.faces.staff import STAFF

from .confirming import ACCOUNT, ask_to_confirm, confirmed
from .factor import FACTOR
from .signing import ask_again, welcome

#: Characters of a device's answer; real ones have a few thousand.
MOST = 30_000


def site_of(request: HttpRequest) -> Site:
    """The site as the browser knows it."""
    host = request.get_host()
    name, _, port = host.rpartition(":")
    return Site(name if port.isdecimal() else host, f"{request.scheme}://{host}")


def _json(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


@admits(STAFF, despite_duty=True)
@require_POST
@confirmed(FACTOR)
def options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return _json(
        accounts.passkey_options(user_id=signed_in(request).user_id, site=site_of(request), at=now())
    )


@admits(STAFF, despite_duty=True)
@require_POST
@confirmed(FACTOR)
def add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser has made."""
    secret = accounts.add_passkey(
        user_id=signed_in(request).user_id,
        session=session_secret(request),
        answer=request.POST.get("answer", "")[:MOST],
        name=request.POST.get("name", ""),
        site=site_of(request),
        at=now(),
    )
    response = HttpResponseRedirect(FACTOR)
    open_browser_session(request, response, secret)
    return response


@admits(STAFF)
@require_POST
@confirmed(FACTOR)
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey of one's own."""
    accounts.remove_passkey(user_id=signed_in(request).user_id, passkey_id=passkey_id, at=now())
    return HttpResponseRedirect(FACTOR)


@admits(STAFF)
@require_POST
@confirmed(FACTOR)
def alone(request: HttpRequest) -> HttpResponse:
    """Sign in with passkeys alone, or let the password count again."""
    principal = signed_in(request)
    if request.POST.get("alone") == "yes":
        accounts.sign_in_by_passkeys_alone(
            user_id=principal.user_id, session=session_secret(request), at=now()
        )
    else:
        accounts.allow_password(user_id=principal.user_id, at=now())
    return HttpResponseRedirect(f"{FACTOR}#passkeys")


@admits(STAFF, despite_duty=True)
@require_POST
def confirming_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show again who one is."""
    return _json(
        accounts.confirming_options(user_id=signed_in(request).user_id, site=site_of(request), at=now())
    )


@admits(STAFF, despite_duty=True)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """A passkey instead of password or code; the session gets a new secret."""
    try:
        secret = accounts.confirm_by_passkey(
            user_id=signed_in(request).user_id,
            session=session_secret(request),
            answer=request.POST.get("answer", "")[:MOST],
            site=site_of(request),
            at=now(),
        )
    except Refused as refused:
        return ask_to_confirm(request, refused)
    response = HttpResponseRedirect(safe_next(request, ACCOUNT))
    open_browser_session(request, response, secret)
    return response


@admits(PUBLIC)
@require_POST
def sign_in_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to sign in with a passkey."""
    return _json(accounts.sign_in_options(site=site_of(request), address=address_of(request), at=now()))


@admits(PUBLIC)
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Into the desk, if the device's answer is right."""
    origin = named(origin_of(request))
    try:
        secret = accounts.sign_in_by_passkey(
            answer=request.POST.get("answer", "")[:MOST], site=site_of(request), origin=origin, at=now()
        )
    except Refused as refused:
        return ask_again(request, refused)
    return welcome(request, secret, origin)
