"""The front door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from onedoor.domain.cases import queries as cases
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceCard
from onedoor.faces.access import PUBLIC, admits, county

from .showing import Link

#: What people come for, in their own words.
SAID = ("我要开饭店", "我要生孩子", "我要买房", "我要退休", "我要结婚")
FREQUENT = 8


@admits(PUBLIC)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Search, who one is, themes, what is asked for most, and the way to one's case."""
    tenant_id = county(request).id
    words = {
        "said": [Link(words, f"/services?q={words}") for words in SAID],
        "themes": catalog.themes(tenant_id),
        "frequent": _frequent(tenant_id),
    }
    return render(request, "portal/home.html", words)


def _frequent(tenant_id: int) -> list[ServiceCard]:
    """What was applied for most of late; before there is enough of that, whatever can be applied for."""
    cards = catalog.cards(tenant_id, cases.most_filed(tenant_id, limit=FREQUENT))
    known = {card.code for card in cards}
    more = [card for card in catalog.listing(tenant_id, limit=FREQUENT * 2).items if card.code not in known]
    return [*cards, *more][:FREQUENT]
