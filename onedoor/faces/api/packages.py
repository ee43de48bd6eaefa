"""Packages 一件事 through the interface; open to everyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params import Query

from onedoor.core.instants import format_instant
from onedoor.domain.catalog.packages import portions as package_portions
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import (
    Figures,
    PackageCard,
    PackageMember,
    PackageVersion,
    Plan,
    PlannedField,
    PlannedMaterial,
    PlannedMember,
)
from onedoor.domain.catalog.terms import Field, LimitTerm
from onedoor.faces.access import PUBLIC, county, now

from .gate import declares, idempotency_key
from .package_schemas import PackageList, PackageOut, PlanIn, PlanOut

router = Router(tags=["一件事"])


@router.get("/packages", response=PackageList, auth=None, summary="一件事查询")
@declares(PUBLIC)
def listing(
    request: HttpRequest,
    q: str = Query("", max_length=100),
    audience: str = Query("", max_length=20),
    theme: str = Query("", max_length=40),
    cursor: str = Query("", max_length=200),
    limit: int = Query(20, ge=1, le=100),
) -> Any:
    """Published packages; `q` takes Chinese, pinyin, initials and everyday words."""
    page = packages.packages(
        county(request).id, q=q, audience=audience, theme=theme, cursor=cursor or None, limit=limit
    )
    items = [_card(card) for card in page.items]
    return {"items": items, "next_cursor": page.next_cursor, "total": page.total}


@router.get("/packages/{code}", response=PackageOut, auth=None, summary="一件事的内容")
@declares(PUBLIC)
def package(request: HttpRequest, code: str) -> Any:
    """The questions, and the items with the conditions under which they are needed."""
    version = packages.package(county(request).id, code, now())
    return {
        **_card(version),
        "keywords": list(version.keywords),
        "conditions": list(version.conditions),
        "questions": [_question(field) for field in version.questions],
        "items": [_member(member) for member in version.members],
        "digest": version.digest.hex(),
        "published_at": format_instant(version.published_at) if version.published_at else None,
    }


@router.post("/packages/{code}/plan", response=PlanOut, auth=None, summary="一件事：一次告知")
@declares(PUBLIC)
def plan(request: HttpRequest, code: str, body: PlanIn) -> Any:
    """Everything that is needed, given these answers: items, merged form and materials, and why. Changes nothing."""
    idempotency_key(request)
    made = packages.plan(county(request).id, code, body.answers, now())
    return {
        "package": made.code,
        "version": made.number,
        "name": made.package.name,
        "answers": dict(made.answers),
        "complete": made.complete,
        "can_be_filed": made.can_be_filed,
        "promised_limit": _limit(made.package.promised_limit),
        "missing": [_question(field) for field in made.missing],
        "items": [_planned(member) for member in made.members],
        "skipped": [{"code": each.code, "name": each.name, "why": each.why} for each in made.skipped],
        "open": [
            {"code": each.code, "name": each.name, "why": each.why, "questions": list(each.questions)}
            for each in made.open
        ],
        "lacking": [
            {"code": each.code, "name": each.name, "department_name": each.department_name, "why": each.why}
            for each in made.lacking
        ],
        "form": package_portions.form_schema(made),
        "fields": [_field(made, field) for field in made.fields],
        "materials": [_material(material) for material in made.materials],
        "figures": _figures(made.figures),
    }


def _limit(limit: LimitTerm | None) -> dict[str, Any] | None:
    return {"amount": limit.amount, "unit": limit.unit} if limit is not None and limit.known else None


def _card(card: PackageCard | PackageVersion) -> dict[str, Any]:
    return {
        "code": card.code,
        "version": card.number,
        "name": card.name,
        "plain_name": card.plain_name,
        "summary": card.summary,
        "audience": list(card.audience),
        "themes": list(card.themes),
        "occasions": list(card.occasions),
        "lead": card.lead,
        "lead_name": card.lead_name,
        "members": card.members if isinstance(card, PackageCard) else len(card.members),
        "promised_limit": _limit(card.promised_limit),
        "visits": card.visits,
        "ready": card.ready,
    }


def _question(field: Field) -> dict[str, Any]:
    return {
        "code": field.code,
        "element": field.element,
        "label": field.label,
        "type": field.type,
        "required": field.required,
        "hint": field.hint,
        "options": [{"value": option.value, "label": option.label} for option in field.options],
        "when": field.when,
    }


def _member(member: PackageMember) -> dict[str, Any]:
    return {
        "code": member.service,
        "name": member.name,
        "department_name": member.department_name,
        "optional": member.optional,
        "when": member.when,
        "why": member.why,
        "after": list(member.after),
    }


def _planned(member: PlannedMember) -> dict[str, Any]:
    service = member.service
    return {
        "code": service.code,
        "version": service.number,
        "name": service.name,
        "department": service.department,
        "department_name": service.department_name,
        "why": member.why,
        "after": list(member.after),
        "optional": member.optional,
        "promised_limit": _limit(service.promised_limit),
        "result": service.result.name,
    }


def _field(made: Plan, field: PlannedField) -> dict[str, Any]:
    return {
        "code": field.field.code,
        "element": field.field.element,
        "label": field.field.label,
        "type": field.field.type,
        "required": field.field.required,
        "when": field.field.when,
        "answer": field.answer,
        "asked_for": list(field.asked_for),
        "sources": [{"service": service, "code": code} for service, code in field.sources],
        "why": _why(made.members, field),
    }


def _why(members: Sequence[PlannedMember], field: PlannedField) -> str:
    names = [member.service.name for member in members if member.service.code in field.asked_for]
    told = (
        "，前面已经回答，不用再填。"
        if field.answer is not None
        else "，只填一次。"
        if len(names) > 1
        else "。"
    )
    return f"办理“{'”“'.join(names)}”要填{told}"


def _material(planned: PlannedMaterial) -> dict[str, Any]:
    material = planned.material
    return {
        "code": material.code,
        "name": material.name,
        "necessity": material.necessity.value,
        "when": material.when,
        "source": material.source.value,
        "licence_type": material.licence_type,
        "form": material.form,
        "originals": material.originals,
        "copies": material.copies,
        "note": material.note,
        "asked_for": list(planned.asked_for),
        "sources": [{"service": service, "code": code} for service, code in planned.sources],
        "why": planned.why,
        "proved": planned.proved,
        "given_by": planned.given_by,
    }


def _figures(figures: Figures) -> dict[str, Any]:
    counted = {name: getattr(figures, name) for name in ("materials", "questions", "steps", "visits", "days")}
    told = {
        name: {"parts": figure.parts, "together": figure.together, "saved": figure.saved}
        for name, figure in counted.items()
    }
    return {**told, "unit": figures.unit}
