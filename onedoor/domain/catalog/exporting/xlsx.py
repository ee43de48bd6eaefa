"""Writing .xlsx files that are the same, byte by byte, for the same content: no times, no names, texts kept once.

Cells are texts in a text format, so that a spreadsheet neither runs them nor shortens long codes; numbers are numbers.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO
from xml.sax.saxutils import escape, quoteattr

#: The beginning of time as a zip file knows it.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: What XML cannot hold, and what a spreadsheet would take for its own way of writing that.
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Microsoft YaHei"/></font>'
    '<font><b/><sz val="11"/><name val="Microsoft YaHei"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEFEFEF"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" applyAlignment="1"><alignment vertical="top"/></xf>'
    '<xf numFmtId="49" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="49" fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
#: The longest list of words that a spreadsheet offers in a cell.
_LONGEST_LIST = 255
#: Down to which row words are offered.
_LAST_OFFERED = 50_000


@dataclass(frozen=True, slots=True)
class Ruled:
    """A column as a spreadsheet sees it: width in characters, words offered, and whether it holds numbers."""

    width: int = 18
    words: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet to be written: its title, its columns, and its rows with the headings first."""

    title: str
    columns: Sequence[Ruled]
    rows: Iterable[Sequence[str]]


def letter_of(column: int) -> str:
    """The letters of a column, from 1: A … Z, AA …"""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_workbook(pages: Iterable[Page], target: IO[bytes]) -> None:
    """Write a workbook; pages are made and written one after another."""
    strings: dict[str, int] = {}
    titles: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for page in pages:
            titles.append(page.title)
            _part(archive, f"xl/worksheets/sheet{len(titles)}.xml", _sheet(page, strings))
        texts = "".join(f'<si><t xml:space="preserve">{_xml(text)}</t></si>' for text in strings)
        _part(
            archive,
            "xl/sharedStrings.xml",
            f'<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{texts}</sst>',
        )
        _part(archive, "xl/styles.xml", _STYLES)
        _part(archive, "xl/workbook.xml", _book(titles))
        _part(archive, "xl/_rels/workbook.xml.rels", _relations(len(titles)))
        _part(archive, "_rels/.rels", _root())
        _part(archive, "[Content_Types].xml", _content_types(len(titles)))


def _part(archive: zipfile.ZipFile, name: str, xml: str) -> None:
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 0
    info.external_attr = 0
    archive.writestr(info, (_HEAD + xml).encode())


def _xml(text: str) -> str:
    return escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _sheet(page: Page, strings: dict[str, int]) -> str:
    letters = [letter_of(place) for place in range(1, len(page.columns) + 1)]
    rows = []
    for number, row in enumerate(page.rows, start=1):
        cells = "".join(
            _cell(f"{letter}{number}", text, ruled.number, number == 1, strings)
            for letter, text, ruled in zip(letters, row, page.columns, strict=True)
            if text
        )
        rows.append(f'<row r="{number}">{cells}</row>')
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{ruled.width}" customWidth="1" style="1"/>'
        for place, ruled in enumerate(page.columns, start=1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:{letters[-1]}{max(len(rows), 1)}"/>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
        f'state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData>{"".join(rows)}</sheetData>'
        f"{_offers(page, letters)}</worksheet>"
    )


def _cell(place: str, text: str, number: bool, head: bool, strings: dict[str, int]) -> str:
    if number and not head and text.isascii() and text.isdigit() and len(text) < 10:
        return f'<c r="{place}"><v>{text}</v></c>'
    index = strings.setdefault(text, len(strings))
    return f'<c r="{place}" s="{2 if head else 1}" t="s"><v>{index}</v></c>'


def _offers(page: Page, letters: Sequence[str]) -> str:
    """The words that a spreadsheet offers for a cell; others may be written after a warning."""
    offered = [
        f'<dataValidation type="list" errorStyle="warning" allowBlank="1" showErrorMessage="1" '
        f'sqref="{letter}2:{letter}{_LAST_OFFERED}"><formula1>{_xml(chr(34) + ",".join(ruled.words) + chr(34))}'
        "</formula1></dataValidation>"
        for letter, ruled in zip(letters, page.columns, strict=True)
        if ruled.words and len(",".join(ruled.words)) <= _LONGEST_LIST
    ]
    return f'<dataValidations count="{len(offered)}">{"".join(offered)}</dataValidations>' if offered else ""


def _book(titles: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{number}" r:id="rId{number}"/>'
        for number, title in enumerate(titles, start=1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _relations(sheets: int) -> str:
    parts = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, sheets + 1)]
    parts += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{path}"/>'
        for number, (kind, path) in enumerate(parts, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _root() -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )


def _content_types(sheets: int) -> str:
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [("/xl/sharedStrings.xml", "sharedStrings")]
    parts += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, sheets + 1)]
    listed = "".join(
        f'<Override PartName="{name}" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in parts
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
