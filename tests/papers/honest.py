"""Files as people hand them in, made by code: scans, phone photos, screenshots, printed pages. None may be refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from onedoor.domain.papers.inspection import JPEG, PDF, PNG, Found
from tests.papers.samples import chunk, jpeg_file, pack_objects, pdf_file, png_file, segment

NOISE = Random(7).randbytes(300_000)


@dataclass(frozen=True, slots=True)
class Honest:
    """A file as it is sent, and what it is."""

    label: str
    name: str
    declared: str
    content: bytes
    found: Found


def exif(order: str = "<", position: bool = True, turned: int = 6) -> bytes:
    """Exif as phones write it: maker, how the picture is turned, and where it was taken (23.1°N 113.2°E)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")

    def directory(*entries: bytes) -> bytes:
        return struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)

    def degrees(*parts: int) -> bytes:
        return b"".join(struct.pack(order + "II", part, 1) for part in parts)

    pointer = [entry(0x8825, 4, 1, struct.pack(order + "I", 100))] if position else []
    maker = entry(0x010F, 2, 4, b"ABC\0")
    root = directory(maker, entry(0x0112, 3, 1, struct.pack(order + "H", turned)), *pointer)
    places = [entry(tag, 5, 3, struct.pack(order + "I", at)) for tag, at in ((2, 200), (4, 224))]
    gps = directory(entry(1, 2, 2, b"N\0"), places[0], entry(3, 2, 2, b"E\0"), places[1])
    tiff = mark + struct.pack(order + "I", 8) + root
    if position:
        tiff = (tiff.ljust(100, b"\0") + gps).ljust(200, b"\0") + degrees(23, 6, 42) + degrees(113, 15, 31)
    return tiff


XMP = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF exif:GPSLatitude="23,6.7N"/></x:xmpmeta>'


def app(number: int, data: bytes) -> bytes:
    """An application segment."""
    return segment(0xE0 + number, data)


@cache
def notes() -> dict[str, bytes]:
    """What cameras, phones and programs put before a JPEG's picture."""
    return {
        "nothing": b"",
        "exif": app(1, b"Exif\0\0" + exif()),
        "exif of another order": app(1, b"Exif\0\0" + exif(">")),
        "exif without a place": app(1, b"Exif\0\0" + exif(position=False)),
        "thumbnail": app(1, b"Exif\0\0" + exif() + jpeg_file()),
        "xmp": app(1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        "profile": app(2, b"ICC_PROFILE\0\1\1" + NOISE[:3_000]),
        "several pictures": app(2, b"MPF\0II*\0" + NOISE[:80]),
        "photoshop": app(13, b"Photoshop 3.0\x008BIM" + NOISE[:40]),
        "adobe": app(14, b"Adobe\0\x64\0\0\0\0\1"),
        "comment": segment(0xFE, "扫描件 <2026>".encode()),
        "fill bytes": b"\xff" * 7 + app(11, NOISE[:64_000]),
        "restart interval": segment(0xDD, b"\0\4"),
    }


def _photos() -> Iterator[Honest]:
    names = ("IMG_20261122_093012.jpg", "微信图片_20261122.JPEG", "身份证（正面）.jpg", "mmexport17.jfif")
    kinds = ("image/jpeg", "image/jpg", "", "application/octet-stream")
    sizes = ((4000, 3000), (1080, 2400), (1654, 2339), (1, 1), (7016, 9933))
    shapes = ((0xC0, 1), (0xC1, 1), (0xC2, 10))
    dice = Random(3)
    for at, ((what, extra), (frame, scans)) in enumerate(product(notes().items(), shapes)):
        width, height = sizes[at % 5]
        content = jpeg_file(width, height, extra, frame, scans)
        yield Honest(f"photo {what} {frame:x} {scans}", names[at % 4], dice.choice(kinds), content, JPEG)
    tails = {
        "clip": b"\0\0\0\x18ftypmp42" + NOISE,
        "second picture": jpeg_file(640, 480),
        "own notes": b"\0\0\1\x0b" + NOISE[:900] + b"SEFT",
        "padding": bytes(4_096),
        "line end": b"\r\n",
    }
    for at, ((what, extra), (behind, tail)) in enumerate(product(notes().items(), tails.items())):
        content = jpeg_file(*sizes[at % 5], extra) + tail
        yield Honest(f"photo {what}, behind it {behind}", names[at % 4], "image/jpeg", content, JPEG)


def bitmap(width: int, height: int, depth: int, colour: int, more: bytes = b"", cut: int = 0) -> bytes:
    """A PNG with pixels; `more` stands before them, `cut` divides them into chunks of so many bytes."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" + NOISE[: (width * depth * channels + 7) // 8]
    packed = zlib.compress(row * height)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    palette = chunk(b"PLTE", NOISE[:48]) if colour == 3 else b""
    step = cut or len(packed)
    data = b"".join(chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    return b"\x89PNG\r\n\x1a\n" + header + more + palette + data + chunk(b"IEND", b"")


def _screens() -> Iterator[Honest]:
    depths = (
        (1, 0),
        (2, 0),
        (8, 0),
        (16, 0),
        (8, 2),
        (16, 2),
        (1, 3),
        (4, 3),
        (8, 3),
        (8, 4),
        (8, 6),
        (16, 6),
    )
    more = {
        "": b"",
        "resolution": chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
        "colours": chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 45455)),
        "profile": chunk(b"iCCP", b"Display P3\0\0" + zlib.compress(NOISE[:600] * 20)),
        "exif": chunk(b"eXIf", exif()),
        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        "packed note": chunk(b"zTXt", b"Comment\0\0" + zlib.compress("截图".encode() * 900)),
        "note": chunk(b"tEXt", b"Software\0gnome-screenshot"),
        "time": chunk(b"tIME", struct.pack(">HBBBBB", 2026, 11, 22, 9, 0, 0)),
    }
    names = ("截图 2026-11-22 093012.png", "Screenshot_1.PNG", "image", "营业执照.v2.png")
    kinds = ("image/png", "", "image/png; charset=binary", "binary/octet-stream")
    for at, ((depth, colour), (what, extra)) in enumerate(product(depths, more.items())):
        content = bitmap(40 + at, 60, depth, colour, extra, cut=at % 3 * 500)
        yield Honest(f"screen {depth} {colour} {what}", names[at % 4], kinds[at // 4 % 4], content, PNG)
    yield Honest("blank behind a screen", "a.png", "", png_file() + b"\0\0\r\n", PNG)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scanned(pages: int, picture: bytes, wide: int = 1654, high: int = 2339) -> bytes:
    """A PDF as scanners make it: a photograph on every page."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        image = StreamObject()
        image.set_data(picture)
        names = {"Type": "/XObject", "Subtype": "/Image", "ColorSpace": "/DeviceRGB", "Filter": "/DCTDecode"}
        image.update({NameObject("/" + key): NameObject(value) for key, value in names.items()})
        image.update({NameObject("/Width"): NumberObject(wide), NameObject("/Height"): NumberObject(high)})
        shown = DictionaryObject({NameObject("/I"): writer._add_object(image)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): shown})
    return _written(writer)


def _linked() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_file(3))))
    writer.add_annotation(0, Link(rect=(50, 50, 90, 90), url="https://www.gov.cn/"))
    writer.add_annotation(1, Link(rect=(50, 50, 90, 90), target_page_index=2))
    writer.add_outline_item(title="第一章", page_number=1)
    writer.add_metadata({"/Title": "申请书", "/Producer": "WPS 文字"})
    return _written(writer)


def _filled_form() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_file())))
    field = DictionaryObject(
        {NameObject("/FT"): NameObject("/Tx"), NameObject("/V"): TextStringObject("张三")}
    )
    form = DictionaryObject({NameObject("/Fields"): writer._add_object(field)})
    writer._root_object[NameObject("/AcroForm")] = form
    return _written(writer)


def _changed_later(pdf: bytes) -> bytes:
    """An update appended to a file, as a reader does that keeps signatures whole."""
    at = len(pdf)
    first = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    more = b"7 0 obj\n<</Type/Annot>>\nendobj\n"
    table = b"xref\n7 1\n%010d 00000 n \ntrailer\n<</Size 8/Root 1 0 R/Prev %d>>\n" % (at, first)
    return pdf + more + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(more))


def _documents() -> Iterator[Honest]:
    names = (
        "申请书.pdf",
        "SCAN0001.PDF",
        "租赁合同.2026.11.pdf",
        "扫描全能王 2026-11-22 09.30.pdf",
        "附件",
        "😀é.pdf",
    )
    made: dict[str, bytes] = {}
    for pages, version in product((1, 2, 7, 40), ("1.3", "1.4", "1.5", "1.6", "1.7", "2.0")):
        made[f"{pages} pages of {version}"] = pdf_file(pages, version)
    for pages, (what, extra) in product((2, 4), notes().items()):
        made[f"{pages} scanned pages with {what}"] = scanned(pages, jpeg_file(1654, 2339, extra))
    made["a plan of A0"] = scanned(1, jpeg_file(), 19_866, 28_087)
    made["links and an outline"] = _linked()
    made["a form filled in"] = _filled_form()
    for what in (pdf_file(3), _linked(), _filled_form()):
        made[f"changed later {len(what)}"] = _changed_later(what)
        made[f"changed twice {len(what)}"] = _changed_later(_changed_later(what))
        made[f"packed {len(what)}"] = pack_objects(what)
        made[f"blank at the end {len(what)}"] = what + b"\r\n\0\0"
        for name, end in (("CRLF", b"\r\n"), ("nothing", b"")):
            made[f"ends with {name} {len(what)}"] = what.rstrip() + end
    page = '#set page(paper: "a4")\n= Application\n#lorem(%d)\n#table(columns: 3, [1], [2], [3])\n'
    for words in (5, 50, 500, 3_000):
        made[f"printed {words} words"] = typst.compile((page % words).encode(), ignore_system_fonts=True)
        made[f"archived {words} words"] = typst.compile(
            (page % words).encode(), ignore_system_fonts=True, pdf_standards="a-2b"
        )
    for at, (what, content) in enumerate(made.items()):
        yield Honest(what, names[at % 6], ("application/pdf", "")[at % 2], content, PDF)


@cache
def honest() -> tuple[Honest, ...]:
    """All of them."""
    return (*_photos(), *_screens(), *_documents())
