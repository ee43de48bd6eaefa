"""What a correction has open: each thing to mend with what is wrong and how to mend it, and what the answers mended so
far have brought up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onedoor.core.refusals import Problem
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Field, Material
from onedoor.domain.papers.terms import UploadView
from onedoor.faces.controls import Choice, Control
from onedoor.faces.parts import Row, Task

from . import questions
from .handing import ways_of
from .tasks import DONE, OPEN


@dataclass(frozen=True, slots=True)
class Handed:
    """A material as the correction's form has it so far."""

    way: str
    uploads: tuple[UploadView, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to mend, or one that a mended answer has brought up (then `reason` is ""). Either `control` or
    `ways` is there; `former` are the files handed in before, which new ones replace."""

    name: str
    code: str
    reason: str
    mend: str
    control: Control | None = None
    ways: tuple[Choice, ...] = ()
    former: tuple[UploadView, ...] = ()
    uploads: tuple[UploadView, ...] = ()
    fault: str = ""
    send: str = ""

    @property
    def list(self) -> str:
        """The part of the page that lists its files."""
        return f"brought-{self.code}"

    @property
    def anchor(self) -> str:
        """Where the item stands on its page."""
        return f"item-{self.code}"


@dataclass(frozen=True, slots=True)
class Change:
    """A mended item on the page to check: what it was and what it is."""

    name: str
    was: str
    now: str

    @property
    def same(self) -> bool:
        """Whether nothing has become different, though a mistake was told."""
        return self.was == self.now


def _targets(sheet: CaseSheet) -> dict[str, tuple[str, str]]:
    return {item.target: (item.reason, item.mend) for item in sheet.correction}


def fields(sheet: CaseSheet) -> tuple[Field, ...]:
    """The questions that may be open: the targets, and what was not asked before."""
    targets = _targets(sheet)
    asked_before = {field.code for field in forms.fields_for(sheet.version, sheet.form)}
    return tuple(
        field
        for section in sheet.version.sections
        for field in section.fields
        if f"field:{field.code}" in targets or field.code not in asked_before
    )


def materials(sheet: CaseSheet, answers: Mapping[str, Any]) -> tuple[Material, ...]:
    """The materials that are open: the targets, and what mended answers call for; proofs come by themselves."""
    targets = _targets(sheet)
    before = {material.code for material in forms.materials_for(sheet.version, sheet.form)}
    called_for = {material.code for material in forms.materials_for(sheet.version, answers)} - before
    return tuple(
        material
        for material in sheet.version.materials
        if f"material:{material.code}" in targets
        or (material.code in called_for and material.source.value == "applicant")
    )


def items(
    sheet: CaseSheet,
    answers: Mapping[str, Any],
    handed: Mapping[str, Handed],
    problems: tuple[Problem, ...],
) -> tuple[Item, ...]:
    """Everything that is open, in the order of the form; `problems` are told at their items."""
    targets = _targets(sheet)
    asked = questions.visible(sheet.version, fields(sheet), answers)
    found = [
        Item(control.label, control.name, *targets.get(f"field:{control.name}", ("", "")), control=control)
        for control in questions.controls(sheet.version, asked, answers, problems)
    ]
    faults = {problem.pointer.strip("/"): problem.detail for problem in problems}
    former = {row.code: row.uploads for row in sheet.materials}
    for material in materials(sheet, answers):
        code, given = material.code, handed.get(material.code, Handed("", ()))
        found.append(
            Item(
                material.name,
                code,
                *targets.get(f"material:{code}", ("", "")),
                ways=_named_ways(material, given.way),
                former=former.get(code, ()),
                uploads=given.uploads,
                send=f"/cases/{sheet.number}/correct/{code}/files",
                fault=faults.get(f"way_{code}") or faults.get(f"files_{code}", ""),
            )
        )
    return tuple(found)


def _named_ways(material: Material, chosen: str) -> tuple[Choice, ...]:
    """The ways of one of several materials of a page."""
    return tuple(
        Choice(way.value, way.label, way.hint, f"{way.id}_{material.code}", way.chosen)
        for way in ways_of(material, chosen)
    )


def task(item: Item, sheet: CaseSheet, answers: Mapping[str, Any]) -> Task:
    """An item in the list on top of the page: whether it was touched, and what is wrong with it."""
    if item.control is not None:
        mended = answers.get(item.code) != sheet.form.get(item.code) and not item.control.fault
    else:
        mended = any(way.chosen for way in item.ways) and not item.fault
    state, tone = DONE if mended else OPEN if not item.reason else ("待补正", "amber")
    return Task(item.name, state, f"#{item.anchor}", item.reason or "根据您的修改要补上", tone)


def rest(sheet: CaseSheet, items: tuple[Item, ...]) -> tuple[Row, ...]:
    """What stays as it is."""
    opened = {item.code for item in items}
    rows = [Row(row.label, row.text) for row in sheet.answers if row.text and row.code not in opened]
    rows += [
        Row(row.name, _file_words(row.way_name, row.uploads))
        for row in sheet.materials
        if row.way and row.code not in opened
    ]
    return tuple(rows)


def changes(
    sheet: CaseSheet,
    form: Mapping[str, Any],
    handed: Mapping[str, Handed],
    answers: Mapping[str, Any],
) -> list[Change]:
    were, are = (
        {row.code: row.text for row in sheet.answers},
        cases.answers_in_words(sheet.version, answers),
    )
    found = [
        Change(field.label, were.get(field.code, ""), are.get(field.code, ""))
        for section in sheet.version.sections
        for field in section.fields
        if field.code in form and field.code in are
    ]
    former = {row.code: row for row in sheet.materials}
    for material in sheet.version.materials:
        given = handed.get(material.code)
        if given is not None:
            row = former.get(material.code)
            was = _file_words(row.way_name, row.uploads) if row else ""
            found.append(Change(material.name, was, _file_words(forms.PROVIDED[given.way], given.uploads)))
    return found


def _file_words(way: str, uploads: tuple[UploadView, ...]) -> str:
    return "\n".join([way, *(view.name for view in uploads)]) if way else ""
