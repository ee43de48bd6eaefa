"""Writing an application: everything that is needed told once, then a task list, then question after question."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.cases.terms import Applicant, Application
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people.terms import PartyGiven
from onedoor.faces.access import SIGNED_IN, admits, hear_filer, now, signed_in

from . import guides, identity, tasks
from .forms import ID_TYPES, ApplicantForm, KindForm
from .keepsakes import OWN_PHONE
from .once import new_token, once_of
from .services import in_force

DraftView = Callable[..., HttpResponse]


def of_draft(view: DraftView) -> DraftView:
    """Give a view the draft of the case in its address; one that is no longer a draft is shown as a case."""

    @wraps(view)
    def with_draft(request: HttpRequest, number: str, **rest: Any) -> HttpResponse:
        try:
            draft = cases.draft(number, actor=signed_in(request), at=now())
        except Refused as refused:
            if refused.code != "not_a_draft":
                raise
            return HttpResponseRedirect(f"/cases/{number}")
        return view(request, draft, **rest)

    return with_draft


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """一次性告知: all that is needed on one page; going on opens a draft."""
    principal = signed_in(request)
    version = in_force(principal.tenant_id, code)
    if request.method == "POST":
        return HttpResponseRedirect(f"/cases/{_opened(request, principal, version)}/apply")
    words = {
        "version": version,
        "guide": guides.compose(version, offices.departments(principal.tenant_id)),
        "begun": cases.own_draft(principal, code),
        "once": new_token(),
    }
    return render(request, "portal/start.html", words)


def _opened(request: HttpRequest, principal: Principal, version: ServiceVersion) -> str:
    """The number of a new draft, with what is known of the applicant."""
    channel = guides.channel_of(version, request.headers.get("User-Agent", ""))
    application = Application(
        service=version.code,
        applicant=known_applicant(request, principal, version.audience),
        channel=channel,
        draft=True,
    )
    once = once_of(request, "start", version.code)
    hear_filer(principal)
    return actions.file(application=application, actor=principal, at=now(), once=once).number


def known_applicant(request: HttpRequest, principal: Principal, audience: tuple[str, ...]) -> Applicant:
    """Who applied from here last; otherwise the kind of applicant, if there is but one, and the telephone."""
    former = cases.former_applicant(principal, audience)
    if former is not None:
        return former
    kind = audience[0] if audience else "person"
    party = identity.known_party(request) if "person" in audience else None
    if party is not None:
        return Applicant(party.kind, party.name, party.id_type, party.id_number, party.phone)
    return Applicant(kind, "", ID_TYPES[kind], "", OWN_PHONE.read(request, principal.key))


@admits(SIGNED_IN)
@require_safe
@of_draft
def task_list(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """What is to be done and how far it is."""
    listed = tasks.tasks(draft)
    words = {"draft": draft, "tasks": listed, "done": tasks.done_count(listed), "of": len(listed) - 1}
    return render(request, "portal/tasks.html", words)


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def applicant(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """Who applies: first the kind, where there is a choice, then name, number and telephone."""
    kind = _kind(request, draft)
    if kind is None:
        return _ask_kind(request, draft)
    same = kind == draft.applicant.kind
    who = draft.applicant if same else Applicant(kind, "", ID_TYPES[kind], "", draft.applicant.phone)
    known = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    sent = request.POST if request.method == "POST" else None
    verified = identity.verified(request, draft, kind)
    party = identity.known_party(request) if verified and sent is not None else None
    form: ApplicantForm = (
        identity.VerifiedForm(sent, party=party or PartyGiven("person", "", "", "", ""), initial=known)
        if verified
        else ApplicantForm(sent, kind=kind, initial=known)
    )
    if request.method == "POST" and form.is_valid():
        return _keep_applicant(request, draft, form.applicant)
    words = frame(
        request, draft, form=form, kind=kind, choice=len(draft.version.audience) > 1, verified=verified
    )
    return render(request, "portal/applicant.html", words, status=422 if form.is_bound else 200)


def _ask_kind(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """The choice of the kind; it travels in the address, since it tells nothing about anybody."""
    form = KindForm(request.GET if "asked" in request.GET else None)
    words = frame(request, draft, form=form)
    return render(request, "portal/kind.html", words, status=422 if form.is_bound else 200)


def _kind(request: HttpRequest, draft: DraftSheet) -> str | None:
    """The kind of applicant to ask about; None while it has to be chosen."""
    audience = draft.version.audience
    if len(audience) == 1:
        return audience[0]
    asked = (request.POST if request.method == "POST" else request.GET).get("kind")
    if asked is None:
        return draft.applicant.kind if draft.applicant.name else None
    return asked if asked in audience else None


def _keep_applicant(request: HttpRequest, draft: DraftSheet, who: Applicant) -> HttpResponse:
    part = {
        "kind": who.kind,
        "name": who.name,
        "id_type": who.id_type,
        "id_number": who.id_number,
        "phone": who.phone,
    }
    save(request, draft.number, applicant=part)
    return HttpResponseRedirect(back_of(request, draft.number))


def save(request: HttpRequest, number: str, **parts: Any) -> None:
    """Keep a part of an application: applicant, form or materials."""
    actions.perform(number=number, verb="save_draft", payload=parts, actor=signed_in(request), at=now())


def from_check(request: HttpRequest) -> bool:
    """Whether the page was opened from the answers to check, and goes back there."""
    return (request.POST.get("from") or request.GET.get("from")) == "check"


def back_of(request: HttpRequest, number: str) -> str:
    """Where a saved page leads."""
    return f"/cases/{number}/apply/check" if from_check(request) else f"/cases/{number}/apply"


def frame(request: HttpRequest, draft: DraftSheet, **words: Any) -> dict[str, Any]:
    """What every page of an application knows."""
    return {
        "draft": draft,
        "back": back_of(request, draft.number),
        "from": "check" if from_check(request) else "",
        **words,
    }
