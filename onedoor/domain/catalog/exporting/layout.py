"""What a sheet of the catalogue is made of, and how a cell stands for a value of a document.

A cell is a text. What a document leaves out because it is the default stands in its cell in words, so that nobody
has to know defaults; an empty cell stands for a key that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

YES, NO = "是", "否"
_TRUE = frozenset({YES, "true", "1", "yes", "y", "有", "√"})
_FALSE = frozenset({NO, "false", "0", "no", "n", "无"})
_BETWEEN = re.compile(r"[,，、;；\s]+")
#: What a spreadsheet takes for a formula, in either width, and the mark that keeps it from doing so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MARK = "'"


class Kind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    TEXTS = "texts"  # one a line
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    PAIRS = "pairs"  # {field, value}, one field=value a line


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the `path` of keys in the document that it shows, and how.

    `names` are further headings it is known by, in lower case; `words` gives the Chinese word of each code, `also`
    further words by which a code may be written. `default` is what the document means where the key is missing.
    With `empty`, an empty cell means an empty list instead of a missing key. A column that is not `written` is
    understood in files of others, and never stands in ours.
    """

    heading: str
    path: str
    kind: Kind = Kind.TEXT
    names: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    empty: bool = False
    written: bool = True
    required: bool = False
    hint: str = ""
    width: int = 18


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of thing, a row each. `at` is the path of the list in its owner's document, "" for owners themselves.

    The first column is the owner's code. With `single`, `at` is an object of which an owner has at most one; with
    `plain`, the entries of the list are texts, and the second column holds them.
    """

    title: str
    at: str
    columns: tuple[Column, ...]
    names: tuple[str, ...] = ()
    single: bool = False
    plain: bool = False
    about: str = ""

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that our own files have."""
        return tuple(column for column in self.columns if column.written)


class Unreadable(Exception):
    """A cell that stands for no value; code and detail say why and how to mend it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def found(document: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of keys, None if nothing does."""
    value: Any = document
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set what stands at a path of keys."""
    *parents, last = path.split(".")
    for key in parents:
        document = document.setdefault(key, {})
    document[last] = value


def cell_of(document: Mapping[str, Any], column: Column) -> str:
    """The text that stands for a value of a document."""
    value = found(document, column.path)
    if value is None:
        parent = column.path.rpartition(".")[0]
        if column.default is None or (parent and found(document, parent) is None):
            return ""
        value = column.default
    return _written(value, column)


def _written(value: Any, column: Column) -> str:
    if column.kind is Kind.FLAG:
        return YES if value else NO
    if column.kind is Kind.PAIRS:
        return "\n".join(f"{pair['field']}={pair['value']}" for pair in value)
    if column.kind in (Kind.TEXTS, Kind.CHOICES):
        return "\n".join(column.words.get(each, each) for each in value)
    return str(column.words.get(value, value))


def value_of(text: str, column: Column) -> Any:
    """The value that the text of a cell (never empty) stands for. Raises Unreadable."""
    if column.kind is Kind.TEXTS:
        return [line.strip() for line in text.split("\n") if line.strip()]
    if column.kind is Kind.CHOICES:
        return [_chosen(word, column) for word in _BETWEEN.split(text) if word]
    if column.kind is Kind.CHOICE:
        return _chosen(text, column)
    if column.kind is Kind.NUMBER:
        return _number(text, column)
    if column.kind is Kind.FLAG:
        return _flag(text, column)
    return _pairs(text, column) if column.kind is Kind.PAIRS else text


def _chosen(word: str, column: Column) -> str:
    if word in column.words:
        return word
    for code, name in (*column.words.items(), *((code, name) for name, code in column.also.items())):
        if word == name:
            return code
    known = "、".join(dict.fromkeys(column.words.values()))
    raise Unreadable("unknown_value", f"“{column.heading}”里没有“{word[:20]}”，请改为：{known}。")


def _number(text: str, column: Column) -> int:
    if re.fullmatch(r"-?[0-9]{1,9}(\.0+)?", text):
        return int(text.partition(".")[0])
    raise Unreadable("wrong_type", f"“{column.heading}”应为整数，请改写“{text[:20]}”。")


def _flag(text: str, column: Column) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise Unreadable("wrong_type", f"“{column.heading}”应写是或否，请改写“{text[:20]}”。")


def _pairs(text: str, column: Column) -> list[dict[str, str]]:
    pairs = []
    for line in text.split("\n"):
        name, equals, value = line.strip().partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Unreadable(
                "wrong_format", f"“{column.heading}”每行应写成 代码=值，请改写“{line.strip()[:20]}”。"
            )
        pairs.append({"field": name.strip(), "value": value.strip()})
    return pairs


def guarded(text: str) -> str:
    """A text that no spreadsheet runs; `bare` gives the text back. A mark is put before what has one already."""
    return _MARK + text if text.startswith((*_FORMULA, _MARK)) else text


def bare(text: str) -> str:
    """A text without the mark that `guarded` put before it."""
    return text.removeprefix(_MARK)
