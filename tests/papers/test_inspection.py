"""Files that are taken, and a small collection of hostile and broken ones that are not."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.papers.inspection import JPEG, MAX_BYTES, PDF, PNG, Found, inspect
from tests.papers.samples import chunk, jpeg_file, pack_objects, pdf_file, png_file, segment

_NOISE = random.Random(7).randbytes(300_000)


def _zip(comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.sh", "echo")
        archive.comment = comment
    return out.getvalue()


def _with_stream(pdf: bytes, body: bytes) -> bytes:
    cut = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    object_ = b"92 0 obj\n<</Length %d>>\nstream\n" % len(body) + body + b"\nendstream\nendobj\n"
    moved = pdf[:cut] + object_ + pdf[cut : pdf.rindex(b"startxref")]
    return moved + b"startxref\n%d\n%%%%EOF\n" % (cut + len(object_))


def _with_object(pdf: bytes, body: bytes) -> bytes:
    cut = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    object_ = b"93 0 obj\n" + body + b"\nendobj\n"
    moved = pdf[:cut] + object_ + pdf[cut : pdf.rindex(b"startxref")]
    return moved + b"startxref\n%d\n%%%%EOF\n" % (cut + len(object_))


GOOD: list[tuple[str, str, str, bytes, Found]] = [
    ("one page", "申请书.pdf", "application/pdf", pdf_file(), PDF),
    ("many pages, upper case", "SCAN0001.PDF", "", pdf_file(pages=30), PDF),
    ("newer version", "a.pdf", "application/pdf", pdf_file(version="1.7"), PDF),
    ("packed objects", "a.pdf", "application/pdf", pdf_file(packed=True), PDF),
    (
        "letters of a script inside a picture",
        "a.pdf",
        "",
        _with_stream(pdf_file(), b"\0/JS (x)\0/XFA "),
        PDF,
    ),
    ("blank end", "a.pdf", "", pdf_file() + b"\r\n\0\0", PDF),
    ("baseline photo", "照片.jpg", "image/jpeg", jpeg_file(), JPEG),
    ("other spelling", "照片.JPEG", "image/pjpeg", jpeg_file(), JPEG),
    ("progressive photo", "a.jpg", "image/jpeg", jpeg_file(frame=0xC2, scans=3), JPEG),
    ("photo with a thumbnail", "a.jpg", "", jpeg_file(extra=segment(0xE1, b"Exif\0\0" + jpeg_file())), JPEG),
    (
        "photo with a clip behind it",
        "IMG_1.jpg",
        "image/jpeg",
        jpeg_file() + b"\0\0\0\x18ftypmp42" + _NOISE,
        JPEG,
    ),
    ("large scan", "a.jpg", "image/jpeg", jpeg_file(width=7016, height=9933), JPEG),
    ("screenshot", "截图.png", "image/png", png_file(), PNG),
    ("with transparency", "a.png", "image/png; charset=binary", png_file(colour=6), PNG),
    ("with a note", "a.png", "", png_file(extra=chunk(b"tEXt", b"Title\0x")), PNG),
    ("no extension", "微信图片", "image/png", png_file(), PNG),
    ("unknown claim", "a.png", "application/octet-stream", png_file(), PNG),
]


@pytest.mark.parametrize(
    ("name", "declared", "content", "found"), [each[1:] for each in GOOD], ids=[g[0] for g in GOOD]
)
def test_honest_files_are_taken(name: str, declared: str, content: bytes, found: Found) -> None:
    assert inspect(content, name=name, declared=declared) == found


_DAMAGED_PNG = bytearray(png_file())
_DAMAGED_PNG[-20] ^= 1

BAD: list[tuple[str, str, str, bytes, str]] = [
    ("nothing", "a.pdf", "", b"", "upload_empty"),
    ("too large", "a.pdf", "", b"%PDF-1.4" + bytes(MAX_BYTES), "upload_too_large"),
    ("program", "setup.exe", "", b"MZ\x90\0", "upload_type_not_allowed"),
    ("page", "a.html", "text/html", b"<html></html>", "upload_type_not_allowed"),
    ("drawing with scripts", "a.svg", "image/svg+xml", b"<svg onload='x'/>", "upload_type_not_allowed"),
    ("word document", "a.docx", "", _zip(), "upload_type_not_allowed"),
    ("right name, wrong claim", "a.pdf", "text/html", pdf_file(), "upload_type_not_allowed"),
    ("no name, no type", "file", "", b"hello", "upload_type_not_allowed"),
    ("good content, other extension", "a.php", "", png_file(), "upload_type_not_allowed"),
    ("program named pdf", "a.pdf", "application/pdf", b"MZ\x90\0" + _NOISE, "upload_disguised"),
    ("archive named jpg", "a.jpg", "image/jpeg", _zip(), "upload_disguised"),
    ("page named png", "a.png", "image/png", b"<html><script>x</script>", "upload_disguised"),
    ("drawing named png", "a.png", "", b"<svg xmlns='x'><script/></svg>", "upload_disguised"),
    ("png named jpg", "a.jpg", "", png_file(), "upload_disguised"),
    ("name against claim", "a.jpg", "image/png", jpeg_file(), "upload_disguised"),
    ("two extensions", "a.pdf.exe", "", pdf_file(), "upload_type_not_allowed"),
    ("archive behind a photo", "a.jpg", "", jpeg_file() + _zip(), "upload_disguised"),
    ("archive behind a picture", "a.png", "", png_file() + _zip(), "upload_disguised"),
    ("archive behind a document", "a.pdf", "", pdf_file() + _zip(), "upload_disguised"),
    (
        "document end in the archive's comment",
        "a.pdf",
        "",
        pdf_file() + _zip(b"startxref\n9\n%%EOF"),
        "upload_disguised",
    ),
    ("program behind a photo", "a.jpg", "", jpeg_file() + b"MZ\x90\0", "upload_disguised"),
    (
        "page in a photo's comment",
        "a.jpg",
        "",
        jpeg_file(extra=segment(0xFE, b"<script>x</script>")),
        "upload_disguised",
    ),
    (
        "page in a picture's note",
        "a.png",
        "",
        png_file(extra=chunk(b"tEXt", b"C\0<HTML >")),
        "upload_disguised",
    ),
    ("document inside an archive", "a.pdf", "", b"PK\x03\x04" + pdf_file(), "upload_disguised"),
    ("something before the header", "a.pdf", "", b"\n" + pdf_file(), "upload_disguised"),
    ("cut document", "a.pdf", "", pdf_file()[:-30], "upload_damaged"),
    ("header only", "a.pdf", "", b"%PDF-1.4\n", "upload_damaged"),
    ("reference to nowhere", "a.pdf", "", b"%PDF-1.4\nx\nstartxref\n99999\n%%EOF", "upload_damaged"),
    ("cut photo", "a.jpg", "", jpeg_file()[:-2], "upload_damaged"),
    ("photo without picture", "a.jpg", "", b"\xff\xd8\xff\xe0\0\x04xx\xff\xd9", "upload_damaged"),
    ("endless segment", "a.jpg", "", b"\xff\xd8\xff\xe0\xff\xff\xff\xd9", "upload_damaged"),
    ("cut picture", "a.png", "", png_file()[:-1], "upload_damaged"),
    ("changed picture", "a.png", "", bytes(_DAMAGED_PNG), "upload_damaged"),
    ("picture of nothing", "a.png", "", png_file(width=0), "upload_damaged"),
    ("photo of nothing", "a.jpg", "", jpeg_file(height=0), "upload_damaged"),
    (
        "script",
        "a.pdf",
        "",
        _with_object(pdf_file(), b"<</S/JavaScript/JS(app.alert(1))>>"),
        "upload_active_content",
    ),
    (
        "escaped script",
        "a.pdf",
        "",
        _with_object(pdf_file(), b"<</S/J#61vaScript>>"),
        "upload_active_content",
    ),
    ("launcher", "a.pdf", "", _with_object(pdf_file(), b"<</S/Launch/F(cmd.exe)>>"), "upload_active_content"),
    ("packed script", "a.pdf", "", pack_objects(pdf_file(), b"<</S/JavaScript>>"), "upload_active_content"),
    ("pixel flood", "a.png", "", png_file(width=60_000, height=60_000), "image_too_large"),
    ("long strip", "a.png", "", png_file(width=30_000, height=1), "image_too_large"),
    ("photo flood", "a.jpg", "", jpeg_file(width=65_000, height=65_000), "image_too_large"),
]


@pytest.mark.parametrize(
    ("name", "declared", "content", "code"), [each[1:] for each in BAD], ids=[b[0] for b in BAD]
)
def test_other_files_are_refused(name: str, declared: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        inspect(content, name=name, declared=declared)
    assert refused.value.code == code
    assert refused.value.detail.startswith(("请", "文件", "只能", "图片", "PDF"))


def test_object_streams_cannot_swell_up() -> None:
    """Fifty megabytes of zeros pack into fifty kilobytes; behind them a script would be out of sight."""
    bomb = pack_objects(pdf_file(), bytes(50 * 1024 * 1024))
    assert len(bomb) < 100_000
    with pytest.raises(Refused, match="upload_swells_up"):
        inspect(bomb, name="a.pdf")
    # Control: one of a few megabytes is read to its end.
    assert inspect(pack_objects(pdf_file(), bytes(5_000_000)), name="a.pdf") == PDF


def test_noise_is_refused_not_crashed_on() -> None:
    dice = random.Random(2026)
    for seed, name in ((pdf_file(), "a.pdf"), (jpeg_file(), "a.jpg"), (png_file(), "a.png")):
        for _ in range(400):
            broken = bytearray(seed)
            for _ in range(dice.randrange(1, 6)):
                broken[dice.randrange(8, len(broken))] = dice.randrange(256)
            try:
                inspect(bytes(broken[: dice.randrange(1, len(broken) + 1)]), name=name)
            except Refused:
                continue
