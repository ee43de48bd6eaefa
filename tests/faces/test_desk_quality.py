"""The catalogue held to account: what is amiss in it, its ratios, and the items behind both."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.documents import write_document
from onedoor.domain.offices import actions as offices
from onedoor.site.commands._lint import lint
from tests.county import County
from tests.faces.desk import at_desk
from tests.faces.portal import text_of
from tests.factories.cases import staff, version_of

pytestmark = pytest.mark.usefixtures("county_db")


def change(county: County, code: str, **changes: Any) -> None:
    """The next version of a demo item."""
    at = datetime.now(UTC)
    document = {**write_document(version_of(code, at)), **changes}
    document = {key: value for key, value in document.items() if value is not None}
    actions.publish(tenant_id=county.tenant_id, content=document, principal="user:1", at=at)


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    page = load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    return list(page.iter_rows(values_only=True))


def api(path: str, username: str = "zhuren") -> Any:
    secret = offices.issue_token(username=username, principal="command:test", at=datetime.now(UTC))
    return Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})


def test_ratios_are_shown_with_their_definitions(county_db: County) -> None:
    change(county_db, "SCJG-FOOD-NEW", hall="in")
    text = text_of(at_desk("zhuren").get("/desk/ratios"))
    for words in (
        "进驻率",
        "只跑一次率",
        "网办率",
        "即办率",
        "时限压减率",
        "材料压减率",
        "国办发〔2018〕45号",
    ):
        assert words in text
    assert (
        text_of(at_desk("shixiang").get("/desk/ratios?department=scjg&kind=01&unit=main")).count("市场监督")
        >= 1
    )


def test_the_items_behind_a_ratio_are_named(county_db: County) -> None:
    change(county_db, "SCJG-FOOD-NEW", hall="out")
    client = at_desk("shixiang")
    text = text_of(client.get("/desk/ratios/settled?side=short"))
    assert "食品经营许可新办" in text
    assert "还没有进驻" in text
    change(county_db, "SCJG-FOOD-NEW", hall="in")
    assert "食品经营许可新办" not in text_of(client.get("/desk/ratios/settled?side=short"))
    assert client.get("/desk/ratios/luck").status_code == 404


def test_ratios_as_sheets() -> None:
    client = at_desk("ducha")
    rows = rows_of(client.get("/desk/ratios.xlsx"))
    assert rows[0][:4] == ("指标", "范围", "比例", "分子")
    assert rows[1][:2] == ("进驻率", "全部")
    items = rows_of(client.get("/desk/ratios/once.xlsx"))
    assert items[0][0] == "事项编码"
    assert len(items) - 1 == queries.listing(staff("ducha").tenant_id, limit=1).total


def test_ratios_through_the_interface(county_db: County) -> None:
    change(county_db, "SCJG-FOOD-NEW", hall="in")
    answer = api("/metrics/catalog?by=department&kind=01")
    assert answer.status_code == 200, answer.content
    found = {each["code"]: each for each in answer.json()["items"]}
    settled = found["settled"]
    assert settled["numerator"] >= 1
    assert settled["rate"] == round(settled["numerator"] / settled["denominator"], 4)
    assert settled["definition"]["numerator"]
    assert sum(group["denominator"] for group in settled["groups"]) == settled["denominator"]
    behind = api("/metrics/catalog/settled?side=reached&limit=1&kind=01").json()
    assert behind["total"] == settled["numerator"]
    assert behind["items"][0]["side"] == "reached"
    rest = api(f"/metrics/catalog/settled?side=reached&limit=100&kind=01&cursor={behind['items'][0]['code']}")
    assert len(rest.json()["items"]) == behind["total"] - 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/metrics/catalog?unit=dozen", 422, None),
        ("/metrics/catalog?unit=many", 422, "unknown_unit"),
        ("/metrics/catalog?by=month", 422, "unknown_grouping"),
        ("/metrics/catalog?kind=99", 422, "unknown_kind"),
        ("/metrics/catalog/luck", 404, "unknown_measure"),
        ("/metrics/catalog/once?side=left", 422, "unknown_side"),
        ("/metrics/catalog/once?cursor=nobody", 422, "bad_cursor"),
    ],
)
def test_what_the_interface_refuses(path: str, status: int, code: str | None) -> None:
    answer = api(path)
    assert answer.status_code == status
    if code:
        assert answer.json()["code"] == code


def test_the_interface_wants_to_know_who_asks() -> None:
    assert Client().get("/api/v1/metrics/catalog").status_code == 401
    assert Client().get("/api/v1/metrics/catalog/once").status_code == 401


def test_findings_are_listed_and_mended(county_db: County) -> None:
    change(county_db, "SCJG-FOOD-NEW", phone=None)
    editor = at_desk("shixiang")
    text = text_of(editor.get("/desk/quality?severity=error"))
    assert "没有咨询电话" in text
    assert 'href="/desk/items/SCJG-FOOD-NEW"' in text
    rows = rows_of(editor.get("/desk/quality.xlsx?rule=no_phone"))
    assert [row[2] for row in rows[1:]] == ["SCJG-FOOD-NEW"]
    change(county_db, "SCJG-FOOD-NEW", phone="0434-5550001")
    assert "没有咨询电话" not in text_of(editor.get("/desk/quality?severity=error"))


def test_the_command_says_the_same_and_fails_for_errors(
    county_db: County, capsys: pytest.CaptureFixture[str]
) -> None:
    items = queries.listing(county_db.tenant_id, limit=1).total
    assert lint(as_json=False) == 0
    assert f"检查了 {items} 个在用事项" in capsys.readouterr().out
    change(county_db, "SCJG-FOOD-NEW", phone=None)
    assert lint(as_json=False) == 1
    assert "没有咨询电话。写明能接通的电话。（no_phone）" in capsys.readouterr().out
    assert lint(as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["items"], told["errors"]) == (items, 1)
    assert told["findings"][0]["item"] == "SCJG-FOOD-NEW"


def test_filters_of_findings() -> None:
    editor = at_desk("shixiang")
    assert editor.get("/desk/quality?rule=nothing").status_code == 404
    assert "没有符合条件" in text_of(editor.get("/desk/quality?q=没有这样的事项"))
    assert editor.get("/desk/quality?from=x&severity=y&department=zz").status_code == 200


@pytest.mark.parametrize("username", ["chuangkou", "jiangyx", "scjgju"])
def test_only_editors_and_overseers_read_them(username: str) -> None:
    client = at_desk(username)
    for path in (
        "/desk/ratios",
        "/desk/ratios.xlsx",
        "/desk/ratios/once",
        "/desk/quality",
        "/desk/quality.xlsx",
    ):
        assert client.get(path).status_code == 403, path


def test_findings_are_for_editors() -> None:
    assert at_desk("zhuren").get("/desk/quality").status_code == 403


def test_the_items_behind_a_share_are_not_said_to_have_failed() -> None:
    editor = at_desk("shixiang")
    assert "不到 100%" in text_of(editor.get("/desk/ratios/limits"))
    assert "没有达到" not in text_of(editor.get("/desk/ratios/limits"))
    assert "没有达到" in text_of(editor.get("/desk/ratios/instant"))
