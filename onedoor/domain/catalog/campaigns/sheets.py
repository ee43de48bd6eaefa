"""Sheets of a clean-up: a department's items out to Excel, its reports back in, all of them or none."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.importing.cells import Line
from onedoor.domain.catalog.importing.tables import Table, csv_lines, table
from onedoor.domain.catalog.importing.workbook import harmless
from onedoor.domain.catalog.importing.xlsx import Book
from onedoor.domain.catalog.states import Decision
from onedoor.domain.catalog.terms import ImportReport, Outcome, RowProblem, RowResult
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal

from . import rules
from .queries import entry_of
from .reports import keep, make_addition, problems_of_addition, problems_of_report
from .rows import ACTIVE, codes_of, lock, note_facts
from .terms import DECISION_NAMES, Addition, Declaration, EntryView

#: The largest sheet that is read, in bytes.
LARGEST = 5 * 1024 * 1024
#: Headings with the widths of their columns. The first four say which item; what follows is reported.
COLUMNS = {
    "事项编码": 30, "事项名称": 40, "事项类型": 14, "部门": 24, "处理意见": 12, "合并到或移交给": 24, "依据": 40,
    "理由": 40, "修改之处": 40, "审核": 12, "审核意见": 30,
}  # fmt: skip
_REPORTED = ("处理意见", "合并到或移交给", "依据", "理由", "修改之处")
_HEADINGS = {
    "/decision": "处理意见",
    "/target": "合并到或移交给",
    "/basis": "依据",
    "/reason": "理由",
    "/places": "修改之处",
    "/code": "事项编码",
    "/name": "事项名称",
    "/type": "事项类型",
    "/department": "部门",
}
_DECISIONS = {name: decision for decision, name in DECISION_NAMES.items()} | {
    "下放": Decision.HAND_OVER,
    "划转": Decision.HAND_OVER,
    "移交": Decision.HAND_OVER,
}
_KINDS = {name: code for code, name in TYPES.items()} | {code: code for code in TYPES}
#: Rows below the last one on which an addition may be written with the list at hand.
_SPARE_ROWS = 500
_FORMULA = ("=", "+", "-", "@")


def sheet(entries: Iterable[EntryView]) -> bytes:
    """An .xlsx file of some items of a clean-up, to be filled in and sent back; every cell is text."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "清理清单"
    page.append(list(COLUMNS))
    for place, width in enumerate(COLUMNS.values(), start=1):
        page.cell(1, place).font = Font(bold=True)
        page.column_dimensions[get_column_letter(place)].width = width
    for entry in entries:
        page.append([harmless(text) for text in _cells(entry)])
    for row in page.iter_rows(min_row=2):
        for cell in row:
            cell.data_type = "s" if cell.value else "n"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "C2"
    _offer_decisions(page)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _offer_decisions(page: Worksheet) -> None:
    """A list to pick the decision from, on the rows there are and on some below them for additions."""
    offered = DataValidation(
        type="list",
        formula1=f'"{",".join(DECISION_NAMES.values())}"',
        allow_blank=True,
        # A warning only: words that mean the same, like 移交, are read too.
        errorStyle="warning",
        showErrorMessage=True,
        errorTitle="处理意见",
        error=f"请从列表中选：{'、'.join(DECISION_NAMES.values())}。",
    )
    column = get_column_letter(list(COLUMNS).index("处理意见") + 1)
    offered.add(f"{column}2:{column}{page.max_row + _SPARE_ROWS}")
    page.add_data_validation(offered)


def _cells(entry: EntryView) -> tuple[str, ...]:
    return (
        entry.code,
        entry.name,
        entry.type_name,
        entry.department_name,
        entry.decision_name,
        entry.target,
        entry.basis,
        entry.reason,
        "\n".join(entry.places),
        entry.state_name,
        entry.note,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a sheet: its cells by heading, the item that it is about (None for an addition)."""

    line: int
    cells: Mapping[str, str]
    entry: CampaignEntry | None
    declared: Declaration
    addition: Addition
    problems: tuple[RowProblem, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is reported in it."""
        return not any(self.cells.get(heading) for heading in _REPORTED)

    @property
    def unchanged(self) -> bool:
        """Whether it says what was reported already."""
        if self.entry is None:
            return False
        view = entry_of(self.entry)
        said = Declaration(view.decision or Decision.KEEP, view.basis, view.reason, view.target, view.places)
        return view.decision is not None and said == self.declared


@transaction.atomic
def import_sheet(
    *, actor: Principal, campaign_id: UUID, data: bytes, at: datetime, dry_run: bool = False
) -> ImportReport:
    """Take the reports of a sheet (.xlsx or .csv), all of them or none, with a result for every row.

    Rows in which nothing is reported and those that say nothing new are left alone. A row without a code of the
    clean-up whose 处理意见 is 新增 is an addition.
    Raises Refused for what cannot be read as a whole: file_too_large, columns_missing, …, and as `report` does.
    """
    row = lock(actor, campaign_id)
    rows = tuple(_rows(actor, row, _table(data), at))
    results = tuple(_result(each) for each in rows)
    report = ImportReport(results, dry_run)
    if not (report.refused or dry_run):
        facts = [
            fact
            for each, result in zip(rows, results, strict=True)
            if result.outcome is not Outcome.UNCHANGED
            for fact in _carry_out(row, each, actor, at)
        ]
        if facts:
            note_facts(row, facts, actor, at)
    return report


def _table(data: bytes) -> Table:
    if len(data) > LARGEST:
        raise Refused("file_too_large", "清单超过 5 MB，请删去图片和多余的列，或分部门上传。")
    read = table(_lines(data))
    missing = [name for name in ("事项编码", "处理意见") if name not in read.headings]
    if missing:
        raise Refused("columns_missing", f"表格缺少列：{'、'.join(missing)}，请用下载的清单填写。")
    return read


def _lines(data: bytes) -> Iterator[Line]:
    """The rows of the first sheet of a workbook, or of comma-separated text."""
    if not data.startswith(b"PK"):
        return csv_lines(data)
    book = Book(data)
    return book.lines(next(iter(book.sheets)))


def _rows(actor: Principal, row: Campaign, given: Table, at: datetime) -> Iterator[_Row]:
    mine = {
        e.code: e
        for e in row.entries.filter(ACTIVE).exclude(code="")
        if rules.reports_for(actor, e.department)
    }
    added = {
        (e.department, e.name): e
        for e in row.entries.filter(ACTIVE, version=None)
        if rules.reports_for(actor, e.department)
    }
    names = {view.name: code for code, view in offices.departments(row.tenant_id).items()}
    codes = codes_of(row)
    seen: dict[tuple[str, str], int] = {}
    for line in given.lines:
        cells = _read(given.headings, line)
        declared, faults = _declared(cells)
        faults = (*_formulas(given.headings, line), *faults)
        addition = _addition(cells, names)
        entry = mine.get(cells["事项编码"]) or added.get((addition.department, addition.name))
        key = (cells["事项编码"], addition.name if not cells["事项编码"] else "")
        if key in seen:
            faults = (
                *faults,
                RowProblem("事项编码", "duplicate", f"和第 {seen[key]} 行是同一个事项，请保留一行。"),
            )
        seen[key] = line.number
        made = _Row(line.number, cells, entry, declared, addition, faults)
        if not (faults or made.empty or made.unchanged):
            faults = _judged(actor, row, made, codes, at)
        yield _Row(line.number, cells, entry, declared, addition, faults)


def _read(headings: Sequence[str], line: Line) -> dict[str, str]:
    """The cells of a row by heading; an apostrophe that only kept a text from being a formula is taken off."""
    padded = line.cells + ("",) * len(headings)
    return dict.fromkeys(COLUMNS, "") | {
        heading: _bare(cell) for heading, cell in zip(headings, padded, strict=False) if heading in COLUMNS
    }


def _formulas(headings: Sequence[str], line: Line) -> Iterator[RowProblem]:
    """Cells that hold a formula in the place of a text."""
    for heading, cell in zip(headings, line.cells, strict=False):
        if heading in COLUMNS and cell.startswith(("=", "+", "@")):
            yield RowProblem(heading, "formula", "单元格里是公式，请改成文字后再上传。")


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _declared(cells: Mapping[str, str]) -> tuple[Declaration, tuple[RowProblem, ...]]:
    word = cells["处理意见"]
    decision = _DECISIONS.get(word)
    faults: tuple[RowProblem, ...] = ()
    if decision is None and any(cells[heading] for heading in _REPORTED):
        known = "、".join(DECISION_NAMES.values())
        faults = (RowProblem("处理意见", "unknown_decision", f"处理意见应为 {known} 之一，请修改。"),)
    places = tuple(line.strip() for line in cells["修改之处"].splitlines() if line.strip())
    return (
        Declaration(decision or Decision.KEEP, cells["依据"], cells["理由"], cells["合并到或移交给"], places),
        faults,
    )


def _addition(cells: Mapping[str, str], names: Mapping[str, str]) -> Addition:
    return Addition(
        name=cells["事项名称"],
        type=_KINDS.get(cells["事项类型"], cells["事项类型"]),
        department=names.get(cells["部门"], cells["部门"]),
        code=cells["事项编码"],
    )


def _judged(
    actor: Principal, row: Campaign, made: _Row, codes: dict[str, str], at: datetime
) -> tuple[RowProblem, ...]:
    problems: tuple[Problem, ...]
    if made.entry is not None:
        problems = problems_of_report(actor, row, entry_of(made.entry), made.declared, codes, at)
    elif made.declared.decision is Decision.ADD:
        problems = problems_of_addition(actor, row, made.addition, made.declared, at)
    else:
        detail = "这次清理里没有您负责的这个事项，请核对编码；目录里没有的，处理意见填“新增”。"
        problems = (Problem("/code", "unknown_item", detail),)
    return tuple(RowProblem(_HEADINGS.get(p.pointer, ""), p.code, p.detail) for p in problems)


def _result(made: _Row) -> RowResult:
    if made.problems:
        outcome = Outcome.REFUSED
    elif made.empty or made.unchanged:
        outcome = Outcome.UNCHANGED
    else:
        outcome = Outcome.CHANGED if made.entry is not None else Outcome.ADDED
    return RowResult(
        row=made.line,
        code=made.cells["事项编码"],
        name=made.cells["事项名称"],
        type=made.addition.type,
        outcome=outcome,
        problems=made.problems,
        cells=made.cells,
    )


def _carry_out(row: Campaign, made: _Row, actor: Principal, at: datetime) -> tuple[NewFact, ...]:
    if made.entry is not None:
        return (keep(made.entry, made.declared, actor, at),)
    return (make_addition(row, made.addition, made.declared, actor, at)[1],)
