"""Cases counted: by stage and department for whoever looks over them, by version for whoever keeps an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from django.db.models import Count

from onedoor.domain.offices.terms import Principal

from . import finding
from .engine.terms import CONCLUDED
from .models import Case
from .terms import DepartmentCount, Figures, VersionUse

_CONCLUDED: Final = [stage.value for stage in CONCLUDED]


def stage_counts(principal: Principal) -> dict[str, int]:
    """How many cases of the principal's scope stand in each stage; drafts are not counted."""
    found: Counter[str] = Counter()
    for (_, stage, _), number in _figures(principal):
        found[stage] += number
    return dict(found)


def department_counts(principal: Principal) -> tuple[DepartmentCount, ...]:
    """The visible cases by lead department, the one with most in hand first."""
    return figures(principal).departments


def figures(principal: Principal) -> Figures:
    """The cases of the principal's scope by stage and by lead department, counted in one go; without drafts."""
    stages: Counter[str] = Counter()
    sums: dict[str, list[int]] = {}
    for (department, stage, overdue), number in _figures(principal):
        stages[stage] += number
        over, line = stage in _CONCLUDED, sums.setdefault(department, [0] * 4)
        counts = (not over, overdue, over, overdue and not over)
        sums[department] = [had + number * now for had, now in zip(line, counts, strict=True)]
    lines = [DepartmentCount(code, *line) for code, line in sums.items()]
    lines.sort(key=lambda line: (-line.open, line.department))
    return Figures(dict(stages), tuple(lines))


def _figures(principal: Principal) -> list[tuple[tuple[str, str, bool], int]]:
    """Cases by lead department, stage and whether a limit was missed. An index has all of it."""
    rows = finding.handed_in(principal).values_list("lead_department", "stage", "overdue")
    return [(row[:3], row[3]) for row in rows.annotate(n=Count("*")).order_by()]


def by_version(tenant_id: int, service: str) -> Mapping[int, VersionUse]:
    """How many cases of an item are in hand and how many have ended, by the id of the version they stand on; versions
    without any are left out. Of the whole county, and nothing of who applied."""
    rows = Case.objects.filter(tenant_id=tenant_id, service_code=service).values_list("version_id")
    counted = rows.annotate(
        running=Count("pk", filter=finding.IN_HAND), ended=Count("pk", filter=finding.ENDED)
    )
    return {
        version: VersionUse(running, ended)
        for version, running, ended in counted.order_by()
        if running or ended
    }
