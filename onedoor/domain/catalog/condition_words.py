"""A condition in Chinese: `cold == "yes"` is “是否制售冷食”为“是”. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .terms import Field, Section, ServiceVersion

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<sign>&&|\|\||==|!=|>=|<=|[()\[\],!<>-]))"""
)
_SIGNS = {"==": "为", "!=": "不为", ">": "大于", ">=": "不少于", "<": "小于", "<=": "不超过"}
_TURNED = {"==": "==", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
_PLAIN = {"true": "是", "false": "否", "null": "没有填写"}


def in_words(source: str, sections: Iterable[Section]) -> str:
    """A condition as an editor reads it; one that has no words for it stands there as it is written."""
    if not source:
        return ""
    fields = {field.code: field for section in sections for each in section.fields for field in _all(each)}
    try:
        return _Reading(source, fields).whole()
    except _NoWords:
        return f"条件“{source}”成立"


def needed_when(version: ServiceVersion, source: str) -> str:
    """The same with the word 当…时 around it; "" for no condition."""
    return f"当{in_words(source, version.sections)}时" if source else ""


def _all(field: Field) -> Iterable[Field]:
    return (field, *field.fields)


class _NoWords(Exception):
    """The condition says something that has no Chinese here."""


class _Reading:
    """Reads a condition from left to right."""

    def __init__(self, source: str, fields: Mapping[str, Field]) -> None:
        self._fields = fields
        self._tokens = _tokens(source)
        self._place = 0

    def whole(self) -> str:
        words = self._any()
        if self._next():
            raise _NoWords
        return words

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        found = self._next()
        if wanted and found not in wanted:
            raise _NoWords
        self._place += 1
        return found

    def _any(self) -> str:
        parts = [self._every()]
        while self._next() == "||":
            self._take()
            parts.append(self._every())
        return "，或者".join(parts)

    def _every(self) -> str:
        parts = [self._one()]
        while self._next() == "&&":
            self._take()
            parts.append(self._one())
        return "，并且".join(parts)

    def _one(self) -> str:
        if self._next() == "!":
            self._take()
            return f"不是“{self._one()}”" if self._next() == "(" else self._answered("false")
        if self._next() == "(":
            self._take()
            words = self._any()
            self._take(")")
            return f"（{words}）"
        return self._compared()

    def _answered(self, value: str) -> str:
        field = self._field(self._take())
        return f"“{field.label}”为“{_PLAIN[value]}”"

    def _compared(self) -> str:
        left, sign = self._take(), self._next()
        if sign == "in":
            self._take()
            return self._within(left)
        if sign not in _SIGNS:
            self._place -= 1
            return self._answered("true")
        self._take()
        right = self._value()
        if left not in self._fields:
            left, right, sign = right, left, _TURNED[sign]
        field = self._field(left)
        return f"“{field.label}”{_SIGNS[sign]}{_said(field, right)}"

    def _value(self) -> str:
        sign = self._take() if self._next() == "-" else ""
        return sign + self._take()

    def _within(self, left: str) -> str:
        if self._next() in self._fields:
            field = self._field(self._take())
            return f"“{field.label}”中选了{_said(field, left)}"
        field = self._field(left)
        self._take("[")
        listed = [_said(field, self._value())]
        while self._next() == ",":
            self._take()
            listed.append(_said(field, self._value()))
        self._take("]")
        return f"“{field.label}”为{'或'.join(listed)}"

    def _field(self, code: str) -> Field:
        if code not in self._fields:
            raise _NoWords
        return self._fields[code]


def _tokens(source: str) -> list[str]:
    found, place = [], 0
    text = source.rstrip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise _NoWords
        found.append(token[0].strip())
        place = token.end()
    return found


def _said(field: Field, literal: str) -> str:
    """A literal as the form words it."""
    if literal in _PLAIN:
        return f"“{_PLAIN[literal]}”" if literal != "null" else _PLAIN[literal]
    if literal[:1] in "\"'" and literal:
        value = literal[1:-1]
        return next((f"“{o.label}”" for o in field.options if o.value == value), f"“{value}”")
    if not re.fullmatch(r"-?\d+(\.\d+)?", literal):
        raise _NoWords
    return f" {literal} "
