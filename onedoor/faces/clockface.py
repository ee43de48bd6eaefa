"""The clock of a case drawn as a bar of days: counted, paused, left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from onedoor.faces.wording import UNITS, day_zh

#: What a day's status is called, and how its cell is drawn.
STATUS_WORDS = {
    "counted": "计入期限",
    "make_up": "调休上班，计入期限",
    "weekend": "周末，不计",
    "holiday": "法定节假日，不计",
    "paused": "暂停，不计",
    "over": "超期",
}
FULL, LOW = ("0", "28"), ("11", "6")


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the bar; `x`, `width` and `middle` are percentages as SVG wants them."""

    day: date
    kind: str  # counted | left | paused | over | off
    words: str
    x: str
    width: str
    middle: str
    y: str
    height: str
    today: bool


@dataclass(frozen=True, slots=True)
class Clockface:
    """A drawn clock: its cells and the sums that its words tell. `stopped` is one that stands still."""

    cells: tuple[Cell, ...]
    counted: int
    paused: int
    left: int
    over: int
    unit: str  # what the limit counts: 个工作日, 天
    stopped: bool = False

    @property
    def drawn(self) -> tuple[Cell, ...]:
        """The cells in the order of drawing: what does not count lies underneath."""
        return tuple(sorted(self.cells, key=lambda cell: cell.kind != "off"))

    @property
    def today(self) -> Cell | None:
        return next((cell for cell in self.cells if cell.today), None)

    @property
    def words(self) -> str:
        """What the bar shows, in one sentence."""
        parts = [f"已计 {self.counted} {self.unit}"]
        parts += [f"暂停 {self.paused} 天"] if self.paused else []
        return "，".join([*parts, self.standing])

    @property
    def standing(self) -> str:
        """How the clock stands. The day itself is already counted; the limit ends with its last hour."""
        if self.stopped:
            return "暂停计时"
        if self.over:
            return f"已{self.over_words}"
        if self.left:
            return f"还剩 {self.left} {self.unit}"
        return "今天到期" if self.cells and self.cells[-1].today else "期限已满"

    @property
    def over_words(self) -> str:
        """By how much the limit is missed; limits in hours are so by days."""
        unit = self.unit if self.unit == UNITS["working"] else "天"
        return f"超期 {self.over} {unit}"

    @property
    def ends(self) -> tuple[str, str]:
        return (day_zh(self.cells[0].day), day_zh(self.cells[-1].day)) if self.cells else ("", "")


def kind_of(status: str, day: date, today: date) -> str:
    if status in ("counted", "make_up"):
        return "counted" if day <= today else "left"
    return status if status in ("paused", "over", "left") else "off"


def clockface(days: Iterable[Any], today: date, unit: str = "working", *, stopped: bool = False) -> Clockface:
    """Draw days (anything with `date` or `day`, and `status`) as they stand on `today`; a `stopped` clock has no end
    yet."""
    listed = [(getattr(each, "date", None) or each.day, str(each.status)) for each in days]
    width = 100 / len(listed) if listed else 0
    cells = []
    for index, (day, status) in enumerate(listed):
        kind = kind_of(status, day, today)
        y, height = LOW if kind == "off" else FULL
        shape = (f"{index * width:.3f}%", f"{width:.3f}%", f"{(index + 0.5) * width:.3f}%", y, height)
        cells.append(Cell(day, kind, STATUS_WORDS.get(status, "尚未到"), *shape, today=day == today))
    kinds = [cell.kind for cell in cells]
    counted, paused, left, over = (kinds.count(kind) for kind in ("counted", "paused", "left", "over"))
    return Clockface(tuple(cells), counted, paused, left, over, UNITS.get(unit, "天"), stopped)
