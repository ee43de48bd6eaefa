"""Ratios over the catalogue through the interface."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.params import Query
from pydantic import Field

from onedoor.core.instants import format_instant
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.quality import ratios
from onedoor.domain.catalog.quality.ratio_terms import Amount, Grouping, Ratio, Unit
from onedoor.faces.access import SIGNED_IN, now

from .gate import ACCOUNT, declares, principal

router = Router(tags=["统计"])


class GroupOut(Schema):
    """A ratio within one department or one kind of item."""

    key: str
    name: str
    numerator: float
    denominator: int
    rate: float | None


class DefinitionOut(Schema):
    """What a ratio is, in words."""

    numerator: str
    denominator: str
    counts: str
    source: str


class RatioOut(Schema):
    """A ratio. `unstated` items count as short because the catalogue does not say; `left_out` do not count."""

    code: str
    name: str
    numerator: float
    denominator: int
    rate: float | None = Field(description="四位小数；没有可算的事项时为 null")
    unstated: int
    left_out: int
    definition: DefinitionOut
    groups: list[GroupOut]


class RatiosOut(Schema):
    """The ratios over what is in force at `as_of`."""

    as_of: str
    unit: str
    by: str
    items: list[RatioOut]


class RatioItemOut(Schema):
    """An item behind a ratio: on which side it stands, and why."""

    code: str
    name: str
    type: str
    department: str
    department_name: str
    side: str
    words: str


class RatioItemsOut(Schema):
    """A page of the items behind a ratio."""

    items: list[RatioItemOut]
    next_cursor: str | None
    total: int


@router.get("/metrics/catalog", response=RatiosOut, auth=ACCOUNT, summary="目录指标")
@declares(SIGNED_IN)
def catalog_ratios(
    request: HttpRequest,
    unit: str = Query("item", max_length=4),
    by: str = Query("", max_length=10),
    department: str = Query("", max_length=32),
    kind: str = Query("", max_length=2),
) -> Any:
    """Ratios over the catalogue in force with their definitions. `unit` is item (业务办理项) or main (主项), `by` is
    department, kind or empty."""
    if unit not in tuple(Unit):
        raise Refused("unknown_unit", f"unit 应为 {'、'.join(Unit)} 之一，请修改。")
    if by not in tuple(Grouping):
        raise Refused("unknown_grouping", "by 应为 department、kind 或留空，请修改。")
    at = now()
    found = ratios.report(
        principal(request).tenant_id,
        at=at,
        unit=Unit(unit),
        by=Grouping(by),
        department=department,
        kind=kind,
    )
    return {"as_of": format_instant(at), "unit": unit, "by": by, "items": [_ratio(each) for each in found]}


def _ratio(each: Ratio) -> dict[str, Any]:
    measure = each.measure
    return {
        "code": measure.code,
        "name": measure.name,
        **_amount(each.amount),
        "unstated": each.unstated,
        "left_out": each.left_out,
        "definition": {
            "numerator": measure.numerator,
            "denominator": measure.denominator,
            "counts": measure.counts,
            "source": measure.source,
        },
        "groups": [{"key": group.key, "name": group.name, **_amount(group.amount)} for group in each.groups],
    }


def _amount(amount: Amount) -> dict[str, Any]:
    rate = amount.rate
    return {
        "numerator": round(float(amount.part), 4),
        "denominator": amount.whole,
        "rate": None if rate is None else round(float(rate), 4),
    }


@router.get("/metrics/catalog/{measure}", response=RatioItemsOut, auth=ACCOUNT, summary="指标背后的事项")
@declares(SIGNED_IN)
def catalog_ratio_items(
    request: HttpRequest,
    measure: str,
    side: str = Query("", max_length=9),
    department: str = Query("", max_length=32),
    kind: str = Query("", max_length=2),
    cursor: str = Query("", max_length=64),
    limit: int = Query(50, ge=1, le=100),
) -> Any:
    """The items behind one ratio; `side` is reached, short, unstated, left_out or empty for all."""
    lines = ratios.behind(
        principal(request).tenant_id, measure, at=now(), side=side, department=department, kind=kind
    )
    start = next((place for place, line in enumerate(lines, start=1) if line.code == cursor), 0)
    if cursor and not start:
        raise Refused("bad_cursor", "列表已有变化，请从第一页重新查看。")
    shown = lines[start : start + limit]
    more = start + limit < len(lines)
    return {
        "items": [
            {
                "code": line.code,
                "name": line.name,
                "type": line.type,
                "department": line.department,
                "department_name": line.department_name,
                "side": line.side.value,
                "words": line.words,
            }
            for line in shown
        ],
        "next_cursor": shown[-1].code if more else None,
        "total": len(lines),
    }
