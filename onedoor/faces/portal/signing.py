"""Signing in with a telephone, and out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.identifiers import mask_phone
from onedoor.core.refusals import Refused
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import actions as offices
from onedoor.domain.offices import queries as office
from onedoor.domain.people import actions as people
from onedoor.faces import holding
from onedoor.faces.access import (
    PUBLIC,
    SESSION_COOKIE,
    address_of,
    admits,
    county,
    now,
    open_browser_session,
    principal_of,
    safe_next,
    session_secret,
)
from onedoor.faces.returning import why_signed_out

from . import identity
from .forms import CodeForm, PhoneForm
from .keepsakes import ENTRUSTING, MY_PHONE, OWN_PHONE, PROGRESS, SIGN_IN_PHONE

#: Region codes that begin so belong to no real county.
DEMO_REGION = "99"
HOME = "/my"
#: The button that leads from the code back to the telephone, with what is carried.
AGAIN = "again"


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for a telephone and send a code there."""
    target = safe_next(request, HOME)
    if request.method != "POST":
        return HttpResponseRedirect(target) if principal_of(request) else _ask_phone(request, PhoneForm())
    if AGAIN in request.POST:
        return _ask_phone(request, PhoneForm())
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _ask_phone(request, form, 422)
    phone = form.cleaned_data["phone"]
    try:
        people.request_code(tenant_id=county(request).id, phone=phone, address=address_of(request), at=now())
    except Refused as refused:
        # A code that has just been sent is still good.
        if refused.code != "code_sent_recently":
            form.add_error("phone", refused.detail)
            return _ask_phone(request, form, refused.status)
    # What was typed travels in forms alone, so the next page is the answer to this one.
    response: HttpResponse = HttpResponseRedirect(f"/login/code?{urlencode({'next': target})}")
    if holding.sealed_in(request):
        response = _ask_code(request, CodeForm(), phone)
    SIGN_IN_PHONE.give(request, response, phone)
    return response


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; a right one opens a session."""
    phone = SIGN_IN_PHONE.read(request)
    if not phone:
        return HttpResponseRedirect(f"/login?{urlencode({'next': safe_next(request, HOME)})}")
    if request.method != "POST":
        return _ask_code(request, CodeForm(), phone)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, form, phone, 422)
    try:
        secret = offices.sign_in_by_phone(
            tenant_id=county(request).id,
            phone=phone,
            code=form.cleaned_data["code"],
            address=address_of(request),
            at=now(),
        )
    except Refused as refused:
        form.add_error("code", refused.detail)
        return _ask_code(request, form, phone, refused.status)
    return _welcome(request, secret, phone)


def _welcome(request: HttpRequest, secret: str, phone: str) -> HttpResponse:
    """Into the place asked for, with the session and the telephone for application forms; or first to what had been
    typed when the last session ended. Whoever was signed in with this browser before is so no more."""
    if former := session_secret(request):
        offices.sign_out(secret=former)
    response: HttpResponse = HttpResponseRedirect(safe_next(request, HOME))
    if (held := holding.held_in(request)) is not None:
        response = render(request, "portal/resend.html", {"form_held": held})
        response["Cache-Control"] = "no-store"
    open_browser_session(request, response, secret)
    SIGN_IN_PHONE.take_back(response)
    principal = office.principal_by_session(secret, at=now())
    if principal is not None:
        OWN_PHONE.give(request, response, phone, principal.key)
        MY_PHONE.give(request, response, phone, principal.key)
    return response


@admits(PUBLIC)
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets everything personal."""
    offices.sign_out(secret=request.COOKIES.get(SESSION_COOKIE, ""))
    response = HttpResponseRedirect("/login/left" if identity.service() else "/")
    response.delete_cookie(SESSION_COOKIE)
    for keepsake in (OWN_PHONE, MY_PHONE, ENTRUSTING, PROGRESS, SIGN_IN_PHONE):
        keepsake.take_back(response)
    return response


@admits(PUBLIC)
@require_safe
def demo_messages(request: HttpRequest) -> HttpResponse:
    """The latest messages of the demo county, in place of a telephone; no other county has this page."""
    tenant = county(request)
    if not tenant.region_code.startswith(DEMO_REGION):
        raise Http404
    response = render(request, "portal/messages.html", {"messages_sent": notices.outbox(tenant.id, limit=20)})
    response["Cache-Control"] = "no-store"
    return response


def _ask_phone(request: HttpRequest, form: PhoneForm, status: int = 200) -> HttpResponse:
    target, service = safe_next(request, HOME), identity.service()
    words = {
        "form": form,
        "next": target,
        "held": holding.sealed_in(request),
        "service": service.name if service else "",
        "identity_url": f"/login/identity?{urlencode({'next': target})}",
        "ended": why_signed_out(session_secret(request), applicant=True, at=now()),
    }
    return render(request, "portal/login.html", words, status=status)


def _ask_code(request: HttpRequest, form: CodeForm, phone: str, status: int = 200) -> HttpResponse:
    words = {
        "form": form,
        "phone": mask_phone(phone),
        "next": safe_next(request, HOME),
        "held": holding.sealed_in(request),
        "demo": county(request).region_code.startswith(DEMO_REGION),
    }
    response = render(request, "portal/code.html", words, status=status)
    response["Cache-Control"] = "no-store"
    return response
