"""Documents of items and packages as the rows of sheets. Pure; each row is as long as its sheet has columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import item_sheets, package_sheets
from .layout import Column, Kind, Sheet, cell_of, found, guarded

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet with its columns, the owner's code first, and its rows."""

    sheet: Sheet
    columns: tuple[Column, ...]
    rows: Iterable[list[str]]


def columns_of(sheet: Sheet) -> tuple[Column, ...]:
    """The columns of a sheet in our own files."""
    if not sheet.at:
        return sheet.shown
    key = package_sheets.KEY if sheet in package_sheets.SHEETS else item_sheets.KEY
    return (key, *sheet.shown)


def filled(items: Sequence[Document], packages: Sequence[Document]) -> Iterator[Filled]:
    """Every sheet of a file, in order; rows are made while they are asked for."""
    for sheets, owners in ((item_sheets.SHEETS, items), (package_sheets.SHEETS, packages)):
        for sheet in sheets:
            yield Filled(sheet, columns_of(sheet), _rows(sheet, owners))


def _rows(sheet: Sheet, owners: Iterable[Document]) -> Iterator[list[str]]:
    for owner in owners:
        if not sheet.at:
            yield _cells(sheet.shown, owner)
            continue
        key = guarded(owner["code"])
        for cells in _belonging(sheet, owner):
            yield [key, *cells]


def _belonging(sheet: Sheet, owner: Document) -> Iterator[list[str]]:
    """The rows of one owner's things."""
    if sheet is item_sheets.FIELDS:
        yield from _fields(owner.get("sections", ()))
    elif sheet is item_sheets.OPTIONS:
        yield from _options(_asked(owner))
    elif sheet is package_sheets.OPTIONS:
        yield from _options(owner.get("questions", ()))
    else:
        there = found(owner, sheet.at)
        for entry in (there,) if sheet.single and there else there or ():
            yield [guarded(entry)] if sheet.plain else _cells(sheet.shown, entry)


def _cells(columns: Iterable[Column], document: Document) -> list[str]:
    # Numbers stay bare: they are ours, and a mark would make texts of them.
    return [
        cell_of(document, column) if column.kind is Kind.NUMBER else guarded(cell_of(document, column))
        for column in columns
    ]


def _fields(sections: Iterable[Document]) -> Iterator[list[str]]:
    """A row a question. One inside a group follows it and names it; a page without questions has a row of its own."""
    columns = item_sheets.FIELDS.shown
    for section in sections:
        page = {"section": section["code"], "title": section["title"]}
        fields = section.get("fields", ())
        if not fields:
            yield [cell_of(page, column) if column.default is None else "" for column in columns]
        for field in fields:
            yield _cells(columns, {**page, **field})
            for inner in field.get("fields", ()):
                # How many rows there may be is said of the group only.
                yield [*_cells(columns[:-1], {**page, "group": field["code"], **inner}), ""]


def _asked(owner: Document) -> Iterator[Document]:
    for section in owner.get("sections", ()):
        for field in section.get("fields", ()):
            yield field
            yield from field.get("fields", ())


def _options(fields: Iterable[Document]) -> Iterator[list[str]]:
    for field in fields:
        for option in field.get("options", ()):
            yield [guarded(text) for text in (field["code"], option["value"], option["label"])]


def explained() -> Iterator[list[str]]:
    """The rows of the sheet 说明: what every column is for."""
    yield ["工作表", "列", "必填", "可以写", "说明", "也认得的表头"]
    for sheet in (*item_sheets.SHEETS, *package_sheets.SHEETS):
        for column in columns_of(sheet):
            yield [
                sheet.title,
                column.heading,
                "是" if column.required else "",
                "、".join(dict.fromkeys(column.words.values()))
                or ("是、否" if column.kind is Kind.FLAG else ""),
                column.hint,
                "、".join(column.names),
            ]
