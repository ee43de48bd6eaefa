"""One row of a file on its way to become an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onedoor.domain.catalog.terms import RowProblem


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a reader made of one row.

    `number` is the line in a table (the heading is line 1) or the place in a list of documents, from 1.
    `problems` are faults found while reading; `notes` say what had to be translated. `cells` is the row as it
    stood, by heading, for the file of errors; `columns` names the heading that feeds a JSON pointer.
    """

    number: int
    document: Mapping[str, Any]
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def column(self, pointer: str) -> str:
        """What people call the place a pointer points to: a column's heading, else the pointer itself."""
        return self.columns.get(pointer, pointer)


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a file, and what was left aside in it.

    `packages` are packages as they stand in the file, `mapping` the codes of items that their names mean.
    """

    rows: tuple[SourceRow, ...]
    notes: tuple[str, ...] = ()
    packages: tuple[object, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
