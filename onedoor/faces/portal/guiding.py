"""帮我找: two or three plain questions, one a page, that lead to items."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.catalog import queries as catalog
from onedoor.faces.access import PUBLIC, admits, county

from .packages import beside
from .showing import Link

PAGE = "/guide-me"
_LONGEST = 80


@admits(PUBLIC)
@require_safe
def guide_me(request: HttpRequest) -> HttpResponse:
    """The question that the answers so far lead to, or the items they lead to. The answers stand in the address."""
    steps = request.GET.get("a", "")[:_LONGEST]
    tenant_id = county(request).id
    step = catalog.guided(tenant_id, steps)
    answered = step.answered
    words = {
        "step": step,
        "together": beside(tenant_id, q=step.together)[:1],
        "number": len(answered) + 1,
        "offered": [Link(each.say, _page(each.steps)) for each in step.offered],
        # Each answer can be given anew: its link leads to the question that it answered.
        "answered": [Link(each.say, _page(each.steps.rpartition(".")[0])) for each in answered],
        "back": _page(answered[-1].steps.rpartition(".")[0]) if answered else "",
        "start": PAGE,
    }
    return render(request, "portal/guide_me.html", words)


def _page(steps: str) -> str:
    return f"{PAGE}?a={steps}" if steps else PAGE
