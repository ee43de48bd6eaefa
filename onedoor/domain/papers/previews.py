"""What somebody sees of a file they have handed in: a small picture of a photo, the number of pages of a document.

Pictures are decoded by the typesetter's own decoder, which is memory-safe, and only within bounds; the result is a new
picture that holds nothing of the file but what can be seen. A file without a preview is as good as one with it.
"""

from __future__ import annotations

import base64
import re
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

import typst

from onedoor.domain.papers.inspection import JPEG, PDF, PNG, Found
from onedoor.domain.papers.picture_inspection import chunks, segments

#: Sides of a preview in pixels, at most.
SIDE: Final = 160
#: Bytes of a picture that is its own preview, if its sides are small enough.
SMALL: Final = 20_000
#: What is too large to be decoded for so little: bytes of the file, pixels, scans of a progressive photo.
MOST_BYTES: Final = 12 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
MOST_SCANS: Final = 16
#: Bytes that the object streams of a document are unpacked to while its pages are counted.
MOST_UNPACKED: Final = 16 * 1024 * 1024

_SOURCE: Final = (
    b"#set page(width: auto, height: auto, margin: 0pt)\n"
    b'#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1pt)'
)
_APP1, _SOS, _ORIENTATION = 0xE1, 0xDA, 0x0112
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: How a picture of w × h is laid by its orientation (Exif 2.3, tag 274), as a matrix of SVG.
_TURNS: Final = {
    2: "-1 0 0 1 {w} 0",
    3: "-1 0 0 -1 {w} {h}",
    4: "1 0 0 -1 0 {h}",
    5: "0 1 1 0 0 0",
    6: "0 1 -1 0 {h} 0",
    7: "0 -1 -1 0 {h} {w}",
    8: "0 -1 1 0 0 {w}",
}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
#: A node of the page tree, and how many pages are under it; the root has the most.
_NODE: Final = re.compile(rb"/Type\s*/Pages(?![A-Za-z0-9])")
_COUNT: Final = re.compile(rb"/Count\s+(\d{1,6})(?!\d|\s+\d+\s+R)")
_OBJECTS: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_OPENING: Final = re.compile(rb">>\s*stream\r?\n")
#: Nodes and object streams that are looked at, and how far their dictionaries are followed to both sides.
_MOST: Final = 500
_REACH: Final = 20_000
#: The longest object stream that is unpacked, packed.
_LONGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """`picture` is a PNG, or the file itself where that is small, b"" for none; `pages` is 0 where it is not known."""

    picture: bytes = b""
    pages: int = 0


def preview_of(content: bytes, found: Found) -> Preview:
    """The preview of a file that has passed inspection as `found`."""
    if found == PDF:
        return Preview(pages=_pages(content))
    if found not in (JPEG, PNG) or len(content) > MOST_BYTES:
        return Preview()
    shape = _jpeg_shape(content) if found == JPEG else _png_shape(content)
    if shape is None:
        return Preview()
    if max(shape.width, shape.height) <= SIDE and len(content) <= SMALL and shape.turn == 1:
        return Preview(picture=content)
    if shape.width * shape.height > MOST_PIXELS:
        return Preview()
    return Preview(picture=_small(content, found, shape))


def _pages(content: bytes) -> int:
    """How many pages the page tree says there are; what cannot be counted at little cost is not."""
    counts = [0]
    for part in (content, *_unpacked(content)):
        for node in islice(_NODE.finditer(part), _MOST):
            start = part.rfind(b"<<", max(0, node.start() - _REACH), node.start())
            end = part.find(b">>", node.end(), node.end() + _REACH)
            found = _COUNT.search(part, start, end) if 0 <= start < end else None
            counts.append(int(found[1]) if found else 0)
    return max(counts)


def _unpacked(content: bytes) -> Iterator[bytes]:
    """Object streams, one after the other, as far as there is room."""
    room = MOST_UNPACKED
    for stream in islice(_OBJECTS.finditer(content), _MOST):
        opening = _OPENING.search(content, stream.end(), stream.end() + _REACH)
        end = content.find(b"endstream", opening.end(), opening.end() + _LONGEST) if opening else -1
        if opening is None or end < 0 or room <= 0:
            continue
        try:
            part = zlib.decompressobj().decompress(content[opening.end() : end], room)
        except zlib.error:
            continue
        room -= len(part)
        yield part


@dataclass(frozen=True, slots=True)
class _Shape:
    width: int
    height: int
    turn: int = 1


def _jpeg_shape(content: bytes) -> _Shape | None:
    width = height = scans = 0
    turn = 1
    for segment in segments(content):
        if segment.marker in _FRAMES:
            height, width = int.from_bytes(segment.data[3:5]), int.from_bytes(segment.data[5:7])
        elif segment.marker == _SOS:
            scans += 1
        elif segment.marker == _APP1 and segment.data[2:8] == b"Exif\0\0":
            turn = _orientation(segment.data[8:])
    return _Shape(width, height, turn) if width and height and scans <= MOST_SCANS else None


def _png_shape(content: bytes) -> _Shape | None:
    header = next(chunks(content)).data
    return _Shape(int.from_bytes(header[:4]), int.from_bytes(header[4:8]))


def _orientation(tiff: bytes) -> int:
    """How the camera was held, 1 where it does not say."""
    big = tiff[:2] == b"MM"

    def number(at: int, width: int) -> int:
        return int.from_bytes(tiff[at : at + width], "big" if big else "little")

    first = number(4, 4)
    for at in range(first + 2, first + 2 + 12 * min(number(first, 2), 200), 12):
        if number(at, 2) == _ORIENTATION:
            return number(at + 8, 2)
    return 1


def _small(content: bytes, found: Found, shape: _Shape) -> bytes:
    """The picture drawn anew, upright, no side longer than `SIDE`; b"" if it cannot be drawn."""
    w, h = shape.width, shape.height
    wide, high = (h, w) if shape.turn in _SIDEWAYS else (w, h)
    turn = _TURNS.get(shape.turn, "1 0 0 1 0 0").format(w=w, h=h)
    data = base64.b64encode(content).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<image width="{w}" height="{h}" preserveAspectRatio="none" transform="matrix({turn})" '
        f'href="data:{found.media_type};base64,{data}"/></svg>'
    )
    width = max(1.0, SIDE * wide / max(wide, high))
    try:
        with _LOCK:
            drawn = _compiler().compile(
                _SOURCE, format="png", ppi=72, sys_inputs={"svg": svg, "width": f"{width:.2f}"}
            )
    except BaseException as fault:
        # A decoder that gives up in the middle of a picture must not take the upload with it.
        if isinstance(fault, Exception) or type(fault).__name__ == "PanicException":
            return b""
        raise
    return drawn if isinstance(drawn, bytes) else b""


# One picture at a time: a large one takes a hundred megabytes while it is drawn.
_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    none = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[])
    return typst.Compiler(font_paths=none, ignore_system_fonts=True)
