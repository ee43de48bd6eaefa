"""How good the catalogue is: what is amiss in its items 事项体检, its ratios 目录指标 and the items behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onedoor.core.instants import SHANGHAI
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.quality import queries as catalog_quality
from onedoor.domain.catalog.quality import ratios as catalog_ratios
from onedoor.domain.catalog.quality.queries import RULE_NAMES, SEVERITY_NAMES, Finding, Severity
from onedoor.domain.catalog.quality.ratio_terms import Grouping, Ratio, Side, Unit
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.parts import Tab
from onedoor.faces.staff import OVERSEERS, SIGN_IN, page

from .sheets import sheet_answer

QUALITY, RATIOS = "/desk/quality", "/desk/ratios"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
READERS = Access(roles=frozenset({Role.EDITOR}) | OVERSEERS, sign_in=SIGN_IN)
A_PAGE = 50
TONES = {Severity.ERROR: "seal", Severity.WARNING: "amber", Severity.ADVICE: ""}
SIDES = {
    Side.SHORT: "没有达到",
    Side.UNSTATED: "没有填写",
    Side.REACHED: "已经达到",
    Side.LEFT_OUT: "不计入",
}
#: Where the shares of items or materials count there is more and less, not yes and no.
SHARES = {"limits", "spared", "materials"}
SIDES_OF_SHARES = SIDES | {Side.SHORT: "不到 100%", Side.REACHED: "达到 100%"}
UNITS = {Unit.ITEM: "业务办理项", Unit.MAIN: "主项"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of the catalogue is wanted."""

    department: str = ""
    kind: str = ""
    unit: Unit = Unit.ITEM

    @property
    def given(self) -> dict[str, str]:
        """The conditions as an address has them."""
        unit = "" if self.unit is Unit.ITEM else self.unit.value
        whole = {"department": self.department, "kind": self.kind, "unit": unit}
        return {key: value for key, value in whole.items() if value}


@dataclass(frozen=True, slots=True)
class RatioLine:
    """A ratio as the table shows it; `url` leads to the items behind it."""

    ratio: Ratio
    part: str
    whole: str
    url: str
    unstated_url: str


@admits(READERS)
@require_safe
def ratios(request: HttpRequest) -> HttpResponse:
    """Every ratio, then by department."""
    asked, at = _asked(request), now()
    tenant_id = signed_in(request).tenant_id
    found = catalog_ratios.report(
        tenant_id,
        at=at,
        unit=asked.unit,
        by=Grouping.DEPARTMENT,
        department=asked.department,
        kind=asked.kind,
    )
    words = {
        **_choices(tenant_id, asked),
        "at": at,
        "lines": [_line(each, asked) for each in found],
        "names": [each.measure.name for each in found],
        "departments": _by_department(found, asked),
        "empty": not any(each.amount.whole or each.left_out for each in found),
        "sheet_url": _to(f"{RATIOS}.xlsx", **asked.given),
    }
    return page(request, "desk/ratios.html", words)


@admits(READERS)
@require_safe
def ratios_sheet(request: HttpRequest) -> HttpResponse:
    """The same as an Excel file, with definitions."""
    asked, at = _asked(request), now()
    found = catalog_ratios.report(
        signed_in(request).tenant_id,
        at=at,
        unit=asked.unit,
        by=Grouping.DEPARTMENT,
        department=asked.department,
        kind=asked.kind,
    )
    columns = {
        "指标": 24, "范围": 28, "比例": 10, "分子": 12, "分母": 12, "没有填写": 10, "不计入": 10,
        "分子是什么": 40, "分母是什么": 40, "哪些事项算": 50, "口径来源": 40,
    }  # fmt: skip
    note = f"{at.astimezone(SHANGHAI):%Y年%m月%d日 %H:%M} 按在用事项计算，以{UNITS[asked.unit]}为单位。"
    return sheet_answer("目录指标", columns, _ratio_rows(found), note)


def _ratio_rows(found: Sequence[Ratio]) -> Iterator[tuple[str, ...]]:
    for each in found:
        measure, amount = each.measure, each.amount
        told = (measure.numerator, measure.denominator, measure.counts, measure.source)
        part, whole = _part(each), str(amount.whole)
        yield (
            measure.name, "全部", amount.percent, part, whole, str(each.unstated), str(each.left_out), *told,
        )  # fmt: skip
        for group in each.groups:
            yield (
                measure.name,
                group.name,
                group.amount.percent,
                _number(group.amount.part),
                str(group.amount.whole),
            )


@admits(READERS)
@require_safe
def ratio_items(request: HttpRequest, measure: str) -> HttpResponse:
    """The items behind one ratio, those that fall short first."""
    asked, principal = _asked(request), signed_in(request)
    lines = catalog_ratios.behind(
        principal.tenant_id, measure, at=now(), department=asked.department, kind=asked.kind
    )
    counted = Counter(line.side for line in lines)
    side = _side(request.GET.get("side", ""), counted)
    shown = [line for line in lines if line.side is side]
    start = _whole(request.GET.get("from", ""))
    here = f"{RATIOS}/{measure}"
    more = {**asked.given, "side": side.value, "from": str(start + A_PAGE)}
    words = {
        "measure": catalog_ratios.MEASURES[measure],
        "back": _to(RATIOS, **asked.given),
        "tabs": [
            Tab(name, _to(here, **asked.given, side=each.value), each is side, counted.get(each, 0))
            for each, name in _sides(measure).items()
            if counted.get(each) or each is side
        ],
        "rows": shown[start : start + A_PAGE],
        "total": f"共 {len(shown)} 项",
        "next_url": _to(here, **more) if len(shown) > start + A_PAGE else "",
        "sheet_url": _to(f"{here}.xlsx", **asked.given),
        "narrowed": _narrowed(principal.tenant_id, asked),
    }
    return page(request, "desk/ratio_items.html", words)


@admits(READERS)
@require_safe
def ratio_items_sheet(request: HttpRequest, measure: str) -> HttpResponse:
    """The items behind one ratio as an Excel file."""
    asked = _asked(request)
    lines = catalog_ratios.behind(
        signed_in(request).tenant_id, measure, at=now(), department=asked.department, kind=asked.kind
    )
    columns = {"事项编码": 34, "事项名称": 44, "部门": 26, "归入": 12, "说明": 30}
    sides = _sides(measure)
    rows = ((line.code, line.name, line.department_name, sides[line.side], line.words) for line in lines)
    return sheet_answer(catalog_ratios.MEASURES[measure].name, columns, rows)


def _sides(measure: str) -> dict[Side, str]:
    """What the sides of a ratio are called."""
    return SIDES_OF_SHARES if measure in SHARES else SIDES


def _side(asked: str, counted: Counter[Side]) -> Side:
    """The side that is asked for, else the first that has items."""
    if asked in tuple(Side):
        return Side(asked)
    return next((side for side in SIDES if counted.get(side)), Side.SHORT)


def _line(each: Ratio, asked: _Asked) -> RatioLine:
    here = f"{RATIOS}/{each.measure.code}"
    return RatioLine(
        each,
        _part(each),
        f"{each.amount.whole:,}",
        _to(here, **asked.given),
        _to(here, **asked.given, side=Side.UNSTATED.value),
    )


def _part(each: Ratio) -> str:
    return _number(each.amount.part)


def _number(value: Any) -> str:
    return f"{int(value):,}" if value == int(value) else f"{float(round(value, 2)):,.2f}"


def _by_department(found: Sequence[Ratio], asked: _Asked) -> list[dict[str, Any]]:
    """A row a department: its name and its percentages in the order of the ratios."""
    names = {group.key: group.name for each in found for group in each.groups}
    cells = [{group.key: group.amount.percent for group in each.groups} for each in found]
    codes = [each.measure.code for each in found]
    return (
        [
            {
                "name": names[key],
                "url": _to(RATIOS, **{**asked.given, "department": key}),
                "cells": [
                    (
                        each.measure.name,
                        part.get(key, ""),
                        _to(f"{RATIOS}/{code}", **asked.given, department=key),
                    )
                    for each, code, part in zip(found, codes, cells, strict=True)
                ],
            }
            for key in sorted(names, key=lambda key: names[key])
        ]
        if not asked.department
        else []
    )


def _asked(request: HttpRequest) -> _Asked:
    unit = request.GET.get("unit", "")
    return _Asked(
        department=request.GET.get("department", "").strip()[:32],
        kind=request.GET.get("kind", "").strip()[:2],
        unit=Unit(unit) if unit in tuple(Unit) else Unit.ITEM,
    )


def _choices(tenant_id: int, asked: _Asked) -> dict[str, Any]:
    """The choices of the filter."""
    tallies = catalog.departments(tenant_id)
    known = {code: view.name for code, view in offices.departments(tenant_id).items()}
    return {
        "asked": asked,
        "department_choices": sorted((t.key, known.get(t.key) or t.name or t.key) for t in tallies),
        "kind_choices": list(catalog_ratios.KINDS.items()),
        "unit_choices": [(unit.value, name) for unit, name in UNITS.items()],
        "filtered": bool(asked.given),
    }


def _narrowed(tenant_id: int, asked: _Asked) -> str:
    """The conditions in words."""
    view = offices.department(tenant_id, asked.department) if asked.department else None
    named = view.name if view else asked.department
    return "，".join(word for word in (named, catalog_ratios.KINDS.get(asked.kind, asked.kind)) if word)


@admits(EDITOR)
@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """What is amiss in the items in force, the gravest first."""
    tenant_id = signed_in(request).tenant_id
    found, items = catalog_quality.findings(tenant_id)
    given = _finding_filter(request)
    shown = [each for each in found if _wanted(each, given)]
    start = _whole(request.GET.get("from", ""))
    known = {code: view.name for code, view in offices.departments(tenant_id).items()}
    counted = Counter(each.severity for each in found)
    rules = Counter(each.code for each in shown)
    words = {
        "items": items,
        "figures": [
            (counted.get(severity, 0), name, _to(QUALITY, severity=severity.value))
            for severity, name in SEVERITY_NAMES.items()
        ],
        "given": given,
        "rules": [
            (name, rules[code], _to(QUALITY, **{**given, "rule": code}))
            for code, name in RULE_NAMES.items()
            if rules[code]
        ],
        "rule_name": RULE_NAMES.get(given.get("rule", ""), ""),
        "severity_choices": [(severity.value, name) for severity, name in SEVERITY_NAMES.items()],
        "department_choices": sorted(
            (code, known.get(code, code)) for code in {each.department for each in found}
        ),
        "rows": [_finding_row(each, known) for each in shown[start : start + A_PAGE]],
        "total": f"共 {len(shown)} 处",
        "next_url": _to(QUALITY, **given, **{"from": str(start + A_PAGE)})
        if len(shown) > start + A_PAGE
        else "",
        "sheet_url": _to(f"{QUALITY}.xlsx", **given),
    }
    return page(request, "desk/quality.html", words)


@admits(EDITOR)
@require_safe
def findings_sheet(request: HttpRequest) -> HttpResponse:
    """The same as an Excel file, to be handed to the departments."""
    tenant_id = signed_in(request).tenant_id
    found, _ = catalog_quality.findings(tenant_id)
    given = _finding_filter(request)
    known = {code: view.name for code, view in offices.departments(tenant_id).items()}
    columns = {
        "轻重": 10, "部门": 26, "事项编码": 34, "事项名称": 44, "位置": 24, "问题": 50, "怎样改": 50, "规则": 26,
    }  # fmt: skip
    rows = (
        (
            SEVERITY_NAMES[each.severity],
            known.get(each.department, each.department),
            each.item,
            each.name,
            each.place,
            each.detail,
            each.mend,
            each.code,
        )
        for each in found
        if _wanted(each, given)
    )
    return sheet_answer("事项体检", columns, rows)


def _finding_row(each: Finding, known: dict[str, str]) -> dict[str, Any]:
    return {
        "finding": each,
        "severity": SEVERITY_NAMES[each.severity],
        "tone": TONES[each.severity],
        "department": known.get(each.department, each.department),
    }


def _finding_filter(request: HttpRequest) -> dict[str, str]:
    """The conditions that are given; one that names nothing known is refused rather than ignored."""
    keys = ("severity", "rule", "department", "q")
    given = {key: request.GET.get(key, "").strip()[:64] for key in keys}
    if given["rule"] and given["rule"] not in RULE_NAMES:
        raise Refused("unknown_rule", "没有这条规则，请从体检页面进入。", status=404)
    return {key: value for key, value in given.items() if value}


def _wanted(each: Finding, given: dict[str, str]) -> bool:
    q = given.get("q", "").lower()
    return (
        given.get("severity", each.severity.value) == each.severity.value
        and given.get("rule", each.code) == each.code
        and given.get("department", each.department) == each.department
        and (not q or q in each.name.lower() or q in each.item.lower())
    )


def _to(path: str, **asked: str) -> str:
    given = {key: value for key, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
