"""Whether an uploaded file is what it claims to be, judged from its bytes without decoding a single pixel.

Allowed are PDF, JPEG and PNG. The type is decided by signature and confirmed by walking the format's own
structure to its end, so that a file with something else in front, behind or inside does not pass for one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import puremagic

from onedoor.core.refusals import Refused

#: Largest upload in bytes, largest image side and area in pixels (an A3 page at 600 dpi has 70 million).
MAX_BYTES: Final = 20 * 1024 * 1024
MAX_SIDE: Final = 20_000
MAX_PIXELS: Final = 80_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes are. `extension` is the usual one, with its dot."""

    media_type: str
    extension: str


PDF: Final = Found("application/pdf", ".pdf")
JPEG: Final = Found("image/jpeg", ".jpg")
PNG: Final = Found("image/png", ".png")

_BY_EXTENSION: Final = {".pdf": PDF, ".jpg": JPEG, ".jpeg": JPEG, ".jpe": JPEG, ".jfif": JPEG, ".png": PNG}
_BY_DECLARED: Final = {
    "application/pdf": PDF,
    "image/jpeg": JPEG,
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/png": PNG,
}
_UNDECLARED: Final = {"", "application/octet-stream", "binary/octet-stream"}
_SIGNATURES: Final = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))


def inspect(content: bytes, *, name: str, declared: str = "") -> Found:
    """The type of `content`, whose file name and declared media type ("" if none) must agree with it.

    Refuses with `upload_empty`, `upload_too_large`, `upload_type_not_allowed` (no type we take),
    `upload_disguised` (name, claim or structure say otherwise), `upload_damaged` (cut or broken),
    `upload_active_content` (a PDF that runs something) or `image_too_large`.
    """
    if not content:
        raise Refused("upload_empty", "文件是空的，请检查后重新选择文件")
    if len(content) > MAX_BYTES:
        raise Refused(
            "upload_too_large", "文件超过 20 MB，请压缩、降低扫描分辨率或分成几个文件后上传", status=413
        )
    claimed = _claimed(name, declared)
    found = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    if found is None:
        if claimed is None:
            raise _not_allowed()
        raise _disguised("文件内容与后缀名不符，请上传原始的 PDF、JPG 或 PNG 文件")
    if claimed not in (None, found):
        raise _disguised(
            f"文件内容是 {found.extension[1:].upper()}，请把后缀名改为 {found.extension} 后重新上传"
        )
    _confirm_signature(content, found)
    _refuse_stowaways(content)
    _STRUCTURE[found](content)
    return found


def _claimed(name: str, declared: str) -> Found | None:
    """The type that file name and declaration agree on; None if neither says anything."""
    extension = PurePath(name.strip().replace("\\", "/")).suffix.lower()
    by_name = _BY_EXTENSION.get(extension)
    if extension and by_name is None:
        raise _not_allowed()
    media_type = declared.split(";", 1)[0].strip().lower()
    if media_type in _UNDECLARED:
        return by_name
    by_claim = _BY_DECLARED.get(media_type)
    if by_claim is None:
        raise _not_allowed()
    if by_name not in (None, by_claim):
        raise _disguised("文件的后缀名与声明的类型不一致，请重新选择原始文件上传")
    return by_claim


def _not_allowed() -> Refused:
    return Refused(
        "upload_type_not_allowed",
        "只能上传 PDF、JPG 或 PNG 文件，请把 Word、表格、HEIC 照片等另存为其中一种后上传",
        status=415,
    )


def _disguised(detail: str) -> Refused:
    return Refused("upload_disguised", detail)


def _damaged() -> Refused:
    return Refused("upload_damaged", "文件不完整或已损坏，请确认能正常打开，另存一份后重新上传")


def _confirm_signature(content: bytes, found: Found) -> None:
    """A second opinion from a maintained table of signatures."""
    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError as unknown:
        raise _damaged() from unknown
    if found.media_type not in {match.mime_type for match in matches}:
        raise _disguised("文件内容与后缀名不符，请上传原始的 PDF、JPG 或 PNG 文件")


# Markup a browser might be talked into running, if it stands where type guessing looks.
_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|svg|\?php)[\s>/]", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_ZIP_COMMENT_BYTES: Final = 65_535


def _refuse_stowaways(content: bytes) -> None:
    """Files that are two things at once: a page in the head, or an archive that ends where the file ends."""
    if _MARKUP.search(content[:_HEAD_BYTES]) or _ends_as_zip(content):
        raise _disguised("文件中夹带了其他内容，请用原始的 PDF、JPG 或 PNG 文件重新上传")


def _ends_as_zip(content: bytes) -> bool:
    start = max(0, len(content) - _ZIP_END_BYTES - _ZIP_COMMENT_BYTES)
    at = content.find(_ZIP_END, start)
    while at >= 0:
        comment = int.from_bytes(content[at + 20 : at + 22], "little")
        if at + _ZIP_END_BYTES + comment <= len(content) and b"PK\x01\x02" in content:
            return True
        at = content.find(_ZIP_END, at + 1)
    return False


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise _damaged()
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Refused("image_too_large", "图片尺寸过大，请缩小到长边 8000 像素以内后重新上传")


# PNG (ISO/IEC 15948): signature, then chunks of length, type, data, CRC; IHDR first, IEND last.


def _check_png(content: bytes) -> None:
    at, seen = len(_SIGNATURES[2][0]), list[bytes]()
    while True:
        kind, data, at = _png_chunk(content, at)
        if not seen and kind != b"IHDR":
            raise _damaged()
        if kind == b"IHDR":
            if seen or len(data) != 13:
                raise _damaged()
            _check_size(int.from_bytes(data[:4]), int.from_bytes(data[4:8]))
        seen.append(kind)
        if kind == b"IEND":
            break
    if b"IDAT" not in seen:
        raise _damaged()
    if content[at:].strip(b"\0\r\n\t "):
        raise _disguised("图片末尾夹带了其他内容，请用看图软件打开并另存为 PNG 后上传")


def _png_chunk(content: bytes, at: int) -> tuple[bytes, bytes, int]:
    """The chunk at `at` and where the next one starts; its CRC must hold."""
    if at + 12 > len(content):
        raise _damaged()
    end = at + 8 + int.from_bytes(content[at : at + 4])
    kind, data, crc = content[at + 4 : at + 8], content[at + 8 : end], content[end : end + 4]
    if len(crc) != 4 or zlib.crc32(kind + data) != int.from_bytes(crc):
        raise _damaged()
    return kind, data, end + 4


# JPEG (ITU-T T.81): markers FF xx; all but a few are followed by a length; after SOS comes entropy-coded data
# in which FF is always stuffed, so a real marker ends it.

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Phones append a short video or their own notes to a photo; programs, archives and pages are not that.
_FOREIGN: Final = (b"%PDF-", b"PK\x03\x04", b"MZ", b"Rar!", b"7z\xbc\xaf", b"\x7fELF", b"#!", b"<")


def _check_jpeg(content: bytes) -> None:
    at, sized, scanned = 2, False, False
    while True:
        marker, at = _jpeg_marker(content, at)
        if marker == _EOI:
            break
        segment = _jpeg_segment(content, at)
        at += len(segment)
        if marker in _FRAMES:
            _check_size(int.from_bytes(segment[5:7]), int.from_bytes(segment[3:5]))
            sized = True
        if marker == _SOS:
            at, scanned = _jpeg_scan_end(content, at), True
    if not (sized and scanned):
        raise _damaged()
    if content[at:].lstrip(b"\0\r\n\t ").startswith(_FOREIGN):
        raise _disguised("图片末尾夹带了其他内容，请用看图软件打开并另存为 JPG 后上传")


def _jpeg_marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at `at` and where its length stands; any number of FF may stand before its code."""
    start = at
    while at < len(content) and content[at] == 0xFF:
        at += 1
    if at == start or at >= len(content):
        raise _damaged()
    return content[at], at + 1


def _jpeg_segment(content: bytes, at: int) -> bytes:
    """The segment at `at`, its length bytes included."""
    length = int.from_bytes(content[at : at + 2])
    if length < 2 or at + length > len(content):
        raise _damaged()
    return content[at : at + length]


def _jpeg_scan_end(content: bytes, at: int) -> int:
    """Where the marker stands that ends the entropy-coded data beginning at `at`."""
    following = _NEXT_MARKER.search(content, at)
    if following is None:
        raise _damaged()
    return following.start()


# PDF (ISO 32000): header at the start, objects, and a closing startxref that points at a cross-reference.

_PDF_HEADER: Final = re.compile(rb"%PDF-[12]\.\d")
_PDF_CLOSING: Final = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF")
_PDF_REFERENCE: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_PDF_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia)(?![A-Za-z0-9])")
_PDF_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n.*?endstream", re.DOTALL)
_PDF_PACKED: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])[^\0]{0,500}?stream\r?\n", re.DOTALL)
_TAIL_BYTES: Final = 2048
_UNPACKED_BYTES: Final = 4 * 1024 * 1024
_UNPACKED_TOTAL: Final = 64 * 1024 * 1024


def _check_pdf(content: bytes) -> None:
    if not _PDF_HEADER.match(content):
        raise _damaged()
    closings = list(_PDF_CLOSING.finditer(content, max(0, len(content) - _TAIL_BYTES)))
    if not closings:
        raise _damaged()
    if content[closings[-1].end() :].strip(b"\0\r\n\t "):
        raise _disguised("文件末尾夹带了其他内容，请用阅读器打开并另存为 PDF 后上传")
    if not _PDF_REFERENCE.match(content, int(closings[-1].group(1))):
        raise _damaged()
    _refuse_active(content)


def _refuse_active(content: bytes) -> None:
    """Scripts and programs, also where names are escaped or objects are packed into compressed streams.

    Other streams hold pictures and drawing, in which the same letters mean nothing.
    """
    for part in (_PDF_STREAM.sub(b"", content), *_unpacked(content)):
        plain = (
            _PDF_ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), part) if b"#" in part else part
        )
        if _PDF_ACTIVE.search(plain):
            raise Refused("upload_active_content", "PDF 中含有脚本或可执行内容，请打印为普通 PDF 后重新上传")


def _unpacked(content: bytes) -> list[bytes]:
    """The object streams of a PDF, each cut at 4 MB and all together at 64 MB, so that none can swell up."""
    parts, room = list[bytes](), _UNPACKED_TOTAL
    for match in _PDF_PACKED.finditer(content):
        packed = content[match.end() : content.find(b"endstream", match.end())]
        try:
            part = zlib.decompressobj().decompress(packed, min(_UNPACKED_BYTES, room))
        except zlib.error:
            continue
        parts.append(part)
        room -= len(part)
        if room <= 0:
            break
    return parts


_STRUCTURE: Final[dict[Found, Callable[[bytes], None]]] = {
    PDF: _check_pdf,
    JPEG: _check_jpeg,
    PNG: _check_png,
}
