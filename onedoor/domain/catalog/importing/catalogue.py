"""The items and packages of a catalogue in sheets, each as a row that knows the cells it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.exporting import item_sheets, package_sheets
from onedoor.domain.catalog.states import EX_OFFICIO

from .cells import Line
from .departments import Directory
from .owners import Owner
from .rows import Finder, Place, Source, SourceRow
from .sheets import Lines, Reading, finish

#: A department as other registers number it: credit code of 18, organisation code of 9.
_REGISTERED = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}|[0-9]{8}[0-9X]")
_PERSON, _ORGANIZATION = frozenset("1"), frozenset("2346")


def read_catalogue(titles: Iterable[str], lines: Lines, departments: Directory) -> Source:
    """The items and packages of a file in sheets. Raises Refused for a file without any, or without its columns."""
    reading = Reading(titles, lines)
    finish(reading)
    stated = _stated(reading)
    rows = (*(_item(owner, reading, departments, stated) for owner in reading.every), *reading.strays)
    packages = tuple(_package(owner, reading) for owner in reading.every_package)
    if not rows and not packages:
        raise Refused("file_empty", "文件里没有事项，请核对后重新选择文件。")
    return Source(rows, tuple(reading.notes), packages)


def _stated(reading: Reading) -> bool:
    """Whether the file says which items can be applied for."""
    headed = reading.headed.get(item_sheets.ITEMS.title)
    return headed is not None and any(column.path == "ready" for column in headed.columns.values())


def _item(owner: Owner, reading: Reading, departments: Directory, stated: bool) -> SourceRow:
    document = understood(owner.document, departments)
    if not stated:
        document["ready"] = bool(document.get("procedure")) and document.get("type") not in EX_OFFICIO
    return SourceRow(
        owner.line,
        document,
        tuple(owner.problems),
        departments.strangers(document),
        cells=owner.cells,
        sheet=owner.sheet,
        finder=_finder(owner, reading, item_sheets.ITEMS.title),
    )


def _package(owner: Owner, reading: Reading) -> SourceRow:
    return SourceRow(
        owner.line,
        owner.document,
        tuple(owner.problems),
        cells=owner.cells,
        sheet=owner.sheet,
        finder=_finder(owner, reading, package_sheets.PACKAGES.title),
    )


def understood(document: dict[str, Any], departments: Directory) -> dict[str, Any]:
    """An item document with what other directories say differently put into our words."""
    given = document.pop("~basis", None)
    if given:
        document["basis"] = [*({"title": title} for title in given), *document.get("basis", [])]
    document["department"] = _department(document, departments)
    kinds = frozenset((document.get("details") or {}).get("applicant_kinds", ()))
    if "audience" not in document and kinds:
        audience = (("person", _PERSON), ("organization", _ORGANIZATION))
        document["audience"] = [who for who, among in audience if kinds & among]
    for number, material in enumerate(document.get("materials", ()), start=1):
        material.setdefault("code", f"m{number}")
    return document


def _department(document: dict[str, Any], departments: Directory) -> str:
    """The code of an item's department: as it stands, unless it is another register's or missing."""
    given, name = document.get("department", ""), document.get("department_name", "")
    if given and (given in departments.known or not name or not _REGISTERED.fullmatch(given)):
        return str(given)
    return departments.code(name, given) if name else ""


def _finder(owner: Owner, reading: Reading, title: str) -> Finder:
    def find(pointer: str) -> Place:
        parts = pointer.strip("/").split("/")
        for cut in range(len(parts), 0, -1):
            there = owner.places.get("/" + "/".join(parts[:cut]))
            if there is not None:
                headed = reading.headed[there[0]]
                return headed.place(_path(parts[cut:]), there[1])
        return reading.headed[title].place(_path(parts), owner.line)

    return find


def _path(parts: Iterable[str]) -> str:
    """A path of keys without places in lists."""
    return ".".join(part for part in parts if not part.isdigit())


def sections_of(rows: Iterable[Line], opens: str, ends: str) -> Iterator[tuple[str, list[Line]]]:
    """The tables of a file that has one below the other, each under its title."""
    title = ""
    lines: list[Line] = []
    for line in rows:
        first = line.cells[0]
        if len(line.cells) == 1 and first.startswith(opens) and first.endswith(ends):
            if title:
                yield title, lines
            title, lines = first[1:-1].strip(), []
        else:
            lines.append(line)
    if title:
        yield title, lines
