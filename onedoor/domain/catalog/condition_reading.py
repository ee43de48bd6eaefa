"""A condition of the catalogue taken apart: what is said of which question, joined by and, or and not. Pure.

Reads the part of CEL that conditions are written in; what lies outside of it raises `NoWords`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|'[^'\\]*')|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<sign>&&|\|\||==|!=|>=|<=|[()\[\],!<>-]))"""
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_TURNED = {"==": "==", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
_OPPOSITE = {
    "==": "!=",
    "!=": "==",
    ">": "<=",
    "<=": ">",
    "<": ">=",
    ">=": "<",
    "in": "not in",
    "not in": "in",
}
_KEPT = frozenset(("true", "false", "null"))


class NoWords(Exception):
    """The condition says something that has no words here."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a condition says of one question: `how` is ==, !=, >, >=, <, <=, in or "not in".

    `values` are texts without their quotes, numbers as written, or true, false and null; `quoted` tells texts from
    the others. Of several values any one does for == and in, and none for their opposites, unless `every` one must.
    `counted` speaks of how many there are instead of which.
    """

    question: str
    how: str
    values: tuple[str, ...]
    quoted: bool = True
    every: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts of which all must hold, or with `any_of` at least one."""

    parts: tuple[Tree, ...]
    any_of: bool


Tree = Said | Joined


def taken_apart(source: str, known: Collection[str]) -> Tree:
    """The tree of a condition over questions with `known` codes, each question's values together.

    Raises NoWords.
    """
    return _Reading(source, known).whole()


def opposite(tree: Tree) -> Tree:
    """What holds when the tree does not."""
    if isinstance(tree, Joined):
        return _joined([opposite(part) for part in tree.parts], any_of=not tree.any_of)
    if tree.every:
        parts = [replace(tree, how="not in", values=(value,), every=False) for value in tree.values]
        return Joined(tuple(parts), any_of=True)
    if tree.how == "==" and tree.values in (("true",), ("false",)):
        return replace(tree, values=("false",) if tree.values == ("true",) else ("true",))
    return replace(tree, how=_OPPOSITE[tree.how])


def _joined(parts: Sequence[Tree], *, any_of: bool) -> Tree:
    """Parts joined, none of them in the same way, and what is said of the values of one question put together."""
    flat: list[Tree] = []
    for part in parts:
        for each in part.parts if isinstance(part, Joined) and part.any_of == any_of else (part,):
            places = range(len(flat))
            place = next((n for n in places if _together(flat[n], each, any_of=any_of)), None)
            if place is None:
                flat.append(each)
            else:
                flat[place] = _together(flat[place], each, any_of=any_of) or each
    return flat[0] if len(flat) == 1 else Joined(tuple(flat), any_of)


def _together(one: Tree, other: Tree, *, any_of: bool) -> Said | None:
    """Two sayings of values as one, None where they stay two."""
    if isinstance(one, Joined) or isinstance(other, Joined) or other.every or (any_of and one.every):
        return None
    kinds = [(each.question, each.how, each.quoted, each.counted) for each in (one, other)]
    if kinds[0] != kinds[1] or not one.quoted or one.counted:
        return None
    both = any_of is False and one.how == "in"
    if both and (len(other.values) > 1 or not (one.every or len(one.values) == 1)):
        return None
    if not both and one.how not in (("==", "in") if any_of else ("!=", "not in")):
        return None
    return replace(one, values=tuple(dict.fromkeys((*one.values, *other.values))), every=both)


class _Reading:
    """Reads a condition from left to right."""

    def __init__(self, source: str, known: Collection[str]) -> None:
        self._known = known
        self._tokens = tuple(_tokens(source))
        self._place = 0

    def whole(self) -> Tree:
        tree = self._any()
        if self._next():
            raise NoWords
        return tree

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        found = self._next()
        if not found or (wanted and found not in wanted):
            raise NoWords
        self._place += 1
        return found

    def _any(self) -> Tree:
        parts = [self._every()]
        while self._next() == "||":
            self._take()
            parts.append(self._every())
        return _joined(parts, any_of=True)

    def _every(self) -> Tree:
        parts = [self._one()]
        while self._next() == "&&":
            self._take()
            parts.append(self._one())
        return _joined(parts, any_of=False)

    def _one(self) -> Tree:
        if self._next() == "!":
            self._take()
            return opposite(self._one())
        if self._next() == "(":
            self._take()
            tree = self._any()
            self._take(")")
            return tree
        return self._compared()

    def _compared(self) -> Tree:
        counted = self._next() == "size"
        left = self._size() if counted else self._value()
        how = self._next()
        if how == "in" and not counted:
            self._take()
            return self._within(left)
        if how not in _TURNED:
            return Said(self._question(left), "==", ("true",), quoted=False)
        self._take()
        right = self._value()
        if left not in self._known:
            left, right, how = right, left, _TURNED[how]
        value, quoted = _literal(right)
        if counted and not _NUMBER.fullmatch(value):
            raise NoWords
        return Said(self._question(left), how, (value,), quoted, counted=counted)

    def _size(self) -> str:
        self._take("size")
        self._take("(")
        code = self._take()
        self._take(")")
        return code

    def _value(self) -> str:
        sign = self._take() if self._next() == "-" else ""
        return sign + self._take()

    def _within(self, left: str) -> Tree:
        if self._next() in self._known:
            value, quoted = _literal(left)
            return Said(self._take(), "in", (value,), quoted)
        self._take("[")
        listed = [_literal(self._value())]
        while self._next() == ",":
            self._take()
            listed.append(_literal(self._value()))
        self._take("]")
        kinds = {quoted for _, quoted in listed}
        if len(kinds) > 1:
            raise NoWords
        return Said(self._question(left), "==", tuple(value for value, _ in listed), kinds.pop())

    def _question(self, code: str) -> str:
        if code not in self._known:
            raise NoWords
        return code


def _literal(token: str) -> tuple[str, bool]:
    """What a literal says, and whether it is a text. Raises NoWords for what is none."""
    if token[:1] == '"':
        try:
            return json.loads(token), True
        except ValueError:
            raise NoWords from None
    if token[:1] == "'":
        return token[1:-1], True
    if token in _KEPT or _NUMBER.fullmatch(token):
        return token, False
    raise NoWords


def _tokens(source: str) -> Iterator[str]:
    text, place = source.rstrip(), 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise NoWords
        yield token[0].strip()
        place = token.end()
