"""The front door."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.cases import queries as cases
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import queries as packages
from onedoor.faces.access import PUBLIC, admits, county
from onedoor.faces.parts import Tab

from . import occasions
from .showing import Link

#: What people come for, in their own words.
SAID = ("我要开饭店", "我要生孩子", "我要买房", "我要退休", "我要结婚")
FREQUENT = 8
TOGETHER = 5
#: From so many different items on, what was applied for tells what people come for.
TELLING = 4
AUDIENCES = {"person": "个人办事", "organization": "企业办事"}


@admits(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Search, who one is, what happens to one, themes, departments, what is asked for most, the way to one's case."""
    tenant_id = county(request).id
    asked = request.GET.get("for", "")
    audience = asked if asked in AUDIENCES else "person"
    most = catalog.cards(tenant_id, cases.most_filed(tenant_id, limit=100))
    often = tuple(card for card in most if audience in card.audience)[:FREQUENT]
    known = len(often) >= TELLING
    words = {
        "said": [Link(said, f"/services?q={quote(said)}") for said in SAID],
        "audience": audience,
        "tabs": [
            Tab(name, "/" if code == "person" else f"/?for={code}#for", code == audience)
            for code, name in AUDIENCES.items()
        ],
        "occasions": occasions.counted(tenant_id, audience),
        "themes": catalog.themes(tenant_id, audience=audience),
        "departments": catalog.departments(tenant_id, audience=audience),
        "frequent": often if known else occasions.first_of_each(tenant_id, audience, FREQUENT),
        "known": known,
        "together": packages.packages(tenant_id, audience=audience, limit=TOGETHER),
    }
    return render(request, "portal/home.html", words)
