"""The flow chart of a procedure: which box stands where, and how the lines between the boxes run. Pure.

The chart is a stack of bands, from the application down to the delivery. A band holds the boxes of one layer side by
side and, beneath them, the lines to the next layer, so that a page may end between any two bands. Steps that do not
wait for one another stand in the same layer; a line that passes a layer has a place of its own there. Lengths are in
units of which `SMALL` are as wide as a Chinese character of the small type; whoever draws chooses how long a unit is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onedoor.domain.catalog.condition_words import in_words, of_those
from onedoor.domain.catalog.terms import Join, LimitTerm, Procedure, ServiceVersion, Step, StepKind

from .charting import columns, in_order, ranks, reduced, tracks

#: Sizes of type, and how far its lines stand apart.
BIG, SMALL = 14, 12
BIG_LEADING, SMALL_LEADING = 20, 17
#: A page is so wide; boxes are as wide as it allows, within these bounds.
PAGE = 720
WIDEST, NARROWEST = 156, 90
#: Between boxes side by side, between a box's edge and its words, beneath a layer, between lines side by side.
BESIDE, INNER, BENEATH, APART = 20, 9, 34, 10
#: What leaves the way stands aside, with a line that has room for a word.
ASIDE, BRANCH = 112, 46

APPLY, ACCEPT, DELIVER = "-apply", "-accept", "-deliver"
UNITS = {"working": "个工作日", "calendar": "天", "hours": "小时", "working-hours": "个工作小时"}


class Shape(StrEnum):
    """What a box is."""

    END = "end"  # where the way begins and ends
    STEP = "step"
    DECISION = "decision"
    MAKING = "making"
    LEAVING = "leaving"  # where the way ends early


@dataclass(frozen=True, slots=True)
class Box:
    """A box, its place from the chart's top left, and its words in lines. A `doubtful` one stands on the way in some
    cases only; a `skipped` one does not in the case at hand."""

    code: str
    shape: Shape
    title: tuple[str, ...]
    notes: tuple[str, ...]
    x: int
    y: int
    width: int
    height: int
    doubtful: bool = False
    skipped: bool = False

    @property
    def dashed(self) -> bool:
        """Whether it is drawn with a broken edge."""
        return self.doubtful or self.skipped


@dataclass(frozen=True, slots=True)
class Line:
    """A line from point to point; one that ends at a box has an arrow. `label` stands above its middle."""

    points: tuple[tuple[int, int], ...]
    arrow: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A layer of boxes with the lines beneath it, from `top` on."""

    top: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart. `told` says in one sentence each what a layer says."""

    width: int
    height: int
    bands: tuple[Band, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """What a box says, before it has a place."""

    shape: Shape
    title: str
    notes: tuple[str, ...] = ()
    doubtful: bool = False
    skipped: bool = False
    leaving: str = ""
    why: str = ""


def chart_of(
    version: ServiceVersion,
    departments: Mapping[str, str],
    *,
    skipped: Collection[str] = (),
    doubtful: Collection[str] | None = None,
) -> Chart | None:
    """The chart of a version's procedure, None if it has none; `departments` gives names by code.

    `skipped` are the steps that the case at hand does without and `doubtful` those of which that is not known; by
    default these are all that have a condition.
    """
    steps = version.procedure.steps
    if not steps:
        return None
    open_ = {step.code for step in steps if step.when} if doubtful is None else set(doubtful)
    said = {step.code: _step(step, version, departments, skipped, open_) for step in steps}
    said = {APPLY: _applying(version), ACCEPT: _accepting(version), **said, DELIVER: _delivering(version)}
    return _drawn(said, _before(steps))


def lanes(procedure: Procedure) -> tuple[tuple[Step, ...], ...]:
    """The steps by how many others must come before them; those of one lane run side by side."""
    rank = ranks({step.code: step.after for step in procedure.steps})
    deepest = max(rank.values(), default=-1)
    return tuple(
        tuple(step for step in procedure.steps if rank[step.code] == level) for level in range(deepest + 1)
    )


def limit_words(limit: LimitTerm | None) -> str:
    """A limit in words; "" for none, or for one that is not known."""
    if limit is None or limit.unit not in UNITS:
        return ""
    return f"{limit.amount} {UNITS[limit.unit]}" if limit.amount else "当日"


def _before(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """What each box directly follows; lines that others imply are left out."""
    waited = {code for step in steps for code in step.after}
    after = {APPLY: (), ACCEPT: (APPLY,)}
    after |= {step.code: step.after or (ACCEPT,) for step in steps}
    after[DELIVER] = tuple(step.code for step in steps if step.code not in waited) or (ACCEPT,)
    kept = {step.code for step in steps if step.join is not Join.ALL}
    return reduced(after, kept)


def _applying(version: ServiceVersion) -> _Words:
    online = any(channel in version.channels for channel in ("web", "mobile"))
    return _Words(Shape.END, "提交申请", ("网上或窗口" if online else "到窗口",))


def _accepting(version: ServiceVersion) -> _Words:
    return _Words(
        Shape.DECISION,
        "受理",
        ("材料不全的，一次告知",),
        leaving="不予受理",
        why="书面说明理由",
    )


def _delivering(version: ServiceVersion) -> _Words:
    return _Words(Shape.END, "送达", (version.result.name,) if version.result.name else ())


def _step(
    step: Step,
    version: ServiceVersion,
    departments: Mapping[str, str],
    skipped: Collection[str],
    doubtful: Collection[str],
) -> _Words:
    refusal = "不予许可" if version.type == "01" else "不予办理"
    decision = step.kind is StepKind.DECISION
    return _Words(
        shape={StepKind.DECISION: Shape.DECISION, StepKind.MAKING: Shape.MAKING}.get(step.kind, Shape.STEP),
        title=step.name,
        notes=tuple(filter(None, _step_notes(step, version, departments, skipped, doubtful))),
        doubtful=step.code in doubtful and step.code not in skipped,
        skipped=step.code in skipped,
        leaving=refusal if decision else "",
        why="书面说明理由" if decision else "",
    )


def _step_notes(
    step: Step,
    version: ServiceVersion,
    departments: Mapping[str, str],
    skipped: Collection[str],
    doubtful: Collection[str],
) -> Iterable[str]:
    yield departments.get(step.department, step.department)
    yield limit_words(step.limit)
    if step.join is Join.ANY and len(step.after) > 1:
        yield "前面有一项办完即可"
    elif step.join is Join.QUORUM:
        yield f"前面 {len(step.after)} 项有 {step.quorum} 项通过即可"
    if step.code in skipped:
        yield "您这种情形不用办"
    elif step.code in doubtful:
        yield only_when(version, step.when, "要办")


def when_words(version: ServiceVersion, source: str) -> str:
    """Of whom a step or material is wanted, as a citizen reads it: 有厨房的; a condition without words is 视情形."""
    words = in_words(source, version.sections) if source else ""
    return of_those(words) if words and f"“{source}”" not in words else "视情形"


def only_when(version: ServiceVersion, source: str, then: str) -> str:
    """The same as a sentence that ends in `then`: 有厨房的才要交; "" for no condition."""
    words = when_words(version, source) if source else ""
    return f"{words}{'才' if words.endswith('的') else ''}{then}" if words else ""


# ---- Places ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How wide all boxes are and how high those of each layer; where each layer begins, and the middle of each box."""

    box: int
    heights: tuple[int, ...]
    tops: tuple[int, ...]
    middles: Mapping[str, int]
    width: int


def _drawn(said: Mapping[str, _Words], after: Mapping[str, tuple[str, ...]]) -> Chart:
    layers, edges = in_order(after)
    width = _box_width(max(map(len, layers)))
    middle, wide = _middles(layers, edges, said, width)
    between = [tracks(layer, edges, middle) for layer in layers[:-1]]
    heights = tuple(_height([said[code] for code in layer if code in said], width) for layer in layers)
    tops = [0]
    for height, lines in zip(heights, between, strict=False):
        tops.append(tops[-1] + height + BENEATH + APART * max(lines.values(), default=0))
    sizes = _Sizes(width, heights, tuple(tops), middle, wide)
    bands = tuple(
        _band(place, layer, said, sizes, edges, between[place] if place < len(between) else {})
        for place, layer in enumerate(layers)
    )
    told = tuple(_told([said[code] for code in layer if code in said]) for layer in layers)
    return Chart(wide, tops[-1] + heights[-1] + 2, bands, tuple(filter(None, told)))


def _box_width(abreast: int) -> int:
    return max(NARROWEST, min(WIDEST, (PAGE - BESIDE * (abreast - 1)) // abreast))


def _middles(
    layers: Sequence[Sequence[str]],
    edges: Collection[tuple[str, str]],
    said: Mapping[str, _Words],
    width: int,
) -> tuple[dict[str, int], int]:
    """The middle of every box, and how wide all is. What leaves a layer aside is balanced by as much on the left, so
    that the way stays in the middle of the page."""
    found = columns(layers, edges, width + BESIDE)
    left = min(found.values()) - width / 2
    right = max(found.values()) + width / 2
    for layer in layers:
        if any(said[code].leaving for code in layer if code in said):
            right = max(right, max(found[code] for code in layer) + width / 2 + BRANCH + ASIDE)
    middle = found[APPLY]
    half = max(middle - left, right - middle) + 1
    return {code: round(x - middle + half) for code, x in found.items()}, round(2 * half)


def _height(words: Sequence[_Words], width: int) -> int:
    return max(
        (
            len(wrapped(each.title, width, BIG)) * BIG_LEADING
            + sum(len(wrapped(note, width, SMALL)) for note in each.notes) * SMALL_LEADING
            + 2 * INNER
            for each in words
        ),
        default=0,
    )


def wrapped(text: str, width: int, size: int) -> tuple[str, ...]:
    """A text in lines that fit into a box, about equally long; Latin letters and figures are half as wide as Chinese
    characters."""
    room = (width - 2 * INNER) / size
    lines = _cut(text, room)
    even = _cut(text, min(room, sum(map(_wide, text)) / max(1, len(lines)) + 1))
    return even if len(even) == len(lines) else lines


def _wide(character: str) -> float:
    return 0.58 if ord(character) < 0x2E80 else 1.0


def _cut(text: str, room: float) -> tuple[str, ...]:
    lines: list[str] = []
    line, used = "", 0.0
    for each in text:
        # A mark that closes may stand beyond the edge rather than at the beginning of a line.
        if line and used + _wide(each) > room and each not in "，。；、）”》":
            lines.append(line)
            line, used = "", 0.0
        if line or each != " ":
            line += each
            used += _wide(each)
    return (*lines, line) if line else tuple(lines)


def _band(
    place: int,
    layer: Sequence[str],
    said: Mapping[str, _Words],
    sizes: _Sizes,
    edges: Collection[tuple[str, str]],
    track: Mapping[tuple[str, str], int],
) -> Band:
    top, height = sizes.tops[place], sizes.heights[place]
    last = place + 1 == len(sizes.tops)
    boxes, lines = [], []
    edge = max(sizes.middles[code] for code in layer) + sizes.box // 2
    for code in layer:
        if code not in said:
            continue
        box = _box(code, said[code], sizes, top, height)
        boxes.append(box)
        if said[code].leaving:
            aside, branch = _aside(code, said[code], box, edge)
            boxes.append(aside)
            lines.append(branch)
    for upper, lower in sorted(edges):
        if upper in layer:
            start = top + height if upper in said else top
            lines.append(_line(upper, lower, start, sizes, place, track, arrow=lower in said))
    beneath = top + height + 2 if last else sizes.tops[place + 1]
    return Band(top, beneath - top, tuple(boxes), tuple(lines))


def _box(code: str, words: _Words, sizes: _Sizes, top: int, height: int) -> Box:
    return Box(
        code=code,
        shape=words.shape,
        title=wrapped(words.title, sizes.box, BIG),
        notes=tuple(line for note in words.notes for line in wrapped(note, sizes.box, SMALL)),
        x=sizes.middles[code] - sizes.box // 2,
        y=top + 1,
        width=sizes.box,
        height=height - 1,
        doubtful=words.doubtful,
        skipped=words.skipped,
    )


def _aside(code: str, words: _Words, box: Box, edge: int) -> tuple[Box, Line]:
    """Where the way ends early, beside everything in its layer, and the line to it."""
    title, notes = wrapped(words.leaving, ASIDE, BIG), wrapped(words.why, ASIDE, SMALL)
    height = len(title) * BIG_LEADING + len(notes) * SMALL_LEADING + 2 * INNER
    middle = box.y + box.height // 2
    x = edge + BRANCH
    leaving = Box(f"{code}-no", Shape.LEAVING, title, notes, x, middle - height // 2, ASIDE, height)
    return leaving, Line(((box.x + box.width, middle), (x, middle)), label="不符合")


def _line(
    upper: str,
    lower: str,
    start: int,
    sizes: _Sizes,
    place: int,
    track: Mapping[tuple[str, str], int],
    *,
    arrow: bool,
) -> Line:
    one, other, end = sizes.middles[upper], sizes.middles[lower], sizes.tops[place + 1] + (1 if arrow else 0)
    if one == other:
        return Line(((one, start), (other, end)), arrow)
    bend = sizes.tops[place] + sizes.heights[place] + BENEATH // 2 - 4 + APART * track[(upper, lower)]
    return Line(((one, start), (one, bend), (other, bend), (other, end)), arrow)


def _told(words: Sequence[_Words]) -> str:
    """A layer as it is said."""
    each = [f"{one.title}（{'，'.join(one.notes)}）" if one.notes else one.title for one in words]
    if not each:
        return ""
    leaving = "".join(f"；不符合条件的，{one.leaving}，{one.why}" for one in words if one.leaving)
    return (f"同时进行：{'；'.join(each)}" if len(each) > 1 else each[0]) + leaving
