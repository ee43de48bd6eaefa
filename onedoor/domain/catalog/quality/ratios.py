"""Ratios over the catalogue in force: how many items are handled in the hall, take one visit at most, and so on.

Every ratio is a definition (`MEASURES`) and a function that says what one item contributes, or why it does not count.
The same function gives the number and the items behind it, so that the two cannot disagree.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.rules import longer, shortened
from onedoor.domain.catalog.states import EX_OFFICIO
from onedoor.domain.catalog.terms import UNKNOWN_LIMIT, CaseKind, Hall, LimitTerm
from onedoor.domain.offices import queries as offices

from .ratio_terms import Amount, GroupAmount, Grouping, ItemFigures, ItemLine, Measure, Ratio, Side, Unit

_IN_FORCE = """
SELECT i.code, v.name, v.type, v.department, v.department_name, v.case_kind, v.ready,
       v.content ->> 'hall', coalesce((v.content ->> 'visits')::int, 1),
       coalesce(v.content -> 'channels', '["web"]') ?| ARRAY['web', 'mobile'],
       v.content -> 'statutory_limit', v.content -> 'promised_limit',
       coalesce(v.content ->> 'basic_code', v.content ->> 'main_item', i.code),
       jsonb_array_length(coalesce(v.content -> 'materials', '[]')),
       jsonb_array_length(jsonb_path_query_array(v.content, '$.materials[*].source ? (@ != "applicant")')),
       began.brought
FROM catalog_version v
JOIN catalog_item i ON i.id = v.item_id
LEFT JOIN LATERAL (
    SELECT jsonb_array_length(coalesce(f.content -> 'materials', '[]'))
         - jsonb_array_length(jsonb_path_query_array(f.content, '$.materials[*].source ? (@ != "applicant")'))
           AS brought
    FROM catalog_version f WHERE f.item_id = v.item_id AND f.ready ORDER BY f.number LIMIT 1
) began ON true
WHERE v.tenant_id = %(tenant)s
  AND v.published_at <= %(at)s AND (v.retired_at IS NULL OR v.retired_at > %(at)s)
  AND (%(department)s::text = '' OR v.department = %(department)s::text)
  AND (%(kind)s::text = '' OR v.type = %(kind)s::text)
ORDER BY v.department, v.type, i.code
"""

#: The kinds of items that people apply for, by code.
KINDS: Final[Mapping[str, str]] = {code: name for code, name in TYPES.items() if code not in EX_OFFICIO}
#: Said of an item that nobody applies for; no ratio counts it.
_OFFICIAL: Final = "依职权办理，不用申请"
#: Said of an item that is only listed, without what an application needs.
_BARE: Final = "只有目录信息，还不能申请"


@dataclass(frozen=True, slots=True)
class Share:
    """What one item contributes: `part` of `whole`, in words; not `stated` if the catalogue leaves it open."""

    part: Fraction
    whole: int
    words: str
    stated: bool = True

    @property
    def side(self) -> Side:
        """Where the item stands."""
        if not self.stated:
            return Side.UNSTATED
        return Side.REACHED if self.part == self.whole else Side.SHORT


#: What an item contributes, or in words why it does not count.
Counting = Callable[[ItemFigures], "Share | str"]

_HALLS: Final = {Hall.IN: "已进驻", Hall.OUT: "还没有进驻", Hall.UNSTATED: "没有填写是否进驻"}


def _one(yes: bool, words: str, *, stated: bool = True) -> Share:
    return Share(Fraction(int(yes)), 1, words, stated)


def _settled(item: ItemFigures) -> Share | str:
    if item.hall is Hall.EXEMPT:
        return "不宜进驻"
    return _one(item.hall is Hall.IN, _HALLS[item.hall], stated=item.hall is not Hall.UNSTATED)


def _settled_once(item: ItemFigures) -> Share | str:
    once = _once(item)
    if isinstance(once, str):
        return once
    return _settled(item) if once.part else once.words


def _once(item: ItemFigures) -> Share | str:
    if not item.ready:
        return _BARE
    return _one(item.visits <= 1, f"要跑 {item.visits} 次" if item.visits else "不用跑")


def _online(item: ItemFigures) -> Share | str:
    return _one(item.online, "网上可办" if item.online else "只能到现场办") if item.ready else _BARE


def _instant(item: ItemFigures) -> Share | str:
    if item.case_kind is CaseKind.UNKNOWN:
        return "没有填写办件类型"
    instant = item.case_kind is CaseKind.INSTANT
    return _one(instant, "即办件" if instant else "承诺件")


def _limits(item: ItemFigures) -> Share | str:
    cut = shortened(item.promised, item.statutory)
    if cut is None:
        both = item.promised.known and item.statutory.known
        incomparable = both and longer(item.promised, item.statutory) is None
        return "两个时限的单位不同，无法比较" if incomparable else "没有法定时限或承诺时限"
    return Share(cut, 1, f"压减 {float(round(cut * 100, 1)):.1f}%")


def _spared(item: ItemFigures) -> Share | str:
    whole = item.brought + item.proved
    if not item.ready or not whole:
        return "没有材料" if item.ready else _BARE
    return Share(Fraction(item.proved), whole, f"{whole} 份材料中 {item.proved} 份不用交")


def _materials(item: ItemFigures) -> Share | str:
    if not item.ready or not item.brought_first:
        return "最初就不用交材料" if item.ready else _BARE
    cut = item.brought_first - item.brought
    return Share(Fraction(cut), item.brought_first, f"从 {item.brought_first} 份到 {item.brought} 份")


_ONE_NET: Final = "国办发〔2018〕45号（一网、一门、一次）"

#: Every ratio with how one item counts, in the order in which they are shown.
_COUNTED: Final[tuple[tuple[Measure, Counting], ...]] = (
    (
        Measure(
            "settled",
            "进驻率",
            "已进驻政务大厅的事项数",
            "应进驻的事项数",
            "在用的依申请事项，不含写明“不宜进驻”的；没有填写是否进驻的，按没有进驻计",
            "国发〔2022〕5号、实施清单要素“进驻大厅”",
        ),
        _settled,
    ),
    (
        Measure(
            "settled_once",
            "“只跑一次”事项进驻率",
            "到现场不超过一次且已进驻政务大厅的事项数",
            "到现场不超过一次且应进驻的事项数",
            "可以申请的事项中到现场次数为 0 或 1 的，不含写明“不宜进驻”的",
            _ONE_NET,
        ),
        _settled_once,
    ),
    (
        Measure(
            "once",
            "只跑一次率",
            "到现场次数为 0 或 1 的事项数",
            "事项总数",
            "可以申请的事项",
            f"{_ONE_NET}、实施清单要素“到办事现场次数”",
        ),
        _once,
    ),
    (
        Measure(
            "online",
            "网办率",
            "可以在网上或手机上申请的事项数",
            "事项总数",
            "可以申请的事项",
            f"{_ONE_NET}、实施清单要素“是否网办”",
        ),
        _online,
    ),
    (
        Measure(
            "instant",
            "即办率",
            "即办件的事项数",
            "即办件和承诺件的事项数",
            "写明办件类型的依申请事项",
            "GB/T 39046-2020 办件类型",
        ),
        _instant,
    ),
    (
        Measure(
            "limits",
            "时限压减率",
            "各事项压减的比例之和，一个事项的比例是（法定时限－承诺时限）÷法定时限",
            "事项数",
            "法定时限大于零、两个时限都写明且单位可以比较的依申请事项；即办件承诺 0 天，压减 100%",
            "实施清单要素“法定办结时限”“承诺办结时限”；各事项比例的平均数",
            countable=False,
        ),
        _limits,
    ),
    (
        Measure(
            "spared",
            "免提交材料率",
            "由电子证照、部门数据、办理机构取得的材料份数",
            "材料总份数",
            "可以申请且有材料的事项，视情形提供的材料也算",
            "国务院令第716号",
            countable=False,
        ),
        _spared,
    ),
    (
        Measure(
            "materials",
            "材料压减率",
            "申请人自备的材料，比本系统中第一个可以申请的版本少了几份",
            "第一个可以申请的版本中申请人自备的材料份数",
            "可以申请、最初要交材料的事项；比最初还多的按负数计",
            _ONE_NET,
            countable=False,
        ),
        _materials,
    ),
)
MEASURES: Final[Mapping[str, Measure]] = {measure.code: measure for measure, _ in _COUNTED}
_COUNTINGS: Final = {measure.code: counting for measure, counting in _COUNTED}


def report(
    tenant_id: int,
    *,
    at: datetime,
    unit: Unit = Unit.ITEM,
    by: Grouping = Grouping.NONE,
    department: str = "",
    kind: str = "",
) -> tuple[Ratio, ...]:
    """Every ratio over what is in force at `at`; "" does not narrow. `kind` is an item type, 01 … 20."""
    items = figures(tenant_id, at=at, department=department, kind=kind)
    return tuple(ratio(code, items, unit=unit, by=by) for code in MEASURES)


def behind(
    tenant_id: int, measure: str, *, at: datetime, side: str = "", department: str = "", kind: str = ""
) -> tuple[ItemLine, ...]:
    """The items behind a ratio, all or those on one side of it.

    Raises Refused: unknown_measure (404), unknown_side.
    """
    if measure not in MEASURES:
        raise Refused("unknown_measure", f"没有名为“{measure[:40]}”的指标，请从指标表进入。", status=404)
    if side and side not in tuple(Side):
        raise Refused("unknown_side", f"side 应为 {'、'.join(Side)} 之一，请修改。")
    lines = (line_of(measure, item) for item in figures(tenant_id, at=at, department=department, kind=kind))
    return tuple(line for line in lines if not side or line.side == side)


def line_of(measure: str, item: ItemFigures) -> ItemLine:
    """Where an item stands in a ratio."""
    share = _counted(measure, item)
    side, words = (Side.LEFT_OUT, share) if isinstance(share, str) else (share.side, share.words)
    return ItemLine(item.code, item.name, item.type, item.department, item.department_name, side, words)


def ratio(
    code: str, items: Sequence[ItemFigures], *, unit: Unit = Unit.ITEM, by: Grouping = Grouping.NONE
) -> Ratio:
    """One ratio over some items. Pure."""
    measure = MEASURES[code]
    shares = [(item, _counted(code, item)) for item in items]
    counted = [(item, share) for item, share in shares if isinstance(share, Share)]
    mains = unit is Unit.MAIN and measure.countable
    return Ratio(
        measure=measure,
        amount=_amount(counted, mains),
        unstated=sum(not share.stated for _, share in counted),
        left_out=len(shares) - len(counted),
        groups=tuple(_groups(counted, by, mains)) if by else (),
    )


def _counted(measure: str, item: ItemFigures) -> Share | str:
    """What an item contributes to a ratio; all of them are about what is applied for."""
    return _OFFICIAL if item.type in EX_OFFICIO else _COUNTINGS[measure](item)


def _amount(counted: Iterable[tuple[ItemFigures, Share]], mains: bool) -> Amount:
    if not mains:
        shares = [share for _, share in counted]
        return Amount(sum((share.part for share in shares), Fraction()), sum(share.whole for share in shares))
    whole: dict[tuple[str, str], bool] = {}
    for item, share in counted:
        key = (item.department, item.main)
        whole[key] = whole.get(key, True) and share.part == share.whole
    return Amount(Fraction(sum(whole.values())), len(whole))


def _groups(counted: Sequence[tuple[ItemFigures, Share]], by: Grouping, mains: bool) -> Iterable[GroupAmount]:
    parts: dict[str, list[tuple[ItemFigures, Share]]] = defaultdict(list)
    names: dict[str, str] = {}
    for item, share in counted:
        key = item.department if by is Grouping.DEPARTMENT else item.type
        names[key] = item.department_name if by is Grouping.DEPARTMENT else TYPES.get(key, key)
        parts[key].append((item, share))
    return (GroupAmount(key, names[key], _amount(parts[key], mains)) for key in sorted(parts))


def figures(tenant_id: int, *, at: datetime, department: str = "", kind: str = "") -> tuple[ItemFigures, ...]:
    """What ratios need of every item in force at `at`, by department, kind and code.

    Raises Refused("unknown_kind").
    """
    if kind and kind not in TYPES:
        raise Refused("unknown_kind", "事项类型应为 01 至 20 的类型代码，请修改。")
    known = {code: view.name for code, view in offices.departments(tenant_id).items()}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, {"tenant": tenant_id, "at": at, "department": department, "kind": kind})
        return tuple(_figures(row, known) for row in cursor.fetchall())


def _figures(row: Sequence[Any], known: Mapping[str, str]) -> ItemFigures:
    code, name, kind, department, department_name, case_kind, ready, hall, visits, online = row[:10]
    statutory, promised, main, materials, proved, first = row[10:]
    return ItemFigures(
        code=code,
        name=name,
        type=kind,
        department=department,
        department_name=known.get(department) or department_name or department,
        main=main,
        ready=ready,
        hall=Hall(hall) if hall in tuple(Hall) else Hall.UNSTATED,
        visits=visits,
        online=online,
        case_kind=CaseKind(case_kind),
        statutory=_limit(statutory),
        promised=_limit(promised),
        brought=materials - proved,
        proved=proved,
        brought_first=first,
    )


def _limit(value: Any) -> LimitTerm:
    written = json.loads(value) if isinstance(value, str) else value
    return LimitTerm(written["amount"], written.get("unit", "working")) if written else UNKNOWN_LIMIT
