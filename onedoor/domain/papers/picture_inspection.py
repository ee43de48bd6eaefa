"""Whether a JPEG (ITU-T T.81) or PNG (ISO/IEC 15948) is one, whole and nothing else: its structure is walked to the
end without decoding a pixel."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from onedoor.domain.papers import doubts

#: Largest image side and area in pixels (an A3 page at 600 dpi has 70 million).
MAX_SIDE: Final = 20_000
MAX_PIXELS: Final = 80_000_000
#: Pieces of one picture: writers of PNG cut at 4 kB or more, a progressive photo has about ten scans.
MAX_CHUNKS: Final = 65_536
MAX_SEGMENTS: Final = 5_000
MAX_SCANS: Final = 200
#: Bytes that all notes and colour profiles of a picture may unpack to.
MAX_UNPACKED: Final = 8 * 1024 * 1024

#: Markup a browser or an interpreter would run, wherever in a note it stands.
_MARKUP: Final = re.compile(
    rb"<(?:!doctype\s+html|html|script|iframe|svg|\?php)[\s>/]|javascript:", re.IGNORECASE
)
_BLANK: Final = b"\0\r\n\t "
_DISGUISED: Final = "图片中夹带了其他内容，请用看图软件打开并另存为 {} 后上传"


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise doubts.damaged()
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise doubts.too_many_pixels()


# PNG: signature, then chunks of length, type, data, CRC; IHDR first, IEND last.

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
#: What stands before the packed part of a note: keyword, method; in the second also language and translation.
_PACKED: Final = {
    b"zTXt": re.compile(rb"[^\0]{0,200}\0.", re.DOTALL),
    b"iCCP": re.compile(rb"[^\0]{0,200}\0.", re.DOTALL),
    b"iTXt": re.compile(rb"[^\0]{0,200}\0\x01.[^\0]*\0[^\0]*\0", re.DOTALL),
}
_NOTES: Final = frozenset({b"tEXt", b"iTXt", b"zTXt", b"iCCP", b"eXIf"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a PNG. `start` and `end` are where it lies, its length and CRC included."""

    kind: bytes
    data: bytes
    start: int
    end: int


def chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks up to IEND. Refuses with `upload_damaged` where one is cut or its CRC is wrong."""
    at = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if at + 12 > len(content) or end > len(content):
            raise doubts.damaged()
        kind, data = content[at + 4 : at + 8], content[at + 8 : end - 4]
        if zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(content[end - 4 : end]):
            raise doubts.damaged()
        yield Chunk(kind, data, at, end)
        at = end


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk as it is written."""
    crc = zlib.crc32(data, zlib.crc32(kind))
    return len(data).to_bytes(4) + kind + data + crc.to_bytes(4)


def check_png(content: bytes) -> None:
    """Refuse what is cut or broken, floods memory, or has something else in its notes or behind its end."""
    pictured, end, room = False, 0, MAX_UNPACKED
    for number, chunk in enumerate(chunks(content)):
        if number > MAX_CHUNKS:
            raise doubts.swells_up()
        if (number == 0) != (chunk.kind == b"IHDR"):
            raise doubts.damaged()
        if chunk.kind == b"IHDR":
            if len(chunk.data) != 13:
                raise doubts.damaged()
            _check_size(int.from_bytes(chunk.data[:4]), int.from_bytes(chunk.data[4:8]))
        elif chunk.kind in _NOTES:
            room -= _check_note(chunk, room)
        pictured |= chunk.kind == b"IDAT"
        end = chunk.end
    if not pictured:
        raise doubts.damaged()
    if content[end:].strip(_BLANK):
        raise doubts.disguised(_DISGUISED.format("PNG"))


def _check_note(chunk: Chunk, room: int) -> int:
    """A note holds no markup and does not swell up; returns the bytes it unpacks to."""
    text = chunk.data
    before = _PACKED[chunk.kind].match(chunk.data) if chunk.kind in _PACKED else None
    if before is not None:
        try:
            text = zlib.decompressobj().decompress(chunk.data[before.end() :], room + 1)
        except zlib.error:
            raise doubts.damaged() from None
        if len(text) > room:
            raise doubts.swells_up()
    if _MARKUP.search(text):
        raise doubts.disguised(_DISGUISED.format("PNG"))
    return len(text) if before is not None else 0


# JPEG: markers FF xx; all but a few are followed by a length; after SOS comes entropy-coded data in which FF is
# always stuffed, so a real marker ends it.

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EOI, _SOS, _COMMENT = 0xD9, 0xDA, 0xFE
_APPLICATION: Final = frozenset(range(0xE0, 0xF0))
_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
# Phones append a short video or their own notes to a photo; programs, archives and pages are not that.
_FOREIGN: Final = (
    b"%PDF-",
    b"PK\x03\x04",
    b"MZ",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x7fELF",
    b"#!",
    b"<",
    PNG_SIGNATURE,
    b"GIF8",
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a JPEG: `data` begins with its two length bytes, which lie at `start`."""

    marker: int
    data: bytes
    start: int


def segments(content: bytes) -> Iterator[Segment]:
    """The segments up to EOI, which comes last, without data; its `start` is where the picture has ended.

    Refuses with `upload_damaged` where one is cut, and with `upload_swells_up` when there are too many.
    """
    at = 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.match(content, at)
        if found is None:
            raise doubts.damaged()
        marker, at = found.group(1)[0], found.end()
        if marker == _EOI:
            yield Segment(marker, b"", at)
            return
        length = int.from_bytes(content[at : at + 2])
        if length < 2 or at + length > len(content):
            raise doubts.damaged()
        yield Segment(marker, content[at : at + length], at)
        at += length
        if marker == _SOS:
            following = _SCAN_END.search(content, at)
            if following is None:
                raise doubts.damaged()
            at = following.start()
    raise doubts.swells_up()


def check_jpeg(content: bytes) -> None:
    """Refuse what is cut or broken, floods memory, or has something else in its notes or behind its end."""
    sized, scans, end = False, 0, 0
    for segment in segments(content):
        if segment.marker in _FRAMES:
            _check_size(int.from_bytes(segment.data[5:7]), int.from_bytes(segment.data[3:5]))
            sized = True
        elif segment.marker == _SOS:
            scans += 1
        elif (segment.marker in _APPLICATION or segment.marker == _COMMENT) and _MARKUP.search(segment.data):
            raise doubts.disguised(_DISGUISED.format("JPG"))
        end = segment.start
    if not (sized and scans):
        raise doubts.damaged()
    if scans > MAX_SCANS:
        raise doubts.swells_up()
    tail = content[end:].lstrip(_BLANK)
    if tail.startswith(_FOREIGN) or b"%PDF-" in tail or _MARKUP.search(tail):
        raise doubts.disguised(_DISGUISED.format("JPG"))
