"""Finding a service item, and its guide."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.faces.access import PUBLIC, admits, county, now
from onedoor.faces.parts import Tab

from . import guides, occasions
from .showing import drawn_qr

A_PAGE = 20
NARROWED_BY = ("department", "theme", "audience")


@admits(PUBLIC)
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The list of items, searched and narrowed down."""
    tenant_id = county(request).id
    asked = {name: request.GET.get(name, "").strip()[:60] for name in ("q", *NARROWED_BY)}
    occasion = occasions.named(asked["audience"], request.GET.get("occasion", ""))
    themes = occasion.themes if occasion else ()
    page = catalog.listing(
        tenant_id, **asked, themes=themes, cursor=request.GET.get("cursor") or None, limit=A_PAGE
    )
    kept = {name: value for name, value in asked.items() if value}
    kept |= {"occasion": occasion.code} if occasion else {}
    words = {
        "asked": kept,
        "occasion": occasion,
        "page": page,
        "tabs": _tabs(tenant_id, asked, themes),
        "themes": catalog.themes(tenant_id, audience=asked["audience"]),
        "departments": catalog.departments(tenant_id, audience=asked["audience"]),
        "next_url": f"/services?{urlencode({**kept, 'cursor': page.next_cursor})}"
        if page.next_cursor
        else "",
    }
    return render(request, "portal/services.html", words)


def _tabs(tenant_id: int, asked: dict[str, str], themes: tuple[str, ...]) -> list[Tab]:
    """The same search for everybody, for persons and for bodies, each with how much it finds."""
    found = []
    for audience, name in (("", "全部"), ("person", "个人"), ("organization", "企业")):
        wanted = {**asked, "audience": audience}
        # What happens to a person does not happen to a body: the other tabs leave the occasion.
        about = themes if audience == asked["audience"] else ()
        total = catalog.listing(tenant_id, **wanted, themes=about, limit=1).total
        rest = urlencode({key: value for key, value in wanted.items() if value})
        found.append(Tab(name, f"/services?{rest}", audience == asked["audience"], total))
    return found


@admits(PUBLIC)
@require_safe
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """The guide of an item, in the order in which portals have it."""
    tenant_id = county(request).id
    version = in_force(tenant_id, code)
    words = {
        "version": version,
        "guide": guides.compose(version, offices.departments(tenant_id)),
        "url": f"{settings.ONEDOOR_PUBLIC_URL}/services/{version.code}",
    }
    return render(request, "portal/guide.html", words)


@admits(PUBLIC)
@require_safe
def guide_qr(request: HttpRequest, code: str) -> HttpResponse:
    """The QR that leads from the printed guide to the living one."""
    version = in_force(county(request).id, code)
    return drawn_qr(f"{settings.ONEDOOR_PUBLIC_URL}/services/{version.code}")


def in_force(tenant_id: int, code: str) -> ServiceVersion:
    """The version of an item in force now. Raises Refused("unknown_service", 404)."""
    version = catalog.in_force(tenant_id, code, now())
    if version is None:
        raise Refused("unknown_service", "没有找到这个事项，它可能已经取消或更名，请重新搜索。", status=404)
    return version
