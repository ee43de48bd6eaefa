"""Sheets of clean-ups: out to Excel, back all or none; and the clean-up of a whole county by them."""

from __future__ import annotations

import io

from openpyxl import Workbook, load_workbook

from onedoor.domain.catalog.campaigns import actions as campaign_actions
from onedoor.domain.catalog.campaigns import queries as campaigns
from onedoor.domain.catalog.campaigns import sheets as campaign_sheets
from onedoor.domain.catalog.campaigns.terms import CampaignView, Counts, Declaration, EntryView
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.catalog.terms import ImportReport, Outcome
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.models import Department
from onedoor.domain.offices.terms import Principal, Role
from tests.catalog.samples import AT
from tests.catalog.test_campaigns import (
    LAW,
    confirm,
    county,
    editor,
    head,
    item,
    opened,
    person,
    publish,
    put,
    refused,
    report,
)

__all__ = ["county"]


def book(rows: list[dict[str, str]]) -> bytes:
    """A sheet as a department sends it."""
    headings = list(campaign_sheets.COLUMNS)
    made = Workbook()
    page = made.active
    assert page is not None
    page.append(headings)
    for row in rows:
        page.append([row.get(heading, "") for heading in headings])
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def taken(actor: Principal, view: CampaignView, data: bytes) -> ImportReport:
    return campaign_actions.import_sheet(actor=actor, campaign_id=view.id, data=data, at=AT)


def test_a_sheet_goes_out_and_comes_back_with_nothing_new(county: int) -> None:
    view = opened(county)
    report(head(county), view.id, "A-1", Declaration(
        Decision.MODIFY, "=1+1", "-改", places=("承诺时限：20→8", "收费：改为不收")))  # fmt: skip
    data = campaign_sheets.sheet(campaigns.entries(head(county), view.id))
    page = load_workbook(io.BytesIO(data)).active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert "'=1+1" in [cell.value for cell in cells]
    back = taken(head(county), view, data)
    assert {row.outcome for row in back.rows} == {Outcome.UNCHANGED}


def test_the_decision_is_picked_from_a_list(county: int) -> None:
    view = opened(county)
    data = campaign_sheets.sheet(campaigns.entries(head(county), view.id))
    page = load_workbook(io.BytesIO(data)).active
    assert page is not None
    (offered,) = page.data_validations.dataValidation
    assert offered.formula1 == '"保留,取消,合并,下放划转,修改,新增"'
    column = list(campaign_sheets.COLUMNS).index("处理意见") + 1
    for row in (2, page.max_row, page.max_row + 100):
        assert page.cell(row, column).coordinate in offered.sqref
    assert page.cell(1, column).coordinate not in offered.sqref


def test_a_sheet_reports_and_adds(county: int) -> None:
    view = opened(county)
    back = taken(head(county), view, book([
        {"事项编码": "A-1", "处理意见": "取消", "依据": LAW, "理由": "废止"},
        {"事项编码": "A-2", "处理意见": "下放", "合并到或移交给": "各乡镇", "依据": LAW, "理由": "就近办"},
        {"事项编码": "A-3"},
        {"事项名称": "新的", "事项类型": "行政许可", "部门": "明渠县市场监督管理局", "处理意见": "新增",
         "依据": LAW, "理由": "上级下放"},
    ]))  # fmt: skip
    assert [row.outcome for row in back.rows] == [
        Outcome.CHANGED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.ADDED,
    ]  # fmt: skip
    counts, _, _ = campaigns.tallies(campaigns.entries(editor(county), view.id))
    assert counts == Counts(items=4, cancel=1, hand_over=1, add=1, open=2, waiting=3)


def test_a_sheet_with_a_fault_writes_nothing(county: int) -> None:
    view = opened(county)
    back = taken(head(county), view, book([
        {"事项编码": "A-1", "处理意见": "取消", "依据": LAW, "理由": "废止"},
        {"事项编码": "A-2", "处理意见": "废除", "依据": LAW, "理由": "废止"},
        {"事项编码": "A-3", "处理意见": "取消", "理由": "废止"},
        {"事项编码": "B-1", "处理意见": "取消", "依据": LAW, "理由": "别人的"},
        {"事项编码": "A-1", "处理意见": "保留"},
        {"事项名称": "新的", "事项类型": "99", "部门": "没有", "处理意见": "新增", "依据": LAW, "理由": "x"},
        {"事项编码": "A-3", "处理意见": "保留", "依据": "=HYPERLINK(1)"},
    ]))  # fmt: skip
    assert back.refused
    faults = {row.row: [(p.column, p.code) for p in row.problems] for row in back.rows}
    assert faults[2] == []
    assert faults[3] == [("处理意见", "unknown_decision")]
    assert faults[4] == [("依据", "required")]
    assert faults[5] == [("事项编码", "unknown_item")]
    assert faults[6] == [("事项编码", "duplicate")]
    assert {code for _, code in faults[7]} == {"unknown_kind", "unknown_department"}
    assert ("依据", "formula") in faults[8]
    assert {e.state for e in campaigns.entries(editor(county), view.id)} == {EntryState.OPEN}
    assert len(journal.facts(view.id)) == 1


def test_a_sheet_that_is_none(county: int) -> None:
    view = opened(county)
    for data, code in (
        (b"PK\x03\x04 nothing", "workbook_malformed"),
        ("事项,意见\nA-1,取消\n".encode(), "columns_missing"),
        (b"x" * (campaign_sheets.LARGEST + 1), "file_too_large"),
        (b"", "file_empty"),
    ):
        assert refused(lambda d=data: taken(head(county), view, d)).code == code
    csv = f"事项编码,处理意见,依据,理由\nA-1,取消,{LAW},废止\n".encode("gb18030")
    assert taken(head(county), view, csv).rows[0].outcome is Outcome.CHANGED


CANCELLED = {"卫生局": 2, "公安局": 7, "国土局": 1, "地税局": 1, "住建局": 6, "环保局": 1}
ADDED = {"卫生局": 1, "国土局": 3}


def dongfeng(tenant: int) -> dict[str, str]:
    """A county like 东丰: 374 items, of which 360 are left after 18 are cancelled and 4 added. The departments' codes
    by name."""
    codes = {name: f"d{number}" for number, name in enumerate([*CANCELLED, "教育局", "林业局"])}
    Department.objects.bulk_create(
        Department(
            tenant_id=tenant, code=code, name=name, short_name=name, number_prefix=f"E{code}", organ_word=name
        )
        for name, code in codes.items()
    )
    order = list(codes.values())
    kinds = ("01", "10", "20")
    put(tenant, *(
        item(f"DF-{number:03}", order[number % len(order)], kinds[number % 3]) for number in range(374)
    ))  # fmt: skip
    return codes


def dongfeng_rows(codes: dict[str, str], found: tuple[EntryView, ...]) -> list[dict[str, str]]:
    """What the departments report: 18 cancelled, 14 modified in 15 places, the rest kept, 4 added."""
    left, modified, rows = {codes[name]: count for name, count in CANCELLED.items()}, 0, []
    for each in found:
        row = {"事项编码": each.code, "处理意见": "保留"}
        if left.get(each.department, 0):
            left[each.department] -= 1
            row |= {"处理意见": "取消", "依据": "东软办发〔2013〕3号", "理由": "没有法定依据"}
        elif modified < 14:
            places = "承诺时限：20→10 个工作日" + ("\n收费：改为不收费" if modified == 0 else "")
            row |= {"处理意见": "修改", "依据": LAW, "理由": "规范", "修改之处": places}
            modified += 1
        rows.append(row)
    for name, count in ADDED.items():
        rows += [
            {"事项名称": f"{name}新增{number}", "事项类型": "行政许可", "部门": name, "处理意见": "新增",
             "依据": "上级下放的决定", "理由": "承接"}
            for number in range(count)
        ]  # fmt: skip
    return rows


def test_the_clean_up_of_dongfeng(tenant: int) -> None:
    codes = dongfeng(tenant)
    view = opened(tenant, basis="吉发〔2013〕6号、辽发〔2013〕3号、东软办发〔2013〕3号")
    reporter = person(tenant, 2, Role.EDITOR)
    data = book(dongfeng_rows(codes, campaigns.entries(reporter, view.id)))
    assert not taken(reporter, view, data).refused
    assert confirm(editor(tenant), view.id) == 378
    publish(tenant, view)
    found = campaigns.result(tenant, view.id)
    counts = found.counts
    assert (counts.items, counts.cancel, counts.add, counts.remaining) == (374, 18, 4, 360)
    assert (counts.modify, counts.places) == (14, 15)
    by_name = {tally.name: tally.counts for tally in found.departments}
    assert {name: c.cancel for name, c in by_name.items() if c.cancel} == CANCELLED
    assert {name: c.add for name, c in by_name.items() if c.add} == ADDED
    assert sum(tally.counts.remaining for tally in found.kinds) == 360
    lines = found.by_decision()
    assert [len(lines[each]) for each in (Decision.CANCEL, Decision.ADD, Decision.MODIFY)] == [18, 4, 14]
    assert all(line.basis and line.reason for line in (*lines[Decision.CANCEL], *lines[Decision.ADD]))
