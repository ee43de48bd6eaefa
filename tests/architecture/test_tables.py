"""Tables: foreign keys point down, nothing happens behind a row's back."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest
from django.apps import apps

from tests.architecture.source import Module, floors, imported, modules, parsed

SIGNALS = (
    "django.dispatch",
    "django.db.models.signals",
    "django.core.signals",
    "django.contrib.auth.signals",
)
HOOKS = {"save", "delete", "save_base", "bulk_create", "full_clean"}


def relations() -> Iterator[tuple[str, str]]:
    """Every foreign key of the rooms: the room that holds it, the room it points to."""
    for model in apps.get_models():
        if not model.__module__.startswith("onedoor.domain."):
            continue
        for field in model._meta.get_fields():
            if field.many_to_one or field.one_to_one or field.many_to_many:
                if field.auto_created and not field.concrete:
                    continue
                target = field.related_model
                assert not isinstance(target, str)
                assert target is not None
                yield model._meta.app_label, target._meta.app_label


def pointing_up(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keys that lead to a higher floor, to a neighbour, or out of the house."""
    height = floors()
    return [
        (holder, target)
        for holder, target in keys
        if holder != target and (target not in height or height[target] <= height[holder])
    ]


def test_foreign_keys_point_down() -> None:
    keys = list(relations())
    assert ("cases", "offices") in keys
    assert pointing_up(keys) == []


@pytest.mark.parametrize("planted", [("offices", "cases"), ("catalog", "people"), ("cases", "admin")])
def test_a_key_that_points_up_or_sideways_is_found(planted: tuple[str, str]) -> None:
    assert pointing_up([planted]) == [planted]


#: Who names signals all the same, and why. An entry that is not needed any more is a fault.
RECEIVERS_TAKEN_OFF = {
    "onedoor.site.wsgi": "takes off Django's own receivers, which every request would pay for"
}


def signals_used(module: Module) -> list[str]:
    return [f"{module.name}:{line} {name}" for line, name in imported(module) if name.startswith(SIGNALS)]


def hooks_overridden(module: Module) -> list[str]:
    return [
        f"{module.name}:{item.lineno} {item.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any(_is_row(base) for base in node.bases)
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name in HOOKS
    ]


def _is_row(base: ast.expr) -> bool:
    """Whether a base class makes its heirs rows or ways to rows."""
    return ast.unparse(base).partition("[")[0].endswith(("Model", "User", "Manager", "QuerySet"))


def test_no_signals() -> None:
    found = {m.name for m in modules() if signals_used(m)}
    assert found == set(RECEIVERS_TAKEN_OFF)


def test_no_row_saves_itself_in_its_own_way() -> None:
    assert [place for m in modules() for place in hooks_overridden(m)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from django.dispatch import receiver",
        "import django.dispatch",
    ],
)
def test_a_planted_signal_is_found(planted: str) -> None:
    assert signals_used(parsed("onedoor.planted", planted))


def test_a_planted_override_is_found() -> None:
    planted = "class Case(Model):\n    def save(self, *args):\n        super().save(*args)\n"
    assert hooks_overridden(parsed("onedoor.planted", planted))
