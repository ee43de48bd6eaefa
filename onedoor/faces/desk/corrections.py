"""一次性告知补正 as a table: one row a material or question, a fault and a mend each. Needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onedoor.domain.cases.queries import CaseSheet
from onedoor.domain.catalog import forms


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A material or question that may need mending. `target` is as the payload names it, `name` ends the names of
    the row's two inputs; `given` tells what there is now."""

    target: str
    name: str
    label: str
    given: str
    missing: bool
    reason: str
    mend: str
    reason_fault: str = ""
    mend_fault: str = ""


def rows(
    sheet: CaseSheet, sent: Mapping[str, str] | None, faults: Mapping[str, str]
) -> tuple[tuple[str, tuple[CorrectionRow, ...]], ...]:
    """Titles with their rows: the materials this application needs, then the questions it was asked.

    Before anything is sent, missing materials are already written down as missing.
    """
    materials = tuple(_row(*asked, sent, faults) for asked in _materials(sheet))
    questions = tuple(_row(*asked, sent, faults) for asked in _questions(sheet))
    return tuple((title, listed) for title, listed in (("材料", materials), ("填写项", questions)) if listed)


def _materials(sheet: CaseSheet) -> list[tuple[str, str, str]]:
    given = {material.code: material.way_name for material in sheet.materials}
    called_for = forms.materials_for(sheet.version, sheet.form)
    return [(f"material:{m.code}", m.name, given.get(m.code, "")) for m in called_for]


def _questions(sheet: CaseSheet) -> list[tuple[str, str, str]]:
    given = {answer.code: answer.text for answer in sheet.answers}
    asked = forms.fields_for(sheet.version, sheet.form)
    return [(f"field:{f.code}", f.label, given.get(f.code, "")) for f in asked]


def _row(
    target: str, label: str, given: str, sent: Mapping[str, str] | None, faults: Mapping[str, str]
) -> CorrectionRow:
    name = name_of(target)
    missing = target.startswith("material:") and not given
    if sent is None:
        reason, mend = ("未提供", f"请补充提供“{label}”") if missing else ("", "")
    else:
        reason, mend = sent.get(f"reason-{name}", ""), sent.get(f"mend-{name}", "")
    return CorrectionRow(
        target=target,
        name=name,
        label=label,
        given=given,
        missing=missing,
        reason=reason,
        mend=mend,
        reason_fault=faults.get(f"reason-{name}", ""),
        mend_fault=faults.get(f"mend-{name}", ""),
    )


def name_of(target: str) -> str:
    """The end of the names of a target's inputs."""
    return target.replace(":", "-", 1)


def items_of(
    sheet: CaseSheet, sent: Mapping[str, str]
) -> tuple[list[dict[str, Any]], tuple[tuple[str, str], ...]]:
    """The items of the payload, and names and labels of the rows they come from; untouched rows are left out."""
    items, rows_sent = [], []
    for target, label, _ in (*_materials(sheet), *_questions(sheet)):
        name = name_of(target)
        parts = {part: sent.get(f"{part}-{name}", "").strip() for part in ("reason", "mend")}
        if any(parts.values()):
            items.append({"target": target} | {part: text for part, text in parts.items() if text})
            rows_sent.append((name, label))
    return items, tuple(rows_sent)
