"""What a photograph tells beside its picture: where it was taken is taken out before it is kept.

A photo of an identity card tells the place of the owner's home to whoever opens it. The picture itself is not
touched, nor how it is turned. Taken out are the position in Exif, all of XMP, and whatever stands behind the end of
the picture (clips, other sizes, each with a position of its own).

Inside a document everything is blanked where it stands, so that no byte moves and no reference has to be mended. A
document that bears a signature is left as it is: one changed byte, and nobody could prove who signed it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Final, Literal

from onedoor.domain.papers import doubts
from onedoor.domain.papers.inspection import JPEG, PDF, PNG, Found
from onedoor.domain.papers.pdf_inspection import Stream, plain, streams
from onedoor.domain.papers.picture_inspection import PNG_SIGNATURE, chunks, png_chunk, segments

_APP1: Final = 0xE1
_EXIF: Final = b"Exif\0\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_PNG_XMP: Final = (b"XML:com.adobe.xmp\0", b"Raw profile type ")
_GPS_POINTER: Final = 0x8825
#: Directories of positions in one photo, and tags in one of them: Exif 3.0 knows one with 32.
MOST_POINTERS: Final = 4
MOST_TAGS: Final = 100
#: Bytes that the packed photos of one document may unpack to.
MOST_UNPACKED: Final = 64 * 1024 * 1024
_DICTIONARY: Final = 4096
_SIGNED: Final = re.compile(rb"/ByteRange\s*\[")
_PACKED: Final = re.compile(rb"/(?:FlateDecode|Fl)(?![A-Za-z0-9])")
_OF_A_PHOTO: Final = re.compile(rb"/(?:DCTDecode|DCT|XML)(?![A-Za-z0-9])")
#: A position in XMP: as an attribute, or as an element.
_SAID: Final = re.compile(rb"exif:GPS\w{1,40}(?:\s*=\s*[\"']([^\"'<>]*)|[^<>]{0,200}>([^<]{0,400})<)")
_ENTRY_BYTES: Final = 12
#: Bytes of one value, by the number of its type in TIFF 6.0.
_VALUE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}


def without_place(content: bytes, found: Found) -> bytes:
    """The file without the place it was taken at; `content` has passed inspection as `found`."""
    if found == JPEG:
        return _jpeg(content)
    if found == PDF:
        return _pdf(content)
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


def _pdf(content: bytes) -> bytes:
    if _SIGNED.search(plain(content)):
        return content
    kept = bytearray(content)
    _blank_photos(kept, 0, len(kept))
    _blank_words(kept, 0, len(kept))
    room = MOST_UNPACKED
    for stream in streams(content):
        dictionary = plain(stream.before[-_DICTIONARY:])
        if room > 0 and stream.body and _PACKED.search(dictionary) and _OF_A_PHOTO.search(dictionary):
            room -= _repack(kept, stream, room)
    return bytes(kept)


def _blank_photos(kept: bytearray, start: int, end: int) -> None:
    """Blank position and XMP of every JPEG between two places."""
    for mark in (_EXIF, *_XMP):
        at = kept.find(mark, start, end)
        while at >= 0:
            stop = at - 2 + int.from_bytes(kept[at - 2 : at], "big")
            if at >= start + 4 and kept[at - 4 : at - 2] == b"\xff\xe1" and at + len(mark) <= stop <= end:
                body = bytes(kept[at + len(mark) : stop])
                blank = _placeless(body) if mark == _EXIF else None
                kept[at + len(mark) : stop] = bytes(len(body)) if blank is None else blank
                at = stop - len(mark)
            at = kept.find(mark, at + len(mark), end)


def _blank_words(kept: bytearray, start: int, end: int) -> None:
    """Blank what XMP of a document says of a place; as XML it stays well-formed."""
    if kept.find(b"exif:GPS", start, end) < 0:
        return
    for found in list(_SAID.finditer(kept, start, end)):
        first, last = found.span(1) if found[1] is not None else found.span(2)
        kept[first:last] = b" " * (last - first)


def _repack(kept: bytearray, stream: Stream, room: int) -> int:
    """Blank a stream that is packed once more, and pack it into its own place; returns what it took to unpack."""
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(stream.body, room)
    except zlib.error:
        return MOST_UNPACKED
    if not unpacking.eof:
        return len(unpacked)
    blank = bytearray(unpacked)
    _blank_photos(blank, 0, len(blank))
    _blank_words(blank, 0, len(blank))
    if blank != unpacked:
        packed, space = zlib.compress(blank, 9), len(stream.body) - len(unpacking.unused_data)
        if len(packed) > space:
            raise doubts.tells_place()
        # Readers stop where the packing ends.
        kept[stream.start : stream.start + space] = packed + bytes(space - len(packed))
    return len(unpacked)


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
        entries = range(first + 2, first + 2 + _ENTRY_BYTES * number(first, 2), _ENTRY_BYTES)
        pointers = {number(at + 8, 4) for at in entries if number(at, 2) == _GPS_POINTER}
        if len(pointers) > MOST_POINTERS:
            raise ValueError("made to keep us busy")
        for start in pointers:
            _blank_position(blank, number, start)
    except ValueError:
        return None
    return bytes(blank)


def _blank_position(blank: bytearray, number: Callable[[int, int], int], start: int) -> None:
    """Blank a directory and the values it points at; without entries it is a right one still."""
    if number(start, 2) > MOST_TAGS:
        raise ValueError("made to keep us busy")
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
