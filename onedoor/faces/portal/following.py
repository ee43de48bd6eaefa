"""One's own cases: the list, the case, its papers and files, taking it back, rating it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet, DraftSheet
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in
from onedoor.faces.wording import moment_zh

from . import showing, tasks, together
from .forms import RateForm, WithdrawForm
from .once import new_token, once_of, token_of
from .sending import pdf

A_PAGE = 20


@admits(SIGNED_IN)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own cases, newest first; what one has begun to write stands before them, with how far it is."""
    principal, cursor = signed_in(request), request.GET.get("cursor", "")
    page = cases.own_cases(principal, at=now(), limit=A_PAGE, cursor=cursor)
    wholes = cases.own_bundles(principal, at=now()) if not cursor else ()
    correcting = [line.number for line in page.items if line.stage == "correcting"]
    written = [whole.number for whole in wholes if whole.stage == "draft"]
    written += [line.number for line in page.items if line.stage == "draft"]
    words = {
        "drafts": [_draft(draft) for number in written if (draft := _readable(number, principal))],
        "wholes": together.listed(tuple(each for each in wholes if each.stage != "draft")),
        "lines": [(line, showing.tone_of(line.stage)) for line in page.items if line.stage != "draft"],
        "correcting": cases.correction_terms(principal, correcting) if correcting else {},
        "next_url": f"/my?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "portal/my.html", words)


def _readable(number: str, principal: Principal) -> DraftSheet | None:
    """A draft; None for that of a package which is no longer offered."""
    try:
        return cases.draft(number, actor=principal, at=now())
    except Refused:
        return None


def _draft(sheet: DraftSheet) -> dict[str, Any]:
    """What the list says of an application that is still being written."""
    listed = tasks.tasks(sheet)
    return {
        "sheet": sheet,
        "done": tasks.done_count(listed),
        "of": len(listed) - 1,
        "kept": moment_zh(sheet.saved_at, now()),
    }


@admits(SIGNED_IN)
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case: where it stands, what may be done, what has happened."""
    principal = signed_in(request)
    bundle = together.own_bundle(request, number)
    if bundle is not None:
        return together.page(request, bundle)
    sheet = cases.own_case(number, principal=principal, at=now())
    if sheet.stage == "draft":
        return HttpResponseRedirect(f"/cases/{number}/apply")
    verbs = verbs_of(sheet)
    begun = cases.kept_correction(number, actor=principal, at=now()) if "correct" in verbs else None
    words = {
        "sheet": sheet,
        "around": cases.bundle_around(sheet.case_id, principal, now()),
        "verbs": verbs,
        "begun": moment_zh(begun.saved_at, now()) if begun else "",
        "tone": showing.tone_of(sheet.stage),
        "standing": showing.standing(sheet, now()),
        "way": showing.WAY,
        "place": showing.place_on_way(sheet),
        "clock": showing.clock(sheet, now()),
        "due": showing.due_words(sheet),
        "entries": showing.entries(sheet, me=principal.name, links=True),
        "steps": showing.steps(sheet),
        "facts": showing.facts_of(sheet),
        "answers": showing.answers(sheet),
        "papers": showing.paper_tasks(sheet),
    }
    return render(request, "portal/case.html", words)


def verbs_of(sheet: CaseSheet) -> frozenset[str]:
    """The codes of the verbs that the reader may do now."""
    return frozenset(allowed.verb.code for allowed in sheet.allowed)


@admits(SIGNED_IN)
@require_safe
def paper(request: HttpRequest, number: str, paper_id: UUID) -> HttpResponse:
    """A paper of one's own case. Raises Refused("paper_unknown", 404) for any other."""
    sheet = cases.own_case(number, principal=signed_in(request), at=now())
    found = next((each for each in sheet.papers if each.id == paper_id), None)
    if found is None:
        raise Refused("paper_unknown", "这个办件没有这份文书，请返回办件页面重新打开。", status=404)
    return pdf(papers.pdf(found.id, now()), f"{number}-{found.title}.pdf")


@admits(SIGNED_IN)
@require_safe
def upload(request: HttpRequest, number: str, upload_id: UUID) -> HttpResponse:
    """A file of one's own case, as it was uploaded. Raises Refused("upload_unknown", 404) for any other."""
    found = _upload_of(request, number, upload_id)
    response = HttpResponse(papers.open_blob(found.sm3), content_type=found.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@admits(SIGNED_IN)
@require_safe
def preview(request: HttpRequest, number: str, upload_id: UUID) -> HttpResponse:
    """A small picture of a file of one's own case, drawn anew when it came. Raises Refused("upload_unknown", 404) for
    any other, and for one without a picture."""
    found = _upload_of(request, number, upload_id)
    if not found.preview:
        raise _unknown_upload()
    kind = found.media_type if found.preview == found.sm3 else "image/png"
    response = HttpResponse(papers.open_blob(found.preview), content_type=kind)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _upload_of(request: HttpRequest, number: str, upload_id: UUID) -> UploadView:
    """A file of one's own application, or one kept for a correction that has not been sent."""
    principal = signed_in(request)
    sheet = cases.own_case(number, principal=principal, at=now())
    found = next((u for m in sheet.materials for u in m.uploads if u.id == upload_id), None)
    if found is None and "correct" in verbs_of(sheet):
        kept = cases.kept_correction(number, actor=principal, at=now())
        if kept is not None and any(str(upload_id) in given.uploads for given in kept.materials):
            found = next(iter(papers.uploads([upload_id])), None)
    if found is None:
        raise _unknown_upload()
    return found


def _unknown_upload() -> Refused:
    return Refused("upload_unknown", "这个办件没有这个文件，请返回办件页面重新打开。", status=404)


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back."""
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _perform(request, number, "withdraw", form.payload)
    return _page(request, number, "withdraw", form)


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """Rate a concluded case."""
    form = RateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _perform(request, number, "rate", form.payload)
    return _page(request, number, "rate", form)


def _perform(request: HttpRequest, number: str, verb: str, payload: dict[str, Any]) -> HttpResponse:
    answer = actions.perform(
        number=number,
        verb=verb,
        payload=payload,
        actor=signed_in(request),
        at=now(),
        once=once_of(request, verb, number),
    )
    if answer.results:
        return render(request, "portal/together_withdrawn.html", {"answer": answer})
    return HttpResponseRedirect("/my" if verb == "withdraw" else f"/cases/{number}")


def _page(request: HttpRequest, number: str, verb: str, form: RateForm | WithdrawForm) -> HttpResponse:
    """The verb's form, if the verb may be done; otherwise the case as it stands."""
    bundle = together.own_bundle(request, number)
    sheet = None if bundle else cases.own_case(number, principal=signed_in(request), at=now())
    may = {verb.code for verb in bundle.allowed} if bundle else verbs_of(sheet) if sheet else set()
    if verb not in may:
        return HttpResponseRedirect(f"/cases/{number}")
    words = {
        "sheet": sheet,
        "bundle": bundle,
        "name": bundle.package_name if bundle else sheet.version.name if sheet else "",
        "form": form,
        "once": token_of(request) if form.is_bound else new_token(),
        "action": f"/cases/{number}/{verb}",
        "back": f"/cases/{number}",
    }
    return render(request, f"portal/{verb}.html", words, status=422 if form.is_bound else 200)
