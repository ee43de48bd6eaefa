"""Checking the answers, submitting, and what one gets for it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import DraftSheet
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperKind
from onedoor.faces import planning
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in

from . import guides, identity, showing, tasks, together
from .applying import of_draft
from .forms import DeclarationForm
from .once import new_token, once_of, token_of


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, number: str) -> HttpResponse:
    """All answers on one page; submitting is the last act."""
    if request.method != "POST":
        return _show(request, number=number, form=DeclarationForm(), token=new_token())
    form = DeclarationForm(request.POST)
    if not form.is_valid():
        return _show(request, number=number, form=form, token=token_of(request))
    try:
        actions.perform(
            number=number,
            verb="submit",
            payload={},
            actor=signed_in(request),
            at=now(),
            once=once_of(request, "submit", number),
        )
    except Refused as refused:
        # What is missing is shown on the page; anything else (already submitted, withdrawn) leads to the case.
        if refused.code != "invalid_application":
            raise
        return _show(request, number=number, form=form, token=token_of(request), problems=refused.errors)
    return HttpResponseRedirect(f"/cases/{number}/done")


@of_draft
def _show(
    request: HttpRequest,
    draft: DraftSheet,
    form: DeclarationForm,
    token: str,
    problems: tuple[Problem, ...] | None = None,
) -> HttpResponse:
    verified = identity.verified(request, draft, draft.applicant.kind) is not None
    words = {
        "draft": draft,
        "groups": tasks.groups(draft, verified=verified),
        "faults": tasks.faults(draft, problems),
        "form": form,
        "once": token,
        "limit": planning.promise_of(draft.plan)
        if draft.plan
        else guides.limit_words(draft.version.promised_limit),
    }
    return render(request, "portal/check.html", words, status=422 if form.is_bound else 200)


@admits(SIGNED_IN)
@require_safe
def done(request: HttpRequest, number: str) -> HttpResponse:
    """Number, query code, what comes next and by when; can be opened again at any time."""
    bundle = together.own_bundle(request, number)
    if bundle is not None:
        return together.done(request, bundle)
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    if sheet.stage == "draft":
        return HttpResponseRedirect(f"/cases/{number}/apply")
    words = {
        "sheet": sheet,
        "due": showing.due_words(sheet),
        "limit": guides.limit_words(sheet.version.promised_limit),
        "originals": [m.name for m in sheet.materials if m.way == "original"],
    }
    return render(request, "portal/done.html", words)


@admits(SIGNED_IN)
@require_safe
def qr(request: HttpRequest, number: str) -> HttpResponse:
    """The QR that leads to the progress of one's own case; it holds the number, never the code."""
    bundle = together.own_bundle(request, number)
    shown = bundle or cases.own_case(number, principal=signed_in(request), at=now())
    return showing.drawn_qr(f"{settings.ONEDOOR_PUBLIC_URL}/progress?number={shown.number}")


@admits(SIGNED_IN)
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt; it is made right after submission, so it may take a moment."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    found = next((paper for paper in sheet.papers if paper.kind is PaperKind.RECEIPT), None)
    if found is None:
        return render(request, "portal/preparing.html", {"sheet": sheet}, status=202)
    return pdf(papers.pdf(found.id, now()), f"{number}-{found.title}.pdf")


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF that opens in the browser and is saved under `name`."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response.headers["Cache-Control"] = "private, no-store"
    return response
