"""Packages 一件事: finding one, answering its few questions, and seeing at once everything that is needed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageCard
from onedoor.faces import planning
from onedoor.faces.access import PUBLIC, admits, county, now
from onedoor.faces.packageasking import asking
from onedoor.faces.parts import Tab

A_PAGE = 20
AUDIENCES = {"": "全部", "person": "个人", "organization": "企业"}
#: Packages that are shown beside something else.
A_FEW = 3


@admits(PUBLIC)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The list of packages, searched and narrowed down."""
    tenant_id = county(request).id
    asked = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "audience", "theme")}
    kept = {name: value for name, value in asked.items() if value}
    page = packages.packages(tenant_id, **asked, cursor=request.GET.get("cursor") or None, limit=A_PAGE)
    words = {
        "asked": kept,
        "page": page,
        "tabs": [
            _tab(tenant_id, {**asked, "audience": audience}, name, audience == asked["audience"])
            for audience, name in AUDIENCES.items()
        ],
        "next_url": f"/packages?{urlencode({**kept, 'cursor': page.next_cursor})}"
        if page.next_cursor
        else "",
    }
    return render(request, "portal/packages.html", words)


def _tab(tenant_id: int, asked: dict[str, str], name: str, current: bool) -> Tab:
    total = packages.packages(tenant_id, **asked, limit=1).total
    rest = urlencode({key: value for key, value in asked.items() if value})
    return Tab(name, f"/packages?{rest}" if rest else "/packages", current, total)


def beside(tenant_id: int, *, q: str = "", audience: str = "", occasion: str = "") -> tuple[PackageCard, ...]:
    """The few packages that belong to a search, or to something that happens to people; () for neither."""
    if not (q or occasion):
        return ()
    found = packages.packages(tenant_id, q=q, audience=audience, limit=100).items
    return tuple(card for card in found if not occasion or occasion in card.occasions)[:A_FEW]


@admits(PUBLIC)
@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """A package: its questions, and with answers everything that is needed."""
    at = now()
    asked = asking(packages.package(county(request).id, code, at), request.GET, at)
    words = {
        "package": asked.package,
        "sent": asked.sent,
        "problems": asked.problems,
        "controls": asked.controls,
        "plan": planning.compose(asked.plan),
        "whole": asked.plan,
        "query": asked.query,
    }
    return render(request, "portal/package.html", words, status=422 if asked.problems else 200)
