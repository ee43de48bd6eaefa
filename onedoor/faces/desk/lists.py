"""The inbox by time left, and every case one may see."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import Turn
from onedoor.faces import casefilters
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.caselists import PAGE, asked_list
from onedoor.faces.casework import listed, onward
from onedoor.faces.parts import Tab
from onedoor.faces.pressing import ANSWERABLE, pressing
from onedoor.faces.staff import STAFF, count_words, home_of, page

from .batch import batch_verbs

TURN_NAMES = {
    Turn.ACCEPT: "待受理",
    Turn.REVIEW: "待审查",
    Turn.DECIDE: "待决定",
    Turn.MAKE: "待制证",
    Turn.DELIVER: "待送达",
}
#: What an empty tab says will appear there.
EMPTY_WORDS = {
    None: "轮到您办理的办件会按剩余时间排在这里。",
    Turn.ACCEPT: "窗口收件和网上提交的申请，会先到这里等待受理。",
    Turn.REVIEW: "受理后轮到您审查的环节会出现在这里。",
    Turn.DECIDE: "前面的环节都办完后，等您作出决定的办件会出现在这里。",
    Turn.MAKE: "作出准予决定后，等待制证的办件会出现在这里。",
    Turn.DELIVER: "已制证或已决定、等待交给申请人的办件会出现在这里。",
}


@admits(STAFF)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for the one signed in, the most urgent first."""
    principal = signed_in(request)
    home = home_of(principal)
    if home != "/desk/" and not request.GET:
        return HttpResponseRedirect(home)
    turn, cursor = turn_of(request.GET.get("waits", "")), request.GET.get("cursor", "")
    found = cases.inbox(principal, at=now(), turn=turn, limit=PAGE, cursor=cursor)
    waiting = cases.inbox_count(principal)
    words = {
        "tabs": _tabs(cases.inbox_counts(principal), waiting, turn),
        "pressing": pressing(principal, "desk", now()) if principal.has(*ANSWERABLE) and not cursor else [],
        "waiting": count_words(waiting),
        "rows": listed(found.items, tenant_id=principal.tenant_id),
        "batch": batch_verbs(principal, turn),
        "empty_words": EMPTY_WORDS[turn],
        "here": request.get_full_path(),
        "next_url": onward("/desk/", {"waits": turn.value if turn else ""}, found.next_cursor),
        "first_url": (f"/desk/?waits={turn.value}" if turn else "/desk/") if cursor else "",
    }
    return page(request, "desk/inbox.html", words)


def turn_of(text: str) -> Turn | None:
    """The tab that an address names; an unknown one is the first."""
    return Turn(text) if text in tuple(Turn) else None


def _tabs(counts: Mapping[Turn, int], total: int, current: Turn | None) -> list[Tab]:
    tabs = [Tab("全部", "/desk/", current is None, count_words(total))]
    return tabs + [
        Tab(TURN_NAMES[turn], f"/desk/?waits={turn.value}", current is turn, count_words(count))
        for turn, count in counts.items()
    ]


@admits(STAFF)
@require_safe
def every_case(request: HttpRequest) -> HttpResponse:
    """Every case one may see, narrowed as asked: newest first, what presses by time left."""
    principal, at = signed_in(request), now()
    if to := casefilters.opening(request, principal, "desk"):
        return HttpResponseRedirect(to)
    words = {
        **asked_list(request, principal, "desk", at),
        "batch": batch_verbs(principal, None),
        "here": request.get_full_path(),
    }
    return page(request, "desk/cases.html", words)


@admits(STAFF)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """A search: to the case of a number, to the list of a name. What identifies a person stays out of addresses."""
    principal = signed_in(request)
    place = casefilters.place_of(request.POST.get("place", "desk"))
    text = request.POST.get("q", "")[:120]
    return HttpResponseRedirect(casefilters.searched(text, principal, place, now()))
