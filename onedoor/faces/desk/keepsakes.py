"""What one keeps for the own work: filters of lists, sentences for opinions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.faces import casefilters
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.staff import STAFF, page


@admits(STAFF)
@require_POST
def keep_filter(request: HttpRequest) -> HttpResponse:
    """Keep the conditions of a list under a name, and show the list by it."""
    principal, at = signed_in(request), now()
    place = casefilters.place_of(request.POST.get("list", ""))
    asked = casefilters.read(request, principal, at).given
    kept = actions.keep_filter(
        principal=principal,
        place=place,
        name=request.POST.get("filter-name", ""),
        asked=asked,
        is_default=bool(request.POST.get("filter-default")),
        at=at,
    )
    return HttpResponseRedirect(casefilters.onto(place, **asked, filter=str(kept.id)))


@admits(STAFF)
@require_POST
def drop_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Forget a filter."""
    place = casefilters.place_of(request.POST.get("list", ""))
    actions.drop_filter(principal=signed_in(request), filter_id=filter_id)
    return HttpResponseRedirect(f"{casefilters.PLACES[place]}?all=1")


@admits(STAFF)
@require_safe
def phrases(request: HttpRequest) -> HttpResponse:
    """The sentences one keeps, by what they are for."""
    principal = signed_in(request)
    verbs = ((verb, cases.phrases_of(principal, verb.code)) for verb in cases.LIFECYCLE.values())
    words = {"kept": [(verb, listed) for verb, listed in verbs if listed]}
    return page(request, "desk/phrases.html", words)


@admits(STAFF)
@require_POST
def drop_phrase(request: HttpRequest, phrase_id: int) -> HttpResponse:
    """Forget a sentence."""
    actions.drop_phrase(principal=signed_in(request), phrase_id=phrase_id)
    return HttpResponseRedirect("/desk/phrases")
