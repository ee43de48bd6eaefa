"""Time is told, never asked: only faces, job doors and the site read a clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, docstrings, modules, parsed

CLOCKS = {"now", "utcnow", "today", "auto_now", "auto_now_add", "Now"}
SQL_CLOCK = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\(\)|\bcurrent_(timestamp|date)\b", re.I)


def may_ask(module: Module) -> bool:
    return module.within("onedoor.faces", "onedoor.site") or module.name.endswith(".tasks")


def clock_readings(module: Module) -> Iterator[str]:
    """Places where a module asks what time it is, also as a default value or inside SQL."""
    told = docstrings(module.tree)
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(attr=name) if name in CLOCKS:
                yield f"{module.name}:{node.lineno} {name}"
            case ast.Attribute(attr="time", value=ast.Name(id="time")):
                yield f"{module.name}:{node.lineno} time.time"
            case ast.ImportFrom(module=origin, names=names) if origin in ("django.utils.timezone", "time"):
                yield from (
                    f"{module.name}:{node.lineno} {n.name}" for n in names if n.name in CLOCKS | {"time"}
                )
            case ast.keyword(arg=name) if name in CLOCKS:
                yield f"{module.name}:{node.value.lineno} {name}"
            case ast.Constant(value=str(text)) if id(node) not in told and SQL_CLOCK.search(text):
                yield f"{module.name}:{node.lineno} {SQL_CLOCK.search(text)}"


def test_nobody_else_reads_a_clock() -> None:
    assert [place for m in modules() if not may_ask(m) for place in clock_readings(m)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import datetime, UTC\nAT = datetime.now(UTC)",
        "from datetime import date\ndef f(day=date.today()): ...",
        "from django.utils.timezone import now\n",
        "from django.utils import timezone\ndefault = timezone.now",
        "import time\nstamp = time.time()",
        "field = DateTimeField(auto_now_add=True)",
        "SQL = 'UPDATE cases_case SET due_at = now()'",
    ],
)
def test_a_planted_reading_is_found(planted: str) -> None:
    module = parsed("onedoor.domain.cases.planted", planted)
    assert not may_ask(module)
    assert list(clock_readings(module))
