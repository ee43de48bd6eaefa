"""A photo that is kept does not tell where it was taken; the picture, and how it is turned, stay as they were."""

from __future__ import annotations

import pytest

from onedoor.domain.papers import actions, queries
from onedoor.domain.papers.inspection import JPEG, PDF, PNG, inspect
from onedoor.domain.papers.photographs import without_place
from tests.papers.honest import NOISE, XMP, app, exif, honest
from tests.papers.samples import AT, chunk, jpeg_file, png_file

#: The degrees of the samples' position, in both orders of bytes; how a picture is turned, likewise.
PLACES = (b"\x17\0\0\0\1\0\0\0\6\0\0\0\1\0\0\0", b"\0\0\0\x17\0\0\0\1\0\0\0\6\0\0\0\1", b"GPSLatitude")
TURNED = (b"\x12\1\3\0\1\0\0\0\6\0\0\0", b"\1\x12\0\3\0\0\0\1\0\6\0\0")


def _tells(content: bytes) -> bool:
    return any(place in content for place in PLACES)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_place_is_blanked_where_it_stands(order: str) -> None:
    content = jpeg_file(4000, 3000, app(1, b"Exif\0\0" + exif(order)))
    kept = without_place(content, JPEG)
    assert _tells(content)
    assert not _tells(kept)
    assert len(kept) == len(content)
    assert any(turned in kept for turned in TURNED)
    assert kept[kept.index(b"\xff\xdb") :] == content[content.index(b"\xff\xdb") :]
    assert without_place(kept, JPEG) == kept


def test_a_photo_without_a_place_stays_as_it_is() -> None:
    content = jpeg_file(extra=app(1, b"Exif\0\0" + exif(position=False)) + app(2, b"ICC_PROFILE\0\1\1x"))
    assert without_place(content, JPEG) == content


def test_what_stands_behind_the_picture_goes() -> None:
    picture = jpeg_file()
    clip = picture + b"\0\0\0\x18ftypmp42" + NOISE
    assert without_place(clip, JPEG) == picture
    assert without_place(picture + jpeg_file(extra=app(1, b"Exif\0\0" + exif())), JPEG) == picture


@pytest.mark.parametrize("cut", [0, 4, 9, 40, 60, 110, 190])
def test_exif_that_cannot_be_read_goes_as_a_whole(cut: int) -> None:
    content = jpeg_file(extra=app(1, b"Exif\0\0" + exif()[:cut]))
    assert without_place(content, JPEG) == jpeg_file()


def test_pictures_tell_no_place_either() -> None:
    more = chunk(b"eXIf", exif()) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    content = png_file(extra=more + chunk(b"tEXt", b"Software\0x"))
    kept = without_place(content, PNG)
    assert _tells(content)
    assert not _tells(kept)
    assert inspect(kept, name="a.png") == PNG
    assert b"Software" in kept


def test_every_honest_file_stays_a_file_of_its_kind() -> None:
    for file in honest():
        kept = without_place(file.content, file.found)
        assert inspect(kept, name=file.name, declared=file.declared) == file.found, file.label
        # A photo inside a document stays as it was scanned.
        assert file.found == PDF or not _tells(kept), file.label


@pytest.mark.django_db
def test_what_is_kept_is_told_without_the_place() -> None:
    content = jpeg_file(extra=app(1, b"Exif\0\0" + exif()))
    kept = actions.upload(tenant_id=1, owner="user:1", name="a.jpg", content=content, at=AT)
    assert queries.open_blob(kept.sm3) == without_place(content, JPEG) != content
