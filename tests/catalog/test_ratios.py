"""Ratios over the catalogue: the figures that counties publish, from catalogue data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.importing.rows import SourceRow
from onedoor.domain.catalog.quality import ratios
from onedoor.domain.catalog.quality.ratio_terms import Grouping, Ratio, Side, Unit
from tests.catalog.conftest import make_tenant
from tests.catalog.samples import AT, food

LATER = AT + timedelta(days=1)


def small(code: str, **changes: Any) -> dict[str, Any]:
    """The least that can be applied for."""
    return {
        "code": code,
        "name": f"事项{code}",
        "type": "20",
        "level": "4",
        "department": "scjg",
        "audience": ["person"],
        "case_kind": "instant",
        "statutory_limit": {"amount": 20, "unit": "working"},
        "promised_limit": {"amount": 5, "unit": "working"},
        "procedure": [
            {"code": "decide", "name": "决定", "kind": "decision", "department": "scjg", "role": "decider"}
        ],
        "result": {"name": "答复", "kind": "reply"},
        **changes,
    }


def put(tenant: int, *documents: dict[str, Any]) -> None:
    rows = [SourceRow(number, document) for number, document in enumerate(documents, start=1)]
    report = actions.import_items(tenant_id=tenant, rows=rows, principal="user:1", at=AT)
    assert not report.refused, [row.problems for row in report.rows if row.problems][:3]


def one(tenant: int, code: str, **asked: Any) -> Ratio:
    found = {each.measure.code: each for each in ratios.report(tenant, at=LATER, **asked)}
    return found[code]


def both(each: Ratio) -> tuple[float, int, str]:
    return float(each.amount.part), each.amount.whole, each.amount.percent


def tongyu() -> list[dict[str, Any]]:
    """A county like 通榆: 251 permits of which 249 are in the hall, 38 other items in the hall with them, and 1,407
    business items that take one visit at most, 1,380 of them in the hall."""
    mains = [("01", f"P{number}", "in" if number < 249 else "out") for number in range(251)]
    mains += [("20", f"S{number}", "in" if number < 38 else "out") for number in range(63)]
    inside = [main for main in mains if main[2] == "in"]
    business = mains + [inside[number % len(inside)] for number in range(1380 - len(inside))]
    return [
        small(f"{main}-{number}", type=kind, basic_code=main, hall=hall)
        for number, (kind, main, hall) in enumerate(business)
    ]


def test_the_figures_of_tongyu_come_from_its_catalogue(tenant: int) -> None:
    put(tenant, *tongyu())
    permits = one(tenant, "settled", unit=Unit.MAIN, kind="01")
    assert both(permits) == (249, 251, "99.2%")
    once = one(tenant, "settled_once")
    assert both(once) == (1380, 1407, "98.1%")
    assert f"{float(once.amount.rate or 0):.0%}" == "98%"
    in_hall = one(tenant, "settled", unit=Unit.MAIN)
    assert in_hall.amount.part == 287
    kinds = {group.key: float(group.amount.part) for group in one(
        tenant, "settled", unit=Unit.MAIN, by=Grouping.KIND).groups}  # fmt: skip
    assert kinds == {"01": 249, "20": 38}
    short = ratios.behind(tenant, "settled", at=LATER, side=Side.SHORT, kind="01")
    assert [(line.name[:4], line.words) for line in short] == [("事项P2", "还没有进驻")] * 2


def test_a_main_item_is_settled_only_with_all_its_business_items(tenant: int) -> None:
    put(
        tenant,
        small("A-1", basic_code="A", hall="in"),
        small("A-2", basic_code="A", hall="out"),
        small("B-1", basic_code="B", hall="in"),
    )
    assert both(one(tenant, "settled")) == (2, 3, "66.7%")
    assert both(one(tenant, "settled", unit=Unit.MAIN)) == (1, 2, "50.0%")


def test_what_is_exempt_does_not_count_and_what_is_not_said_counts_against(tenant: int) -> None:
    put(tenant, small("A", hall="in"), small("B", hall="exempt"), small("C"))
    found = one(tenant, "settled")
    assert both(found) == (1, 2, "50.0%")
    assert (found.unstated, found.left_out) == (1, 1)
    sides = {line.code: line.side for line in ratios.behind(tenant, "settled", at=LATER)}
    assert sides == {"A": Side.REACHED, "B": Side.LEFT_OUT, "C": Side.UNSTATED}


def test_visits_channels_and_case_kinds(tenant: int) -> None:
    put(
        tenant,
        small("A", visits=0),
        small("B", visits=2, channels=["window"]),
        small("C", case_kind="committed", channels=["mobile"]),
        {"code": "D", "name": "只有目录", "type": "01", "department": "scjg", "ready": False},
    )
    assert both(one(tenant, "once")) == (2, 3, "66.7%")
    assert both(one(tenant, "online")) == (2, 3, "66.7%")
    instant = one(tenant, "instant")
    assert both(instant) == (2, 3, "66.7%")
    assert instant.left_out == 1
    assert [line.words for line in ratios.behind(tenant, "once", at=LATER, side=Side.SHORT)] == ["要跑 2 次"]


def test_limits_are_compared_item_by_item_and_only_in_the_same_unit(tenant: int) -> None:
    put(
        tenant,
        small("A"),
        small("B", promised_limit={"amount": 0, "unit": "working"}),
        small("C", promised_limit={"amount": 10, "unit": "calendar"}),
        small(
            "D",
            statutory_limit={"amount": 4, "unit": "working"},
            promised_limit={"amount": 7, "unit": "working-hours"},
        ),
    )
    found = one(tenant, "limits")
    assert both(found) == (2.5, 3, "83.3%")
    assert found.left_out == 1
    words = {line.code: line.words for line in ratios.behind(tenant, "limits", at=LATER)}
    assert words["A"] == "压减 75.0%"
    assert words["C"] == "两个时限的单位不同，无法比较"


def test_materials_are_counted_as_they_are_and_as_they_were(tenant: int) -> None:
    put(tenant, food())
    actions.publish(
        tenant_id=tenant, content=food(materials=food()["materials"][:2]), principal="user:1", at=LATER
    )
    found = {each.measure.code: each for each in ratios.report(tenant, at=LATER)}
    assert both(found["spared"]) == (1, 2, "50.0%")
    assert both(found["materials"]) == (2, 3, "66.7%")
    before = {each.measure.code: each for each in ratios.report(tenant, at=AT)}
    assert both(before["spared"]) == (2, 5, "40.0%")
    assert before["materials"].amount.part == 0


def test_only_what_is_in_force_in_this_county_counts(tenant: int) -> None:
    other = make_tenant()
    put(tenant, small("A", hall="in"), small("B", hall="out", department="xfjy"))
    put(other, small("A", hall="out"))
    assert both(one(tenant, "settled", department="scjg")) == (1, 1, "100.0%")
    actions.retire(tenant_id=tenant, code="B", reason="取消", principal="user:1", at=LATER)
    assert both(one(tenant, "settled")) == (1, 1, "100.0%")
    assert one(other, "settled").amount.part == 0


def test_nothing_to_count_has_no_rate(tenant: int) -> None:
    found = ratios.report(tenant, at=AT)
    assert {each.amount.rate for each in found} == {None}
    assert {each.amount.percent for each in found} == {""}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"measure": "luck"}, "unknown_measure"),
        ({"measure": "once", "side": "left"}, "unknown_side"),
        ({"measure": "once", "kind": "99"}, "unknown_kind"),
    ],
)
def test_what_is_not_known_is_refused(tenant: int, asked: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        ratios.behind(tenant, at=AT, **asked)
    assert caught.value.code == code
