"""A version's form as JSON Schema 2020-12, for programs that fill it in.

Beyond the standard's words it has `x-element` (the data element 数据元 a field is bound to), `x-type` (the
kind of question), `x-when` (the condition under which it is asked) and `x-sections` (the pages of the form).
A group 填写组 is an array of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .answers import DECIMAL_PLACES, MONEY_PLACES, WHOLE_DIGITS
from .terms import Field, Section, ServiceVersion

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def form_schema(version: ServiceVersion) -> dict[str, Any]:
    """The schema of answers to a version's form. Fields asked under a condition are never `required` here."""
    return described(
        f"urn:onedoor:service:{version.code}:{version.number}:form", version.name, version.sections
    )


def described(name: str, title: str, sections: Sequence[Section]) -> dict[str, Any]:
    """The schema of answers to the questions of some sections; `name` is its URN."""
    fields = [field for section in sections for field in section.fields]
    return {
        "$schema": _DIALECT,
        "$id": name,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "properties": {field.code: _property(field) for field in fields},
        "required": [field.code for field in fields if field.required and not field.when],
        "x-sections": [
            {"code": section.code, "title": section.title, "fields": [field.code for field in section.fields]}
            for section in sections
        ],
    }


def _property(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"title": field.label, **_kind(field)}
    if field.hint:
        described["description"] = field.hint
    described |= {"x-element": field.element, "x-type": field.type}
    if field.when:
        described["x-when"] = field.when
    return described


def _kind(field: Field) -> dict[str, Any]:
    """What JSON Schema can say about the values of a field."""
    plain: dict[str, dict[str, Any]] = {
        "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "phone": {"type": "string", "minLength": 5, "maxLength": 20},
        "id_number": {"type": "string", "pattern": r"^[0-9]{17}[0-9X]$"},
        "uscc": {"type": "string", "pattern": r"^[0-9A-HJ-NPQRTUWXY]{18}$"},
        "number": {"anyOf": [{"type": "integer"}, _decimal(r"-?", DECIMAL_PLACES)]},
        "money": _decimal("", MONEY_PLACES),
    }
    if field.type in plain:
        return plain[field.type]
    if field.type in ("choice", "choices"):
        return _chosen(field)
    if field.type == "group":
        return _rows(field)
    least = {"minLength": 1} if field.required else {}
    return {"type": "string", **least, "maxLength": field.max_length}


def _rows(group: Field) -> dict[str, Any]:
    least = {"minItems": 1} if group.required else {}
    row = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.code: _property(field) for field in group.fields},
        "required": [field.code for field in group.fields if field.required and not field.when],
    }
    return {"type": "array", "items": row, **least, "maxItems": group.most}


def _decimal(sign: str, places: int) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^{sign}[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{places}}})?$"}


def _chosen(field: Field) -> dict[str, Any]:
    one = {"oneOf": [{"const": option.value, "title": option.label} for option in field.options]}
    values = [option.value for option in field.options]
    if field.type == "choice":
        return {"type": "string", "enum": values, **one}
    entry = {"type": "string", "enum": values, **one}
    least = {"minItems": 1} if field.required else {}
    return {"type": "array", "items": entry, "uniqueItems": True, **least}
