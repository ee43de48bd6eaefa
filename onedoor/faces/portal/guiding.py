"""帮我找: two or three plain questions, one a page, that lead to items."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.search import queries as questions
from onedoor.domain.catalog.search.terms import GuidedStep
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import PUBLIC, Access, admits, county, signed_in

from .packages import beside
from .showing import Link

PAGE = "/guide-me"
PREVIEW = "/preview/guide-me"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in="/desk/login")
_LONGEST = 160


@admits(PUBLIC)
@require_safe
def guide_me(request: HttpRequest) -> HttpResponse:
    """The question that the answers so far lead to, or the items they lead to. The answers stand in the address."""
    tenant_id = county(request).id
    step = catalog.guided(tenant_id, _steps(request))
    return render(request, "portal/guide_me.html", _words(tenant_id, step, PAGE))


@admits(EDITOR)
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """The same of the questions that the editor has in work."""
    tenant_id = signed_in(request).tenant_id
    step = questions.previewed(tenant_id, _steps(request))
    return render(request, "portal/guide_me.html", _words(tenant_id, step, PREVIEW) | {"preview": True})


def _steps(request: HttpRequest) -> str:
    return request.GET.get("a", "")[:_LONGEST]


def _words(tenant_id: int, step: GuidedStep, start: str) -> dict[str, Any]:
    answered = step.answered
    named = packages.cards(tenant_id, step.packages)
    known = {card.code for card in named}
    sought = [card for card in beside(tenant_id, q=step.together)[:1] if card.code not in known]
    return {
        "step": step,
        "together": [*named, *sought],
        "number": len(answered) + 1,
        "offered": [Link(each.say, _page(start, each.steps)) for each in step.offered],
        # Each answer can be given anew: its link leads to the question that it answered.
        "answered": [Link(each.say, _page(start, each.steps.rpartition(".")[0])) for each in answered],
        "back": _page(start, answered[-1].steps.rpartition(".")[0]) if answered else "",
        "start": start,
    }


def _page(start: str, steps: str) -> str:
    return f"{start}?a={steps}" if steps else start
