"""What a package spares against its members one by one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from onedoor.domain.catalog.terms import LimitTerm, ServiceVersion, Source, StepKind

from .form import Known
from .merging import fields_of
from .order import promise_of, total
from .terms import Figure, Figures, PackageVersion, PlannedField, PlannedMaterial, PlannedMember

#: Filing and collecting, which every application has beside the steps of its procedure.
_FILING_AND_COLLECTING = 2


def figures(
    package: PackageVersion,
    members: Sequence[PlannedMember],
    fields: Sequence[PlannedField],
    materials: Sequence[PlannedMaterial],
    known: Known,
    questions: int,
) -> Figures:
    """The counts for the members one by one, and for the package with its `questions`."""
    items = [member.service for member in members]
    asked = sum(
        known.settled(item.code, field.when) is not False for item in items for field in fields_of(item)
    )
    visits = sum(item.visits for item in items)
    days, unit = _days(package, members)
    return Figures(
        materials=Figure(_listed(items, known), sum(not material.given_by for material in materials)),
        questions=Figure(asked, questions + sum(field.answer is None for field in fields)),
        steps=_steps(items, known),
        visits=Figure(visits, min(visits, package.visits)),
        days=days,
        unit=unit,
    )


def _listed(items: Sequence[ServiceVersion], known: Known) -> int:
    return sum(
        material.source is not Source.MADE and known.settled(item.code, material.when) is not False
        for item in items
        for material in item.materials
    )


def _steps(items: Sequence[ServiceVersion], known: Known) -> Figure:
    if not items:
        return Figure(0, 0)
    steps = [
        step
        for item in items
        for step in item.procedure.steps
        if known.settled(item.code, step.when) is not False
    ]
    surveys = sum(step.kind is StepKind.SURVEY for step in steps)
    apart = len(steps) + _FILING_AND_COLLECTING * len(items)
    together = len(steps) + _FILING_AND_COLLECTING - max(surveys - 1, 0)
    return Figure(apart, together)


def _days(package: PackageVersion, members: Sequence[PlannedMember]) -> tuple[Figure, str]:
    """Promised days one after another, and in the package: as promised, but never longer than its longest chain."""
    limits = {member.service.code: member.service.promised_limit for member in members}
    apart = total(list(limits.values()))
    longest = promise_of({member.service.code: member.after for member in members}, limits)
    together = _shorter(longest, total([package.promised_limit]) if package.promised_limit else None)
    if apart is None or together is None:
        return Figure(None, None), "working"
    return Figure(apart.amount, together.amount), apart.unit


def _shorter(longest: LimitTerm | None, promise: LimitTerm | None) -> LimitTerm | None:
    if longest is None or promise is None or longest.unit != promise.unit:
        return longest
    return min(longest, promise, key=lambda limit: limit.amount)
