"""The guide of a service item."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.faces.access import PUBLIC, admits, county, now

from . import guides
from .showing import drawn_qr


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
