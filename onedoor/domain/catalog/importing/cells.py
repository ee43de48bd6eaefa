"""One row of a table, whichever file it comes from."""

from __future__ import annotations

from dataclasses import dataclass

MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file and its cells, as many as there are."""

    number: int
    cells: tuple[str, ...]
