"""Finding an item: by one's own words, by theme, department, occasion, or for whom it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceCard
from onedoor.domain.offices import queries as offices
from onedoor.faces import searches
from onedoor.faces.access import PUBLIC, admits, county
from onedoor.faces.parts import Tab

from . import occasions
from .packages import beside
from .showing import Link

A_PAGE = 20
LONGEST_QUERY = 60
NARROWED_BY = ("department", "theme", "audience")
AUDIENCES = (("", "全部"), ("person", "个人"), ("organization", "企业"))


@admits(PUBLIC)
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The list of items, searched and narrowed down."""
    tenant_id = county(request).id
    asked = {name: _asked(request, name) for name in ("q", *NARROWED_BY)}
    searches.admit(request, asked["q"])
    occasion = occasions.named(asked["audience"], request.GET.get("occasion", ""))
    q, department, theme = asked["q"], asked["department"], asked["theme"]
    sought = catalog.seek(tenant_id, q=q, department=department, theme=theme)
    about = occasion.themes if occasion else ()
    cards = [card for card in _for(sought.items, asked["audience"]) if _has(card, about)]
    page = catalog.turned(cards, cursor=request.GET.get("cursor") or None, limit=A_PAGE)
    kept = {name: value for name, value in asked.items() if value}
    kept |= {"occasion": occasion.code} if occasion else {}
    words = {
        "asked": kept,
        "occasion": occasion,
        "page": page,
        "mended": sought.mended if cards else "",
        "together": ()
        if department or theme or request.GET.get("cursor")
        else beside(tenant_id, q=q, audience=asked["audience"], occasion=occasion.name if occasion else ""),
        "tabs": _tabs(sought.items, asked, len(cards)),
        "themes": catalog.themes(tenant_id, audience=asked["audience"]),
        "departments": catalog.departments(tenant_id, audience=asked["audience"]),
        "suggestions": [_search(said) for said in catalog.suggestions(tenant_id, q)] if q else (),
        "next_url": f"/services?{urlencode({**kept, 'cursor': page.next_cursor})}"
        if page.next_cursor
        else "",
    }
    if q and not (cards or words["together"]):
        elsewhere = bool(sought.items or ((department or theme) and catalog.seek(tenant_id, q=q).items))
        words |= _nothing(request, tenant_id, q, elsewhere=elsewhere)
    return render(request, "portal/services.html", words)


@admits(PUBLIC)
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What somebody who has typed this much may be about to say, to be put under a search box; 204 for nothing."""
    q = _asked(request, "q")
    searches.admit(request, q)
    said = [_search(each) for each in catalog.suggestions(county(request).id, q)]
    if not said:
        return HttpResponse(status=204)
    return render(request, "portal/parts/suggestions.html", {"suggestions": said, "drawn": "suggest"})


@admits(PUBLIC)
@require_safe
def missed(request: HttpRequest) -> HttpResponse:
    """Somebody who types without sending has stayed with a query that finds nothing: it is counted."""
    tenant_id, q = county(request).id, _asked(request, "q")
    searches.admit(request, q)
    if q and not catalog.seek(tenant_id, q=q).items:
        searches.count_miss(request, tenant_id, q)
    return HttpResponse(status=204)


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:LONGEST_QUERY]


def _for(cards: Sequence[ServiceCard], audience: str) -> list[ServiceCard]:
    return [card for card in cards if not audience or audience in card.audience]


def _has(card: ServiceCard, themes: Sequence[str]) -> bool:
    return not themes or any(theme in themes for theme in card.themes)


def _search(said: str) -> Link:
    return Link(said, f"/services?{urlencode({'q': said})}")


def _tabs(cards: Sequence[ServiceCard], asked: dict[str, str], shown: int) -> list[Tab]:
    """The same search for everybody, for persons and for bodies, each with how much it finds."""
    found = []
    for audience, name in AUDIENCES:
        # What happens to a person does not happen to a body: the other tabs leave the occasion.
        total = shown if audience == asked["audience"] else len(_for(cards, audience))
        rest = urlencode({key: value for key, value in {**asked, "audience": audience}.items() if value})
        found.append(Tab(name, f"/services?{rest}", audience == asked["audience"], total))
    return found


def _nothing(request: HttpRequest, tenant_id: int, q: str, *, elsewhere: bool) -> dict[str, Any]:
    """Ways out of a search that found nothing. One that was sent is counted; one still being typed counts itself."""
    nearest = catalog.nearest(tenant_id, q)
    live = request.headers.get("HX-Request") == "true"
    if not (elsewhere or live or request.method == "HEAD"):
        searches.count_miss(request, tenant_id, q)
    return {
        "nearest": _search(nearest) if nearest else None,
        "counts_itself": f"/services/missed?{urlencode({'q': q})}" if live and not elsewhere else "",
        "windows": sorted(_open_to_all(tenant_id), key=lambda window: "咨询" not in window.name)[:2],
    }


def _open_to_all(tenant_id: int) -> list[offices.WindowView]:
    """The counters for any matter; where one may ask comes first."""
    return [window for window in offices.windows(tenant_id) if window.department is None]
