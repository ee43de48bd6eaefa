"""What a photograph tells beside its picture: where it was taken is taken out before it is kept.

A photo of an identity card tells the place of the owner's home to whoever opens it. The picture itself is not
touched, nor how it is turned. Taken out are the position in Exif, all of XMP, and whatever stands behind the end of
the picture (clips, other sizes, each with a position of its own).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from onedoor.domain.papers.inspection import JPEG, PNG, Found
from onedoor.domain.papers.picture_inspection import PNG_SIGNATURE, chunks, png_chunk, segments

_APP1: Final = 0xE1
_EXIF: Final = b"Exif\0\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_PNG_XMP: Final = (b"XML:com.adobe.xmp\0", b"Raw profile type ")
_GPS_POINTER: Final = 0x8825
_ENTRY_BYTES: Final = 12
#: Bytes of one value, by the number of its type in TIFF 6.0.
_VALUE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}


def without_place(content: bytes, found: Found) -> bytes:
    """The file without the place it was taken at; `content` has passed inspection as `found`."""
    if found == JPEG:
        return _jpeg(content)
    return _png(content) if found == PNG else content


def _jpeg(content: bytes) -> bytes:
    kept, at, end = list[bytes](), 0, 0
    for segment in segments(content):
        end = segment.start
        if segment.marker != _APP1:
            continue
        start, stop, body = segment.start, segment.start + len(segment.data), segment.data[2:]
        if body.startswith(_XMP) or (body.startswith(_EXIF) and _placeless(body[6:]) is None):
            kept.append(content[at : start - 2])
            at = stop
        elif body.startswith(_EXIF):
            kept += (content[at : start + 2], _EXIF, _placeless(body[6:]) or b"")
            at = stop
    return b"".join((*kept, content[at:end]))


def _png(content: bytes) -> bytes:
    kept = [PNG_SIGNATURE]
    for chunk in chunks(content):
        if chunk.kind == b"eXIf":
            exif = _placeless(chunk.data)
            if exif is not None:
                kept.append(png_chunk(chunk.kind, exif))
        elif not (chunk.kind in (b"iTXt", b"tEXt", b"zTXt") and chunk.data.startswith(_PNG_XMP)):
            kept.append(content[chunk.start : chunk.end])
    return b"".join(kept)


def _placeless(tiff: bytes) -> bytes | None:
    """Exif with its position blanked where it stands, so that nothing else moves; None if it cannot be read."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return None
    blank = bytearray(tiff)

    def number(at: int, width: int) -> int:
        if at + width > len(tiff):
            raise ValueError("past the end")
        return int.from_bytes(tiff[at : at + width], order)

    try:
        first = number(4, 4)
        for at in range(first + 2, first + 2 + _ENTRY_BYTES * number(first, 2), _ENTRY_BYTES):
            if number(at, 2) == _GPS_POINTER:
                _blank_position(blank, number, number(at + 8, 4))
    except ValueError:
        return None
    return bytes(blank)


def _blank_position(blank: bytearray, number: Callable[[int, int], int], start: int) -> None:
    """Blank a directory and the values it points at; without entries it is a right one still."""
    end = start + 2 + _ENTRY_BYTES * number(start, 2)
    spans = [(start, end + 4)]
    for at in range(start + 2, end, _ENTRY_BYTES):
        size = _VALUE_BYTES.get(number(at + 2, 2), 1) * number(at + 4, 4)
        if size > 4:
            spans.append((number(at + 8, 4), number(at + 8, 4) + size))
    for first, last in spans:
        if last > len(blank) + 4:
            raise ValueError("past the end")
        blank[first:last] = bytes(min(last, len(blank)) - first)
