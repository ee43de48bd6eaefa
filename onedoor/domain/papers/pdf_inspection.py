"""Whether a PDF (ISO 32000) is whole and inert, judged from its bytes in one pass.

Nothing is drawn and no reference is followed. A reader finds objects by the cross-reference table, so one may lie
where a scan sees only data: in what looks like a stream, in a comment, packed into an object stream, or with its
names spelt in escapes. Therefore names long enough never to occur by chance are looked for in every byte; short
ones outside streams and in unpacked object streams only, since in pictures the same letters mean nothing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from onedoor.domain.papers import doubts

#: Escaped letters of one file: a name in Chinese has a dozen, a large picture some hundreds by chance.
MAX_ESCAPES: Final = 200_000
#: Streams of one file, bytes that one object stream may unpack to, and all of them together.
MAX_STREAMS: Final = 50_000
MAX_UNPACKED: Final = 8 * 1024 * 1024
MAX_UNPACKED_IN_ALL: Final = 64 * 1024 * 1024
#: Pixels of a picture in a document: a plan of A0 scanned at 600 dpi has 560 million.
MAX_PIXELS: Final = 1_000_000_000
_TAIL_BYTES: Final = 2048

_HEADER: Final = re.compile(rb"%PDF-[12]\.\d")
_CLOSING: Final = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF")
_REFERENCE: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_LETTERS: Final = {
    (high + low).encode(): bytes([int(high + low, 16)])
    for high, low in product("0123456789abcdefABCDEF", repeat=2)
}
_STREAM: Final = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_LENGTH: Final = re.compile(rb"/Length\s+(\d+)")
_SIDES: Final = (re.compile(rb"/Width\s+(\d+)"), re.compile(rb"/Height\s+(\d+)"))
#: An object stream by its name; for readers that do not ask for the name, by two numbers it must have.
_OBJECTS: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_NUMBERED: Final = tuple(re.compile(rb"/%s\s+\d+(?!\d|\s+\d+\s+R)" % key) for key in (b"First", b"N"))
_PACKED: Final = re.compile(rb"/(?:FlateDecode|Fl)(?![A-Za-z0-9])")
#: Packing that no writer uses for object streams, and that would hide what is in them.
_ODD_PACKING: Final = re.compile(
    rb"/(?:ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL|Crypt|DCTDecode|JBIG2Decode|"
    rb"Predictor)(?![A-Za-z0-9])"
)

# What runs, fetches or sends something; beside these, readers know actions that only turn pages.
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|Launch|RichMedia|Rendition|ImportData|SubmitForm|GoToE|GoToR)(?![A-Za-z0-9])"
)
_ACTIVE_SHORT: Final = re.compile(rb"/(?:JS|XFA)(?![A-Za-z0-9])")
_FILES: Final = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)(?![A-Za-z0-9])")
_ENCRYPTED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Stream:
    """`before` is all that stands between the former stream and this one, its own dictionary at the end; `start` is
    where the body begins."""

    before: bytes
    body: bytes
    start: int = 0


def check_pdf(content: bytes) -> None:
    """Refuse what is broken (`upload_damaged`), more than a PDF (`upload_disguised`), locked (`upload_encrypted`),
    not inert (`upload_active_content`), a wrapper (`upload_carries_files`), a bomb (`upload_swells_up`), or holds
    a picture of more than MAX_PIXELS (`image_too_large`)."""
    _check_frame(content)
    _refuse_names(plain(content))
    outside, unpacking = list[bytes](), _Unpacking()
    for stream in streams(content):
        outside.append(stream.before)
        if stream.body:
            dictionary = plain(stream.before)
            _check_pixels(dictionary)
            _refuse_all(plain(unpacking.objects(dictionary, stream.body)))
    read = plain(b"\n".join(outside))
    if _ENCRYPTED.search(read):
        raise doubts.encrypted()
    _refuse_all(read)
    if any(int(length[:20]) > len(content) for length in _LENGTH.findall(read)):
        raise doubts.damaged()


def _check_frame(content: bytes) -> None:
    """Header at the very start; at the very end a startxref that points at a cross-reference."""
    if not _HEADER.match(content):
        raise doubts.damaged()
    closings = list(_CLOSING.finditer(content, max(0, len(content) - _TAIL_BYTES)))
    if not closings:
        raise doubts.damaged()
    if content[closings[-1].end() :].strip(b"\0\r\n\t "):
        raise doubts.disguised("文件末尾夹带了其他内容，请用阅读器打开并另存为 PDF 后上传")
    if not _REFERENCE.match(content, int(closings[-1].group(1))):
        raise doubts.damaged()


def plain(part: bytes) -> bytes:
    """The same with escaped letters of names as letters."""
    if b"#" not in part:
        return part
    read, count = _ESCAPE.subn(lambda match: _LETTERS[match.group(1)], part, MAX_ESCAPES)
    if count == MAX_ESCAPES:
        raise doubts.swells_up()
    return read


def _refuse_names(read: bytes) -> None:
    if _ACTIVE.search(read):
        raise doubts.active()
    if _FILES.search(read):
        raise doubts.carries_files()


def _refuse_all(read: bytes) -> None:
    _refuse_names(read)
    if _ACTIVE_SHORT.search(read):
        raise doubts.active()


def streams(content: bytes) -> Iterator[Stream]:
    """Every stream, and last what stands behind the last one, without a body."""
    at = count = 0
    while opening := _STREAM.search(content, at):
        count += 1
        if count > MAX_STREAMS:
            raise doubts.swells_up()
        end = content.find(b"endstream", opening.end())
        if end < 0:
            raise doubts.damaged()
        yield Stream(content[at : opening.start()], content[opening.end() : end], opening.end())
        at = end + len(b"endstream")
    yield Stream(content[at:], b"")


def _check_pixels(dictionary: bytes) -> None:
    width, height = (max((int(n[:12]) for n in side.findall(dictionary)), default=0) for side in _SIDES)
    if width * height > MAX_PIXELS:
        raise doubts.too_many_pixels()


class _Unpacking:
    """Unpacks the object streams of one file, no further than a file may."""

    def __init__(self) -> None:
        self.room = MAX_UNPACKED_IN_ALL

    def objects(self, dictionary: bytes, body: bytes) -> bytes:
        """What an object stream holds; nothing for any other stream."""
        if _OBJECTS.search(dictionary):
            return self._all(dictionary, body)
        if self.room > 0 and all(number.search(dictionary) for number in _NUMBERED):
            return self._some(body)
        return b""

    def _all(self, dictionary: bytes, body: bytes) -> bytes:
        """A named one: unpacked to its end, or refused."""
        if _ODD_PACKING.search(dictionary):
            raise doubts.active()
        if not _PACKED.search(dictionary):
            return body
        unpacking = zlib.decompressobj()
        try:
            unpacked = unpacking.decompress(body, MAX_UNPACKED + 1)
        except zlib.error:
            # A reader shows what it could unpack until the fault; we cannot know what that is.
            raise doubts.damaged() from None
        self.room -= len(unpacked)
        if len(unpacked) > MAX_UNPACKED or self.room < 0:
            raise doubts.swells_up()
        if not unpacking.eof:
            raise doubts.damaged()
        return unpacked

    def _some(self, body: bytes) -> bytes:
        """One without its name, which may as well be a picture: as much as there is room for."""
        try:
            unpacked = zlib.decompressobj().decompress(body, min(MAX_UNPACKED, self.room))
        except zlib.error:
            # Nobody knows how much work that was.
            self.room -= MAX_UNPACKED
            return body
        self.room -= len(unpacked)
        return unpacked
