"""Reading .xlsx files row by row in bounded memory, whoever made them and whatever they meant by it.

Nothing is built of a sheet but the row being read; how much a file unpacks to, how many rows, texts and letters it
has is bounded, and declarations of XML are refused. Merged cells are refused, since a row must stand for itself.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from xml.parsers import expat

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from onedoor.core.refusals import Refused

from .cells import MOST_COLUMNS, Line

#: The most bytes a workbook may unpack to, and the most different texts it may hold.
MOST_UNPACKED = 256 * 1024 * 1024
MOST_TEXTS = 2_000_000
MOST_PARTS = 1_000
#: The most rows of a sheet with something in them, and without.
MOST_ROWS = 300_000
MOST_EMPTY_ROWS = 100_000
#: A spreadsheet keeps no longer text in a cell.
LONGEST_TEXT = 32_767

_CHUNK = 1 << 16
#: From here on a spreadsheet's number has lost digits.
_EXACT = 10**15
_OLD = b"\xd0\xcf\x11\xe0"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COLUMN = re.compile(r"[A-Za-z]{1,3}")
#: Built-in formats of dates, and letters that make a format one.
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)

Attributes = Mapping[str, str]


def malformed() -> Refused:
    """What is said of a file that is no workbook."""
    return Refused("workbook_malformed", "文件不是可读的 Excel 工作簿，请用“另存为 .xlsx”重新保存后再导入。")


class Book:
    """A workbook that is being read. Raises Refused for one that cannot be."""

    def __init__(self, data: bytes) -> None:
        if data.startswith(_OLD):
            raise Refused(
                "workbook_old",
                "这是旧版 .xls 文件，或者加了密码的工作簿，请另存为不带密码的 .xlsx 后再导入。",
            )
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._check()
            self.sheets = self._sheets()
            self._strings = self._texts()
            self._dates = self._date_styles()
        except _FAULTS as fault:
            raise malformed() from fault

    def _check(self) -> None:
        parts = self._archive.infolist()
        if sum(part.file_size for part in parts) > MOST_UNPACKED or len(parts) > MOST_PARTS:
            raise Refused("file_too_large", "表格展开后过大，请删去多余的工作表和空行，或分成几个文件导入。")
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
            raise malformed()

    def _sheets(self) -> dict[str, str]:
        """The path of each sheet in the archive, by title."""
        targets: dict[str, str] = {}
        sheets: dict[str, str] = {}
        self._epoch = CALENDAR_WINDOWS_1900

        def relation(name: str, given: Attributes) -> None:
            if name == "Relationship":
                targets[given["Id"]] = posixpath.normpath(posixpath.join("/xl", given["Target"])).lstrip("/")

        def sheet(name: str, given: Attributes) -> None:
            if name == "sheet":
                place = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
                if place in targets:
                    sheets[given["name"].strip()] = targets[place]
            elif name == "workbookPr" and given.get("date1904") in ("1", "true"):
                self._epoch = CALENDAR_MAC_1904

        self._parse("xl/_rels/workbook.xml.rels", relation)
        self._parse("xl/workbook.xml", sheet)
        if not sheets:
            raise malformed()
        return sheets

    def _parse(self, path: str, start: Callable[[str, Attributes], None]) -> None:
        for _ in self._fed(path, _parser(start)):
            pass

    def _fed(self, path: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed a part to a parser; stops after every chunk."""
        with self._archive.open(path) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
            yield

    def _texts(self) -> list[str]:
        path = "xl/sharedStrings.xml"
        if path not in self._archive.namelist():
            return []
        reading = _Texts()
        for _ in self._fed(path, reading.parser()):
            pass
        return reading.texts

    def _date_styles(self) -> frozenset[str]:
        """The numbers of cell styles, as texts, that show a number as a date."""
        path = "xl/styles.xml"
        if path not in self._archive.namelist():
            return frozenset()
        formats: dict[str, bool] = {}
        styles: list[bool] = []
        inside: list[str] = []

        def start(name: str, given: Attributes) -> None:
            if name in ("cellXfs", "cellStyleXfs"):
                inside[:] = [name]
            elif name == "numFmt":
                code = _QUOTED.sub("", given.get("formatCode", ""))
                formats[given["numFmtId"]] = bool(_DATE.search(code))
            elif name == "xf" and inside == ["cellXfs"]:
                number = given.get("numFmtId", "0")
                styles.append(formats.get(number, number.isdecimal() and int(number) in _DATES))

        self._parse(path, start)
        return frozenset(str(place) for place, shown in enumerate(styles) if shown)

    def lines(self, title: str) -> Iterator[Line]:
        """The rows of a sheet that have something in them. Raises Refused for one that cannot be read to its end."""
        reading = _Rows(title, self._strings, self._date)
        parser = reading.parser()
        try:
            for _ in self._fed(self.sheets[title], parser):
                yield from reading.taken()
        except _FAULTS as fault:
            raise malformed() from fault

    def _date(self, style: str, value: float) -> date | datetime | None:
        if style not in self._dates:
            return None
        found = from_excel(value, self._epoch)
        return found if isinstance(found, date) else None


_FAULTS = (
    KeyError,
    ValueError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    expat.ExpatError,
    zlib.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
)


def _parser(
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """A parser that gives names without prefixes and refuses declarations."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def opened(name: str, given: dict[str, str]) -> None:
        start(name.rpartition(":")[2], given)

    def declared(*_: Any) -> None:
        raise malformed()

    parser.StartElementHandler = opened
    parser.StartDoctypeDeclHandler = declared
    if end is not None:
        ends = end
        parser.EndElementHandler = lambda name: ends(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    return parser


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Texts:
    """The texts that cells refer to. What tells how characters are read aloud (rPh) is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._length = 0
        self._wanted = False
        self._aloud = False

    def parser(self) -> expat.XMLParserType:
        return _parser(self._start, self._end, self._text)

    def _start(self, name: str, given: Attributes) -> None:
        if name == "si":
            self._parts, self._length = [], 0
        elif name == "rPh":
            self._aloud = True
        elif name == "t":
            self._wanted = not self._aloud

    def _text(self, text: str) -> None:
        if self._wanted:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise _too_long()
            self._parts.append(text)

    def _end(self, name: str) -> None:
        if name == "t":
            self._wanted = False
        elif name == "rPh":
            self._aloud = False
        elif name == "si":
            self.texts.append(_unescaped("".join(self._parts)))
            if len(self.texts) > MOST_TEXTS:
                raise Refused("file_too_large", "表格里的内容过多，请分成几个文件导入。")


def _too_long() -> Refused:
    return Refused("cell_too_long", f"有一个格子的内容超过 {LONGEST_TEXT:,} 字，请缩短后再导入。")


class _Rows:
    """The rows of a sheet, each taken away as soon as it is read."""

    def __init__(
        self, title: str, strings: list[str], dated: Callable[[str, float], date | datetime | None]
    ) -> None:
        self._title = title
        self._strings = strings
        self._dated = dated
        self._done: list[Line] = []
        self._row = self._column = self._full = self._empty = 0
        self._cells: dict[int, str] = {}
        self._kind = self._style = ""
        self._parts: list[str] = []
        self._length = 0
        self._wanted = self._formula = self._aloud = False

    def parser(self) -> expat.XMLParserType:
        return _parser(self._start, self._end, self._text)

    def taken(self) -> list[Line]:
        """The rows that have been read since the last time."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, given: Attributes) -> None:
        if name == "c":
            self._opened(given)
        elif name in ("v", "t"):
            self._wanted = not (self._formula or self._aloud)
        elif name == "f":
            self._formula = self._wanted = True
            self._parts, self._length = ["="], 1
        elif name == "row":
            self._row = int(given.get("r") or self._row + 1)
            self._column, self._cells = 0, {}
        elif name == "rPh":
            self._aloud = True
        elif name == "mergeCell" and ":" in given.get("ref", ""):
            self._merged(given["ref"])

    def _opened(self, given: Attributes) -> None:
        place = _COLUMN.match(given.get("r", ""))
        self._column = _number_of(place[0]) if place else self._column + 1
        self._kind, self._style = given.get("t", "n"), given.get("s", "")
        self._parts, self._length = [], 0
        self._formula = False

    def _text(self, text: str) -> None:
        if self._wanted:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise _too_long()
            self._parts.append(text)

    def _end(self, name: str) -> None:
        if name in ("v", "t", "f"):
            self._wanted = False
        elif name == "c":
            self._closed()
        elif name == "row":
            self._finished()
        elif name == "rPh":
            self._aloud = False

    def _closed(self) -> None:
        if not self._parts:
            return
        text = self._value("".join(self._parts)).strip()
        if not text:
            return
        if self._column > MOST_COLUMNS:
            raise Refused(
                "too_many_columns",
                f"工作表“{self._title}”第 {self._row} 行超过 {MOST_COLUMNS} 列，请删去多余的列。",
            )
        self._cells[self._column] = text

    def _value(self, text: str) -> str:
        if self._formula:
            return text
        if self._kind == "s":
            return self._strings[int(text)]
        if self._kind == "n":
            value = float(text)
            dated = self._dated(self._style, value)
            return dated.isoformat() if dated is not None else _number(value)
        if self._kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        return _unescaped(text).replace("\r\n", "\n")

    def _finished(self) -> None:
        if not self._cells:
            self._empty += 1
            if self._empty > MOST_EMPTY_ROWS:
                raise Refused(
                    "empty_rows",
                    f"工作表“{self._title}”有超过 {MOST_EMPTY_ROWS:,} 个空行，"
                    "请选中数据下面的空行，整行删除，保存后再导入。",
                )
            return
        self._full += 1
        if self._full > MOST_ROWS:
            raise Refused(
                "too_many_rows", f"工作表“{self._title}”超过 {MOST_ROWS:,} 行，请分成几个文件导入。"
            )
        last = max(self._cells)
        cells = tuple(self._cells.get(column, "") for column in range(1, last + 1))
        self._done.append(Line(self._row, cells))

    def _merged(self, place: str) -> None:
        raise Refused(
            "cells_merged",
            f"工作表“{self._title}”有合并的单元格（{place[:40]}），请取消合并，并在每一行都写上内容。",
        )


def _number_of(letters: str) -> int:
    """The number of a column, from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _number(value: float) -> str:
    """A number as text; one too long for a spreadsheet is marked as such, its digits being lost."""
    if abs(value) >= _EXACT:
        return f"{value:.4E}"
    return str(int(value)) if value == int(value) else str(value)
