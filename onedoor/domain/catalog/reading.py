"""Reading a document that people wrote: every fault is collected, none is raised.

A `Reader` stands on one JSON object. Asking it for a key returns a well-typed value in any case, so that
reading goes on and one look finds all faults; whether the value may be used, the list of problems tells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from onedoor.core.refusals import Problem

_E = TypeVar("_E", bound=StrEnum)


def pointer_to(parent: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) of a member of `parent`."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def has_control(text: str, *, lines: bool = False) -> bool:
    """Whether a text holds what no database or paper can carry: control characters or half a surrogate pair.

    With `lines`, line feeds and tabs are allowed.
    """
    allowed = "\n\t" if lines else ""
    return any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in text)


class Reader:
    """One JSON object under `pointer`; what is wrong with it goes to `problems`."""

    def __init__(self, value: object, pointer: str, problems: list[Problem]) -> None:
        self.pointer = pointer
        self.problems = problems
        self._seen: set[str] = set()
        self._value: Mapping[str, Any] = {}
        if isinstance(value, Mapping):
            self._value = value
        else:
            self.problem("", "wrong_type", "此处应填写一个对象（键和值），请按事项文档格式修改。")

    def problem(self, key: str, code: str, detail: str) -> None:
        """Note a fault at `key` ("" for the object itself)."""
        self.problems.append(Problem(pointer_to(self.pointer, key) if key else self.pointer, code, detail))

    def has(self, key: str) -> bool:
        """Whether the key is there with something in it."""
        return self._value.get(key) is not None

    def _take(self, key: str) -> Any:
        self._seen.add(key)
        return self._value.get(key)

    def _missing(self, key: str) -> None:
        self.problem(key, "required", f"缺少“{key}”，请补上。")

    def text(
        self, key: str, *, most: int = 200, required: bool = False, pattern: str = "", lines: bool = False
    ) -> str:
        """A text without surrounding spaces, "" if absent. `pattern` must match all of it."""
        value = self._take(key)
        if value is None or value == "":
            if required:
                self._missing(key)
            return ""
        if not isinstance(value, str):
            self.problem(key, "wrong_type", f"“{key}”应为文字，请加上引号或改为文字。")
            return ""
        return self._checked(key, value.strip(), most, required, pattern, lines)

    def _checked(self, key: str, text: str, most: int, required: bool, pattern: str, lines: bool) -> str:
        if has_control(text, lines=lines):
            self.problem(key, "control_character", f"“{key}”中有不可见的控制字符，请删去后重新填写。")
            return ""
        if len(text) > most:
            self.problem(key, "too_long", f"“{key}”共 {len(text)} 字，请缩短到 {most} 字以内。")
            return text[:most]
        if required and not text:
            self._missing(key)
        if text and pattern and not re.fullmatch(pattern, text):
            self.problem(
                key, "wrong_format", f"“{key}”的写法“{text[:40]}”不符合要求，请按格式 {pattern} 修改。"
            )
        return text

    def integer(self, key: str, *, low: int, high: int, default: int = 0, required: bool = False) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(key)
        if value is None:
            if required:
                self._missing(key)
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(key, "wrong_type", f"“{key}”应为整数，请去掉引号和小数。")
            return default
        if not low <= value <= high:
            self.problem(key, "out_of_range", f"“{key}”应在 {low} 到 {high} 之间，请修改。")
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, "wrong_type", f"“{key}”应为 true 或 false，请修改。")
            return default
        return value

    def one_of(self, key: str, options: tuple[str, ...], *, default: str = "", required: bool = False) -> str:
        """One of a few words."""
        value = self._take(key)
        if value is None or value == "":
            if required:
                self._missing(key)
            return default
        if value not in options:
            self.problem(key, "unknown_value", f"“{key}”应为 {'、'.join(options)} 之一，请修改。")
            return default
        return str(value)

    def member(self, key: str, kind: type[_E], *, default: _E, required: bool = False) -> _E:
        """One member of an enumeration."""
        return kind(self.one_of(key, tuple(m.value for m in kind), default=default.value, required=required))

    def texts(
        self, key: str, *, most: int = 200, count: int = 100, options: tuple[str, ...] = (), pattern: str = ""
    ) -> tuple[str, ...]:
        """A list of different texts; with `options`, only words from there."""
        found: list[str] = []
        for index, value in self._entries(key, count):
            place = f"{key}/{index}"
            if not isinstance(value, str) or not value.strip():
                self._at(place, "wrong_type", "此处应为非空文字，请修改或删去。")
            elif options and value not in options:
                self._at(place, "unknown_value", f"应为 {'、'.join(options)} 之一，请修改。")
            elif pattern and not re.fullmatch(pattern, value.strip()):
                self._at(place, "wrong_format", f"写法“{value[:40]}”不符合要求，请按格式 {pattern} 修改。")
            elif value.strip() in found:
                self._at(place, "duplicate", f"“{value.strip()[:40]}”重复，请删去一个。")
            else:
                found.append(self._entry_text(place, value.strip(), most))
        return tuple(found)

    def _entry_text(self, place: str, text: str, most: int) -> str:
        if has_control(text):
            self._at(place, "control_character", "文字中有不可见的控制字符，请删去后重新填写。")
        elif len(text) > most:
            self._at(place, "too_long", f"共 {len(text)} 字，请缩短到 {most} 字以内。")
        return text[:most]

    def _at(self, place: str, code: str, detail: str) -> None:
        self.problems.append(Problem(f"{self.pointer}/{place}", code, detail))

    def _entries(self, key: str, count: int) -> Iterator[tuple[int, Any]]:
        value = self._take(key)
        if value is None:
            return
        if not isinstance(value, list | tuple):
            self.problem(key, "wrong_type", f"“{key}”应为列表，请修改。")
            return
        if len(value) > count:
            self.problem(key, "too_many", f"“{key}”共 {len(value)} 项，请减少到 {count} 项以内。")
        yield from enumerate(value[:count])

    def objects(self, key: str, *, count: int = 200) -> Iterator[Reader]:
        """A reader for every object of a list; each is closed after the caller's turn with it."""
        for index, value in self._entries(key, count):
            reader = Reader(value, f"{pointer_to(self.pointer, key)}/{index}", self.problems)
            yield reader
            reader.close()

    def object(self, key: str) -> Reader | None:
        """A reader for the object at `key`, None if absent. The caller closes it."""
        value = self._take(key)
        return None if value is None else Reader(value, pointer_to(self.pointer, key), self.problems)

    def close(self) -> None:
        """Name every key that nobody asked for."""
        for key in self._value:
            if key not in self._seen:
                self.problem(str(key), "unknown_key", f"没有“{str(key)[:40]}”这一项，请核对拼写或删去。")
