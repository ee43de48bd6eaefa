"""The front door."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.cases import queries as cases
from onedoor.domain.catalog import queries as catalog
from onedoor.faces.access import PUBLIC, admits, county

from .showing import Link

#: What people come for, in their own words.
SAID = ("我要开饭店", "我要生孩子", "我要买房", "我要退休", "我要结婚")
FREQUENT = 8
#: From so many different items on, what was applied for tells what people come for.
TELLING = 4


@admits(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Search, who one is, themes, what is asked for most, and the way to one's case."""
    tenant_id = county(request).id
    often = catalog.cards(tenant_id, cases.most_filed(tenant_id, limit=FREQUENT))
    known = len(often) >= TELLING
    words = {
        "said": [Link(said, f"/services?q={quote(said)}") for said in SAID],
        "themes": catalog.themes(tenant_id),
        "frequent": often if known else catalog.listing(tenant_id, limit=FREQUENT).items,
        "known": known,
    }
    return render(request, "portal/home.html", words)
