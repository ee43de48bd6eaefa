"""A catalogue in sheets: every fault is told with its cell, names of the national exchange are understood, and files
that would fill the memory are refused."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, queries
from onedoor.domain.catalog.exporting import catalogue
from onedoor.domain.catalog.importing import sheets as catalogue_sheets
from onedoor.domain.catalog.importing import xlsx
from onedoor.domain.catalog.importing.files import read_file
from onedoor.domain.catalog.importing.workbook import errors_workbook
from onedoor.domain.catalog.models import Item
from onedoor.domain.catalog.terms import ImportReport, Outcome
from tests.catalog.export_samples import published
from tests.catalog.samples import AT

CODE = "11513701777935454D4511031018000"
KNOWN = {"scjg": "明渠县市场监督管理局"}
ITEMS = ["事项编码", "事项名称", "事项类型", "部门编码", "可以申请"]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def load(tenant: int, path: Path, **options: Any) -> ImportReport:
    return actions.import_file(tenant_id=tenant, path=path, principal="user:1", at=AT, **options)


def faults(report: ImportReport) -> list[tuple[str, str, str]]:
    return [(problem.sheet, problem.cell, problem.code) for row in report.rows for problem in row.problems]


def test_faults_of_every_sheet_are_told_by_their_cells_and_nothing_is_imported(
    tenant: int, tmp_path: Path
) -> None:
    published(tenant)
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        catalogue.export_catalogue(tenant, "xlsx", AT, file)
    made = load_workbook(path)
    spoilt = {
        ("事项", "C3", "", ""): None,
        ("事项", "A2", "B-1", ""): None,
        ("材料", "D3", "随便", "unknown_value"): None,
        ("材料", "A4", "没有的编码", "owner_unknown"): None,
        ("环节", "G4", "nowhere", "unknown_step"): None,
        ("选项", "B2", "没有的问题", "unknown_field"): None,
        ("表单", "H2", "单选题", "unknown_value"): None,
        ("联办事项", "F3", "nothing ==", "condition_malformed"): None,
    }
    for sheet, cell, value, _ in spoilt:
        made[sheet][cell] = value
    made["收费"]["C2"] = "=SUM(1)"
    made.save(path)
    before = Item.objects.filter(tenant_id=tenant).count()
    report = load(tenant, path)
    told = faults(report)
    for sheet, cell, _, code in spoilt:
        if code:
            assert any(each[:2] == (sheet, cell) for each in told), (sheet, cell, told)
    assert ("收费", "C2", "formula_cell") in told
    assert report.refused
    assert Item.objects.filter(tenant_id=tenant).count() == before
    listed = load_workbook(io.BytesIO(errors_workbook(report)))["问题清单"]
    rows = list(listed.iter_rows(values_only=True))
    assert rows[0] == ("工作表", "行号", "单元格", "列", "编码", "名称", "问题与改法")
    assert ("收费", 2, "C2") in [row[:3] for row in rows]
    assert all(str(row[-1]).endswith("。") for row in rows[1:])


def test_tables_of_the_national_exchange_become_items(tenant: int, tmp_path: Path) -> None:
    basic = {
        "task_code": CODE, "task_name": "小经营店备案", "task_type": "10", "dept_name": "县市场监督管理局",
        "use_level": "4", "server_type": "1,2", "project_type": 2, "anticipate_day": 20, "anticipate_type": "工作日",
        "promise_day": 5, "promise_type": "工作日", "by_law": "《条例》第一条\n《规定》", "accept_condition": "有场所",
        "limit_scene_num": 1, "handle_area": "跨市", "is_entry_center": 1, "result_name": "备案证",
        "link_way": "0000-1", "supervise_way": "12345", "is_express": 1, "row_guid": "x",
    }  # fmt: skip
    path = book(
        tmp_path / "a.xlsx",
        up_task_general_basic=[list(basic), list(basic.values())],
        up_task_general_material=[
            ["task_code", "material_name", "is_need", "source_type", "by_law", "order_num"],
            [CODE, "申请书", "1", "申请人自备", "第一条", 1],
        ],
        up_task_general_fee_project=[
            ["task_code", "fee_name", "fee_stand", "is_desc"],
            [CODE, "费", "5 元", 0],
        ],
    )
    report = load(tenant, path)
    assert not report.refused, faults(report)
    item = queries.in_force(tenant, CODE, AT)
    assert item is not None
    assert (item.national_code, item.department, item.ready) == (CODE, "scjg", False)
    assert (item.audience, item.case_kind.value) == (("person", "organization"), "committed")
    assert (item.statutory_limit.amount, item.promised_limit.amount) == (20, 5)
    assert [basis.title for basis in item.basis] == ["《条例》第一条", "《规定》"]
    assert (item.materials[0].code, item.materials[0].origin.value) == ("m1", "applicant")
    assert item.details.fees[0].standard == "5 元"
    assert (item.details.reach.value, item.hall.value, item.result.name) == ("cities", "in", "备案证")
    assert any("row_guid" in note for note in report.notes)


def test_a_bare_list_with_national_headings_is_a_list(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        Sheet1=[
            ["task_code", "task_name", "task_type", "dept_name", "promise_day", "promise_type", "其他"],
            [CODE, "备案", "10", "县市场监督管理局", "三", "工作日", ""],
            [CODE, "备案", "10", "县市场监督管理局", 3, "工作日", ""],
        ],
    )
    source = read_file(path, KNOWN)
    bad, good = source.rows
    assert [(problem.cell, problem.column) for problem in bad.problems] == [("E2", "promise_day")]
    assert good.document["promised_limit"] == {"amount": 3, "unit": "working"}
    assert (good.document["code"], good.document["department"], good.document["ready"]) == (
        CODE,
        "scjg",
        False,
    )
    assert "其他" in source.notes[0]


def test_dates_numbers_and_truths_of_a_spreadsheet_are_texts(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", a=[[date(2026, 3, 2), 1.5, 3.0, True, 12345678901234567, "=1+1", None, " x "]]
    )
    (line,) = xlsx.Book(path.read_bytes()).lines("a")
    assert line.cells[1:] == ("1.5", "3", "TRUE", "1.2346E+16", "=1+1", "", "x")
    assert line.cells[0].startswith("2026-03-02")


def test_one_item_cannot_stand_in_two_rows(tenant: int, tmp_path: Path) -> None:
    row = ["A-1", "甲", "公共服务", "scjg", "否"]
    path = book(tmp_path / "a.xlsx", 事项=[ITEMS, row, row], 材料=[["事项编码", "材料名称"]])
    assert faults(load(tenant, path)) == [("事项", "A2", "duplicate_code"), ("事项", "A3", "duplicate_code")]


def test_a_csv_catalogue_tells_its_faults_too(tenant: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "【事项】\n事项编码,事项名称,事项类型,部门编码,进驻大厅,可以申请\nA-1,甲,公共服务,scjg,也许,否\n"
        "【受理条件】\n事项编码,条件\nA-1,有场所\nB-2,没有主人\n",
        encoding="utf-8",
    )
    assert faults(load(tenant, path)) == [
        ("事项", "E3", "unknown_value"),
        ("受理条件", "A7", "owner_unknown"),
    ]


@pytest.mark.parametrize(
    ("sheets", "code"),
    [
        ({"事项": [["事项名称"]], "材料": [["事项编码", "材料名称"]]}, "columns_missing"),
        ({"事项": [ITEMS], "材料": [["材料名称"]]}, "columns_missing"),
        ({"事项": [[*ITEMS, "name"]], "材料": []}, "heading_repeated"),
        ({"材料": [["事项编码", "材料名称"]], "up_task_general_material": []}, "sheet_repeated"),
        ({"事项": [ITEMS], "环节": []}, "file_empty"),
    ],
)
def test_sheets_that_cannot_be_understood_are_refused(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        read_file(book(tmp_path / "a.xlsx", **sheets), KNOWN)


def test_merged_cells_are_refused_in_lists_and_catalogues(tmp_path: Path) -> None:
    for titles in (("事项", "材料"), ("列表",)):
        path = book(
            tmp_path / "a.xlsx",
            **{title: [["事项编码", "材料名称", *ITEMS[1:]], ["A", "b"]] for title in titles},
        )
        made = load_workbook(path)
        made.worksheets[0].merge_cells("A2:A3")
        made.save(path)
        with pytest.raises(Refused, match="cells_merged") as caught:
            read_file(path, KNOWN)
        assert "A2:A3" in caught.value.detail


def raw(path: Path, sheet: bytes, strings: bytes = b"") -> Path:
    """A workbook whose only sheet holds these bytes."""
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            b"<workbook " + main + b' xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            b'<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    return path


def sheet(rows: bytes) -> bytes:
    return b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"


HEAD = b'<row><c t="str"><v>x</v></c></row>'
#: By the code with which it is refused: the bytes of a sheet, made when they are needed.
BOMBS: dict[str, Callable[[], bytes]] = {
    "empty_rows": lambda: sheet(HEAD + b'<row ht="9"/>' * 2_000_000),
    "cell_too_long": lambda: sheet(b'<row><c t="str"><v>' + b"x" * 5_000_000 + b"</v></c></row>"),
    "too_many_columns": lambda: sheet(b"<row>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"),
    "workbook_malformed": lambda: (
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    ),
    "too_many_rows": lambda: sheet(HEAD * 30_000),
}


@pytest.mark.parametrize("code", sorted(BOMBS))
def test_a_small_file_that_would_become_large_is_refused_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 20_000)
    path = raw(tmp_path / "a.xlsx", BOMBS[code]())
    assert path.stat().st_size < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match=code):
            for _ in xlsx.Book(path.read_bytes()).lines("a"):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


def test_without_its_bounds_the_reader_would_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_EMPTY_ROWS", 10**9)
    path = raw(tmp_path / "a.xlsx", sheet(HEAD + b"<row/>" * 200_000))
    assert len(list(xlsx.Book(path.read_bytes()).lines("a"))) == 1


def test_a_row_that_claims_to_be_far_away_costs_nothing(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.xlsx", sheet(HEAD + b'<row r="2000000000"><c r="B2000000000"><v>1</v></c></row>')
    )
    assert [line.number for line in xlsx.Book(path.read_bytes()).lines("a")] == [1, 2_000_000_000]


def test_too_many_texts_and_old_workbooks_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_TEXTS", 1_000)
    path = raw(tmp_path / "a.xlsx", sheet(HEAD), b"<sst>" + b"<si/>" * 2_000 + b"</sst>")
    with pytest.raises(Refused, match="file_too_large"):
        xlsx.Book(path.read_bytes())
    (tmp_path / "b.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(Refused, match="workbook_old"):
        read_file(tmp_path / "b.xlsx", {})


def test_a_file_of_too_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "a.xlsx", 事项=[ITEMS, *([["A", "b"]] * 20)], 材料=[["事项编码", "材料名称"]])
    assert len(read_file(path, {}).rows) == 20
    monkeypatch.setattr(catalogue_sheets, "MOST_CELLS", 30)
    with pytest.raises(Refused, match="file_too_large"):
        read_file(path, {})


@pytest.mark.parametrize(
    "spoilt",
    [
        sheet(b'<row><c t="s"><v>9</v></c></row>'),
        sheet(b"<row><c><v>a</v></c></row>"),
        sheet(b'<row r="x"/>'),
        b"<worksheet><sheetData>",
        b"\xff\xfe\x00",
    ],
)
def test_a_broken_sheet_is_no_workbook(tmp_path: Path, spoilt: bytes) -> None:
    with pytest.raises(Refused, match="workbook_malformed"):
        list(xlsx.Book(raw(tmp_path / "a.xlsx", spoilt).read_bytes()).lines("a"))


def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    rows = [ITEMS, ["A-1", "甲", "公共服务", "scjg", "否"]]
    whole = book(
        tmp_path / "a.xlsx", 事项=rows, 受理条件=[["事项编码", "条件"], ["A-1", "有场所"]]
    ).read_bytes()
    chance = Random(4)
    refused: list[str] = []
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / "b.xlsx").write_bytes(data[: chance.choice((len(data), len(data) // 2))])
        try:
            read_file(tmp_path / "b.xlsx", {})
        except Refused as fault:
            refused.append(fault.detail)
    assert len(refused) > 50
    assert all(detail.endswith("。") for detail in refused)


def test_an_empty_county_takes_a_catalogue_whole_or_not_at_all(tenant: int, tmp_path: Path) -> None:
    good = ["A-1", "甲", "公共服务", "scjg", "否"]
    bad = ["A-2", "", "公共服务", "scjg", "否"]
    conditions = [["事项编码", "条件"], ["A-1", "有场所"]]
    report = load(tenant, book(tmp_path / "a.xlsx", 事项=[ITEMS, good, bad], 受理条件=conditions))
    assert report.count(Outcome.ADDED) == 1
    assert faults(report) == [("事项", "B3", "required")]
    assert not Item.objects.filter(tenant_id=tenant).exists()
    assert not load(tenant, book(tmp_path / "b.xlsx", 事项=[ITEMS, good], 受理条件=conditions)).refused
    assert Item.objects.filter(tenant_id=tenant).count() == 1
