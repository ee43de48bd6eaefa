"""A group of questions 填写组 on a page: rows of the same questions, added and taken away with or without scripts.

The inputs of a row are called `<group>-<place>-<question>`; a hidden input `rows-<group>` names each row's place. The
buttons send `group-step`: `add:<group>` or `drop:<group>-<place>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from onedoor.core.refusals import Problem
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import Field, ServiceVersion
from onedoor.faces.controls import Control, GroupRow, control_of

#: What the buttons of a group send.
STEP = "group-step"


@dataclass(frozen=True, slots=True)
class Step:
    """A button of a group that was pressed: a row is to be added, or the one at `place` taken away."""

    group: str
    place: int | None = None


def step_of(posted: QueryDict) -> Step | None:
    """The group's button that sent the form; None if another did."""
    act, _, rest = posted.get(STEP, "").partition(":")
    if act == "add" and rest:
        return Step(rest)
    group, _, place = rest.rpartition("-")
    return Step(group, int(place)) if act == "drop" and group and _is_place(place) else None


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4


def typed(group: Field, posted: QueryDict) -> list[dict[str, Any]]:
    """The rows as the page has sent them, with what a button of the group has done to them."""
    step = step_of(posted)
    own = step if step and step.group == group.code else None
    places = [place for place in posted.getlist(f"rows-{group.code}")[: group.most] if _is_place(place)]
    found = [
        {field.code: _answer(field, posted, f"{group.code}-{place}-{field.code}") for field in group.fields}
        for place in places
        if own is None or own.place is None or int(place) != own.place
    ]
    if own is not None and own.place is None and len(found) < group.most:
        found.append({})
    return found


def _answer(field: Field, posted: QueryDict, name: str) -> Any:
    if field.type == "choices":
        return posted.getlist(name)
    return posted.get(name, "")


def control(
    version: ServiceVersion,
    group: Field,
    answers: Mapping[str, Any],
    faults: Mapping[str, str],
    *,
    fresh: bool = False,
) -> Control:
    """A group as a page draws it. `faults` are sentences by the ends of pointers, as `placed` makes them; a required
    group begins with one row; with `fresh` the last row takes the focus."""
    rows = answers.get(group.code) or []
    given = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    given = given or ([{}] if group.required else [])
    plain = control_of(replace(group, fields=()), None, fault=faults.get(group.code, ""))
    drawn = tuple(
        _row(version, group, answers, row, place, faults, fresh=fresh and place == len(given) - 1)
        for place, row in enumerate(given)
    )
    return replace(plain, rows=drawn, full=len(drawn) >= group.most)


def _row(
    version: ServiceVersion,
    group: Field,
    answers: Mapping[str, Any],
    row: Mapping[str, Any],
    place: int,
    faults: Mapping[str, str],
    *,
    fresh: bool,
) -> GroupRow:
    asked = {field.code for field in forms.fields_of_row(version, group, answers, row)}
    cells: list[tuple[str, Control | None]] = []
    for field in group.fields:
        name = f"{group.code}-{place}-{field.code}"
        drawn = None
        if field.code in asked:
            drawn = control_of(field, row.get(field.code), fault=faults.get(name, ""), name=name)
            drawn = replace(drawn, autofocus=fresh and not cells)
        cells.append((f"slot-{name}" if field.when else "", drawn))
    return GroupRow(place=place, title=f"{group.label} {place + 1}", cells=tuple(cells))


def placed(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems of a form with pointers that end in the name of the control at fault: /form/staff/2/name becomes
    /form/staff-2-name."""
    found = []
    for problem in problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "form" and len(parts) > 2:
            found.append(Problem(f"/form/{'-'.join(parts[1:])}", problem.code, problem.detail))
        else:
            found.append(problem)
    return tuple(found)
