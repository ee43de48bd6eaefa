"""The catalogue out and in again: nothing is lost, nothing runs, and the same content is the same file."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog.exporting import catalogue, item_sheets, layout, package_sheets
from onedoor.domain.catalog.exporting.layout import bare, guarded
from onedoor.domain.catalog.item_terms import Details
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.packages.terms import PackageVersion
from onedoor.domain.catalog.rules import examine
from onedoor.domain.catalog.terms import ImportReport, Material, Outcome, ServiceVersion
from onedoor.plumbing.home import HomeFault
from onedoor.site.commands import catalog as command
from tests.catalog.conftest import make_tenant
from tests.catalog.export_samples import ODD, everything, published
from tests.catalog.samples import AT, DATA, food

KINDS = ("xlsx", "csv", "json", "yaml")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def exported(tenant: int, kind: str) -> bytes:
    target = io.BytesIO()
    catalogue.export_catalogue(tenant, kind, AT, target)
    return target.getvalue()


def sheets_of(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


@pytest.fixture
def other(tenant: int) -> int:
    """A second county, in which nothing is published."""
    return make_tenant("990723")


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_out_comes_in_again_byte_by_byte(
    tenant: int, other: int, tmp_path: Path, kind: str
) -> None:
    published(tenant)
    path = tmp_path / f"a.{kind}"
    path.write_bytes(exported(tenant, kind))
    report = actions.import_file(tenant_id=other, path=path, principal="user:1", at=AT)
    assert not report.refused, [row.problems for row in report.rows if row.problems]
    assert report.count(Outcome.ADDED) == 6
    again = exported(other, kind)
    assert sheets_of(again) == sheets_of(path.read_bytes()) if kind == "xlsx" else again == path.read_bytes()
    assert again == path.read_bytes()
    digests = [
        sorted((row.item.code, bytes(row.digest)) for row in in_force(county)) for county in (tenant, other)
    ]
    assert digests[0] == digests[1]


@pytest.mark.skipif(not DATA.exists(), reason="the guides and packages are not on this machine")
def test_guides_and_packages_of_platforms_go_round(tenant: int, other: int, tmp_path: Path) -> None:
    for name in ("item_guides.json", "packages_one_thing.json"):
        load(tenant, DATA / name)
    path = tmp_path / "a.xlsx"
    path.write_bytes(exported(tenant, "xlsx"))
    report = load(other, path)
    assert not report.refused, [row.problems for row in report.rows if row.problems]
    assert report.count(Outcome.ADDED) == 15 + 14
    for kind in KINDS:
        assert exported(other, kind) == exported(tenant, kind)


def load(tenant: int, path: Path) -> ImportReport:
    return actions.import_file(tenant_id=tenant, path=path, principal="user:1", at=AT)


def in_force(tenant: int) -> list[Version]:
    rows = Version.objects.filter(tenant_id=tenant, retired_at__isnull=True)
    return list(rows.select_related("item"))


def test_a_difference_would_be_seen(tenant: int, other: int) -> None:
    for county, visits in ((tenant, 1), (other, 2)):
        actions.publish(tenant_id=county, content=food(visits=visits), principal="user:1", at=AT)
    for kind in KINDS:
        assert exported(tenant, kind) != exported(other, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_catalogue_is_the_same_file_at_any_time(
    tenant: int, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    published(tenant)
    first = exported(tenant, kind)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert exported(tenant, kind) == first


def test_what_goes_out_comes_in_where_it_is_and_changes_nothing(tenant: int, tmp_path: Path) -> None:
    published(tenant)
    for kind in KINDS:
        path = tmp_path / f"a.{kind}"
        path.write_bytes(exported(tenant, kind))
        report = actions.import_file(tenant_id=tenant, path=path, principal="user:1", at=AT)
        assert {row.outcome for row in report.rows} == {Outcome.UNCHANGED}, [
            row.problems for row in report.rows
        ]


def test_only_what_is_in_force_goes_out(tenant: int) -> None:
    published(tenant)
    told = json.loads(exported(tenant, "json"))
    assert [item["code"] for item in told["items"]] == ["A-1", "SCJG-FOOD-NEW", "X-ALL", "X-TWO"]
    assert [package["code"] for package in told["packages"]] == ["X-ALL", "X-NAMES"]
    assert yaml.safe_load(exported(tenant, "yaml")) == told


def test_nothing_that_goes_out_runs(tenant: int) -> None:
    published(tenant)
    book = load_workbook(io.BytesIO(exported(tenant, "xlsx")))
    cells = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert len(cells) > 500
    assert all(cell.data_type in ("s", "n") for cell in cells)
    assert not [cell.value for cell in cells if str(cell.value).startswith(_FORMULA)]
    for row in csv.reader(io.StringIO(exported(tenant, "csv").decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell.startswith(_FORMULA)]


@pytest.mark.parametrize("text", [*ODD, "", "普通", "'", "''", "'=", "＋", "\t", "a=b"])
def test_a_mark_is_put_and_taken_away_without_loss(text: str) -> None:
    assert bare(guarded(text)) == text
    assert not guarded(text).startswith(_FORMULA)


def test_a_sheet_has_a_row_for_every_thing_and_chinese_headings(tenant: int) -> None:
    published(tenant)
    book = load_workbook(io.BytesIO(exported(tenant, "xlsx")), read_only=True)
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    for title in ("事项", "材料", "表单", "环节", "结果", "收费", "常见问题", "一件事", "联办事项"):
        assert len(sheets[title]) > 1, title
    assert sheets["事项"][0][:3] == ("事项编码", "事项名称", "通俗名称")
    rows = [row for row in sheets["材料"] if row[0] == "X-ALL"]
    assert [row[2] for row in rows] == [material["name"] for material in everything()["materials"]]
    assert all(row[3] in ("必要", "视情形", "可容缺") for row in rows)


def test_every_word_of_an_item_has_a_column() -> None:
    """What a later attribute would forget: the sample uses every key, and every key has its place."""
    item, problems = examine(everything())
    assert problems == ()
    said = {name for name in Details.__dataclass_fields__ if getattr(item.details, name)}
    assert set(Details.__dataclass_fields__) - said <= {"handling_code", "result_by_post", "pay_online"}
    columns = {column.path for column in item_sheets.ITEMS.shown}
    lists = {sheet.at for sheet in item_sheets.SHEETS}
    for name in Details.__dataclass_fields__:
        assert f"details.{name}" in columns | lists, name
    material = {column.path for column in item_sheets.MATERIALS.shown}
    assert set(Material.__dataclass_fields__) == material
    for version, sheets in ((ServiceVersion, item_sheets.SHEETS), (PackageVersion, package_sheets.SHEETS)):
        places = {column.path.partition(".")[0] for column in sheets[0].shown}
        places |= {sheet.at.partition(".")[0] for sheet in sheets}
        outside = {"id", "tenant_id", "number", "published_at", "digest"}
        assert set(version.__dataclass_fields__) - outside <= places


def test_no_heading_means_two_columns() -> None:
    for sheet in (*item_sheets.SHEETS, *package_sheets.SHEETS):
        names = [name for column in sheet.columns for name in (column.heading, *column.names)]
        assert len(names) == len(set(names)), sheet.title
        assert all(name == name.lower() for name in names)
        for column in sheet.columns:
            words = list(column.words.values())
            assert len(words) == len(set(words)), column.heading
            assert not set(column.also) & set(words), column.heading


def test_a_word_that_stands_for_nothing_is_told_with_what_may_stand_there() -> None:
    column = next(column for column in item_sheets.MATERIALS.columns if column.path == "necessity")
    with pytest.raises(layout.Unreadable, match="必要、视情形、可容缺"):
        layout.value_of("随便", column)


def test_an_empty_template_is_read_as_empty(tenant: int, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        catalogue.write_template(file)
    with pytest.raises(Refused, match="file_empty"):
        actions.import_file(tenant_id=tenant, path=path, principal="user:1", at=AT)
    book = load_workbook(path)
    assert book["事项"].data_validations.dataValidation[0].formula1.startswith('"行政许可')
    assert book["说明"].max_row > 100
    assert not Item.objects.filter(tenant_id=tenant).exists()


def test_an_unknown_form_is_refused(tenant: int) -> None:
    with pytest.raises(Refused, match="unknown_file_kind"):
        exported(tenant, "pdf")


def test_the_commands_write_a_file_whole(
    own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    actions.publish(tenant_id=make_tenant(), content=food(), principal="user:1", at=AT)
    path = tmp_path / "a.xlsx"
    assert command.run(["export", str(path)]) == 0
    assert command.run(["template", str(tmp_path / "b.xlsx")]) == 0
    assert command.run(["import", str(path)]) == 0
    assert "已导出 1 个" in (told := capsys.readouterr().out)
    assert "未变 1" in told
    for words in (["export", str(tmp_path / "a.pdf")], ["export", str(tmp_path / "none" / "a.xlsx")]):
        with pytest.raises(HomeFault):
            command.run(words)
    with pytest.raises(HomeFault):
        command.run(["template", str(tmp_path / "b.csv")])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]
