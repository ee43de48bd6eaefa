"""A page of questions: which are shown, what was answered, what is wrong, what comes up next.

A question may hang on an answer given on the same page. Without scripts the page is saved first; what its answers
bring up is then shown on the same page, before the task counts as done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from onedoor.core.refusals import Problem
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Field, Section, ServiceVersion
from onedoor.faces import groups
from onedoor.faces.controls import Control, control_of

#: The hidden input that names a question which the page has shown.
SHOWN = "asked"


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers of a page. `given` is what was typed by field code, `problems` are those of the questions shown,
    `new` are questions that the answers have brought up."""

    given: Mapping[str, Any]
    problems: tuple[Problem, ...]
    new: tuple[Field, ...]


def section_named(version: ServiceVersion, code: str) -> Section | None:
    """The section of the form with this code."""
    return next((section for section in version.sections if section.code == code), None)


def visible(
    version: ServiceVersion, fields: tuple[Field, ...], answers: Mapping[str, Any]
) -> tuple[Field, ...]:
    """Those of `fields` that the answers bring up."""
    asked = {field.code for field in forms.fields_for(version, answers)}
    return tuple(field for field in fields if field.code in asked)


def controls(
    version: ServiceVersion,
    fields: tuple[Field, ...],
    answers: Mapping[str, Any],
    problems: tuple[Problem, ...] = (),
    *,
    fresh: str = "",
) -> tuple[Control, ...]:
    """The questions with their present answers and mistakes; the last row of the group `fresh` takes the focus."""
    faults = {problem.pointer.rpartition("/")[2]: problem.detail for problem in groups.placed(problems)}
    return tuple(
        groups.control(version, field, answers, faults, fresh=field.code == fresh)
        if field.type == "group"
        else control_of(field, answers.get(field.code), fault=faults.get(field.code, ""))
        for field in fields
    )


def typed(posted: QueryDict, fields: tuple[Field, ...]) -> dict[str, Any]:
    """What was typed for those of `fields` that the page has shown."""
    shown = set(posted.getlist(SHOWN))
    return {field.code: _typed(posted, field) for field in fields if field.code in shown}


def _typed(posted: QueryDict, field: Field) -> Any:
    if field.type == "group":
        return groups.typed(field, posted)
    return posted.getlist(field.code) if field.type == "choices" else posted.get(field.code, "")


def judge(
    version: ServiceVersion, fields: tuple[Field, ...], former: Mapping[str, Any], posted: QueryDict
) -> Judged:
    """Look at the answers of a page that asks some of `fields`, given what was answered before."""
    given = typed(posted, fields)
    answers = {**former, **given}
    asked = visible(version, fields, answers)
    codes = {field.code for field in asked if field.code in given}
    return Judged(
        given=given,
        problems=tuple(p for p in forms.check_answers(version, answers) if _field_at(p.pointer) in codes),
        new=tuple(field for field in asked if field.code not in given),
    )


def _field_at(pointer: str) -> str:
    """The field of the form that a pointer leads to or into."""
    return pointer.removeprefix("/form/").partition("/")[0]
