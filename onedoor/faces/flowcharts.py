"""A flow chart as an SVG has it: paths and words with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.http import HttpResponse
from django.template.loader import render_to_string

from onedoor.domain.catalog.guides.flowchart import (
    BIG,
    BIG_LEADING,
    SMALL,
    SMALL_LEADING,
    Box,
    Chart,
    Line,
    Shape,
)

#: How far the corners of a decision are cut, those of others are rounded; the second edge of what is made.
CUT, ROUND, EDGE = 9, 4, 5
#: An arrow's length and half its width.
LONG, HALF = 7, 4
#: Of a line of type, the part above its foot.
_RISE = 0.78
TEMPLATE = "faces/parts/flowchart.svg"


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words around its middle `x`, on its foot `y`."""

    text: str
    x: int
    y: int
    size: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A box: its shape's name, its path, and whether it is dashed or faint."""

    shape: str
    path: str
    dashed: bool
    skipped: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything of the picture, in the order in which it is drawn. `told` are the chart's sentences."""

    width: int
    height: int
    lines: tuple[str, ...]
    heads: tuple[str, ...]
    outlines: tuple[Outline, ...]
    words: tuple[Words, ...]
    told: tuple[str, ...]

    @property
    def doubtful(self) -> bool:
        """Whether anything is dashed, so that the picture needs a word about it."""
        return any(outline.dashed for outline in self.outlines)


def drawing_of(chart: Chart | None) -> Drawing | None:
    """The drawing of a chart; None for none."""
    if chart is None:
        return None
    boxes = [box for band in chart.bands for box in band.boxes]
    lines = [line for band in chart.bands for line in band.lines]
    return Drawing(
        width=chart.width,
        height=chart.height,
        lines=tuple(_path(line.points) for line in lines),
        heads=tuple(_head(line) for line in lines if line.arrow),
        outlines=tuple(Outline(box.shape.value, _outline(box), box.dashed, box.skipped) for box in boxes),
        words=(
            *(each for box in boxes for each in _said(box)),
            *(_label(line) for line in lines if line.label),
        ),
        told=chart.told,
    )


def picture(drawing: Drawing, title: str) -> HttpResponse:
    """The drawing as an image of its own."""
    drawn = render_to_string(TEMPLATE, {"drawing": drawing, "title": title})
    return HttpResponse(drawn, content_type="image/svg+xml")


def _path(points: tuple[tuple[int, int], ...]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _closed(*points: tuple[int, int]) -> str:
    return _path(points) + "Z"


def _head(line: Line) -> str:
    (_, before), (x, y) = list(pairwise(line.points))[-1]
    if before == y:
        return _closed((x, y), (x - LONG, y - HALF), (x - LONG, y + HALF))
    return _closed((x, y), (x - HALF, y - LONG), (x + HALF, y - LONG))


def _outline(box: Box) -> str:
    left, top, right, foot = box.x, box.y, box.x + box.width, box.y + box.height
    if box.shape is Shape.DECISION:
        half = (top + foot) // 2
        upper = ((left, half), (left + CUT, top), (right - CUT, top), (right, half))
        return _closed(*upper, (right - CUT, foot), (left + CUT, foot))
    r = box.height // 2 if box.shape is Shape.END else ROUND
    path = (
        f"M{left + r} {top}H{right - r}A{r} {r} 0 0 1 {right} {top + r}V{foot - r}A{r} {r} 0 0 1 {right - r} {foot}"
        f"H{left + r}A{r} {r} 0 0 1 {left} {foot - r}V{top + r}A{r} {r} 0 0 1 {left + r} {top}Z"
    )
    if box.shape is Shape.MAKING:
        path += f"M{left + EDGE} {top}V{foot}M{right - EDGE} {top}V{foot}"
    return path


def _said(box: Box) -> Iterator[Words]:
    middle = box.x + box.width // 2
    y = box.y + (box.height - len(box.title) * BIG_LEADING - len(box.notes) * SMALL_LEADING) // 2
    for texts, size, leading in ((box.title, BIG, BIG_LEADING), (box.notes, SMALL, SMALL_LEADING)):
        for text in texts:
            yield Words(text, middle, y + round((leading - size) / 2 + size * _RISE + 1), size)
            y += leading


def _label(line: Line) -> Words:
    (left, y), (right, _) = line.points[0], line.points[-1]
    return Words(line.label, (left + right) // 2, y - 6, SMALL - 1)
