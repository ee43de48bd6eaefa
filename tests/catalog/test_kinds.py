"""Every type of item is kept; what an office does by itself is shown as such, and nobody can apply for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from onedoor.core.refusals import Refused
from onedoor.domain.cases import actions as cases
from onedoor.domain.cases.terms import Application
from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.importing.rows import SourceRow
from onedoor.domain.catalog.quality import ratios
from onedoor.domain.catalog.rules import examine
from onedoor.domain.catalog.states import EX_OFFICIO
from tests.catalog.conftest import make_tenant
from tests.catalog.samples import AT, food
from tests.catalog.test_ratios import one, put, small
from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import text_of
from tests.factories.cases import SHOP, staff

LATER = AT + timedelta(days=1)


def official(kind: str, **changes: Any) -> dict[str, Any]:
    """What a department says of something it does by itself."""
    name = f"对违法经营的{TYPES[kind]}"
    basis = [{"title": "《中华人民共和国食品安全法》", "article": "第一百二十四条"}]
    code = f"SCJG-OFFICE-{kind}"
    return {"code": code, "name": name, "type": kind, "department": "scjg", "basis": basis, **changes}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(EX_OFFICIO))
def test_it_needs_no_form_and_no_materials_and_is_found(kind: str) -> None:
    tenant = make_tenant()
    version, problems = examine(official(kind))
    assert problems == ()
    assert (version.ready, version.ex_officio) == (False, True)
    rows = [SourceRow(1, official(kind)), SourceRow(2, food())]
    report = actions.import_items(tenant_id=tenant, rows=rows, principal="user:1", at=AT)
    assert not report.refused
    (card,) = queries.listing(tenant, kind=kind).items
    assert (card.type, card.ready, card.ex_officio) == (kind, False, True)
    assert [each.ex_officio for each in queries.listing(tenant, kind="01").items] == [False]


@pytest.mark.parametrize("kind", sorted(EX_OFFICIO))
def test_one_that_says_it_can_be_applied_for_is_refused(kind: str) -> None:
    _, problems = examine(food(type=kind, ready=True))
    assert [(p.pointer, p.code) for p in problems] == [("/ready", "ex_officio")]
    assert TYPES[kind] in problems[0].detail


@pytest.mark.django_db
def test_no_ratio_counts_it() -> None:
    tenant = make_tenant()
    put(tenant, small("A-1", hall="in"), official("02", hall="out", case_kind="committed"))
    for measure in ratios.MEASURES:
        found = one(tenant, measure)
        sides = {line.code: line.words for line in ratios.behind(tenant, measure, at=LATER)}
        assert sides["SCJG-OFFICE-02"] == "依职权办理，不用申请"
        assert found.amount.whole <= 1
    assert one(tenant, "settled").amount.part == 1
    assert set(ratios.KINDS) == set(TYPES) - EX_OFFICIO


def test_nobody_can_apply_for_it_and_pages_say_why(county_db: County) -> None:
    at = datetime.now(UTC)
    content = official("02", phone="0999-1234567")
    made = actions.publish(tenant_id=county_db.tenant_id, content=content, principal="user:1", at=at)
    page = text_of(Client().get(f"/services/{made.code}"))
    words = re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page))
    assert "这件事由部门依职权办理" in words
    assert "行政处罚（依职权）" in words
    assert "/apply" not in page
    for of_applications in ("办理渠道", "申请材料", "受理条件", "告知是否受理", "按我的情况列清单"):
        assert of_applications not in words.replace("也没有申请材料", ""), of_applications
    assert "在线办理" not in words
    assert "依职权" in text_of(Client().get("/services", {"q": made.name}))
    with pytest.raises(Refused, match="ex_officio") as refused:
        cases.file(application=Application(made.code, SHOP, "window"), actor=staff("chuangkou"), at=at)
    assert "依职权" in refused.value.detail
    intake = at_desk("chuangkou").get(f"/desk/intake/{made.code}")
    assert intake.status_code == 422
    assert "依职权" in text_of(intake)
    for path in ("", "/notice", "/plain", "/guide.pdf", "/flow.svg"):
        assert Client().get(f"/services/{made.code}{path}").status_code < 500, path
