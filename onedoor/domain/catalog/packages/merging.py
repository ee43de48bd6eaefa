"""Ask once: which questions and materials of several items are one. Pure.

What belongs together is worked out over all members of a package, whatever the answers, so that a question keeps its
code in the merged form when other answers call for other members.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onedoor.domain.catalog.terms import Field, Material, ServiceVersion, Source

from .terms import PackageVersion

#: Data elements that mean something else in every item: which of its cases applies.
SEPARATE = frozenset({"application.situation"})

#: Types whose answers may stand for one another; the first of a line is the strictest.
_FAMILIES = (("address", "text", "textarea"), ("money", "number"))

_NAME = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|\.\s*[A-Za-z_]\w*|[A-Za-z_]\w*')


@dataclass(frozen=True, slots=True)
class Asked:
    """A question where it is asked: by a member, or with `service` "" by the package itself. `when` speaks of codes
    of the merged form."""

    service: str
    where: str
    field: Field
    when: str = ""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Questions that are one, in the order of the members; `question` is the package's own that answers them."""

    code: str
    asked: tuple[Asked, ...]
    question: Field | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A material where it is asked for; `when` speaks of codes of the merged form."""

    service: str
    material: Material
    when: str = ""


@dataclass(frozen=True, slots=True)
class MaterialGroup:
    """Materials that are handed in once."""

    code: str
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Merging:
    """The merged form and list of materials of all members."""

    questions: tuple[Asked, ...]
    fields: tuple[FieldGroup, ...]
    materials: tuple[MaterialGroup, ...]


def merging(package: PackageVersion, items: Sequence[ServiceVersion]) -> Merging:
    """What the forms and lists of `items`, in this order, have in common."""
    questions = tuple(Asked("", f"问题“{field.label}”", field) for field in package.questions)
    kinds: dict[Hashable, list[Asked]] = {}
    for item in items:
        for key, asked in _keyed(item):
            kinds.setdefault(key, []).append(asked)
    codes = _codes(kinds)
    names = {(asked.service, asked.field.code): codes[key] for key, group in kinds.items() for asked in group}
    known = {_alike(field): field for field in package.questions}
    groups = tuple(
        FieldGroup(
            codes[key],
            tuple(_renamed(asked, names) for asked in group),
            known.get(_alike(group[0].field)) if _is_shared(key) else None,
        )
        for key, group in kinds.items()
    )
    return Merging(questions, groups, _materials(items, names))


def _keyed(item: ServiceVersion) -> Iterator[tuple[Hashable, Asked]]:
    """Every question of an item with what it has in common with those it is one with."""
    fields = fields_of(item)
    times = Counter(field.element for field in fields)
    for field in fields:
        asked = Asked(item.code, f"“{item.name}”的“{field.label}”", field)
        # Where an item asks for an element several times, the element alone does not tell which is which.
        own = times[field.element] > 1 or field.element in SEPARATE or _looks_out(field)
        yield (("own", item.code, field.code) if own else ("shared", *_alike(field))), asked


def fields_of(item: ServiceVersion) -> tuple[Field, ...]:
    """The questions of an item's form in their order."""
    return tuple(field for section in item.sections for field in section.fields)


def _is_shared(key: Hashable) -> bool:
    return isinstance(key, tuple) and key[0] == "shared"


def _looks_out(group: Field) -> bool:
    """Whether the rows of a group depend on what is asked outside it."""
    inside = {field.code for field in group.fields}
    return any(name not in inside for field in group.fields for name in _names(field.when))


def _names(when: str) -> list[str]:
    return [token for token in _NAME.findall(when) if token[0].isalpha() or token[0] == "_"]


def family(field: Field) -> str:
    """The kind of answers that a question takes; questions of one kind can be merged."""
    return next((line[0] for line in _FAMILIES if field.type in line), field.type)


def _alike(field: Field) -> tuple[Hashable, ...]:
    """What two questions must have in common to be one: element, kind, choices, rows."""
    rows = tuple((inner.code, inner.when, inner.required, *_alike(inner)) for inner in field.fields)
    return field.element, family(field), frozenset(option.value for option in field.options), rows


def strictest(fields: Sequence[Field]) -> str:
    """The type whose answers all of the questions take."""
    types = {field.type for field in fields}
    return next((kind for line in _FAMILIES for kind in line if kind in types), fields[0].type)


def _codes(kinds: Mapping[Hashable, Sequence[Asked]]) -> dict[Hashable, str]:
    """A code for every question of the merged form: by its data element, or by the item that alone asks it."""
    found: dict[Hashable, str] = {}
    taken: set[str] = set()
    for key, group in kinds.items():
        first = group[0]
        by_element = first.field.element.replace(".", "__")
        if not _is_shared(key) or by_element in taken:
            by_element = f"{slug(first.service)}__{first.field.code}"
        found[key] = _free(by_element, taken)
    return found


def slug(code: str) -> str:
    """An item's code as a word that conditions can name."""
    word = re.sub(r"[^a-z0-9]+", "_", code.lower())
    return word if word[:1].isalpha() else f"i{word}"


def _free(code: str, taken: set[str]) -> str:
    made, number = code, 1
    while made in taken:
        number += 1
        made = f"{code}_{number}"
    taken.add(made)
    return made


def _renamed(asked: Asked, names: Mapping[tuple[str, str], str]) -> Asked:
    return Asked(asked.service, asked.where, asked.field, rename(asked.field.when, asked.service, names))


def rename(when: str, service: str, names: Mapping[tuple[str, str], str]) -> str:
    """A condition of a member with the codes of the merged form; texts and members of objects stay as they are."""
    return _NAME.sub(lambda found: names.get((service, found[0]), found[0]), when)


def _materials(
    items: Sequence[ServiceVersion], names: Mapping[tuple[str, str], str]
) -> tuple[MaterialGroup, ...]:
    """What offices make themselves is nobody's to hand in."""
    kinds: dict[Hashable, list[Wanted]] = {}
    for item in items:
        for material in item.materials:
            if material.source is not Source.MADE:
                key = _same_proof(material)
                if any(wanted.service == item.code for wanted in kinds.get(key, ())):
                    key = (item.code, material.code)
                when = rename(material.when, item.code, names)
                kinds.setdefault(key, []).append(Wanted(item.code, material, when))
    taken: set[str] = set()
    return tuple(
        MaterialGroup(
            _free(f"{slug(group[0].service)[:28]}_{group[0].material.code[:10]}", taken), tuple(group)
        )
        for group in kinds.values()
    )


def same(text: str) -> str:
    """A name as names are compared: half-width, lower case, without punctuation and spaces."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def _same_proof(material: Material) -> tuple[Hashable, ...]:
    """What proves a material: a licence of a type, a shared record, or a paper of a name and form."""
    if material.source is Source.LICENCE:
        return "licence", same(material.licence_type)
    if material.source is Source.RECORD:
        return "record", same(material.name)
    return material.form, same(material.name)


def mismatches(made: Merging) -> Iterator[tuple[Asked, Asked]]:
    """Pairs of questions about one data element whose answers are of different kinds."""
    seen: dict[str, Asked] = {}
    by_element = [asked for group in made.fields for asked in group.asked]
    times = Counter((asked.service, asked.field.element) for asked in by_element)
    for asked in (*made.questions, *by_element):
        element = asked.field.element
        if element in SEPARATE or times[asked.service, element] > 1:
            continue
        first = seen.setdefault(element, asked)
        if family(first.field) != family(asked.field):
            yield first, asked
