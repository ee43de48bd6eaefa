"""Whether an uploaded file is what it claims to be, judged from its bytes without decoding a single pixel.

Allowed are PDF, JPEG and PNG. The type is decided by signature and confirmed by walking the format's own
structure to its end, so that a file with something else in front, behind or inside does not pass for one. Every
step is linear in the file's size, whatever the file says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import puremagic

from onedoor.core.refusals import Refused
from onedoor.domain.papers import doubts
from onedoor.domain.papers.pdf_inspection import check_pdf
from onedoor.domain.papers.picture_inspection import PNG_SIGNATURE, check_jpeg, check_png

#: Largest upload in bytes.
MAX_BYTES: Final = 20 * 1024 * 1024
#: Longest file name in characters; no file system we know of keeps longer ones.
MAX_NAME: Final = 255


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
_SIGNATURES: Final = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (PNG_SIGNATURE, PNG))


def inspect(content: bytes, *, name: str, declared: str = "") -> Found:
    """The type of `content`, whose file name and declared media type ("" if none) must agree with it.

    Refuses with `upload_empty`, `upload_too_large`, `upload_name_unfit`, `upload_type_not_allowed` (no type we
    take), `upload_disguised` (name, claim or structure say otherwise), `upload_damaged` (cut or broken),
    `upload_encrypted`, `upload_active_content` (a PDF that runs something), `upload_carries_files`,
    `upload_swells_up` or `image_too_large`.
    """
    if not content:
        raise Refused("upload_empty", "文件是空的，请检查后重新选择文件")
    if len(content) > MAX_BYTES:
        raise Refused(
            "upload_too_large", "文件超过 20 MB，请压缩、降低扫描分辨率或分成几个文件后上传", status=413
        )
    _check_name(name)
    claimed = _claimed(name, declared)
    found = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    if found is None:
        if claimed is None:
            raise doubts.not_allowed()
        raise doubts.disguised("文件内容与后缀名不符，请上传原始的 PDF、JPG 或 PNG 文件")
    if claimed not in (None, found):
        raise doubts.disguised(
            f"文件内容是 {found.extension[1:].upper()}，请把后缀名改为 {found.extension} 后重新上传"
        )
    _confirm_signature(content, found)
    _refuse_stowaways(content)
    _STRUCTURE[found](content)
    return found


# Controls, and the marks that turn the direction of writing: with them `fdp.exe` reads as a PDF.
_MISLEADING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: Programs, whose extension a desktop that hides the last one would show.
_PROGRAM: Final = re.compile(
    r"\.(?:exe|scr|bat|cmd|pif|cpl|dll|msi|vb[se]|wsf|ps1|hta|lnk|jar|apk)\s*\.", re.IGNORECASE
)


def _check_name(name: str) -> None:
    """Refuse names that are made to mislead people or programs; others are cleaned where they are kept."""
    if len(name) > MAX_NAME:
        raise doubts.unfit_name(f"文件名超过 {MAX_NAME} 个字，请改短后重新上传")
    if _MISLEADING.search(name):
        raise doubts.unfit_name("文件名中有看不见的控制字符，请重新命名后上传")
    if ".." in PurePath(name.replace("\\", "/")).parts:
        raise doubts.unfit_name("文件名中不能有上级目录（..），请重新命名后上传")
    if _PROGRAM.search(name):
        raise doubts.unfit_name("文件名中有程序的后缀名，请重新命名后上传")


def _claimed(name: str, declared: str) -> Found | None:
    """The type that file name and declaration agree on; None if neither says anything."""
    extension = PurePath(name.strip().replace("\\", "/")).suffix.lower()
    by_name = _BY_EXTENSION.get(extension)
    if extension and by_name is None:
        raise doubts.not_allowed()
    media_type = declared.split(";", 1)[0].strip().lower()
    if media_type in _UNDECLARED:
        return by_name
    by_claim = _BY_DECLARED.get(media_type)
    if by_claim is None:
        raise doubts.not_allowed()
    if by_name not in (None, by_claim):
        raise doubts.disguised("文件的后缀名与声明的类型不一致，请重新选择原始文件上传")
    return by_claim


def _confirm_signature(content: bytes, found: Found) -> None:
    """A second opinion from a maintained table of signatures."""
    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError as unknown:
        raise doubts.damaged() from unknown
    if found.media_type not in {match.mime_type for match in matches}:
        raise doubts.disguised("文件内容与后缀名不符，请上传原始的 PDF、JPG 或 PNG 文件")


# Markup a browser might be talked into running, if it stands where type guessing looks.
_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|svg|\?php)[\s>/]", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
#: Each archive by marks of which all must be there; by chance that happens once in millions of large files.
_ARCHIVES: Final = (
    (b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"),
    (b"7z\xbc\xaf\x27\x1c",),
    (b"Rar!\x1a\x07",),
)


def _refuse_stowaways(content: bytes) -> None:
    """Files that are two things at once: a page in the head, or an archive anywhere."""
    archived = any(all(mark in content for mark in marks) for marks in _ARCHIVES)
    if archived or _MARKUP.search(content[:_HEAD_BYTES]):
        raise doubts.disguised("文件中夹带了其他内容，请用原始的 PDF、JPG 或 PNG 文件重新上传")


_STRUCTURE: Final[dict[Found, Callable[[bytes], None]]] = {PDF: check_pdf, JPEG: check_jpeg, PNG: check_png}
