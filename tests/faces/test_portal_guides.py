"""The guide in all its forms: page, everyday words, notice of a situation, card, flow chart, codes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pypdf
import pytest
import segno
from django.conf import settings
from django.test import Client

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.rules import parse_content
from onedoor.faces.ticks import LONGEST
from tests.catalog.samples import DATA, food
from tests.county import County
from tests.faces.portal import Citizen, text_of
from tests.faces.test_api import Caller, problem

pytestmark = pytest.mark.usefixtures("county_db")

FOOD = "/services/SCJG-FOOD-NEW"
CATERING = "asked=1&business=catering&dishes=hot&dishes=cold&has_staff=no"
GUIDES = DATA / "item_guides.json"
needs_guides = pytest.mark.skipif(not GUIDES.exists(), reason="the guides are not on this machine")
SVG = "{http://www.w3.org/2000/svg}"


def words(pdf: bytes) -> str:
    """What a reader finds in a PDF, without line ends."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def pages(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def main(answer: Any) -> str:
    """What is told on a page, without the frame around it."""
    text = text_of(answer)
    return text[text.index("<main") : text.index("</main>")]


def paper(path: str) -> bytes:
    answer = Client().get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def publish(county: County, document: dict[str, Any]) -> str:
    """Publish an item; returns its code."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    actions.publish(tenant_id=county.tenant_id, content=document, principal="user:1", at=at)
    return str(document["code"])


def test_the_guide_shows_the_chart_and_the_same_as_a_list() -> None:
    page = text_of(Citizen().get(FOOD))
    chart = ET.fromstring(re.search(r"<svg class=\"flow\".*?</svg>", page, re.DOTALL)[0])  # type: ignore[index]
    assert chart.get("role") == "img"
    names = chart.get("aria-labelledby", "").split()
    told = {each.get("id"): each.text or "" for each in chart if each.get("id")}
    assert "食品经营许可新办办理流程图" in told[names[0]]
    assert "同时进行：现场核查" in told[names[1]]
    assert page.index("</svg>") < page.index('<div class="flow-list"><ol class="lanes">')
    assert "style=" not in page
    assert "<script>" not in page


def test_the_chart_is_an_image_of_its_own() -> None:
    answer = Citizen().get(f"{FOOD}/flow.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    drawn = ET.fromstring(text_of(answer))
    said = [each.text for each in drawn.iter(f"{SVG}text")]
    assert {"现场核查", "消防安全意见", "审查决定", "制证", "送达"} <= set(said)
    assert all(each.get("fill") for each in drawn.iter(f"{SVG}g")), "it needs no style of a page"
    Citizen().get("/services/NO-SUCH/flow.svg", 404)


def test_answers_call_for_exactly_what_is_needed() -> None:
    visitor = Citizen()
    page = text_of(visitor.get(f"{FOOD}/notice?{CATERING}"))
    bring = page[page.index('id="bring"') : page.index('id="steps"')]
    assert "冷食或生食专间设施说明" in bring
    assert "从业人员健康证明" not in page
    assert "自动售货设备" not in bring
    assert "还有问题没选" not in page
    first = text_of(visitor.get(f"{FOOD}/notice"))
    assert "还有问题没选" in first
    assert "有下面情况的，还要带" in first
    wrong = visitor.get(f"{FOOD}/notice?asked=1&business=piracy", 422)
    assert "piracy" not in main(wrong)
    visitor.get("/services/NO-SUCH/notice", 404)


def test_a_step_that_the_answers_spare_is_dashed() -> None:
    spared = text_of(Citizen().get("/services/JTJ-ROADWORK/notice?asked=1&cross_river=no"))
    assert "stroke-dasharray" in spared
    assert "您这种情形不用办" in re.sub(r"</text><text[^>]*>", "", spared)
    assert "stroke-dasharray" not in text_of(
        Citizen().get("/services/JTJ-ROADWORK/notice?asked=1&cross_river=yes")
    )


def test_the_code_leads_to_the_same_answers_and_to_nothing_else() -> None:
    def drawn(path: str) -> str:
        out = io.BytesIO()
        code = segno.make(f"{settings.ONEDOOR_PUBLIC_URL}{path}", error="m")
        code.save(out, kind="svg", scale=4, border=2, xmldecl=True, svgns=True)
        return out.getvalue().decode()

    visitor = Citizen()
    assert text_of(visitor.get(f"{FOOD}/qr.svg")) == drawn(FOOD)
    typed = "&shop_name=晓禾小吃店&manager=庄晓禾&area=60&utm=1"
    page = main(visitor.get(f"{FOOD}/notice?{CATERING}{typed}"))
    assert not any(name in page for name in ("晓禾小吃店", "庄晓禾", "utm"))
    assert text_of(visitor.get(f"{FOOD}/qr.svg?{CATERING}{typed}")) == drawn(f"{FOOD}/notice?{CATERING}")
    assert text_of(visitor.get(f"{FOOD}/qr.svg?asked=1&business=piracy")) == drawn(FOOD)


def test_an_address_too_long_for_a_code_leads_to_the_guide(county_db: County) -> None:
    options = [{"value": f"{'x' * 50}{n:02}", "label": f"选项{n}"} for n in range(40)]
    field = {"code": "all", "element": "x.all", "label": "哪些", "type": "choices", "options": options}
    materials = [
        {"code": "m1", "name": "说明", "necessity": "conditional", "when": f'"{options[0]["value"]}" in all'}
    ]
    sections = [{"code": "s", "title": "情形", "fields": [field]}]
    code = publish(county_db, food(code="LONG-ONE", sections=sections, materials=materials))
    query = "asked=1" + "".join(f"&all={option['value']}" for option in options)
    assert len(query) > LONGEST
    visitor = Citizen()
    assert text_of(visitor.get(f"/services/{code}/qr.svg?{query}")) == text_of(
        visitor.get(f"/services/{code}/qr.svg")
    )
    assert "说明" in words(paper(f"/services/{code}/notice.pdf?{query}"))


def test_everyday_words_are_remembered_until_they_are_no_longer_wanted() -> None:
    visitor = Citizen()
    plain = text_of(visitor.get(f"{FOOD}?plain=1"))
    for title in ("这是办什么的", "带什么", "到哪里办", "多久、花多少、拿到什么", "容易出错的地方"):
        assert title in plain
    assert "<h1>开饭店、卖吃的之前要办的证</h1>" in plain
    assert "容易出错的地方" in text_of(visitor.get("/services/RSJ-CARD"))
    assert "基本信息" in text_of(visitor.get(f"{FOOD}?plain=0"))
    assert "基本信息" in text_of(visitor.get("/services/RSJ-CARD"))


def test_notice_and_card_are_one_sheet_with_place_telephone_and_date() -> None:
    today = datetime.now(UTC) + timedelta(hours=8)
    notice = paper(f"/services/SCJG-FOOD-NEW/notice.pdf?{CATERING}")
    card = paper(f"/services/SCJG-FOOD-NEW/card.pdf?{CATERING}")
    assert (pages(notice), pages(card)) == (1, 1)
    for printed in (words(notice), words(card)):
        for wanted in (
            "冷食或生食专间设施说明",
            "0000-6128766",
            "大厅3号",
            f"{today.year}年{today.month}月{today.day}日",
        ):
            assert wanted in printed
        assert "从业人员健康证明" not in printed
    size = pypdf.PdfReader(io.BytesIO(card)).pages[0].mediabox
    assert round(size.width / 72 * 25.4) in (105, 148)


def test_the_interface_tells_the_same() -> None:
    anyone = Caller(None)
    told = anyone.get(f"/services/SCJG-FOOD-NEW/notice?{CATERING}").json()
    assert told["complete"] is True
    assert [each["code"] for each in told["materials"]["bring"]] == ["m1", "m4", "m5", "m7"]
    assert [each["code"] for each in told["materials"]["spared"]] == ["m6", "m8"]
    assert told["page"] == f"{FOOD}/notice?{CATERING}"
    assert anyone.get(told["card_pdf"].removeprefix("/api/v1")).status_code == 200
    started = anyone.get("/services/JTJ-ROADWORK/notice").json()
    assert started["complete"] is False
    assert {step["code"]: step["needed"] for step in started["steps"]}["river"] is None
    wrong = problem(anyone.get("/services/SCJG-FOOD-NEW/notice?has_staff=x"), 422, "answers_invalid")
    assert wrong["errors"][0]["pointer"] == "/answers/has_staff"
    for name in ("notice", "notice.pdf", "card.pdf"):
        problem(anyone.get(f"/services/NO-SUCH/{name}"), 404, "unknown_service")


@pytest.mark.parametrize(
    "query", ["business=%00", "business=" + "a" * 4000, "dishes=&dishes=&asked", "asked=1&dishes=%ff", "=&&="]
)
def test_no_address_is_a_fault_of_ours(query: str) -> None:
    for path in (f"{FOOD}/notice", f"{FOOD}/qr.svg", f"{FOOD}/flow.svg", f"/api/v1{FOOD}/notice", FOOD):
        assert Client().get(f"{path}?{query}").status_code in (200, 400, 422), path


def _said(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a document that is there to be read."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _said(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, key)
    elif isinstance(value, str) and re.match(r"[一-鿿]", value):
        yield value


#: Parts that stand elsewhere: the form, the search, and the answers behind a situation.
ELSEWHERE = ("sections", "keywords", "themes", "department_name")


def full_document() -> dict[str, Any]:
    """An item that says everything there is to say."""
    return food(
        code="FULL-ONE",
        conditions=["条件甲"],
        fee="按标准收费",
        location="大厅九号窗口",
        hours="工作日上午",
        phone="0000-1111111",
        main_item="主项之名",
        hall="in",
        questions=[{"question": "问一问？", "answer": "答一答。"}],
        result={"name": "结果证", "kind": "licence", "validity_months": 12, "sample": "/samples/result"},
        materials=[{
            "code": "m1", "name": "材料𠮷䶮堃", "note": "说明乙", "basis": "依据丙", "kind": "申请表",
            "origin": "other", "origin_note": "渠道丁", "issuer": "出具人戊", "proves": "证明己",
            "paper_size": "规格庚", "accept_standard": "标准辛", "fill_note": "须知壬",
            "blank_form": "/forms/blank", "sample": "/forms/sample",
        }, {"code": "m2", "name": "冷食材料", "necessity": "conditional", "when": 'cold == "yes"'}],
        procedure=[
            {"code": "check", "name": "核查𠮷䶮堃", "kind": "review", "department": "scjg", "role": "reviewer"},
            {"code": "decide", "name": "决定子", "kind": "decision", "department": "scjg", "role": "decider",
             "after": ["check"]},
        ],
        details={
            "sub_item": "子项之名", "power_source": "法定本级行使", "entrusted_by": "委托部门丑",
            "joint": ["联办寅", "联办卯"], "quota": "限额辰", "visit_reason": "现场原因巳", "depth": "深度午",
            "special": [{"name": "听证未", "basis": "依据申", "duration": "时长酉"}],
            "delegations": [{"level": "5", "acts": ["accept"], "basis": "下放戌"}],
            "intermediaries": [{"name": "中介亥", "basis": "依据天", "note": "说明地"}],
            "fees": [{"name": "工本费", "standard": "标准玄", "basis": "依据黄", "reducible": True,
                      "reduction": "减免宇"}],
            "situations": [{"code": "some", "name": "情形宙", "note": "",
                            "answers": [{"field": "cold", "value": "yes"}]}],
            "consult_address": "咨询地址洪", "mobile_url": "/m/apply",
        },
    )  # fmt: skip


def test_whatever_a_document_says_stands_in_the_guide(county_db: County) -> None:
    document = full_document()
    parse_content(document)
    code = publish(county_db, document)
    page = text_of(Citizen().get(f"/services/{code}"))
    printed = words(paper(f"/services/{code}/guide.pdf"))
    said = {each for key, value in document.items() if key not in ELSEWHERE for each in _said(value)}
    assert len(said) > 40
    assert [each for each in said if each not in page] == []
    assert [each for each in said if re.sub(r"\s", "", each) not in printed] == []
    for address in ("/forms/blank", "/forms/sample", "/samples/result", "/m/apply"):
        assert f'href="{address}"' in page
    assert f"/services/{code}/notice?asked=1&amp;cold=yes" in page
    assert "核查𠮷䶮堃" in words(paper(f"/services/{code}/notice.pdf"))
    assert "材料𠮷䶮堃" in words(paper(f"/services/{code}/card.pdf"))


def test_an_item_of_which_little_is_known_has_its_pages_too(county_db: County) -> None:
    bare = {"code": "BARE-ONE", "name": "某项服务", "type": "20", "department": "scjg", "ready": False}
    code = publish(county_db, bare)
    visitor = Citizen()
    for path in ("", "?plain=1", "/notice", "/qr.svg"):
        visitor.get(f"/services/{code}{path}")
    visitor.get(f"/services/{code}/flow.svg", 404)
    for name in ("guide", "notice", "card"):
        assert "某项服务" in words(paper(f"/services/{code}/{name}.pdf"))


@needs_guides
def test_every_published_guide_is_shown_printed_and_drawn(county_db: County) -> None:
    at = datetime.now(UTC) - timedelta(minutes=1)
    report = actions.import_file(tenant_id=county_db.tenant_id, path=GUIDES, principal="user:1", at=at)
    assert not report.refused
    assert len(report.rows) == 15
    visitor = Citizen()
    for row in report.rows:
        page = text_of(visitor.get(f"/services/{row.code}"))
        assert row.name in page
        assert '<svg class="flow"' in page
        assert "到哪里办" in text_of(visitor.get(f"/services/{row.code}/notice"))
        visitor.get(f"/services/{row.code}/flow.svg")
        for name in ("guide", "notice", "card"):
            assert re.sub(r"\s", "", row.name) in words(paper(f"/services/{row.code}/{name}.pdf"))
