"""A catalogue in several sheets, as our own files and the national exchange have it, turned into documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.exporting import item_sheets, package_sheets
from onedoor.domain.catalog.exporting.files import EXPLANATION
from onedoor.domain.catalog.exporting.layout import (
    Column,
    Kind,
    Sheet,
    Unreadable,
    bare,
    found,
    put,
    value_of,
)
from onedoor.domain.catalog.terms import RowProblem

from .cells import Line
from .owners import Headed, Owner
from .questions import place_fields, place_options
from .rows import SourceRow

#: The rows of a sheet by its title, headings first.
Lines = Callable[[str], Iterator[Line]]

_ITEMS, _PACKAGES = item_sheets.SHEETS, package_sheets.SHEETS
_LOST_DIGITS = "E+"
#: The most cells of a file; a county of 5,000 full items has half as many.
MOST_CELLS = 4_000_000
#: Sheets that an item in full is hardly without.
_NEEDED = (item_sheets.MATERIALS, item_sheets.FIELDS, item_sheets.STEPS, item_sheets.RESULTS)


def sheet_of(title: str) -> Sheet | None:
    """The sheet that a title means."""
    for sheet in (*_ITEMS, *_PACKAGES):
        if title == sheet.title or title.lower() in sheet.names:
            return sheet
    return None


def is_catalogue(titles: Iterable[str]) -> bool:
    """Whether sheets with these titles are a catalogue, not a bare list."""
    known = [sheet for title in titles if (sheet := sheet_of(title)) is not None]
    return any(sheet is not item_sheets.ITEMS for sheet in known) or any(
        title.lower() in item_sheets.ITEMS.names for title in titles
    )


class Reading:
    """The sheets of one file being read: those of the owners first."""

    def __init__(self, titles: Iterable[str], lines: Lines) -> None:
        self._lines = lines
        self._cells = 0
        self.notes: list[str] = []
        self.strays: list[SourceRow] = []
        self.headed: dict[str, Headed] = {}
        self.items: dict[str, Owner] = {}
        self.packages: dict[str, Owner] = {}
        self.every: list[Owner] = []
        self.every_package: list[Owner] = []
        self._by_national: dict[str, Owner] = {}
        known: dict[str, tuple[str, Sheet]] = {}
        for title in titles:
            sheet = sheet_of(title)
            if sheet is None:
                if title != EXPLANATION:
                    self.notes.append(f"不认得工作表“{title[:40]}”，没有导入。")
            elif sheet.title in known:
                raise Refused("sheet_repeated", f"工作表“{title}”重复，请只保留一张。")
            else:
                known[sheet.title] = (title, sheet)
        for sheet in (*_ITEMS, *_PACKAGES):
            if sheet.title in known:
                self._read(*known[sheet.title])
        if item_sheets.ITEMS.title in known:
            left = [sheet.title for sheet in _NEEDED if sheet.title not in known]
            if left:
                self.notes.append(f"文件里没有工作表“{'”“'.join(left)}”，导入的事项就没有这些内容，请核对。")

    def _read(self, title: str, sheet: Sheet) -> None:
        lines = self._lines(title)
        head = next(lines, None)
        if head is None:
            return
        headed = self._headed(sheet, title, head.cells)
        self.headed[sheet.title] = headed
        packages = sheet in _PACKAGES
        for line in lines:
            self._cells += len(line.cells)
            if self._cells > MOST_CELLS:
                raise Refused("file_too_large", "文件里的格子太多，请分成几个文件导入。")
            values, problems = self._values(headed, line)
            if not sheet.at:
                self._owner(headed, line, values, problems, packages=packages)
                continue
            owner = self._owner_of(headed, line, packages=packages)
            if owner is None:
                self._stray(headed, line, packages=packages)
                continue
            owner.problems += problems
            _belong(sheet, owner, values, headed, line)

    def _headed(self, sheet: Sheet, title: str, cells: tuple[str, ...]) -> Headed:
        columns: dict[int, Column] = {}
        key_column = package_sheets.KEY if sheet in _PACKAGES else item_sheets.KEY
        key = national = None
        left = []
        for place, heading in enumerate(cells):
            if sheet.at and means(key_column, heading):
                key = place
            elif sheet.at and heading.lower() == item_sheets.NATIONAL_KEY:
                national = place
            elif (column := next((c for c in sheet.columns if means(c, heading)), None)) is not None:
                if column in columns.values():
                    raise Refused(
                        "heading_repeated", f"工作表“{title}”有两列都是“{column.heading}”，请只保留一列。"
                    )
                columns[place] = column
            elif heading:
                left.append(heading)
        if left:
            self.notes.append(f"工作表“{title}”的以下列不认得，没有导入：{'、'.join(left)}。")
        key = key if key is not None else national
        _complete(sheet, title, columns, key, key_column)
        return Headed(sheet, title, columns, key, cells)

    def _values(self, headed: Headed, line: Line) -> tuple[dict[str, Any], list[RowProblem]]:
        """What the cells of a row say, by path, and what cannot be read."""
        values: dict[str, Any] = {}
        problems: list[RowProblem] = []
        for place, cell in enumerate(line.cells):
            column = headed.columns.get(place)
            if column is None:
                if cell and place >= len(headed.headings):
                    detail = f"内容“{cell[:20]}”没有对应的表头，请核对是否错位。"
                    problems.append(headed.problem(place, line.number, "cell_beyond_headings", detail))
                continue
            try:
                if cell:
                    values[column.path] = read_cell(cell, column)
            except Unreadable as fault:
                problems.append(headed.problem(place, line.number, fault.code, fault.detail))
        for column in headed.columns.values():
            if column.empty and column.path not in values:
                values[column.path] = []
        return values, problems

    def _owner(
        self,
        headed: Headed,
        line: Line,
        values: Mapping[str, Any],
        problems: list[RowProblem],
        *,
        packages: bool,
    ) -> None:
        document: dict[str, Any] = {}
        for path, value in values.items():
            put(document, path, value)
        cells = dict(zip(headed.headings, line.cells + ("",) * len(headed.headings), strict=False))
        owner = Owner(line.number, headed.title, document, cells, problems)
        if not packages and not document.get("code") and document.get("national_code"):
            document["code"] = document["national_code"]
        (self.every_package if packages else self.every).append(owner)
        code = document.get("code")
        if isinstance(code, str):
            (self.packages if packages else self.items).setdefault(code, owner)
        if not packages and isinstance(document.get("national_code"), str):
            self._by_national.setdefault(document["national_code"], owner)

    def _owner_of(self, headed: Headed, line: Line, *, packages: bool) -> Owner | None:
        place = headed.key
        code = bare(line.cells[place]) if place is not None and place < len(line.cells) else ""
        if packages:
            return self.packages.get(code)
        return self.items.get(code) or self._by_national.get(code)

    def _stray(self, headed: Headed, line: Line, *, packages: bool) -> None:
        """A row that belongs to nothing in the file."""
        place = headed.key or 0
        code = line.cells[place] if place < len(line.cells) else ""
        home = package_sheets.PACKAGES.title if packages else item_sheets.ITEMS.title
        detail = (
            f"“{home}”表里没有编码“{code[:40]}”，请在那里加上，或改正这里的编码。"
            if code
            else f"这一行没有写{home}的编码，请补上，或删去这一行。"
        )
        problem = headed.problem(place, line.number, "owner_unknown", detail)
        cells = dict(zip(headed.headings, line.cells, strict=False))
        self.strays.append(SourceRow(line.number, {}, (problem,), cells=cells, sheet=headed.title))


def means(column: Column, heading: str) -> bool:
    """Whether a heading names a column."""
    return heading == column.heading or heading.lower() in column.names


def _complete(
    sheet: Sheet, title: str, columns: Mapping[int, Column], key: int | None, key_column: Column
) -> None:
    """Refuse a sheet that lacks a column without which no row of it can be understood."""
    there = {column.path for column in columns.values()}
    missing = [column.heading for column in sheet.columns if column.required and column.path not in there]
    if sheet is item_sheets.ITEMS and "national_code" in there:
        missing = [heading for heading in missing if heading != item_sheets.KEY.heading]
    if sheet.at and key is None:
        missing.insert(0, key_column.heading)
    if missing:
        raise Refused(
            "columns_missing", f"工作表“{title}”缺少列：{'、'.join(missing)}，请在第一行补上这些表头。"
        )


def read_cell(cell: str, column: Column) -> Any:
    """The value of a cell as it stands. Raises Unreadable."""
    if cell.startswith("="):
        raise Unreadable(
            "formula_cell",
            f"“{column.heading}”是公式，请改为普通文字；内容本来以等号开头的，在前面加一个单引号 '。",
        )
    text = bare(cell)
    if column.kind is Kind.TEXT and "code" in column.path and _LOST_DIGITS in text and text[0].isdigit():
        raise Unreadable(
            "digits_lost", f"“{column.heading}”被表格软件改成了科学计数，请把该列设为文本后重填。"
        )
    return value_of(text, column) if text else ""


def _belong(sheet: Sheet, owner: Owner, values: dict[str, Any], headed: Headed, line: Line) -> None:
    """Give an owner what a row of another sheet says."""
    entry: dict[str, Any] = {}
    for path, value in values.items():
        put(entry, path or "text", value)
    if sheet in (item_sheets.FIELDS, package_sheets.QUESTIONS):
        owner.asked.append((line.number, entry))
    elif sheet in (item_sheets.OPTIONS, package_sheets.OPTIONS):
        owner.offered.append((line.number, entry))
    elif sheet.single:
        if line.number and owner.places.get(f"/{sheet.at}"):
            detail = f"“{sheet.title}”一个事项只能有一行，请删去多余的。"
            owner.problems.append(headed.problem(headed.key or 0, line.number, "duplicate", detail))
            return
        owner.document[sheet.at] = {**(found(owner.document, sheet.at) or {}), **entry}
        owner.places[f"/{sheet.at}"] = (sheet.title, line.number)
    else:
        listed = found(owner.document, sheet.at)
        if not isinstance(listed, list):
            listed = []
            put(owner.document, sheet.at, listed)
        owner.places[f"/{sheet.at.replace('.', '/')}/{len(listed)}"] = (sheet.title, line.number)
        listed.append(entry.get("text", "") if sheet.plain else entry)


def finish(reading: Reading) -> None:
    """Put questions and their options where they belong, once every sheet has been read."""
    for owner in reading.every:
        place_fields(owner, reading.headed.get(item_sheets.FIELDS.title), item_sheets.FIELDS.title)
        place_options(owner, reading.headed.get(item_sheets.OPTIONS.title), item_sheets.OPTIONS.title)
    for owner in reading.every_package:
        if owner.asked:
            owner.document["questions"] = [entry for _, entry in owner.asked]
        for index, (line, _) in enumerate(owner.asked):
            owner.places[f"/questions/{index}"] = (package_sheets.QUESTIONS.title, line)
        place_options(owner, reading.headed.get(package_sheets.OPTIONS.title), package_sheets.OPTIONS.title)
