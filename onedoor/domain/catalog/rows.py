"""Looking at answers one by one, those of a group's rows among them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from onedoor.core.refusals import Problem, Refused

from . import conditions
from .answers import Answer, Row, is_blank, read_answer
from .reading import pointer_to
from .terms import Field

#: A question that is asked, its clean answer (None without one), and what is wrong with what was answered.
Looked = tuple[Field, Answer | None, tuple[Problem, ...]]


def walk(
    fields: Iterable[Field], answers: Mapping[str, Any], context: dict[str, Any], pointer: str
) -> Iterator[Looked]:
    """Those of `fields` whose condition holds. `context` is what conditions see; it learns each answer."""
    for field in fields:
        if conditions.holds(field.when, context):
            value, problems = _look(field, answers.get(field.code), context, pointer_to(pointer, field.code))
            context[field.code] = conditions.seen(field, value)
            yield field, value, problems


def _look(
    field: Field, value: object, context: Mapping[str, Any], pointer: str
) -> tuple[Answer | None, tuple[Problem, ...]]:
    if field.type == "group" and not is_blank(value):
        return _rows(field, value, context, pointer)
    if is_blank(value):
        missing = Problem(pointer, "required", f"请{_verb(field)}“{field.label}”。")
        return None, (missing,) if field.required else ()
    try:
        return read_answer(field, value), ()
    except Refused as refused:
        return None, (Problem(pointer, refused.code, refused.detail),)


def _verb(field: Field) -> str:
    if field.type == "group":
        return "至少添加一组"
    return "选择" if field.type in ("choice", "choices", "boolean", "date") else "填写"


def _rows(
    group: Field, value: object, context: Mapping[str, Any], pointer: str
) -> tuple[list[Row] | None, tuple[Problem, ...]]:
    """The rows of a group. One in which nothing was filled in counts for nothing; the others keep their place in
    pointers."""
    if not isinstance(value, list | tuple):
        return None, (Problem(pointer, "wrong_type", f"“{group.label}”应为列表，每组一个对象，请修改。"),)
    problems: list[Problem] = []
    if len(value) > group.most:
        detail = f"“{group.label}”共 {len(value)} 组，请减少到 {group.most} 组以内。"
        problems.append(Problem(pointer, "too_many", detail))
    kept: list[Row] = []
    for place, given in enumerate(value[: group.most]):
        if not is_empty_row(given):
            row, wrong = _row(group, given, context, f"{pointer}/{place}", place + 1)
            kept += [row] if row else []
            problems += wrong
    if group.required and not kept and not problems:
        problems.append(Problem(pointer, "required", f"请至少添加一组“{group.label}”。"))
    return kept or None, tuple(problems)


def is_empty_row(given: object) -> bool:
    """Whether nothing was filled in."""
    return given is None or (isinstance(given, Mapping) and all(is_blank(each) for each in given.values()))


def _row(
    group: Field, given: object, context: Mapping[str, Any], pointer: str, number: int
) -> tuple[Row, list[Problem]]:
    if not isinstance(given, Mapping):
        detail = f"“{group.label}”第 {number} 组应为“字段代码: 值”的对象，请修改。"
        return {}, [Problem(pointer, "wrong_type", detail)]
    known = {field.code for field in group.fields}
    problems = [
        Problem(
            pointer_to(pointer, key),
            "unknown_field",
            f"“{group.label}”里没有“{str(key)[:40]}”这一项，请核对或删去。",
        )
        for key in given
        if key not in known
    ]
    row: Row = {}
    seen = {**context, **{field.code: conditions.seen(field, None) for field in group.fields}}
    for field, value, wrong in walk(group.fields, given, seen, pointer):
        if value is not None and not _is_rows(value):
            row[field.code] = value  # type: ignore[assignment]
        problems += [Problem(p.pointer, p.code, f"第 {number} 组：{p.detail}") for p in wrong]
    return row, problems


def _is_rows(value: Answer) -> bool:
    """Rows have no rows of their own; the catalogue does not let a group stand in a group."""
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)
