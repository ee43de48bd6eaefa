"""Time limits at a glance: counts by stage, what is late, department by department. Numbers lead to their lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import CaseFilter, DepartmentCount
from onedoor.domain.offices import queries as offices
from onedoor.faces import casefilters
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.caselists import asked_list
from onedoor.faces.casework import STAGES, listed
from onedoor.faces.parts import Bar
from onedoor.faces.pressing import Figure, pressing
from onedoor.faces.staff import OVERSIGHT, page

LIST = "/watch/cases"
#: How many late cases the overview names; the number above leads to all of them.
FIRST_LATE = 10


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """A department's figures."""

    name: str
    in_hand: Figure
    overdue: Figure
    concluded: int


@admits(OVERSIGHT)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The figures that matter, the late cases, the departments."""
    principal, at = signed_in(request), now()
    figures = cases.figures(principal)
    names = _department_names(principal.tenant_id)
    late_now = sum(each.late for each in figures.departments)
    asked = CaseFilter(overdue=True, in_hand=True)
    late = cases.cases(principal, at=at, asked=asked, by_due=True, limit=FIRST_LATE)
    words = {
        "at": at,
        "figures": _totals(figures.departments, pressing(principal, "watch", at, late=late_now)),
        "stages": _stages(figures.stages),
        "late": listed(late.items, names, tenant_id=principal.tenant_id),
        "more_late": bool(late.next_cursor),
        "departments": [_line(each, names) for each in figures.departments],
    }
    return page(request, "watch/overview.html", words)


def _department_names(tenant_id: int) -> dict[str, str]:
    return {code: view.name for code, view in offices.departments(tenant_id).items()}


def _totals(departments: tuple[DepartmentCount, ...], presses: list[Figure]) -> list[Figure]:
    return [
        Figure(f"{sum(each.open for each in departments):,}", "在办", _list(open="1")),
        *presses,
        Figure(f"{sum(each.overdue for each in departments):,}", "曾超过时限", _list(overdue="1")),
        Figure(f"{sum(each.concluded for each in departments):,}", "已办结", ""),
    ]


def _stages(counts: Mapping[str, int]) -> list[Bar]:
    return [Bar(name, counts.get(code, 0), _list(stage=code)) for code, name in STAGES]


def _line(counted: DepartmentCount, names: Mapping[str, str]) -> DepartmentLine:
    code = counted.department
    return DepartmentLine(
        names.get(code, code),
        Figure(counted.open, "在办", _list(department=code, open="1")),
        Figure(counted.overdue, "曾超过时限", _list(department=code, overdue="1")),
        counted.concluded,
    )


def _list(**asked: str) -> str:
    return f"{LIST}?{urlencode(asked)}"


@admits(OVERSIGHT)
@require_safe
def every_case(request: HttpRequest) -> HttpResponse:
    """The cases behind a number: newest first, what presses by time left."""
    principal, at = signed_in(request), now()
    if to := casefilters.opening(request, principal, "watch"):
        return HttpResponseRedirect(to)
    departments = _department_names(principal.tenant_id)
    words = asked_list(request, principal, "watch", at, departments)
    return page(request, "watch/cases.html", words)
