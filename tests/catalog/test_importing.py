"""Importing files: every row accounted for, all or nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook, load_workbook

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.importing import xlsx
from onedoor.domain.catalog.importing.departments import Directory, bare
from onedoor.domain.catalog.importing.files import read_file
from onedoor.domain.catalog.importing.workbook import errors_workbook, harmless
from onedoor.domain.catalog.models import Item
from onedoor.domain.catalog.rules import examine
from onedoor.domain.catalog.terms import ImportReport, Outcome
from onedoor.site.commands import catalog as command
from tests.catalog.samples import AT, DATA, food

LIST, GUIDES = DATA / "items_guangan_511602.csv", DATA / "item_guides.json"
needs_list = pytest.mark.skipif(not LIST.exists(), reason="the published list is not on this machine")
needs_guides = pytest.mark.skipif(not GUIDES.exists(), reason="the guides are not on this machine")

HEADINGS = [
    "department",
    "main_item",
    "name",
    "type",
    "item_code",
    "local_basic_code",
    "area_code",
    "dept_code",
]
ROW = [
    "区市监局",
    "未分类",
    "食品经营许可",
    "01 行政许可",
    "A-1",
    "511A1",
    "511602000000",
    "115113010087783353",
]


def load(tenant: int, path: Path, **options: Any) -> ImportReport:
    return actions.import_file(tenant_id=tenant, path=path, principal="user:1", at=AT, **options)


def write_csv(
    path: Path, rows: list[list[str]], headings: list[str] | None = None, encoding: str = "utf-8"
) -> Path:
    target = io.StringIO()
    csv.writer(target).writerows([headings or HEADINGS, *rows])
    path.write_bytes(target.getvalue().encode(encoding))
    return path


def row(**changes: str) -> list[str]:
    return [changes.get(heading, value) for heading, value in zip(HEADINGS, ROW, strict=True)]


def problems(report: ImportReport) -> list[tuple[int, str, str]]:
    return [
        (result.row, problem.column, problem.code) for result in report.rows for problem in result.problems
    ]


@needs_list
def test_a_real_list_is_published_whole_and_accounted_for_by_type(tenant: int) -> None:
    report = load(tenant, LIST)
    assert not report.refused
    assert report.count(Outcome.ADDED) == 819
    assert report.types() == {"01": 445, "05": 8, "07": 40, "09": 7, "10": 145, "20": 174}
    assert queries.listing(tenant).total == 819
    assert not any(card.ready for card in queries.listing(tenant, limit=100).items)
    assert sum(tally.count for tally in queries.departments(tenant)) == 819
    again = load(tenant, LIST)
    assert again.count(Outcome.UNCHANGED) == 819
    assert queries.listing(tenant, q="食品", limit=100).total > 20


@needs_list
def test_a_spoilt_copy_names_every_bad_row_and_imports_nothing(tenant: int, tmp_path: Path) -> None:
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = list(csv.reader(file))
    place = {heading: index for index, heading in enumerate(headings)}
    faults = {
        10: ("name", "", "required"),
        20: ("type", "99 乱写", "unknown_type"),
        40: ("type", "01 公共服务", "type_mismatch"),
        50: ("name", "=HYPERLINK(1)", "formula_cell"),
        60: ("item_code", "1.15E+17", "digits_lost"),
        70: ("item_code", "有 空格", "wrong_format"),
        80: ("name", "许可\x07证", "control_character"),
        90: ("area_code", "51", "area_code_malformed"),
        100: ("name", "长" * 201, "too_long"),
        110: ("item_code", rows[118][place["item_code"]], "duplicate_code"),
    }
    for line, (heading, value, _) in faults.items():
        rows[line - 2][place[heading]] = value
    report = load(tenant, write_csv(tmp_path / "spoilt.csv", rows, headings))
    expected = {(line, heading, code) for line, (heading, _, code) in faults.items()}
    assert expected <= set(problems(report))
    assert {result.row for result in report.rows if result.problems} == {*faults, 120}
    assert all(p.detail.endswith("。") for result in report.rows for p in result.problems)
    assert report.count(Outcome.REFUSED) == len(faults) + 1
    assert not Item.objects.filter(tenant_id=tenant).exists()


@needs_guides
def test_guides_become_items_that_can_be_applied_for(tenant: int) -> None:
    report = load(tenant, GUIDES)
    assert not report.refused
    assert report.count(Outcome.ADDED) == 15
    cards = queries.listing(tenant, limit=100).items
    assert len(cards) == 15
    assert all(card.ready for card in cards)
    food_new = queries.in_force(tenant, "FOOD-BUSINESS-NEW", AT)
    assert food_new is not None
    assert food_new.department == "scjg"  # the county's own department, known by its name
    assert [step.name for step in food_new.procedure.steps] == ["现场核查", "审查", "决定", "制证送达"]
    half = queries.in_force(tenant, "SOCIAL-CARD", AT)
    assert half is not None
    assert (half.promised_limit.amount, half.promised_limit.unit) == (4, "working-hours")
    assert any("0.5" in note for result in report.rows for note in result.notes)


def test_what_a_guide_leaves_to_the_case_becomes_a_question(tmp_path: Path) -> None:
    guide = {
        "key": "a_b", "name": "某许可", "type": "01", "dept": "县林业局", "case_type": "承诺件", "legal_days": 20,
        "promise_days": 1.5, "materials": [{"name": "委托书", "required": False, "note": "代办时"}],
        "process": [["受理", 1], ["公示", 5], ["决定", 1], ["送达", 2]], "object": ["自然人"],
    }  # fmt: skip
    path = tmp_path / "guides.json"
    path.write_text(json.dumps({"guides": [guide, {"key": "x"}, 3]}), encoding="utf-8")
    good, *bad = read_file(path, {}).rows
    version, faults = examine(good.document)
    assert faults == ()
    assert version.materials[0].when == "needs_m1 == true"
    assert version.sections[-1].fields[0].type == "boolean"
    assert [step.kind for step in version.procedure.steps] == ["publicity", "decision", "making"]
    assert version.promised_limit.amount == 2
    assert version.audience == ("person",)
    assert all(faulty.problems for faulty in bad)


def test_documents_come_as_yaml_or_json(tenant: int, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.json"
    one.write_text(yaml.safe_dump([food()], allow_unicode=True), encoding="utf-8")
    two.write_text(json.dumps(food(visits=0)), encoding="utf-8")
    assert [result.outcome for result in load(tenant, one).rows] == [Outcome.ADDED]
    assert [result.outcome for result in load(tenant, two).rows] == [Outcome.CHANGED]
    assert [result.outcome for result in load(tenant, two).rows] == [Outcome.UNCHANGED]


def test_a_bad_document_is_told_by_its_pointer_and_nothing_is_imported(tenant: int, tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_text(json.dumps([food(), food(code="B", type="99"), "x"]), encoding="utf-8")
    report = load(tenant, path)
    assert problems(report) == [(2, "/type", "unknown_value"), (3, "", "wrong_type")]
    assert not Item.objects.filter(tenant_id=tenant).exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(tenant: int, tmp_path: Path) -> None:
    report = load(tenant, write_csv(tmp_path / "a.csv", [row()]), dry_run=True)
    assert (report.dry_run, [r.outcome for r in report.rows]) == (True, [Outcome.ADDED])
    assert not Item.objects.filter(tenant_id=tenant).exists()


def test_a_bare_list_does_not_undo_an_item_that_was_worked_out(tenant: int, tmp_path: Path) -> None:
    full = actions.publish(tenant_id=tenant, content=food(code="A-1"), principal="user:1", at=AT)
    report = load(tenant, write_csv(tmp_path / "a.csv", [row()]))
    assert [result.outcome for result in report.rows] == [Outcome.UNCHANGED]
    assert "完整的办事指南" in report.rows[0].notes[-1]
    assert queries.in_force(tenant, "A-1", AT) == full


def test_names_may_repeat_but_codes_may_not(tenant: int, tmp_path: Path) -> None:
    same_name = [row(), row(item_code="A-2")]
    assert not load(tenant, write_csv(tmp_path / "a.csv", same_name), dry_run=True).refused
    same_code = load(tenant, write_csv(tmp_path / "b.csv", [row(), row(name="另一个")]))
    assert problems(same_code) == [(2, "item_code", "duplicate_code"), (3, "item_code", "duplicate_code")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_and_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    headings = [
        "部门",
        "主项",
        "事项名称",
        "事项类型",
        "事项编码",
        "基本编码",
        "区划代码",
        "部门编码",
        "备注",
    ]
    source = read_file(write_csv(tmp_path / "a.csv", [[*ROW, ""]], headings, encoding), {})
    assert source.rows[0].document["name"] == "食品经营许可"
    assert source.rows[0].column("/code") == "事项编码"
    assert "备注" in source.notes[0]


def test_a_workbook_is_read_like_a_list(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    sheet.append([*ROW[:4], 12345, *ROW[5:]])
    sheet.append(["区市监局", "", "=1+1", "01", 115113010087783353])
    book.save(tmp_path / "a.xlsx")
    good, bad = read_file(tmp_path / "a.xlsx", {}).rows
    assert (good.number, good.document["code"], good.problems) == (2, "12345", ())
    assert {problem.code for problem in bad.problems} == {"formula_cell", "digits_lost"}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"x", "unknown_file_kind"),
        ("a.csv", b"", "file_empty"),
        ("a.csv", "部门,名称\n".encode(), "columns_missing"),
        ("a.csv", b"name,name\n", "heading_repeated"),
        ("a.csv", "名称,事项名称\n".encode(), "heading_repeated"),
        ("a.csv", b"\xff\xfe\x00\x01", "encoding_unknown"),
        ("a.csv", b"name\n\xff\xff\xff", "encoding_unknown"),
        ("a.csv", b'name\n"' + b"x" * 200_000, "csv_malformed"),
        ("a.xlsx", b"no zip", "workbook_malformed"),
        ("a.json", b"{", "json_malformed"),
        ("a.json", b"[" * 100_000, "json_malformed"),
        ("a.json", b'{"code": 1, "code": 2}', "key_repeated"),
        ("a.json", b"[]", "file_empty"),
        ("a.yaml", b"a: [", "yaml_malformed"),
        ("a.yaml", b"!!python/object:os.system {}", "yaml_malformed"),
        ("a.yaml", b"[" * 300_000, "yaml_malformed"),
        ("a.yaml", b"- " * 300_000, "yaml_malformed"),
        ("a.yaml", b"a: &a [1]\nb: [*a, *a]", "yaml_alias"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refused, match=code):
        read_file(path, {})


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(Refused, match="file_too_large"):
        read_file(path, {})
    with pytest.raises(Refused, match="file_unreadable"):
        read_file(tmp_path / "none.csv", {})


def test_a_workbook_that_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    book.save(tmp_path / "a.xlsx")
    monkeypatch.setattr(xlsx, "MOST_UNPACKED", 100)
    with pytest.raises(Refused, match="file_too_large"):
        read_file(tmp_path / "a.xlsx", {})


def test_the_file_of_errors_holds_the_bad_rows_with_reasons_and_runs_nothing(
    tenant: int, tmp_path: Path
) -> None:
    rows = [
        row(),
        row(item_code="A-2", name="=cmd|' /C calc'!A0"),
        row(item_code="A-3", main_item="-1", type="99"),
    ]
    report = load(tenant, write_csv(tmp_path / "a.csv", rows))
    sheet = load_workbook(io.BytesIO(errors_workbook(report))).active
    assert sheet is not None
    head, *bad = list(sheet.iter_rows(values_only=True))
    assert head == ("行号", *HEADINGS, "问题与改法")
    assert [line[0] for line in bad] == [3, 4]
    assert bad[0][3] == "'=cmd|' /C calc'!A0"
    assert bad[1][2] == "'-1"
    assert "像公式" in str(bad[0][-1])
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_harmless_text_has_no_control_characters() -> None:
    assert harmless("@a") == "'@a"
    assert harmless("a\x07") == "a\N{REPLACEMENT CHARACTER}"


def test_a_department_is_known_by_its_name_whatever_county_stands_before_it() -> None:
    assert bare("明渠县市场监督管理局") == bare("县市场监督管理局") == "市场监督管理局"
    assert bare("县教育局（县人民政府决定）") == "教育局"
    directory = Directory({"scjg": "明渠县市场监督管理局"})
    assert directory.code("仪陇县市场监督管理局", "115") == "scjg"
    assert directory.code("县林业局", "115") == "115"
    assert directory.code("县林业局") == "lyj"


def test_the_command_reports_every_row(
    own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.catalog.conftest import make_tenant

    make_tenant()
    good = write_csv(tmp_path / "good.csv", [row(), row(item_code="A-2")])
    bad = write_csv(tmp_path / "bad.csv", [row(name="改名"), row(item_code="A-2", type="99 某某")])
    assert command.run(["import", str(good)]) == 0
    assert "共 2 行：新增 2。" in capsys.readouterr().out
    assert command.run(["import", str(bad), "--errors", str(tmp_path / "out.xlsx")]) == 1
    told = capsys.readouterr().out
    assert "第 3 行  有误  A-2" in told
    assert "type：没有“99 某某”这种事项类型" in told
    assert (tmp_path / "out.xlsx").stat().st_size > 1000
