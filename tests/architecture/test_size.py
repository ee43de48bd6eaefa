"""Nothing grows beyond what one can read at a glance."""

from __future__ import annotations

import ast

from tests.architecture.source import Module, modules, parsed

MODULE_LINES = 400
FUNCTION_LINES = 50


def too_long(module: Module) -> list[str]:
    """Modules and functions over their limit, with their length."""
    found = []
    lines = module.text.count("\n")
    if lines > MODULE_LINES:
        found.append(f"{module.name}: {lines} lines")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{module.name}.{node.name}: {length} lines")
    return found


def test_modules_and_functions_stay_short() -> None:
    assert [fault for m in modules() for fault in too_long(m)] == []


def test_what_is_too_long_is_found() -> None:
    body = "    pass\n" * FUNCTION_LINES
    assert too_long(parsed("onedoor.planted", f"def long() -> None:\n{body}")) == [
        "onedoor.planted.long: 51 lines"
    ]
    assert too_long(parsed("onedoor.planted", "x = 1\n" * (MODULE_LINES + 1))) == [
        "onedoor.planted: 401 lines"
    ]
