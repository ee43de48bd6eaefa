"""What a draft changes, as prose; a condition in Chinese; rows put in and taken out. All pure."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace
from typing import Any

import pytest

from onedoor.domain.catalog.condition_words import needed_when
from onedoor.domain.catalog.drafts import edits as draft_edits
from onedoor.domain.catalog.drafts.differences import changes
from onedoor.domain.catalog.item_terms import Details, Origin
from onedoor.domain.catalog.rules import examine, parse_content
from onedoor.domain.catalog.terms import Material, Necessity, ServiceVersion, Source
from tests.catalog.samples import food

NAMES = {"scjg": "市监局", "xfjy": "消防大队"}


def told(**turned: Any) -> list[str]:
    return [each.words for each in changes(parse_content(food()), parse_content(food(**turned)), NAMES)]


def rows(key: str) -> list[dict[str, Any]]:
    return deepcopy(food()[key])


def test_what_says_the_same_has_no_difference() -> None:
    assert told() == []


def test_a_shorter_promise_and_other_materials_are_told_to_the_applicant() -> None:
    materials = rows("materials")
    del materials[3]
    materials[0]["originals"] = 2
    materials.append({"code": "m9", "name": "平面图", "necessity": "conditional", "when": 'cold == "no"'})
    assert told(promised_limit={"amount": 7, "unit": "working"}, materials=materials) == [
        "承诺时限由8个工作日改为7个工作日。",
        "新增材料“平面图”（视情形，不制售冷食的才要，申请人提交，原件1份）。",
        "删去材料“健康证明”，不用再交。",
        "材料“申请书”的份数由原件1份改为原件2份。",
    ]


def test_a_material_that_need_no_longer_be_handed_in() -> None:
    materials = rows("materials")
    materials[0] |= {"source": "licence", "licence_type": "申请书"}
    assert "材料“申请书”由申请人提交改为核验电子证照，免提交。" in told(materials=materials)


def test_a_form_that_asks_otherwise() -> None:
    sections = rows("sections")
    asked = sections[0]["fields"]
    asked[0]["required"] = False
    asked[1]["options"].append({"value": "some", "label": "少量"})
    asked[2]["when"] = 'cold in ["yes", "some"]'
    asked.append({"code": "area", "element": "food.area", "label": "面积", "type": "number"})
    assert told(sections=sections) == [
        "表单新增“面积”（数字，必填）。",
        "表单“店名”由必填改为选填。",
        "新增表单“是否制售冷食”的选项“少量”。",
        "表单“冷藏设备台数”改为“是否制售冷食”选“是”或“少量”的才问（原为制售冷食的）。",
    ]


def test_a_procedure_that_runs_otherwise() -> None:
    steps = rows("procedure")
    del steps[1]
    steps[0] |= {"department": "xfjy", "limit": {"amount": 3, "unit": "working"}}
    steps[1]["after"] = ["check"]
    assert told(procedure=steps) == [
        "删去环节“消防意见”。",
        "环节“现场核查”的办理部门由“市监局”改为“消防大队”。",
        "环节“现场核查”的时限写明为3个工作日。",
        "环节“决定”改为在“现场核查”之后开始。",
    ]


#: Another value for every key of the document that a version may differ in.
OTHER: dict[str, Any] = {
    "name": "甲", "plain_name": "乙", "national_code": "", "type": "07", "level": "3", "department": "xfjy",
    "department_name": "丙", "audience": ["person"], "themes": ["丁"], "case_kind": "instant",
    "statutory_limit": {"amount": 30, "unit": "working"}, "promised_limit": {"amount": 6, "unit": "working"},
    "result": {"name": "戊"}, "basis": [{"title": "己"}], "conditions": ["庚"], "fee": "辛", "visits": 0,
    "channels": ["window"], "location": "壬", "hours": "癸", "phone": "12345", "complaint_phone": "12346",
    "keywords": ["子"], "questions": [{"question": "丑", "answer": "寅"}], "ready": False, "basic_code": "X1",
    "main_item": "卯", "hall": "in",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(OTHER.keys() - {"national_code"}))
def test_every_key_that_changes_has_a_sentence(key: str) -> None:
    assert told(**{key: OTHER[key]})


#: Another value for every key of the further words of an item.
FURTHER: dict[str, Any] = {
    "sub_item": "甲", "local_code": "L-1", "handling_code": "1" * 33, "power_source": "法定", "body_nature": "1",
    "entrusted_by": "乙", "joint": ["丙"], "applicant_kinds": ["2"], "quota": "丁", "special": [{"name": "听证"}],
    "visit_reason": "戊", "depth": "己", "by_post": True, "result_by_post": True, "pay_online": True,
    "appointment": True, "reach": "nation", "delegations": [{"level": "5"}], "intermediaries": [{"name": "检测"}],
    "fees": [{"name": "工本费", "standard": "10 元"}], "situations": [{"code": "c1", "name": "开奶茶店"}],
    "consult_address": "庚", "mobile_url": "https://example.org/m",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(FURTHER))
def test_every_further_word_that_changes_has_a_sentence(key: str) -> None:
    # For looking only: what a code must be is not asked here.
    other, _ = examine(food(details={key: FURTHER[key]}))
    assert changes(parse_content(food()), other, NAMES)


def test_no_further_word_is_forgotten() -> None:
    assert {each.name for each in fields(Details)} == set(FURTHER)


@pytest.mark.parametrize("key", sorted(each.name for each in fields(Material) if each.name != "code"))
def test_every_word_of_a_material_that_changes_has_a_sentence(key: str) -> None:
    former = Material("m1", "证明", form="electronic", originals=0)
    other = {
        "necessity": Necessity.DEFERRABLE,
        "source": Source.RECORD,
        "origin": Origin.GOVERNMENT,
        "form": "copy",
    }
    now = replace(former, **{key: other.get(key, 2 if key in ("originals", "copies") else "另写的话")})
    version = parse_content(food())
    assert changes(replace(version, materials=(former,)), replace(version, materials=(now,)), NAMES)


def test_no_key_of_a_version_is_forgotten() -> None:
    own = {
        "id",
        "tenant_id",
        "number",
        "published_at",
        "digest",
        "code",
        "procedure",
        "materials",
        "sections",
    }
    known = {each.name for each in fields(ServiceVersion)} - own - {"details"}
    assert known == set(OTHER)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('cold == "yes"', "制售冷食的"),
        ("3 < fridge", "冷藏设备台数超过 3 的"),
        ('cold != "yes" && fridge >= 2', "“是否制售冷食”没选“是”，并且冷藏设备台数达到 2 的"),
        ("shop == null", "没填“店名”的"),
        ("size(shop) > 3", "条件“size(shop) > 3”成立的"),
        ("nobody == 1", "条件“nobody == 1”成立的"),
        ('cold == "yes', '条件“cold == "yes”成立的'),
    ],
)
def test_a_condition_is_read_in_chinese(source: str, words: str) -> None:
    version = parse_content(food())
    assert needed_when(version, source) == words


def test_rows_are_moved_taken_and_put_without_touching_the_document_they_come_from() -> None:
    document = food()
    before = deepcopy(document)
    down = draft_edits.moved(document, "form", (0, 0), 1)
    assert [field["code"] for field in down["sections"][0]["fields"]] == ["cold", "shop", "fridge"]
    assert draft_edits.moved(document, "materials", (0,), -1) == document
    added = draft_edits.put(document, "basis", (0,), {"title": "新法"})
    assert added["basis"] == [{"title": "新法"}]
    more = draft_edits.put(document, "materials", (99,), {"name": "新材料"})
    assert more["materials"][-1] == {"name": "新材料"}
    assert document == before


def test_steps_that_waited_for_one_that_is_taken_out_wait_for_what_it_waited_for() -> None:
    document = food()
    document["procedure"][1]["after"] = ["check"]
    document["procedure"][2]["after"] = ["fire"]
    left = draft_edits.taken(document, "steps", (1,))
    assert left["procedure"][1]["after"] == ["check"]


def test_a_fresh_code_is_borne_by_nobody() -> None:
    document = food()
    code = draft_edits.fresh_code(document, "materials", 1)
    assert code not in {material["code"] for material in document["materials"]}
    assert draft_edits.fresh_code(document, "basis", 1) == ""
    assert draft_edits.fresh_code({}, "form", 2) == "q1"


@pytest.mark.parametrize("text", ["", "-", "a", "1-", "1-x", "١", "99999"])
def test_what_is_no_path_is_none(text: str) -> None:
    assert draft_edits.path_of(text) is None


@pytest.mark.parametrize("document", [{}, {"sections": 3}, {"sections": [3]}, {"sections": [{"fields": 3}]}])
def test_rows_of_a_misshapen_document_are_not_there(document: dict[str, Any]) -> None:
    assert draft_edits.row(document, "form", (0, 0)) is None
    assert draft_edits.rows(document, "form", (0,)) == []
