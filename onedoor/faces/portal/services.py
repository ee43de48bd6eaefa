"""The guide of a service item: as a page, in everyday words, for one situation, as codes and pictures."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.guides.flowchart import chart_of
from onedoor.domain.catalog.guides.sheets import notice_data
from onedoor.domain.catalog.guides.situations import CalledFor, answers_in, called_for, questions_of
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.faces.access import PUBLIC, admits, county, now
from onedoor.faces.controls import Control, control_of
from onedoor.faces.flowcharts import drawing_of, picture
from onedoor.faces.ticks import SENT, path_to, query_of, ticked

from . import guides, plain
from .showing import Link, drawn_qr


@admits(PUBLIC)
@require_safe
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """The guide of an item, in the order in which portals have it, or in everyday words."""
    tenant_id = county(request).id
    version = _met(request, tenant_id, code)
    if isinstance(version, HttpResponse):
        return version
    called, _ = called_for(version, {})
    words = {
        "version": version,
        "guide": guides.compose(version, offices.departments(tenant_id)),
        "situations": _situations(version),
        "controls": _controls(called, ()),
        "url": f"{settings.ONEDOOR_PUBLIC_URL}/services/{version.code}",
        "was": bool(request.GET.get("was")),
    }
    if version.ex_officio:
        return render(request, "portal/guide_official.html", words)
    everyday = plain.wanted(request)
    if everyday:
        words["plain"] = plain.compose(version)
    page = "portal/guide_plain.html" if everyday else "portal/guide.html"
    return plain.remember(request, render(request, page, words))


@admits(PUBLIC)
@require_safe
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """一次性告知单: the questions of an item, and exactly what the answers in the address call for."""
    tenant_id = county(request).id
    version = _met(request, tenant_id, code)
    if isinstance(version, HttpResponse):
        return version
    called, problems = _heard(request, version)
    names = {key: view.name for key, view in offices.departments(tenant_id).items()}
    chart = chart_of(version, names, skipped=called.skipped, doubtful=called.doubtful)
    query = query_of(called.answers)
    words = {
        "version": version,
        "called": called,
        "sheet": notice_data(version, called, names),
        "sent": SENT in request.GET or not called.questions,
        "problems": problems,
        "controls": _controls(called, problems),
        "situations": _situations(version),
        "flow": drawing_of(chart),
        "query": f"?{query}" if query else "",
        "online": guides.is_online(version),
        "at": now(),
    }
    return render(request, "portal/notice.html", words, status=422 if problems else 200)


@admits(PUBLIC)
@require_safe
def guide_qr(request: HttpRequest, code: str) -> HttpResponse:
    """The QR for posters and printed guides, which leads to the living one, with answers to the same notice."""
    version = in_force(county(request).id, code)
    called, _ = _heard(request, version)
    return drawn_qr(f"{settings.ONEDOOR_PUBLIC_URL}{path_to(version, called)}")


@admits(PUBLIC)
@require_safe
def flow(request: HttpRequest, code: str) -> HttpResponse:
    """The flow chart as an image of its own, for posters; with answers, as they make it."""
    tenant_id = county(request).id
    version = in_force(tenant_id, code)
    called, _ = _heard(request, version)
    names = {key: view.name for key, view in offices.departments(tenant_id).items()}
    sent = SENT in request.GET
    chart = chart_of(
        version,
        names,
        skipped=called.skipped if sent else (),
        doubtful=called.doubtful if sent else None,
    )
    drawing = drawing_of(chart)
    if drawing is None:
        raise Refused("no_procedure", "这个事项还没有公布办理流程，请电话咨询。", status=404)
    return picture(drawing, f"{version.name}办理流程图")


def _met(request: HttpRequest, tenant_id: int, code: str) -> ServiceVersion | HttpResponse:
    """The version in force of an item. The address of one that was split, merged or cancelled, printed as a QR long
    ago, leads on to the one that took its place, or to a choice of several. Raises Refused("unknown_service", 404)."""
    try:
        return in_force(tenant_id, code)
    except Refused:
        cards = catalog.cards(tenant_id, drafts.successors_of(tenant_id, code))
        if not cards:
            raise
    if len(cards) == 1:
        return HttpResponseRedirect(f"/services/{cards[0].code}?was={code}")
    return render(request, "portal/succeeded.html", {"cards": cards})


def in_force(tenant_id: int, code: str) -> ServiceVersion:
    """The version of an item in force now. Raises Refused("unknown_service", 404)."""
    version = catalog.in_force(tenant_id, code, now())
    if version is None:
        raise Refused("unknown_service", "没有找到这个事项，它可能已经取消或更名，请重新搜索。", status=404)
    return version


def _heard(request: HttpRequest, version: ServiceVersion) -> tuple[CalledFor, tuple[Problem, ...]]:
    return called_for(version, ticked(request.GET, questions_of(version)))


def _controls(called: CalledFor, problems: tuple[Problem, ...]) -> tuple[Control, ...]:
    faults = {problem.pointer.rpartition("/")[2]: problem.detail for problem in problems}
    return tuple(
        control_of(field, called.answers.get(field.code), fault=faults.get(field.code, ""))
        for field in called.questions
    )


def _situations(version: ServiceVersion) -> list[Link]:
    """The situations that the catalogue names, each leading to its notice."""
    questions = questions_of(version)
    found = []
    for each in version.details.situations:
        query = query_of(answers_in(each, questions))
        found.append(Link(each.name, f"/services/{version.code}/notice" + (f"?{query}" if query else "")))
    return found
