"""What an application holds, row by row, and what a correction has changed of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal.terms import Fact
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import UploadView

from .dossiers import APPLICATION
from .engine.terms import Stage, State
from .papering import answer_text

_MISSING = "未提供"
_BLANK = "未填写"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer of the form: `open` tells whether a correction asks for it. `was` is what stood there before the
    correction, None if that has not changed."""

    code: str
    section: str
    label: str
    text: str
    open: bool
    was: str | None = None


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A material of the version and how it was handed in; `way` is "" while it is missing. `was` is how it stood
    before the correction, None if that has not changed; `added` are the uploads that came with it."""

    code: str
    name: str
    way: str
    way_name: str
    uploads: tuple[UploadView, ...]
    open: bool
    was: str | None = None
    added: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class CorrectionItem:
    """What the applicant must mend."""

    target: str
    name: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Applications:
    """The application as it stands, and as it stood before the latest correction (None if there was none)."""

    latest: Mapping[str, Any]
    former: Mapping[str, Any] | None = None


def applications(facts: Iterable[Fact], disclosed: Mapping[int, Any]) -> Applications:
    """The versions of the application that facts name, as far as they are disclosed."""
    noted = [
        (fact.kind, dossier["version"])
        for fact in facts
        if (dossier := fact.data.get("dossier")) and dossier["kind"] == APPLICATION
    ]
    if not noted:
        return Applications({})
    latest = disclosed.get(noted[-1][1], {})
    mended = len(noted) > 1 and noted[-1][0] == "case.corrected"
    return Applications(latest, disclosed.get(noted[-2][1]) if mended else None)


def answers(given: Applications, version: ServiceVersion, state: State) -> tuple[AnswerRow, ...]:
    """Every answer there is or should be."""
    form = given.latest.get("form", {})
    before = None if given.former is None else given.former.get("form", {})
    found = []
    for section in version.sections:
        for asked in section.fields:
            shown = answer_text(asked, form.get(asked.code))
            is_open = f"field:{asked.code}" in state.correction_targets
            was = None
            if before is not None and before.get(asked.code) != form.get(asked.code):
                was = answer_text(asked, before.get(asked.code)) or _BLANK
            if shown or is_open or was:
                found.append(AnswerRow(asked.code, section.title, asked.label, shown, is_open, was))
    return tuple(found)


def materials(given: Applications, version: ServiceVersion, state: State) -> tuple[MaterialRow, ...]:
    """Every material that is there or should be."""
    now, before = _by_code(given.latest), _by_code(given.former or {})
    ids = [UUID(upload) for entry in now.values() for upload in entry.get("uploads", ())]
    uploads = {view.id: view for view in papers.uploads(ids)} if ids else {}
    found = []
    for material in version.materials:
        entry, old = now.get(material.code), before.get(material.code)
        is_open = f"material:{material.code}" in state.correction_targets
        if entry is None and old is None and not is_open and material.necessity.value == "conditional":
            continue
        way = entry["provided"] if entry else ""
        handed = [UUID(upload) for upload in entry.get("uploads", ())] if entry else []
        changed = given.former is not None and entry != old
        found.append(
            MaterialRow(
                code=material.code,
                name=material.name,
                way=way,
                way_name=PROVIDED.get(way, ""),
                uploads=tuple(uploads[upload] for upload in handed if upload in uploads),
                open=is_open,
                was=_standing(old) if changed else None,
                added=frozenset(handed) - _uploads_of(old) if changed else frozenset(),
            )
        )
    return tuple(found)


def _by_code(application: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {entry["code"]: entry for entry in application.get("materials", ())}


def _standing(entry: Mapping[str, Any] | None) -> str:
    """How a material stood, in words."""
    return PROVIDED.get(entry["provided"], "") if entry else _MISSING


def _uploads_of(entry: Mapping[str, Any] | None) -> frozenset[UUID]:
    return frozenset(UUID(upload) for upload in entry.get("uploads", ())) if entry else frozenset()


def correction(
    facts: tuple[Fact, ...], disclosed: Mapping[int, Any], version: ServiceVersion, state: State
) -> tuple[CorrectionItem, ...]:
    """What has to be mended, while the case waits for it."""
    if state.stage is not Stage.CORRECTING:
        return ()
    told = [f for f in facts if f.kind == "case.correction_notified"]
    noted = told[-1].data.get("dossier") if told else None
    items = disclosed.get(noted["version"], {}).get("items", ()) if noted else ()
    names = {f"material:{m.code}": m.name for m in version.materials}
    names |= {f"field:{f.code}": f.label for section in version.sections for f in section.fields}
    return tuple(
        CorrectionItem(
            item["target"], names.get(item["target"], item["target"]), item["reason"], item["mend"]
        )
        for item in items
    )
