"""Checking a document against a JSON Schema, with answers a Chinese reader can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from onedoor.core.refusals import Problem

_MOST_PROBLEMS = 50
#: What no text holds that people wrote, no table stores and no paper prints: control characters other than those
#: that divide lines and words, and half a surrogate pair.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Checker:
    """A compiled schema. Compile once, check often (a few microseconds)."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.validator_for(
            json.loads(json.dumps(schema, default=dict)), validate_formats=True
        )

    def problems(self, document: Any, *, under: str = "") -> tuple[Problem, ...]:
        """Every fault of `document`, at most 50, each with a JSON pointer that starts with `under`.

        Whatever the schema says, no text may hold control characters.
        """
        unprintable = [pointer for pointer, text in texts(document, under) if _UNPRINTABLE.search(text)]
        if unprintable:
            return tuple(Problem(at, *_KEYWORDS["unprintable"]) for at in unprintable[:_MOST_PROBLEMS])
        if self._validator.is_valid(document):
            return ()
        errors = islice(self._validator.iter_errors(document), _MOST_PROBLEMS)
        return tuple(_problem(error, under) for error in errors)


def texts(document: Any, under: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document, names of members among them, with the JSON pointer of the value it belongs to."""
    if isinstance(document, str):
        yield under, document
    elif isinstance(document, Mapping):
        for name, value in document.items():
            pointer = f"{under}/{_escaped(str(name))}"
            yield pointer, str(name)
            yield from texts(value, pointer)
    elif isinstance(document, list | tuple):
        for at, value in enumerate(document):
            yield from texts(value, f"{under}/{at}")


def _problem(error: Any, under: str) -> Problem:
    pointer = under + "".join(f"/{_escaped(str(part))}" for part in error.instance_path)
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    kind = error.kind
    if keyword == "required":
        return Problem(f"{pointer}/{_escaped(str(kind.property))}", "missing", "这一项没有填写，请填写。")
    if keyword == "additionalProperties":
        return Problem(pointer, "unknown_member", f"不认识“{'、'.join(kind.unexpected)}”，请去掉。")
    return Problem(pointer, *_KEYWORDS.get(keyword, ("invalid", "这一项的内容不符合要求，请核对后重填。")))


_KEYWORDS = {
    "type": ("wrong_type", "这一项的类型不对，请按接口说明填写。"),
    "enum": ("not_an_option", "这一项不在可选范围内，请从给出的选项中选择。"),
    "minLength": ("too_short", "这一项内容太短，请补充。"),
    "maxLength": ("too_long", "这一项内容太长，请精简。"),
    "minItems": ("too_few", "这一项至少要有一条，请补充。"),
    "maxItems": ("too_many", "这一项的条数太多，请减少。"),
    "maxProperties": ("too_many", "填写的项目太多，请减少。"),
    "pattern": ("wrong_pattern", "这一项的格式不对，请核对后重填。"),
    "format": ("wrong_format", "这一项的格式不对，请核对后重填。"),
    "minimum": ("out_of_range", "这一项的数值太小，请核对。"),
    "maximum": ("out_of_range", "这一项的数值太大，请核对。"),
    "unprintable": ("control_character", "这一项中有不可见的控制字符，请删去后重新填写。"),
}


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
