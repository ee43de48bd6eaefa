"""The catalogue through the interface; open to everyone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params import Query

from onedoor.domain.catalog import forms
from onedoor.domain.catalog import queries as catalog
from onedoor.faces import searches
from onedoor.faces.access import PUBLIC, county

from .gate import declares
from .guides import department_names, in_force
from .schemas import ServiceList
from .service_answers import service_answer
from .service_schemas import ServiceOut

router = Router(tags=["事项"])


@router.get("/services", response=ServiceList, auth=None, summary="事项查询")
@declares(PUBLIC)
def services(
    request: HttpRequest,
    q: str = Query("", max_length=100),
    department: str = Query("", max_length=32),
    theme: str = Query("", max_length=40),
    audience: str = Query("", max_length=20),
    kind: str = Query("", max_length=20),
    cursor: str = Query("", max_length=200),
    limit: int = Query(20, ge=1, le=100),
) -> Any:
    """Published items; `q` takes Chinese, pinyin, initials and everyday words."""
    searches.admit(request, q)
    page = catalog.listing(
        county(request).id,
        q=q,
        department=department,
        theme=theme,
        audience=audience,
        kind=kind,
        cursor=cursor or None,
        limit=limit,
    )
    items = [
        {
            "code": card.code,
            "version": card.number,
            "name": card.name,
            "plain_name": card.plain_name,
            "type": card.type,
            "department": card.department,
            "department_name": card.department_name,
            "audience": list(card.audience),
            "themes": list(card.themes),
            "case_kind": card.case_kind.value,
            "promised_limit": {"amount": card.promised_limit.amount, "unit": card.promised_limit.unit},
            "visits": card.visits,
            "ready": card.ready,
        }
        for card in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor, "total": page.total}


@router.get("/services/{code}", response=ServiceOut, auth=None, summary="办事指南")
@declares(PUBLIC)
def service(request: HttpRequest, code: str) -> dict[str, Any]:
    """The guide: everything an applicant is told once."""
    version = in_force(request, code)
    return service_answer(version, department_names(request))


@router.get("/services/{code}/form", auth=None, summary="申请表单")
@declares(PUBLIC)
def form(request: HttpRequest, code: str) -> dict[str, Any]:
    """The form as JSON Schema; `x-element` names each question's data element."""
    return dict(forms.form_schema(in_force(request, code)))
