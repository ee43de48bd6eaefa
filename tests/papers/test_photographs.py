"""A photo that is kept does not tell where it was taken; the picture, and how it is turned, stay as they were."""

from __future__ import annotations

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject

from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions, photographs, queries
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
        assert not _tells(kept), file.label
        assert len(kept) == len(file.content) or file.found != PDF, file.label


def _document(photo: bytes, *, packed: bool = False, extra: bytes = b"") -> bytes:
    """A page with one photo; `packed` puts it into Flate as well."""
    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    picture = StreamObject()
    picture.set_data(zlib.compress(photo, 1) if packed else photo)
    filters = [NameObject("/FlateDecode"), NameObject("/DCTDecode")] if packed else [NameObject("/DCTDecode")]
    words = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceGray"}
    picture.update({NameObject(key): NameObject(value) for key, value in words.items()})
    sizes = {"/Width": 8, "/Height": 8, "/BitsPerComponent": 8}
    picture.update({NameObject(key): NumberObject(value) for key, value in sizes.items()})
    picture[NameObject("/Filter")] = ArrayObject(filters)
    named = DictionaryObject({NameObject("/Im"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): named})
    if extra:
        metadata = StreamObject()
        metadata.set_data(extra)
        metadata.update(
            {NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")}
        )
        writer._root_object[NameObject("/Metadata")] = writer._add_object(metadata)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _photo_of(pdf: bytes) -> bytes:
    resources = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]
    found = resources["/XObject"]["/Im"]._data
    return zlib.decompress(found) if b"/FlateDecode" in pdf else found


SAID = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r exif:GPSLatitude="30,12.5N" a="b"/>'
    b"<exif:GPSLongitude>111,2E</exif:GPSLongitude></x:xmpmeta>"
)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photo_in_a_document_tells_no_place_and_looks_the_same(order: str, packed: bool) -> None:
    photo = jpeg_file(
        extra=app(1, b"Exif\0\0" + exif(order)) + app(1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    )
    content = _document(photo, packed=packed, extra=SAID)
    kept = without_place(content, inspect(content, name="a.pdf"))
    seen = _photo_of(kept)
    # Control: it did before.
    assert _tells(_photo_of(content))
    assert b"30,12.5N" in content
    assert not _tells(seen)
    assert XMP not in seen
    assert b"30,12.5N" not in kept
    assert b"111,2E" not in kept
    assert inspect(kept, name="a.pdf") == PDF
    # No byte has moved: every reference holds, and of the picture nothing but what it told is another.
    assert len(kept) == len(content)
    assert seen[seen.index(b"\xff\xdb") :] == photo[photo.index(b"\xff\xdb") :]
    assert any(turned in seen for turned in TURNED)
    assert without_place(kept, PDF) == kept


def test_a_signed_document_stays_as_it_was_signed() -> None:
    content = _document(jpeg_file(extra=app(1, b"Exif\0\0" + exif())))
    signed = content.replace(b"/MediaBox", b"/ByteRange [ 0 1 ] /MediaBox")
    assert without_place(signed, PDF) == signed
    assert without_place(content, PDF) != content


def test_a_packed_photo_that_has_no_room_is_refused() -> None:
    noise = bytes(range(256)) * 4
    photo = jpeg_file(extra=app(1, b"Exif\0\0" + exif() + noise[:200]))
    content = _document(photo, packed=True)
    packed = zlib.compress(photo, 1)
    tight = b"\x78\x01" + packed[2:]
    assert tight in content
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(photographs.zlib, "compress", lambda *_: bytes(len(packed) + 1))
        with pytest.raises(Refused, match="upload_tells_place"):
            without_place(content, PDF)


@pytest.mark.parametrize("what", ["tags", "pointers"])
def test_directories_made_to_keep_us_busy_go_as_a_whole(what: str) -> None:
    many = 101 if what == "tags" else 5
    if what == "tags":
        first = b"\1\0" + (0x8825).to_bytes(2, "little") + b"\4\0\1\0\0\0\x1a\0\0\0" + bytes(4)
        rest = many.to_bytes(2, "little") + (b"\2\0\5\0\xff\x1f\0\0\0\0\0\0" * many)
    else:
        entries = [
            (0x8825).to_bytes(2, "little") + b"\4\0\1\0\0\0" + (200 + 2 * n).to_bytes(4, "little")
            for n in range(many)
        ]
        first, rest = many.to_bytes(2, "little") + b"".join(entries) + bytes(4), bytes(400)
    tiff = b"II*\0\x08\0\0\0" + first + rest
    assert without_place(jpeg_file(extra=app(1, b"Exif\0\0" + tiff)), JPEG) == jpeg_file()


@pytest.mark.django_db
def test_what_is_kept_is_told_without_the_place() -> None:
    content = jpeg_file(extra=app(1, b"Exif\0\0" + exif()))
    kept = actions.upload(tenant_id=1, owner="user:1", name="a.jpg", content=content, at=AT)
    assert queries.open_blob(kept.sm3) == without_place(content, JPEG) != content
