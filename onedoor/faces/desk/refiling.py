"""Verbs that carry the application itself: submitting a draft at the counter, handing in what was corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet, Verb
from onedoor.domain.cases.terms import MaterialGiven
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import now
from onedoor.faces.controls import Control

from . import application
from .application import Asked, Filled, MaterialLine, Part


@dataclass(frozen=True, slots=True)
class Page:
    """What the page of such a verb asks."""

    applicant: tuple[Control, ...]
    parts: tuple[Part, ...]
    materials: tuple[MaterialLine, ...]


def start(verb: Verb, sheet: CaseSheet, principal: Principal) -> Filled:
    """What is on the page when it is first opened."""
    if verb.code == "correct":
        return replace(application.nobody(sheet.version), answers=sheet.form)
    draft = cases.draft(sheet.number, actor=principal, at=now())
    return Filled(
        applicant=draft.applicant if draft.applicant.kind else application.nobody(draft.version).applicant,
        answers=draft.form,
        ways={line.material.code: line.way for line in draft.materials},
        uploads={line.material.code: line.uploads for line in draft.materials},
    )


def kept(sheet: CaseSheet) -> frozenset[UUID]:
    """The uploads that the case has already."""
    return frozenset(view.id for material in sheet.materials for view in material.uploads)


def payload(verb: Verb, sheet: CaseSheet, filled: Filled) -> tuple[dict[str, Any], tuple[MaterialGiven, ...]]:
    """The payload, and the materials in it in order."""
    if verb.code == "correct":
        given = filled.materials(_open(sheet, "material"))
        form = {code: filled.answers.get(code, "") for code in _open(sheet, "field")}
        return {"form": form, "materials": _listed(given)}, given
    given = filled.materials(material.code for material in sheet.version.materials)
    found = {
        "applicant": asdict(filled.applicant),
        "form": dict(filled.answers),
        "materials": _listed(given),
    }
    return {name: part for name, part in found.items() if name in verb.payload["properties"]}, given


def _listed(given: tuple[MaterialGiven, ...]) -> list[dict[str, Any]]:
    return [{"code": m.code, "provided": m.provided, "uploads": list(m.uploads)} for m in given]


def _open(sheet: CaseSheet, kind: str) -> tuple[str, ...]:
    """The codes that a correction opens, of one kind: material or field."""
    listed = (target.partition(":") for target in sheet.state.correction_targets)
    return tuple(code for found, _, code in listed if found == kind)


def page(verb: Verb, sheet: CaseSheet, filled: Filled, faults: Mapping[str, str]) -> Page:
    """The questions: all of a draft, or only what a correction asks for."""
    if verb.code == "correct":
        return _correction(sheet, filled, faults)
    return Page(
        application.applicant_controls(sheet.version, filled.applicant, faults),
        application.parts(sheet.version, filled, faults),
        application.material_lines(sheet.version, filled, faults),
    )


def _correction(sheet: CaseSheet, filled: Filled, faults: Mapping[str, str]) -> Page:
    asked_for = {item.target: item for item in sheet.correction}
    parts = []
    for section in sheet.version.sections:
        asked = tuple(
            Asked(
                f.code,
                application.control(sheet.version, f, filled, faults, known=False),
                reason=item.reason,
                mend=item.mend,
            )
            for f in section.fields
            if (item := asked_for.get(f"field:{f.code}"))
        )
        if asked:
            parts.append(Part(section.title, asked))
    lines = tuple(
        replace(application.material_line(m, filled, faults), reason=item.reason, mend=item.mend)
        for m in sheet.version.materials
        if (item := asked_for.get(f"material:{m.code}"))
    )
    return Page((), tuple(parts), lines)
