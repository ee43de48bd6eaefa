"""One row of a file on its way to become an item or a package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.exporting.xlsx import letter_of
from onedoor.domain.catalog.terms import RowProblem


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file: the heading of its column, the cell such as C7, and the sheet of several."""

    heading: str
    cell: str = ""
    sheet: str = ""


class Finder(Protocol):
    """Finds the place that a JSON pointer into a document means."""

    def __call__(self, pointer: str) -> Place: ...


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a reader made of one row.

    `number` is the line in a table (the heading is line 1) or the place in a list of documents, from 1.
    `problems` are faults found while reading; `notes` say what had to be translated. `cells` is the row as it
    stood, by heading, for the file of errors; `columns` names the heading that feeds a JSON pointer. Something that
    stands on several `sheet`s has a `finder` instead.
    """

    number: int
    document: Mapping[str, Any]
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    finder: Finder | None = None

    def column(self, pointer: str) -> str:
        """What people call the place a pointer points to: a column's heading, else the pointer itself."""
        return self.place(pointer).heading

    def place(self, pointer: str) -> Place:
        """Where a pointer points to."""
        if self.finder is not None:
            return self.finder(pointer)
        heading = self.columns.get(pointer, pointer)
        headings = list(self.cells)
        cell = (
            f"{letter_of(headings.index(heading) + 1)}{self.number}"
            if heading in self.columns.values()
            else ""
        )
        return Place(heading, cell)

    def problem(self, found: Problem) -> RowProblem:
        """A fault of the document as a fault of this row."""
        place = self.place(found.pointer)
        return RowProblem(place.heading, found.code, found.detail, place.sheet, place.cell)

    def faults(self, found: Iterable[Problem]) -> tuple[RowProblem, ...]:
        """Every fault of this row, given those of its document.

        A row of a list that cannot be read is not judged further. Of what stands on several sheets the rest is, but for
        the cells that could not be read.
        """
        if self.problems and self.finder is None:
            return self.problems
        unread = {(problem.sheet, problem.cell) for problem in self.problems}
        told = map(self.problem, found)
        return (*self.problems, *(fault for fault in told if (fault.sheet, fault.cell) not in unread))


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a file, and what was left aside in it.

    `packages` are packages as they stand in the file, or rows of their own; `mapping` gives the codes of items that
    their names mean.
    """

    rows: tuple[SourceRow, ...]
    notes: tuple[str, ...] = ()
    packages: tuple[object, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
