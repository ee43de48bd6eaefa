"""Conditions of fields, materials and steps: one-line CEL expressions over answers by field code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import cel

from .terms import Field, ServiceVersion

#: Longer conditions belong into the form as a question. The parser also panics on columns beyond 65,535.
MAX_LENGTH = 300

#: Words that CEL keeps for itself, so that no field may be called so.
RESERVED = frozenset({
    "as", "bool", "break", "bytes", "const", "continue", "double", "duration", "else", "false", "for",
    "function", "if", "import", "in", "int", "let", "list", "loop", "map", "namespace", "null", "package",
    "return", "size", "string", "timestamp", "true", "type", "uint", "var", "void", "while",
})  # fmt: skip


@lru_cache(maxsize=4096)
def compiled(source: str) -> cel.Program:
    """The compiled condition. Raises ValueError if it is not well-formed."""
    if len(source) > MAX_LENGTH:
        raise ValueError("condition too long")
    return cel.compile(source)


def fault(source: str, known: Collection[str]) -> tuple[str, str] | None:
    """What is wrong with a condition that may name the fields `known`: (code, Chinese detail), or None."""
    if len(source) > MAX_LENGTH:
        return "condition_too_long", f"条件共 {len(source)} 字符，请缩短到 {MAX_LENGTH} 字符以内。"
    try:
        program = compiled(source)
    except ValueError:
        return "condition_invalid", f'条件“{source[:60]}”写法有误，请按 字段 == "值" 的形式修改。'
    strangers = sorted(set(program.variables()) - set(known))
    if strangers:
        named = "、".join(strangers)
        return "condition_unknown_field", f"条件用到了此前没有的填写项 {named}，请改用表单中已有的字段代码。"
    return None


def holds(source: str, context: Mapping[str, Any]) -> bool:
    """Whether a condition holds; "" always does.

    An answer that is not there yet is null. A condition that cannot be worked out with it does not hold: the
    question or material waits until the answer it hangs on is given.
    """
    if not source:
        return True
    try:
        return compiled(source).execute(dict(context)) is True
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False


def settled(source: str, context: Mapping[str, Any], open_: Collection[str]) -> bool | None:
    """Whether a condition holds, or None if that hangs on names in `open_` that are still to be answered.

    What the answers given so far decide already is decided: `a || b` holds if `a` does.
    """
    if not source:
        return True
    waiting = set(open_) & set(compiled(source).variables())
    if not waiting:
        return holds(source, context)
    known = {name: value for name, value in context.items() if name not in waiting}
    try:
        found = compiled(source).execute(known)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return found is True


def context_of(version: ServiceVersion, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The values that conditions of this version see: one per field, null where there is no answer."""
    return {
        field.code: seen(field, answers.get(field.code))
        for section in version.sections
        for field in section.fields
    }


def seen(field: Field, value: Any) -> Any:
    """An answer as a condition sees it: numbers as numbers, no choice of several and no rows as an empty list."""
    if field.type in ("choices", "group"):
        return value if isinstance(value, list) else []
    if field.type in ("number", "money") and isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return int(number) if number == number.to_integral_value() else float(number)
    return value
