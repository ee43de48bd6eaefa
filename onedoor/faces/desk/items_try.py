"""试办: an application on a draft that goes nowhere. Answers in, what would be asked and done out; nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from onedoor.domain.catalog import condition_words, forms
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.differences import SOURCE_NAMES
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.guides.guide import limit_text
from onedoor.domain.catalog.terms import Field
from onedoor.domain.offices import queries as offices
from onedoor.faces import groups
from onedoor.faces.access import admits, signed_in
from onedoor.faces.controls import control_of
from onedoor.faces.staff import page

from .items import EDITOR
from .items_draft import frame


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The form of a draft with what its answers lead to."""
    found = drafts.draft(signed_in(request), draft_id)
    answers = _answers(found, request.POST) if request.method == "POST" else {}
    shown = {field.code for field in forms.fields_for(found.version, answers)}
    pages = [
        (section.title, [_control(found, field, answers) for field in section.fields if field.code in shown])
        for section in found.version.sections
    ]
    problems = forms.check_answers(found.version, answers) if request.method == "POST" else ()
    words = {
        **frame(found),
        "pages": pages,
        "limit": limit_text(found.version.promised_limit),
        "wrong": [each.detail for each in problems if each.code != "required"],
        **_materials(found, answers),
        **_stages(found, answers),
    }
    return page(request, "desk/items/try.html", words)


def _answers(found: Draft, posted: QueryDict) -> dict[str, Any]:
    fields = [field for section in found.version.sections for field in section.fields]
    return {field.code: value for field in fields if (value := _answer(field, posted)) not in (None, "", [])}


def _answer(field: Field, posted: QueryDict) -> Any:
    if field.type == "group":
        return groups.typed(field, posted)
    if field.type == "choices":
        return posted.getlist(field.code)
    return posted.get(field.code)


def _control(found: Draft, field: Field, answers: dict[str, Any]) -> Any:
    if field.type == "group":
        return groups.control(found.version, field, answers, {})
    return control_of(field, answers.get(field.code))


def _materials(found: Draft, answers: dict[str, Any]) -> dict[str, Any]:
    called_for = forms.materials_for(found.version, answers)
    listed = [
        (material.name, "，".join(
            part for part in (SOURCE_NAMES[material.source], condition_words.needed_when(found.version, material.when))
            if part
        ))
        for material in called_for
    ]  # fmt: skip
    return {
        "materials": listed,
        "spared": [each.name for each in found.version.materials if each not in called_for],
    }


def _stages(found: Draft, answers: dict[str, Any]) -> dict[str, Any]:
    """The steps that a case with these answers runs through, and those that it does not."""
    skipped = set(forms.skipped_steps(found.version, answers))
    names = {code: view.name for code, view in offices.departments(found.tenant_id).items()}
    steps = found.version.procedure.steps
    return {
        "stages": [
            (
                step.name,
                "，".join(
                    part
                    for part in (
                        names.get(step.department, step.department),
                        limit_text(step.limit) if step.limit else "",
                    )
                    if part
                ),
            )
            for step in steps
            if step.code not in skipped
        ],
        "skipped": [step.name for step in steps if step.code in skipped],
    }
