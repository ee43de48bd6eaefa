"""Which reader a file needs: by its name's ending and, for documents, by what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.exporting.files import TITLE_ENDS, TITLE_OPENS
from onedoor.domain.catalog.terms import RowProblem

from .catalogue import read_catalogue, sections_of
from .departments import Directory
from .guides import read_guides
from .listing import read_listing
from .rows import Source, SourceRow
from .sheets import is_catalogue
from .tables import csv_lines, decode, table
from .xlsx import Book

#: The largest file that is read, in bytes.
LARGEST = 32 * 1024 * 1024
#: How deep the collections of a file may nest.
DEEPEST = 30


def read_file(path: Path, departments: Mapping[str, str]) -> Source:
    """The rows of a file; `departments` maps the county's department codes to names.

    Raises Refused for a file that cannot be read as a whole: not found, too large, unknown kind, no text,
    missing columns. What is wrong with single rows stands in the rows.
    """
    reader = reader_of(path.suffix)
    return reader(_read(path), Directory(departments))


def read_bytes(data: bytes, suffix: str, departments: Mapping[str, str]) -> Source:
    """The rows of a file that has been read already, by the ending of its name; see `read_file`."""
    return reader_of(suffix)(data, Directory(departments))


def reader_of(suffix: str) -> Callable[[bytes, Directory], Source]:
    """What reads files whose names end so. Raises Refused("unknown_file_kind")."""
    reader = _READERS.get(suffix.lower())
    if reader is None:
        raise Refused("unknown_file_kind", "只能导入 .xlsx、.csv、.json 或 .yaml 文件，请转换格式后再试。")
    return reader


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Refused(
                "file_too_large",
                f"文件有 {size / 1024 / 1024:.0f} MB，请分成每个不超过 {LARGEST >> 20} MB 的文件导入。",
            )
        return path.read_bytes()
    except OSError as fault:
        raise Refused("file_unreadable", f"打不开文件“{path.name}”，请核对路径和读取权限。") from fault


def _csv(data: bytes, departments: Directory) -> Source:
    lines = csv_lines(data)
    first = next(lines, None)
    if first is None or not first.cells[0].startswith(TITLE_OPENS):
        return read_listing(table(chain(() if first is None else (first,), lines)), departments)
    parts = dict(sections_of(chain((first,), lines), TITLE_OPENS, TITLE_ENDS))
    return read_catalogue(parts, lambda title: iter(parts[title]), departments)


def _workbook(data: bytes, departments: Directory) -> Source:
    book = Book(data)
    if is_catalogue(book.sheets):
        return read_catalogue(book.sheets, book.lines, departments)
    return read_listing(table(book.lines(next(iter(book.sheets)))), departments)


def _json(data: bytes, departments: Directory) -> Source:
    try:
        value = json.loads(decode(data), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as fault:
        raise Refused("json_malformed", f"文件不是正常的 JSON：{_place(fault)}请修正后再导入。") from fault
    return _documents(value, departments)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Refused("key_repeated", f"文件中同一处两次写了“{twice[:40]}”，请删去一个。")
    return made


def _place(fault: Exception) -> str:
    return f"第 {fault.lineno} 行附近有误，" if isinstance(fault, json.JSONDecodeError) else ""


def _yaml(data: bytes, departments: Directory) -> Source:
    text = decode(data)
    try:
        _check_yaml(text)
        values = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        place = f"第 {mark.line + 1} 行附近有误，" if mark else ""
        raise Refused("yaml_malformed", f"文件不是正常的 YAML：{place}请修正后再导入。") from fault
    return _documents(values[0] if len(values) == 1 else values, departments)


def _check_yaml(text: str) -> None:
    """Refuse what would make more of a file than stands in it, or nests deeper than a document ever does."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            detail = f"第 {line} 行用了 YAML 引用（*{str(event.anchor)[:20]}），请把内容写出来。"
            raise Refused("yaml_alias", detail)
        if depth > DEEPEST:
            raise Refused(
                "yaml_malformed", f"文件不是正常的 YAML：第 {line} 行附近层次太深，请修正后再导入。"
            )


def _documents(value: object, departments: Directory) -> Source:
    """Guides under `guides`, packages under `packages`, item documents under `items`, a list of either, or one."""
    if isinstance(value, Mapping) and isinstance(value.get("guides"), list):
        return Source(_some(read_guides(value["guides"], departments)))
    if isinstance(value, Mapping) and isinstance(value.get("packages"), list) and not _only_items(value):
        return _packages(value, departments)
    if isinstance(value, Mapping) and isinstance(value.get("items"), list) and "members" not in value:
        value = value["items"]
    entries: Sequence[object] = value if isinstance(value, list) else [value]
    if entries and all(isinstance(entry, Mapping) and "members" in entry for entry in entries):
        return Source((), packages=tuple(entries))
    return Source(_some(_items(entries, departments)))


def _only_items(value: Mapping[Any, Any]) -> bool:
    """Whether a file has room for packages, but only items in it."""
    return not value["packages"] and bool(value.get("items"))


def _items(entries: Sequence[object], departments: Directory) -> tuple[SourceRow, ...]:
    return tuple(_document(n, entry, departments) for n, entry in enumerate(entries, start=1))


def _packages(value: Mapping[Any, Any], departments: Directory) -> Source:
    """Packages, with the items beside them and what their names mean."""
    items, mapping = value.get("items"), value.get("mapping")
    if not value["packages"]:
        raise Refused("file_empty", "文件里没有一件事，请核对后重新选择文件。")
    left = [str(key)[:40] for key in value if key not in ("packages", "items", "mapping")]
    return Source(
        rows=_items(items, departments) if isinstance(items, list) else (),
        notes=(f"以下内容与一件事无关，未导入：{'、'.join(left)}。",) if left else (),
        packages=tuple(value["packages"]),
        mapping={
            str(name): code
            for name, code in (mapping.items() if isinstance(mapping, Mapping) else ())
            if isinstance(code, str)
        },
    )


def _some(rows: tuple[SourceRow, ...]) -> tuple[SourceRow, ...]:
    if not rows:
        raise Refused("file_empty", "文件里没有事项，请核对后重新选择文件。")
    return rows


def _document(number: int, entry: object, departments: Directory) -> SourceRow:
    if not isinstance(entry, Mapping):
        problem = RowProblem("", "wrong_type", "此处应是一个事项（键和值），请按事项文档格式修改。")
        return SourceRow(number, {}, (problem,))
    cells = {key: str(entry.get(key, "")) for key in ("code", "name", "type", "department")}
    return SourceRow(number, entry, notes=departments.strangers(entry), cells=cells)


_READERS: dict[str, Callable[[bytes, Directory], Source]] = {
    ".csv": _csv,
    ".xlsx": _workbook,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
}
