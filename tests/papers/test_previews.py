"""What somebody sees of a file they have handed in."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from pypdf import PdfWriter

from onedoor.domain.papers import actions, queries
from onedoor.domain.papers.inspection import JPEG, PDF, PNG
from onedoor.domain.papers.picture_inspection import chunks
from onedoor.domain.papers.previews import SIDE, preview_of
from onedoor.plumbing.home import Home
from tests.papers.samples import AT, chunk, jpeg_file, pdf_file, png_file


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    found: tuple[int, int] = struct.unpack(">II", picture[16:24])
    return found


def turned(jpeg: bytes, orientation: int) -> bytes:
    """The photo as a camera writes it that was held in another way."""
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + bytes([0, orientation]) + bytes(6)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif + jpeg[2:]


def picture(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of red, green and blue; each row begins with its filter."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pixels(png: bytes) -> list[bytes]:
    """The rows of an RGBA picture, unfiltered."""
    width, height = size_of(png)
    packed = b"".join(each.data for each in chunks(png) if each.kind == b"IDAT")
    raw, found, above = zlib.decompress(packed), list[bytes](), bytes(width * 4)
    for at in range(height):
        kind, line = raw[at * (width * 4 + 1)], bytearray(raw[at * (width * 4 + 1) + 1 :][: width * 4])
        for x in range(width * 4):
            left, up = line[x - 4] if x > 3 else 0, above[x]
            corner = above[x - 4] if x > 3 else 0
            guess = left + up - corner
            near = min((left, up, corner), key=lambda each: abs(guess - each))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, near)[kind]) % 256
        above = bytes(line)
        found.append(above)
    return found


def test_a_picture_is_drawn_small_and_upright() -> None:
    assert size_of(preview_of(png_file(900, 300), PNG).picture) == (SIDE, SIDE // 3)
    photo = jpeg_file(400, 200)
    assert size_of(preview_of(photo, JPEG).picture) == (SIDE, SIDE // 2)
    assert size_of(preview_of(turned(photo, 3), JPEG).picture) == (SIDE, SIDE // 2)
    assert size_of(preview_of(turned(photo, 6), JPEG).picture) == (SIDE // 2, SIDE)


def test_it_shows_what_is_in_the_picture() -> None:
    red, other = bytes([0]) + b"\xff\0\0" * 300, bytes([0]) + b"\0\0\xff" * 300
    flag = picture(300, 200, red * 100 + other * 100)
    small = preview_of(flag, PNG).picture
    rows = pixels(small)
    assert rows[2][:3] == b"\xff\0\0"
    assert rows[-2][:3] == b"\0\0\xff"


def test_a_small_picture_is_its_own_preview() -> None:
    assert preview_of(png_file(SIDE, 20), PNG).picture == png_file(SIDE, 20)
    assert preview_of(turned(jpeg_file(), 6), JPEG).picture != turned(jpeg_file(), 6)


def test_a_document_tells_its_pages() -> None:
    assert [preview_of(pdf_file(pages), PDF).pages for pages in (1, 2, 7)] == [1, 2, 7]
    packed = io.BytesIO()
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(200, 200)
    writer.write(packed)
    assert preview_of(packed.getvalue(), PDF).pages == 3
    assert preview_of(b"%PDF-1.7 /Type /Pages /Count 99999999999", PDF).pages == 0


def test_what_cannot_be_drawn_has_no_preview() -> None:
    huge = picture(20_000, 4_000, b"")
    assert preview_of(huge, PNG).picture == b""
    assert preview_of(png_file(400, 400, chunk(b"tEXt", bytes(13 * 1024 * 1024))), PNG).picture == b""
    assert preview_of(jpeg_file(400, 400, scans=40), JPEG).picture == b""


@pytest.mark.django_db
def test_the_preview_is_kept_sealed_beside_the_file(home: Home) -> None:
    ref = actions.upload(tenant_id=1, owner="user:1", name="图.png", content=png_file(400, 200), at=AT)
    (view,) = queries.uploads([ref.id])
    assert size_of(queries.open_blob(view.preview)) == (SIDE, SIDE // 2)
    lying = [path.read_bytes() for path in home.blobs.rglob("*") if path.is_file()]
    assert len(lying) == 2
    assert not any(b"PNG" in each for each in lying)
    again = actions.upload(tenant_id=1, owner="user:1", name="文.pdf", content=pdf_file(2), at=AT)
    (document,) = queries.uploads([again.id])
    assert (document.preview, document.pages) == ("", 2)
