"""Rooms are entered through their doors, and only values come out."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import grimp
import pytest
from django.apps import apps
from django.db.models import Manager, Model, QuerySet
from django.db.models.query import RawQuerySet

from onedoor.domain.cases.models import Case
from tests.architecture.source import floors

Edge = tuple[str, str]

#: What every room shows to those above it.
DOORS = {"terms", "events", "queries", "actions"}
#: What only the composition root touches, to wire it.
WIRED = {"tasks", "followers", "apps"}
#: Drawers of a large room: each has doors of its own, those of a room.
DRAWERS = {
    "catalog.batches",
    "catalog.campaigns",
    "catalog.drafts",
    "catalog.packages",
    "catalog.quality",
    "catalog.search",
}
#: Further doors, each with why it is one. An entry that nobody uses any more is a fault.
FURTHER: Mapping[str, str] = {
    "cases.counter": "what the counter reads of packages; a reading like those of queries",
    "cases.meeting": "who calls and their case are read at once; a reading like those of queries",
    "catalog.condition_words": "a condition in Chinese is a pure function of it, shown by the editor",
    "catalog.forms": "the form of a version is a pure function of it, wanted by cases and pages alike",
    "catalog.item_terms": "further words of an item, as terms are its first ones",
    "catalog.spelling": "how a text sounds is a pure function of it; the search benchmark spells what it makes up",
    "catalog.states": "the words that tables and drawers share",
    "catalog.campaigns.sheets": "a clean-up's sheet is a pure function of its items, handed out by the desk",
    "catalog.drafts.differences": "the names by which versions are compared are those by which they are edited",
    "catalog.drafts.edits": "the rows of a document in work, put in and taken out by pure functions",
    "catalog.exporting.catalogue": "the whole catalogue in force, written as a file",
    "catalog.guides.flowchart": "the chart of a procedure is a pure function of it, drawn by pages and papers",
    "catalog.guides.guide": "the printed guide of a version is a pure function of it, set by papers",
    "catalog.guides.sheets": "what is printed for a situation is a pure function of it, set by papers",
    "catalog.guides.situations": "what ticked answers call for is a pure function, wanted by pages and interface",
    "catalog.importing.workbook": "the faults of an import as a workbook, which the command writes to a file",
    "catalog.packages.draft_terms": "the words of package drafts, as terms are those of packages",
    "catalog.packages.drafting": "the composing of packages, step by step",
    "catalog.packages.drafts": "the reading of package drafts, as queries is that of packages",
    "catalog.packages.portions": "a merged form as each member has its own, wanted by cases and pages alike",
    "catalog.packages.reviewing": "what becomes of a package draft, and retiring a package",
    "catalog.search.questions": "a tree of guided questions in work, changed by pure functions and drawn by the desk",
    "catalog.quality.ratio_terms": "the words of ratios",
    "catalog.quality.ratios": "the reading of ratios over the catalogue",
}
_ROOMS = "onedoor.domain."
DOMAIN = Path(__file__).parents[2] / "onedoor/domain"


@cache
def edges() -> tuple[Edge, ...]:
    """Every import inside the product: (who imports, what)."""
    graph = grimp.build_graph("onedoor", cache_dir=None)
    return tuple(
        (importer, target)
        for importer in sorted(graph.modules)
        for target in sorted(graph.find_modules_directly_imported_by(importer))
    )


def room(name: str) -> str:
    """The room a module lies in, "" outside the rooms."""
    return name.removeprefix(_ROOMS).partition(".")[0] if name.startswith(_ROOMS) else ""


def break_ins(found: Iterable[Edge]) -> Iterator[Edge]:
    """Imports that enter a room by anything but a door; private modules need no list, being the rest."""
    for importer, target in found:
        if not room(target) or room(importer) == room(target):
            continue
        piece = target.removeprefix(f"{_ROOMS}{room(target)}").lstrip(".")
        wired = importer.startswith("onedoor.site.") and piece in WIRED
        inner, _, door = f"{room(target)}.{piece}".rpartition(".")
        shown = door in DOORS and (inner == room(target) or inner in DRAWERS)
        if not shown and not wired and f"{inner}.{door}" not in FURTHER:
            yield importer, target


def test_rooms_are_entered_by_their_doors() -> None:
    assert list(break_ins(edges())) == []


def test_no_door_stands_open_for_nobody() -> None:
    entered = {target.removeprefix(_ROOMS) for importer, target in edges() if room(importer) != room(target)}
    assert set(FURTHER) <= entered


@pytest.mark.parametrize(
    "planted",
    [
        ("onedoor.faces.desk.views", "onedoor.domain.cases.models"),
        ("onedoor.faces.desk.views", "onedoor.domain.cases.statements"),
        ("onedoor.faces.desk.views", "onedoor.domain.cases.engine.terms"),
        ("onedoor.domain.cases.opening", "onedoor.domain.people.rules"),
        ("onedoor.domain.cases.opening", "onedoor.domain.catalog.packages.rules"),
        ("onedoor.domain.cases.opening", "onedoor.domain.catalog.importing.sheets"),
        ("onedoor.faces.desk.views", "onedoor.domain.cases.tasks"),
    ],
)
def test_a_planted_break_in_is_found(planted: Edge) -> None:
    assert list(break_ins([planted])) == [planted]


def beyond_reach(found: Iterable[Edge]) -> list[Edge]:
    """What the engine imports beside itself, core and other rooms' terms."""
    engine = "onedoor.domain.cases.engine"
    return [
        (importer, target)
        for importer, target in found
        if importer.startswith(engine)
        and not target.startswith((engine, "onedoor.core"))
        and not (room(target) and target.endswith(".terms"))
        and target.partition(".")[0] not in sys.stdlib_module_names
    ]


def test_the_engine_stands_on_core_and_terms_alone() -> None:
    graph = grimp.build_graph("onedoor", include_external_packages=True, cache_dir=None)
    engine = [name for name in graph.modules if name.startswith("onedoor.domain.cases.engine")]
    found = [(name, target) for name in engine for target in graph.find_modules_directly_imported_by(name)]
    assert len(found) > 20
    assert beyond_reach(found) == []
    planted = [
        ("onedoor.domain.cases.engine.decide", t) for t in ("django", "onedoor.domain.offices.queries")
    ]
    assert beyond_reach(planted) == planted


def rows_among(annotation: object, seen: frozenset[object] = frozenset()) -> Iterator[object]:
    """Model classes, querysets and managers anywhere inside a type, also in the fields of its dataclasses."""
    if annotation in seen:
        return
    seen |= {annotation}
    origin = typing.get_origin(annotation)
    if origin is not None:
        yield from rows_among(origin, seen)
        for part in typing.get_args(annotation):
            if isinstance(part, type) or typing.get_origin(part):
                yield from rows_among(part, seen)
    elif isinstance(annotation, type):
        if issubclass(annotation, Model | QuerySet | RawQuerySet | Manager):
            yield annotation
        elif dataclasses.is_dataclass(annotation):
            for kind in _hints(annotation).values():
                yield from rows_among(kind, seen)


def _hints(thing: object) -> dict[str, object]:
    return typing.get_type_hints(thing)


def leaks(queries: ModuleType) -> list[str]:
    """Public functions of a room's queries that give rows away, or do not say what they give."""
    found = []
    shown = getattr(queries, "__all__", ())
    for name, function in inspect.getmembers(queries, inspect.isfunction):
        if name.startswith("_") or not (function.__module__ == queries.__name__ or name in shown):
            continue
        hints = _hints(function)
        if "return" not in hints:
            found.append(f"{queries.__name__}.{name} does not say what it returns")
        found += [f"{queries.__name__}.{name} gives {row}" for row in rows_among(hints.get("return"))]
    return found


def rooms_with_queries() -> list[str]:
    names = [config.name for config in apps.get_app_configs() if config.name.startswith(_ROOMS)]
    assert {name.removeprefix(_ROOMS) for name in names} <= set(floors())
    drawers = [each for each in sorted(DRAWERS) if (DOMAIN / each.replace(".", "/") / "queries.py").exists()]
    return names + [f"{_ROOMS}{each}" for each in drawers]


@pytest.mark.parametrize("name", rooms_with_queries())
def test_only_values_leave_a_room(name: str) -> None:
    assert leaks(import_module(f"{name}.queries")) == []


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A value that is none: it carries a row."""

    case: Case


def test_a_planted_leak_is_found() -> None:
    planted = ModuleType("planted")

    def one() -> Case | None: ...
    def many() -> tuple[QuerySet[Case], int]: ...
    def nested() -> list[Sheet]: ...
    def silent(): ...  # type: ignore[no-untyped-def]
    def fair() -> tuple[int, ...]: ...

    for function in (one, many, nested, silent, fair):
        function.__module__ = "planted"
        setattr(planted, function.__name__, function)
    assert [fault.split()[0] for fault in leaks(planted)] == [
        "planted.many",
        "planted.nested",
        "planted.one",
        "planted.silent",
    ]
