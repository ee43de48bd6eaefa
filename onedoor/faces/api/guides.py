"""Guides on paper, and what one situation of an item calls for; open to everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.guides.guide import guide_data
from onedoor.domain.catalog.guides.sheets import card_data, notice_data
from onedoor.domain.catalog.guides.situations import CalledFor, called_for, questions_of
from onedoor.domain.catalog.terms import Field, Material, ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import GuideForm
from onedoor.faces.access import PUBLIC, county, now
from onedoor.faces.ticks import path_to, query_of, ticked

from .gate import declares
from .service_answers import links, material_answer, situation_answer, step_answer
from .service_schemas import NoticeOut

router = Router(tags=["事项"])


def in_force(request: HttpRequest, code: str) -> ServiceVersion:
    """The version of an item in force now. Raises Refused("unknown_service", 404)."""
    version = catalog.in_force(county(request).id, code, now())
    if version is None:
        raise Refused("unknown_service", f"没有在办的事项“{code[:64]}”，请核对事项编码。", status=404)
    return version


@router.get("/services/{code}/guide.pdf", auth=None, summary="办事指南 PDF")
@declares(PUBLIC)
def guide_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The guide on paper with its flow chart, and a code that leads back to its page."""
    version = in_force(request, code)
    data = guide_data(version, department_names(request))
    title, path = f"{version.name}办事指南", f"/services/{version.code}"
    return _pdf(request, version, GuideForm.GUIDE, title, path, data)


@router.get(
    "/services/{code}/notice", response=NoticeOut, auth=None, summary="一次性告知：按情形列出材料和环节"
)
@declares(PUBLIC)
def notice(request: HttpRequest, code: str) -> dict[str, Any]:
    """What the answers in the query (`?question=value`, several values by repetition) call for."""
    version = in_force(request, code)
    called = _called_for(request, version)
    departments = department_names(request)
    there = links(version, query_of(called.answers))
    return {
        "service": version.code,
        "version": version.number,
        "name": version.name,
        "answers": dict(called.answers),
        "questions": [_question(field, called) for field in called.questions],
        "situations": [situation_answer(version, each) for each in version.details.situations],
        "materials": {
            "bring": _materials(version, called.bring),
            "free": _materials(version, called.free),
            "perhaps": _materials(version, called.perhaps),
            "spared": _materials(version, called.spared),
        },
        "steps": [
            step_answer(version, step, departments)
            | {"needed": None if step.code in called.doubtful else step.code not in called.skipped}
            for step in version.procedure.steps
        ],
        "complete": not (called.open or called.perhaps or called.doubtful),
        "page": path_to(version, called),
        "notice_pdf": there["notice_pdf"],
        "card_pdf": there["card_pdf"],
    }


def _question(field: Field, called: CalledFor) -> dict[str, Any]:
    return {
        "code": field.code,
        "label": field.label,
        "type": field.type,
        "options": [{"value": option.value, "label": option.label} for option in field.options],
        "answered": field.code in called.answers,
    }


@router.get("/services/{code}/notice.pdf", auth=None, summary="一次性告知单 PDF")
@declares(PUBLIC)
def notice_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The notice of a situation on one sheet, with a code that leads to the same answers."""
    version = in_force(request, code)
    called = _called_for(request, version)
    data = notice_data(version, called, department_names(request))
    title = f"{version.name}一次性告知单"
    return _pdf(request, version, GuideForm.NOTICE, title, path_to(version, called), data)


@router.get("/services/{code}/card.pdf", auth=None, summary="明白卡 PDF")
@declares(PUBLIC)
def card_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The card of a situation: A6, or A5 where there is more to bring."""
    version = in_force(request, code)
    called = _called_for(request, version)
    data = card_data(version, called, department_names(request))
    title = f"{version.name}明白卡"
    return _pdf(request, version, GuideForm.CARD, title, path_to(version, called), data)


def department_names(request: HttpRequest) -> dict[str, str]:
    """The names of the county's departments by code."""
    return {key: view.name for key, view in offices.departments(county(request).id).items()}


def _called_for(request: HttpRequest, version: ServiceVersion) -> CalledFor:
    """What the answers in the address call for. Raises Refused("answers_invalid")."""
    called, problems = called_for(version, ticked(request.GET, questions_of(version)))
    if problems:
        detail = f"对问题的回答有 {len(problems)} 处不对，请按提示修改后再试。"
        raise Refused("answers_invalid", detail, errors=problems)
    return called


def _materials(version: ServiceVersion, materials: Sequence[Material]) -> list[dict[str, Any]]:
    # `when` has always held words in this answer.
    found = [material_answer(version, material) for material in materials]
    return [each | {"when": each["when_words"]} for each in found]


def _pdf(
    request: HttpRequest,
    version: ServiceVersion,
    form: GuideForm,
    title: str,
    path: str,
    data: Mapping[str, Any],
) -> HttpResponse:
    """A guide is dated by its publication, so that it is the same every time; the others by today."""
    tenant = county(request)
    dated = version.published_at if form is GuideForm.GUIDE else None
    content = papers.guide_pdf(
        title=title, organ=tenant.name, demo=tenant.demo, path=path, at=dated or now(), data=data, form=form
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{form.value}-{version.code}.pdf"'
    return response
