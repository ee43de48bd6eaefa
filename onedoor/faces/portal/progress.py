"""Progress without signing in: case number and query code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet
from onedoor.domain.cases.terms import Holder
from onedoor.domain.offices import actions as offices
from onedoor.faces.access import PUBLIC, address_of, admits, hear_guesser, note_wrong_code, now

from . import showing, together
from .forms import ProgressForm, RateForm
from .keepsakes import PROGRESS
from .once import new_token, once_of, token_of

#: Tries at one number from one place in a quarter of an hour.
TRIES = 8
#: The same words for an unknown number and for a wrong code: nobody learns which numbers exist.
NOT_FOUND = "办件编号或查询码不正确，请对照收件凭证或短信核对后重新输入。"


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Ask for number and code; the right ones are kept sealed and lead to the case."""
    if request.method != "POST":
        given = {"number": canonical(request.GET.get("number", ""))[:50]}
        return _ask(request, ProgressForm(initial=given))
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, 422)
    number, query_code = form.cleaned_data["number"], form.cleaned_data["query_code"]
    try:
        _try(request, number, query_code)
    except Refused as refused:
        form.add_error(None, NOT_FOUND if refused.status == 404 else refused.detail)
        return _ask(request, form, 422 if refused.status == 404 else refused.status)
    response = HttpResponseRedirect("/progress/case")
    PROGRESS.give(request, response, f"{number} {query_code}")
    return response


def _try(request: HttpRequest, number: str, query_code: str) -> None:
    """Count the try and look. Raises Refused: too_many_attempts (429), case_not_found (404)."""
    key = f"progress:{number[:50]}:{address_of(request)}"
    hear_guesser(request)
    offices.count_attempt(key=key, limit=TRIES, at=now())
    if not cases.holds_code(number, Holder(query_code)):
        note_wrong_code(request)
        raise cases.not_found()
    offices.forget_attempts(key=key)


def _ask(request: HttpRequest, form: ProgressForm, status: int = 200) -> HttpResponse:
    return render(request, "portal/progress.html", {"form": form}, status=status)


def _held(request: HttpRequest) -> tuple[str, Holder] | None:
    """The case this browser may look at."""
    number, _, query_code = PROGRESS.read(request).partition(" ")
    return (number, Holder(query_code)) if query_code else None


@admits(PUBLIC)
@require_safe
def result(request: HttpRequest) -> HttpResponse:
    """The masked case."""
    held = _held(request)
    if held is None:
        return HttpResponseRedirect("/progress")
    number, holder = held
    bundle = cases.bundle_sheet(number, actor=holder, at=now())
    if bundle is not None:
        words = {"whole": together.whole(bundle, "/progress/members"), "sheet": bundle}
        return _private(render(request, "portal/progress_together.html", words))
    return _single(request, number, holder)


@admits(PUBLIC)
@require_safe
def member(request: HttpRequest, number: str) -> HttpResponse:
    """A member of the package whose number and code this browser has shown."""
    held = _held(request)
    bundle = cases.bundle_sheet(held[0], actor=held[1], at=now()) if held else None
    if held is None or bundle is None:
        return HttpResponseRedirect("/progress")
    if number not in {line.number for line in bundle.members if line.mine}:
        raise cases.not_found()
    return _single(request, number, held[1], of=bundle.package_name)


def _single(request: HttpRequest, number: str, holder: Holder, of: str = "") -> HttpResponse:
    """One case, masked; `of` is the package whose page leads back."""
    sheet = cases.case_sheet(number, actor=holder, at=now())
    words = {
        "sheet": sheet,
        "of": of,
        "tone": showing.tone_of(sheet.stage),
        "standing": showing.standing(sheet, now()),
        "way": showing.WAY,
        "place": showing.place_on_way(sheet),
        "clock": showing.clock(sheet, now()),
        "due": showing.due_words(sheet),
        "entries": showing.entries(sheet),
        "steps": showing.steps(sheet),
        "facts": showing.facts_of(sheet),
        "may_rate": _may_rate(sheet) and not of,
    }
    return _private(render(request, "portal/progress_case.html", words))


def _may_rate(sheet: CaseSheet) -> bool:
    return any(allowed.verb.code == "rate" for allowed in sheet.allowed)


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest) -> HttpResponse:
    """Rate a concluded case with its number and code."""
    held = _held(request)
    if held is None:
        return HttpResponseRedirect("/progress")
    number, holder = held
    form = RateForm(request.POST or None)
    words = {"form": form, "once": token_of(request), "action": "/progress/rate", "back": "/progress/case"}
    if request.method != "POST":
        words["once"] = new_token()
        return _private(render(request, "portal/rate.html", words))
    if not form.is_valid():
        return _private(render(request, "portal/rate.html", words, status=422))
    actions.perform(
        number=number,
        verb="rate",
        payload=form.payload,
        actor=holder,
        at=now(),
        once=once_of(request, "rate", number),
    )
    return HttpResponseRedirect("/progress/case")


@admits(PUBLIC)
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the case, on a machine that others use too."""
    response = HttpResponseRedirect("/progress")
    PROGRESS.take_back(response)
    return response


def _private(response: HttpResponse) -> HttpResponse:
    """An answer that no cache keeps."""
    response["Cache-Control"] = "no-store"
    return response
