"""Packages 一件事: finding one, answering its few questions, and seeing at once everything that is needed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageCard, PackageVersion, Plan
from onedoor.domain.catalog.terms import Field
from onedoor.faces.access import PUBLIC, admits, county, now
from onedoor.faces.controls import Control, control_of
from onedoor.faces.parts import Tab

from . import planning

A_PAGE = 20
AUDIENCES = {"": "全部", "person": "个人", "organization": "企业"}
#: Packages that are shown beside something else.
A_FEW = 3
#: In the address of a page whose questions have been sent.
SENT = "asked"


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
    package = packages.package(county(request).id, code, at)
    sent = SENT in request.GET or not package.questions
    answers = ticked(request.GET, package.questions)
    problems: tuple[Problem, ...] = ()
    try:
        plan = packages.plan_of(package, answers, at)
    except Refused as refused:
        problems = refused.errors
        faulty = {problem.pointer.split("/")[2] for problem in problems}
        plan = packages.plan_of(
            package, {key: value for key, value in answers.items() if key not in faulty}, at
        )
    words = {
        "package": package,
        "sent": sent,
        "problems": problems,
        "controls": _controls(package, plan, answers, problems),
        "plan": planning.compose(plan),
        "whole": plan,
        "query": urlencode(pairs(plan)),
    }
    return render(request, "portal/package.html", words, status=422 if problems else 200)


def ticked(query: QueryDict, questions: tuple[Field, ...]) -> dict[str, Any]:
    """The answers in an address, by the code of the question; questions that were passed over are left out."""
    found: dict[str, Any] = {}
    for field in questions:
        given = [each[:200] for each in query.getlist(field.code)[:50] if each.strip()]
        if field.type == "choices" and (given or SENT in query):
            found[field.code] = given
        elif given:
            found[field.code] = given[-1]
    return found


def pairs(plan: Plan) -> list[tuple[str, str]]:
    """The answers of a plan as an address has them, for `ticked` to read again."""
    found = [(SENT, "1")]
    for code, value in plan.answers.items():
        values = value if isinstance(value, list) else [value]
        found += [(code, str(each).lower() if isinstance(each, bool) else str(each)) for each in values]
    return found


def _controls(
    package: PackageVersion, plan: Plan, answers: dict[str, Any], problems: tuple[Problem, ...]
) -> tuple[Control, ...]:
    """The questions that these answers bring up, as drawn."""
    faults = {problem.pointer.split("/")[2]: problem.detail for problem in problems}
    up = {field.code for field in plan.missing} | set(plan.answers) | set(faults)
    return tuple(
        control_of(field, answers.get(field.code), fault=faults.get(field.code, ""))
        for field in package.questions
        if field.code in up or (not field.required and not field.when)
    )
