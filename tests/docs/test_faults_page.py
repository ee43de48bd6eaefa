"""Every row of the page on faults is backed by a test that exists."""

from __future__ import annotations

import ast
import re

from tests.cluster import REPOSITORY

PAGE = REPOSITORY / "docs/explanation/faults.md"
_NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z0-9_]+)`")


def rows() -> list[str]:
    """The lines of the table of faults."""
    table = PAGE.read_text("utf-8").partition("## 故障一览")[2].partition("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| 故障")]


def test_every_fault_names_a_test_that_exists() -> None:
    assert len(rows()) >= 10
    for row in rows():
        found = _NAMED.search(row)
        assert found, row
        tree = ast.parse((REPOSITORY / found[1]).read_text("utf-8"))
        assert found[2] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, row


def test_the_answers_are_those_of_the_program() -> None:
    from onedoor.faces.outages import DISK_FULL, UNREACHABLE

    text = PAGE.read_text("utf-8")
    for outage in (DISK_FULL, UNREACHABLE):
        line = next(line for line in text.splitlines() if f"`{outage.code}`" in line)
        assert line.startswith(f"| {outage.status} |")
        assert line.endswith(f"| {outage.retry_after} 秒 |")
