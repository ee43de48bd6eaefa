"""An item or package on its way through several sheets, and the sheets it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onedoor.domain.catalog.exporting.layout import Column, Sheet
from onedoor.domain.catalog.exporting.xlsx import letter_of
from onedoor.domain.catalog.terms import RowProblem

from .rows import Place


@dataclass(slots=True)
class Owner:
    """An item or package as it grows out of the rows of several sheets.

    `places` tells of every thing that has a row of its own, by its pointer, on which sheet and line it stands.
    """

    line: int
    sheet: str
    document: dict[str, Any]
    cells: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    asked: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    offered: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


@dataclass(slots=True)
class Headed:
    """A sheet of a file: what each of its columns means, by place from 0."""

    sheet: Sheet
    title: str
    columns: dict[int, Column]
    key: int | None
    headings: tuple[str, ...]

    def place(self, path: str, line: int) -> Place:
        """The cell of a line that feeds a path of keys."""
        for place, column in self.columns.items():
            if column.path == path or (path and column.path.startswith(f"{path}.")):
                return Place(column.heading, f"{letter_of(place + 1)}{line}", self.title)
        return Place(path.replace(".", "/") or self.title, f"A{line}", self.title)

    def problem(self, place: int, line: int, code: str, detail: str) -> RowProblem:
        """A fault of one cell."""
        heading = self.headings[place] if place < len(self.headings) else f"第 {place + 1} 列"
        return RowProblem(heading, code, detail, self.title, f"{letter_of(place + 1)}{line}")
