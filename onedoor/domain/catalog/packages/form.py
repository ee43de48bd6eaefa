"""The merged form and the merged materials of the members that are needed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.answers import is_blank
from onedoor.domain.catalog.terms import Field, Material, Necessity, Section, ServiceVersion, Source

from .merging import Asked, FieldGroup, MaterialGroup, Merging, Wanted, fields_of, same, slug, strictest
from .order import predecessors
from .terms import PlannedField, PlannedMaterial, PlannedMember

SHARED = "shared"
_SHARED_TITLE = "几个事项都要用的信息"

#: What one set of papers must satisfy when several items want it, the strongest first.
_STRENGTH = (Necessity.REQUIRED, Necessity.DEFERRABLE, Necessity.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class Known:
    """What the package's questions have answered already.

    `answers` are by code of the merged form. `contexts` are what each member's conditions see of it, `unsettled` the
    fields of each member that its form is still to answer.
    """

    answers: Mapping[str, Any]
    contexts: Mapping[str, Mapping[str, Any]]
    unsettled: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, merged: Merging, items: Sequence[ServiceVersion], answers: Mapping[str, Any]) -> Known:
        """What `answers` to the questions tell the forms of `items`."""
        given = {
            group.code: answers[group.question.code]
            for group in merged.fields
            if group.question is not None and group.question.code in answers
        }
        by_place = {
            (asked.service, asked.field.code): given[group.code]
            for group in merged.fields
            if group.code in given
            for asked in group.asked
        }
        contexts: dict[str, Mapping[str, Any]] = {}
        unsettled: dict[str, frozenset[str]] = {}
        for item in items:
            contexts[item.code], unsettled[item.code] = _seen(item, by_place)
        return cls(given, contexts, unsettled)

    def settled(self, service: str, when: str) -> bool | None:
        """Whether a condition of a member holds; None if that hangs on its form."""
        return conditions.settled(when, self.contexts[service], self.unsettled[service])


def _seen(
    item: ServiceVersion, given: Mapping[tuple[str, str], Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    context: dict[str, Any] = {}
    waiting: set[str] = set()
    for field in fields_of(item):
        answer = given.get((item.code, field.code))
        asked = conditions.settled(field.when, context, frozenset(waiting))
        context[field.code] = conditions.seen(field, answer if asked is not False else None)
        # What is asked under an open condition has no answer yet, even where one is known.
        if asked is None or (asked and is_blank(answer)):
            waiting.add(field.code)
    return context, frozenset(waiting)


def planned_fields(
    merged: Merging, items: Sequence[ServiceVersion], known: Known
) -> tuple[PlannedField, ...]:
    """The questions of the merged form: what several members ask first, then member by member."""
    needed = {item.code for item in items}
    found = [field for group in merged.fields if (field := _planned(group, needed, known)) is not None]
    pages = _pages(found, items)
    return tuple(_in_order(sorted(found, key=lambda each: pages[each.field.code])))


def _pages(fields: Sequence[PlannedField], items: Sequence[ServiceVersion]) -> dict[str, int]:
    """The page of each question: -1 for what is asked for several members, else that of the first member that asks;
    what hangs on a question of a later member stands on that member's page."""
    order = {item.code: place for place, item in enumerate(items)}
    together = _together(fields)
    pages = {
        each.field.code: -1 if each.field.code in together else order[each.asked_for[0]] for each in fields
    }
    moved = True
    while moved:
        moved = False
        for each in fields:
            latest = max((pages[name] for name in _names(each.field.when) & pages.keys()), default=-1)
            if latest > pages[each.field.code]:
                pages[each.field.code], moved = latest, True
    return pages


def _in_order(fields: Sequence[PlannedField]) -> Iterator[PlannedField]:
    """The same questions, each after those it hangs on. Where two members make questions hang on one another, the
    order stays as it is."""
    waiting = {each.field.code: each for each in fields}
    hangs_on = {code: _names(each.field.when) - {code} for code, each in waiting.items()}
    while waiting:
        free = (code for code in waiting if not hangs_on[code] & waiting.keys())
        yield waiting.pop(next(free, next(iter(waiting))))


def _planned(group: FieldGroup, needed: set[str], known: Known) -> PlannedField | None:
    asked = [
        (each, verdict)
        for each in group.asked
        if each.service in needed and (verdict := known.settled(each.service, each.field.when)) is not False
    ]
    if not asked:
        return None
    places = [each for each, _ in asked]
    when = "" if any(verdict for _, verdict in asked) else _any_of([each.when for each in places])
    return PlannedField(
        _merged(group.code, places, when),
        tuple(dict.fromkeys(each.service for each in places)),
        tuple((each.service, each.field.code) for each in places),
        known.answers.get(group.code),
    )


def _any_of(sources: Sequence[str]) -> str:
    """A condition that holds when one of them does."""
    different = list(dict.fromkeys(sources))
    return different[0] if len(different) == 1 else " || ".join(f"({each})" for each in different)


def _merged(code: str, places: Sequence[Asked], when: str) -> Field:
    fields = [each.field for each in places]
    return replace(
        fields[0],
        code=code,
        type=strictest(fields),
        required=any(field.required for field in fields),
        hint=next((field.hint for field in fields if field.hint), ""),
        max_length=min(field.max_length for field in fields),
        most=min(field.most for field in fields),
        when=when,
    )


def _together(fields: Sequence[PlannedField]) -> frozenset[str]:
    """The questions of several members, save those that hang on what only one member asks."""
    found = {each.field.code for each in fields if len(each.asked_for) > 1}
    codes = {each.field.code for each in fields}
    while True:
        hanging = {
            each.field.code
            for each in fields
            if each.field.code in found and not _names(each.field.when) & codes <= found
        }
        if not hanging:
            return frozenset(found)
        found -= hanging


def _names(when: str) -> set[str]:
    try:
        return set(conditions.compiled(when).variables()) if when else set()
    except ValueError:
        return set()


def sections(fields: Sequence[PlannedField], items: Sequence[ServiceVersion]) -> tuple[Section, ...]:
    """The merged form page by page; pages without a question are left out."""
    pages = _pages(fields, items)
    titles = [(SHARED, _SHARED_TITLE), *((slug(item.code), item.name) for item in items)]
    found = (
        Section(code, title, tuple(each.field for each in fields if pages[each.field.code] == place))
        for place, (code, title) in enumerate(titles, -1)
    )
    return tuple(page for page in found if page.fields)


def planned_materials(
    merged: Merging, members: Sequence[PlannedMember], known: Known
) -> tuple[PlannedMaterial, ...]:
    """The materials of the merged list: what has to be handed in first, then what is proved without."""
    names = {member.service.code: member.service.name for member in members}
    found = [
        material
        for group in merged.materials
        if (material := _planned_material(group, members, names, known)) is not None
    ]
    return tuple(sorted(found, key=lambda each: each.proved))


def _planned_material(
    group: MaterialGroup, members: Sequence[PlannedMember], names: Mapping[str, str], known: Known
) -> PlannedMaterial | None:
    wanted = [
        (each, verdict)
        for each in group.wanted
        if each.service in names and (verdict := known.settled(each.service, each.material.when)) is not False
    ]
    if not wanted:
        return None
    places = [each for each, _ in wanted]
    giver = _giver(places, members)
    return PlannedMaterial(
        material=_merged_material(group.code, wanted),
        asked_for=tuple(each.service for each in places),
        sources=tuple((each.service, each.material.code) for each in places),
        why=_why(places, names, giver),
        proved=places[0].material.source in (Source.LICENCE, Source.RECORD),
        given_by=giver,
    )


def _merged_material(code: str, wanted: Sequence[tuple[Wanted, bool | None]]) -> Material:
    materials = [each.material for each, _ in wanted]
    necessities = [
        Necessity.REQUIRED if verdict and material.necessity is Necessity.CONDITIONAL else material.necessity
        for material, (_, verdict) in zip(materials, wanted, strict=True)
    ]
    when = "" if any(verdict for _, verdict in wanted) else _any_of([each.when for each, _ in wanted])
    return replace(
        materials[0],
        code=code,
        necessity=min(necessities, key=_STRENGTH.index),
        when=when,
        originals=max(material.originals for material in materials),
        copies=max(material.copies for material in materials),
        note=next((material.note for material in materials if material.note), ""),
    )


def _giver(wanted: Sequence[Wanted], members: Sequence[PlannedMember]) -> str:
    """The member that issues what is wanted, if all who want it come after that member."""
    material = wanted[0].material
    if material.source not in (Source.LICENCE, Source.RECORD):
        return ""
    chain = {member.service.code: member.after for member in members}
    titles = {same(material.licence_type or material.name), same(material.name)}
    for member in members:
        code = member.service.code
        if same(member.service.result.name) in titles and all(
            code in predecessors(chain, each.service) for each in wanted
        ):
            return code
    return ""


def _why(wanted: Sequence[Wanted], names: Mapping[str, str], giver: str) -> str:
    """Why a material is asked for, or why nobody has to bring it."""
    return "".join(_reasons(wanted, [names[each.service] for each in wanted], names.get(giver, "")))


def _reasons(wanted: Sequence[Wanted], asking: Sequence[str], giver: str) -> Iterator[str]:
    yield f"办理“{'”“'.join(asking)}”要用"
    material = wanted[0].material
    if giver:
        yield f"，由前面办的“{giver}”发给，不用另交。"
    elif material.source is Source.LICENCE:
        yield "，由电子证照核验，不用交。"
    elif material.source is Source.RECORD:
        yield "，由部门之间核对，不用交。"
    else:
        yield "，只交一次。" if len(wanted) > 1 else "。"
