"""The product's source as the architecture tests look at it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.cluster import REPOSITORY


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed module: `name` is dotted, `tree` its syntax."""

    name: str
    text: str
    tree: ast.Module

    def within(self, *packages: str) -> bool:
        """Whether the module is one of these packages or lies in one."""
        return any(self.name == each or self.name.startswith(f"{each}.") for each in packages)


def parsed(name: str, text: str) -> Module:
    """A module from its text; controls plant their faults this way."""
    return Module(name, text, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product except migrations, which are history and never edited."""
    found = []
    for path in sorted((REPOSITORY / "onedoor").rglob("*.py")):
        if "migrations" not in path.parts:
            found.append(parsed(_name(path), path.read_text(encoding="utf-8")))
    assert len(found) > 100, "the product's source was not found"
    return tuple(found)


def _name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, `from a import b` as `a.b`; relative imports left out."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def docstrings(tree: ast.Module) -> set[int]:
    """Identities of the constants that are documentation, which may speak of anything."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


@cache
def contracts() -> ConfigParser:
    """The import contracts."""
    found = ConfigParser()
    assert found.read(REPOSITORY / ".importlinter", encoding="utf-8")
    return found


@cache
def floors() -> dict[str, int]:
    """Room → floor, counted from the highest; read from the contract, so that there is one list only."""
    lines = contracts()["importlinter:contract:floors"]["layers"].split("\n")
    rows = [line.replace("(", "").replace(")", "").split("|") for line in lines if line.strip()]
    return {room.strip(): height for height, row in enumerate(rows) for room in row}
