"""Packages from files: our own documents, lists that name their items only, and what is said of every name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils.html import escape

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.importing.matching import Known, Shelf, department_for
from onedoor.domain.catalog.models import Item, Package
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageVersion, Plan
from onedoor.domain.catalog.terms import ImportReport, Outcome
from tests.catalog.package_samples import PACKAGE, members, package
from tests.catalog.samples import AT, DATA, food
from tests.county import County

LIST = {
    "key": "diner",
    "name": "开办餐饮店",
    "side": "经营主体",
    "lead": "市场监管",
    "items": [
        {"item": "食品经营许可", "dept": "市场监管", "optional": False},
        {"item": "消防安全检查（开业前）", "dept": "消防救援", "optional": True, "condition": "<50㎡免办"},
        {"item": "烟草零售许可", "dept": "烟草", "optional": True, "condition": "各地自定"},
    ],
    "precondition": "已取得营业执照",
    "limit": "某县1个工作日",
    "source": "somewhere",
}


def imported(
    tenant: int, tmp_path: Path, value: Any, *, dry_run: bool = False, name: str = "p.json"
) -> ImportReport:
    path = tmp_path / name
    text = json.dumps(value, ensure_ascii=False) if name.endswith("json") else yaml.safe_dump_all(value)
    path.write_text(text, "utf-8")
    return actions.import_file(tenant_id=tenant, path=path, principal="test", at=AT, dry_run=dry_run)


@pytest.fixture
def county(tenant: int) -> int:
    """A county in which the items of the sample package are published."""
    for item in members():
        actions.publish(tenant_id=tenant, content=item, principal="user:1", at=AT)
    return tenant


@pytest.mark.parametrize("shape", ["one", "several", "under packages", "documents"])
def test_our_own_documents_are_imported_in_every_shape(county: int, tmp_path: Path, shape: str) -> None:
    wanted = package()
    value: Any = {"one": wanted, "several": [wanted], "under packages": {"packages": [wanted]}}.get(shape)
    name = "p.yaml" if shape == "documents" else "p.json"
    report = imported(county, tmp_path, [wanted] if shape == "documents" else value, name=name)
    assert [(row.code, row.type, row.outcome) for row in report.rows] == [(PACKAGE, "一件事", Outcome.ADDED)]
    assert packages.package(county, PACKAGE, AT).ready
    again = imported(county, tmp_path, [wanted] if shape == "documents" else value, name=name)
    assert [row.outcome for row in again.rows] == [Outcome.UNCHANGED]
    assert packages.package(county, PACKAGE, AT).number == 1


def test_a_package_comes_with_the_items_it_needs(tenant: int, tmp_path: Path) -> None:
    both = {"items": members(), "packages": [package()]}
    rehearsed = imported(tenant, tmp_path, both, dry_run=True)
    assert (rehearsed.refused, rehearsed.dry_run, len(rehearsed.rows)) == (False, True, 5)
    assert not Item.objects.exists()
    assert not Package.objects.exists()
    assert imported(tenant, tmp_path, both).count(Outcome.ADDED) == 5
    assert packages.plan(tenant, PACKAGE, {"area": 30, "smoke": False}, AT).can_be_filed


def test_one_faulty_package_keeps_everything_out(tenant: int, tmp_path: Path) -> None:
    value = {
        "items": members(),
        "packages": [package(), package(code="OTHER", promised_limit={"amount": 99})],
    }
    report = imported(tenant, tmp_path, value)
    assert report.refused
    assert [row.outcome for row in report.rows[-2:]] == [Outcome.ADDED, Outcome.REFUSED]
    assert [(p.column, p.code) for p in report.rows[-1].problems] == [
        ("/promised_limit", "promise_longer_than_law")
    ]
    assert not Item.objects.exists()
    assert not Package.objects.exists()


def test_two_packages_of_one_code_are_both_refused(county: int, tmp_path: Path) -> None:
    report = imported(county, tmp_path, [package(), package(name="另一件")])
    assert [[p.code for p in row.problems] for row in report.rows] == [["duplicate_code"], ["duplicate_code"]]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (3, ("", "wrong_type")),
        ({**LIST, "name": None}, ("name", "required")),
        ({**LIST, "key": "a\x00b"}, ("key", "control_character")),
        ({**LIST, "items": []}, ("items", "required")),
        ({**LIST, "items": [{"dept": "公安"}]}, ("items/0", "wrong_type")),
        ({**LIST, "items": ["食品经营许可"]}, ("items/0", "wrong_type")),
        ({**package(), "members": [{"service": "\x00"}]}, ("/members/0/service", "control_character")),
    ],
)
def test_a_faulty_entry_is_refused_at_its_place(
    county: int, tmp_path: Path, entry: Any, fault: tuple[str, str]
) -> None:
    (row,) = imported(county, tmp_path, {"packages": [entry]}).rows
    assert fault in [(problem.column, problem.code) for problem in row.problems]


def test_a_list_becomes_a_package_and_every_guess_is_said(county: int, tmp_path: Path) -> None:
    (row,) = imported(county, tmp_path, {"packages": [LIST]}).rows
    assert row.outcome is Outcome.ADDED
    made = packages.package(county, "DINER", AT)
    assert [member.service for member in made.members] == ["FOOD", "FIRE", "SMOKE"]
    assert (made.ready, made.lead, made.audience, made.conditions) == (
        True, "scjg", ("organization",), ("已取得营业执照",),
    )  # fmt: skip
    assert [(member.when, member.optional) for member in made.members] == [
        ("", False), ("area >= 50", False), ("needs_3 == true", True),
    ]  # fmt: skip
    assert made.promised_limit is None
    told = "".join(row.notes)
    assert "“消防安全检查（开业前）”按相近名称对到“消防安全检查”（FIRE）" in told
    assert "某县1个工作日" in told
    plan = packages.plan(county, "DINER", {"area": 49, "needs_3": True}, AT)
    assert [member.service.code for member in plan.members] == ["FOOD", "SMOKE"]
    assert plan.can_be_filed


def test_what_the_catalogue_lacks_is_said_and_keeps_the_package_from_being_filed(
    county: int, tmp_path: Path
) -> None:
    value = {**LIST, "items": [*LIST["items"], {"item": "银行预约开户", "dept": "银行", "optional": False}]}
    (row,) = imported(county, tmp_path, {"packages": [value]}).rows
    assert row.outcome is Outcome.ADDED
    assert any("银行预约开户" in note for note in row.notes)
    plan = packages.plan(county, "DINER", {"area": 30, "needs_3": False}, AT)
    assert [(each.code, each.name, each.department_name) for each in plan.lacking] == [
        ("", "银行预约开户", "银行")
    ]
    assert not plan.can_be_filed
    bank = food(code="BANK", name="银行预约开户", national_code=None)
    actions.publish(tenant_id=county, content=bank, principal="test", at=AT)
    assert [row.outcome for row in imported(county, tmp_path, {"packages": [value]}).rows] == [
        Outcome.CHANGED
    ]
    assert packages.plan(county, "DINER", {"area": 30, "needs_3": False}, AT).can_be_filed


def test_a_mapping_in_the_file_has_the_last_word(county: int, tmp_path: Path) -> None:
    value = {"packages": [LIST], "mapping": {"食品经营许可": "REG", "烟草零售许可": "NONE"}}
    (row,) = imported(county, tmp_path, value).rows
    made = packages.package(county, "DINER", AT)
    assert [member.service for member in made.members] == ["REG", "FIRE", ""]
    assert any("没有这个编码" in note for note in row.notes)


def test_a_list_of_items_that_no_one_applicant_may_file_is_not_ready(county: int, tmp_path: Path) -> None:
    person = food(code="FOOD", name="食品经营许可", audience=["person"], national_code=None)
    actions.publish(tenant_id=county, content=person, principal="test", at=AT)
    (row,) = imported(county, tmp_path, {"packages": [LIST]}).rows
    assert any("暂不能一起申请" in note and "企业" in note for note in row.notes)
    assert not packages.package(county, "DINER", AT).ready


KNOWN = (
    Known("A", "食品经营许可新办", "明渠县市场监督管理局", ready=True),
    Known("B", "食品经营许可变更", "明渠县市场监督管理局", ready=True),
    Known("C", "社会保障卡申领", "明渠县人力资源和社会保障局", ready=True),
    Known("D", "社会保障卡申领", "明渠县清源街道办事处", ready=True),
    Known("E", "残疾人证核发", "明渠县残疾人联合会", ready=False),
    Known("F", "残疾人证核发", "明渠县残疾人联合会", ready=True),
    Known("G", "某证", "甲局", ready=True),
    Known("H", "某证", "乙局", ready=True),
)


@pytest.mark.parametrize(
    ("name", "department", "code", "said"),
    [
        ("食品经营许可新办", "市场监管", "A", ""),
        ("食品经营许可", "", "A", "按相近名称"),
        ("食品经营许可变更", "", "B", ""),
        ("社会保障卡申领", "人社", "C", ""),
        ("残疾人证新办（换领、迁移）", "残联", "F", "按相近名称"),
        ("某证", "丙局", None, "可能是"),
        ("某证", "乙局", "H", ""),
        ("证", "", None, ""),
        ("启用", "", None, ""),
    ],
)
def test_names_are_found_as_people_mean_them(name: str, department: str, code: str | None, said: str) -> None:
    match = Shelf(KNOWN, {}).find(name, department)
    assert (match.item.code if match.item else None) == code
    assert said in match.note
    assert bool(said) is bool(match.note)


def test_short_names_of_departments() -> None:
    known = {
        "scjg": "明渠县市场监督管理局",
        "wsjk": "明渠县卫生健康局",
        "ybj": "明渠县医疗保障局",
        "jyj": "明渠县教育和体育局",
    }
    found = [
        department_for(each, known)
        for each in ("市场监管", "卫健/疾控", "医保（税务缴费）", "教育", "海关", "")
    ]
    assert found == ["scjg", "wsjk", "ybj", "jyj", "", ""]


@pytest.mark.skipif(not DATA.is_dir(), reason="the published lists are not here")
def test_all_published_packages_come_in_are_planned_and_shown(county_db: County) -> None:
    tenant = county_db.tenant_id
    path = DATA / "packages_one_thing.json"
    at = datetime.now(UTC)
    report = actions.import_file(tenant_id=tenant, path=path, principal="test", at=at)
    assert report.count(Outcome.ADDED) == len(report.rows) == 14
    for row in report.rows:
        made = packages.package(tenant, row.code, at)
        known = {member.service for member in made.members if member.service}
        plan = packages.plan(tenant, row.code, {}, at)
        told = "".join(row.notes)
        assert all(member.name in told for member in made.members if not member.service), row.name
        assert made.ready is (len(known) == len(made.members))
        whole = packages.plan(
            tenant, row.code, {q.code: 600 if q.type == "number" else True for q in made.questions}, at
        )
        assert {member.service.code for member in whole.members} == known
        assert {each.name for each in whole.lacking} == {m.name for m in made.members if not m.service}
        assert len(plan.missing) <= len(made.questions)
        shown(made, whole)


def shown(made: PackageVersion, whole: Plan) -> None:
    """The portal's pages of a package: the questions, then everything that is needed with every answer."""
    asked = Client().get(f"/packages/{made.code}")
    assert asked.status_code == 200
    for question in made.questions:
        assert f'name="{question.code}"' in asked.content.decode()
    answers = {q.code: "600" if q.type == "number" else "true" for q in made.questions}
    page = Client().get(f"/packages/{made.code}", {"asked": "1", **answers})
    assert page.status_code == 200
    text = page.content.decode()
    for member in whole.members:
        assert f'href="/services/{member.service.code}"' in text, made.name
    for lacking in whole.lacking:
        assert escape(lacking.name) in text, made.name
    assert ("一起办理</a>" in text) is whole.can_be_filed
