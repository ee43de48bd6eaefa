"""Setting a paper with typst: data in, the same PDF/A bytes out every time.

Values reach the template as one JSON text among typst's inputs and are never part of its markup, so nothing
a person typed can become an instruction. Faces come from pinned packages only, the document's date is the day
of issue, and a character without a glyph stops the rendering.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import segno
import typst
from django.conf import settings

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.papers.glyphs import face_folders, face_versions, missing_glyphs
from onedoor.domain.papers.models import Paper
from onedoor.domain.papers.records import chinese_date, open_contents
from onedoor.domain.papers.rules import grouped_code
from onedoor.domain.papers.terms import GuideForm, PaperKind

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DEFAULT_URL: Final = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything one paper prints. `data` is canonical (see `rules.printable`)."""

    kind: PaperKind
    title: str
    organ: str
    demo: bool
    document_number: str
    holder: str
    issued_at: datetime
    verify_code: str
    base_url: str
    data: Mapping[str, Any]


def public_url() -> str:
    """Where the public reaches this house, without a closing slash (setting `ONEDOOR_PUBLIC_URL`)."""
    return str(getattr(settings, "ONEDOOR_PUBLIC_URL", _DEFAULT_URL)).rstrip("/")


def sheet_of(paper: Paper) -> Sheet:
    """The sheet of an issued paper."""
    contents = open_contents(paper)
    return Sheet(
        kind=PaperKind(paper.kind),
        title=paper.title,
        organ=paper.organ,
        demo=paper.demo,
        document_number=paper.document_number,
        holder=contents.holder,
        issued_at=paper.created_at,
        verify_code=paper.verify_code,
        base_url=public_url(),
        data=contents.data,
    )


def typeset(sheet: Sheet) -> bytes:
    """The paper as PDF/A-2a. Refuses with `glyph_missing`, naming the characters no pinned face can print."""
    inputs = _inputs(sheet)
    return _compiled(str(sheet.kind), inputs, sheet.issued_at)


def typeset_guide(
    *,
    title: str,
    organ: str,
    demo: bool,
    path: str,
    at: datetime,
    data: Mapping[str, Any],
    form: GuideForm = GuideForm.GUIDE,
) -> bytes:
    """A service guide, notice or card as PDF; its code leads to `path` on this site. Refuses with `glyph_missing`."""
    site = public_url()
    inputs = {
        "title": title,
        "organ": organ,
        "demo": demo,
        "code": "",
        "date": chinese_date(civil_date(at)),
        "document_number": "",
        "holder": "",
        "site": site.split("://", 1)[-1],
        "qr": _qr(site + path),
        "data": data,
    }
    return _compiled(form.value, inputs, at)


def _compiled(template: str, inputs: Mapping[str, Any], at: datetime) -> bytes:
    missing = missing_glyphs("".join(_texts(inputs)))
    if missing:
        named = "、".join(map(_named, missing))
        raise Refused(
            "glyph_missing", f"字库中没有“{named}”，文书暂不能打印；请核对该字，无误的请联系信息员补充字库"
        )
    with _LOCK:
        pdf, warnings = _compiler().compile_with_warnings(
            input=str(_TEMPLATES / f"{template}.typ"),
            format="pdf",
            sys_inputs={"sheet": json.dumps(inputs, ensure_ascii=False)},
            # Archivable for decades and readable aloud: text tagged, faces embedded.
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(at.timestamp()),
        )
    if warnings:
        raise RuntimeError(f"{template}: {warnings[0]}")
    if not isinstance(pdf, bytes):
        raise RuntimeError(f"{template}: typst gave no PDF")
    return pdf


@lru_cache(maxsize=1)
def template_version() -> str:
    """Names what a paper was made with: 16 hex digits over templates, faces and the typst release."""
    digest = hashlib.new("sha256", f"typst={version('typst')} {face_versions()}".encode())
    for path in sorted(_TEMPLATES.glob("*.typ")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


# One compiler a process: its caches make a page take milliseconds, and inputs belong to one page at a time.
_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    faces = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in face_folders()],
    )
    return typst.Compiler(root=str(_TEMPLATES), font_paths=faces, ignore_system_fonts=True)


def _inputs(sheet: Sheet) -> dict[str, Any]:
    url = f"{sheet.base_url}/verify/{sheet.verify_code}"
    return {
        "kind": str(sheet.kind),
        "title": sheet.title,
        "organ": sheet.organ,
        "demo": sheet.demo,
        "document_number": sheet.document_number,
        "holder": sheet.holder,
        "date": chinese_date(civil_date(sheet.issued_at)),
        "code": grouped_code(sheet.verify_code),
        "site": sheet.base_url.split("://", 1)[-1],
        "qr": _qr(url),
        "data": {key: _spoken(key, value) for key, value in sheet.data.items()},
    }


def _spoken(key: str, value: Any) -> Any:
    """Dates in Chinese; everything else as it is. Keys that end in these words always hold dates."""
    if isinstance(value, str) and key.endswith(("_on", "_from", "_until")):
        return chinese_date(date.fromisoformat(value))
    return value


def _qr(url: str) -> str:
    """The code as an SVG of one path, without a quiet zone: the page around it is white."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=0, xmldecl=False, svgns=True, nl=False
    )
    return out.getvalue().decode()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _named(character: str) -> str:
    return f"{character}（U+{ord(character):04X}）"
