"""Changes of an item document in work: rows put in, taken out and moved, wherever they lie. Pure.

A row is found by its list and a path of places: materials (2,), the form (1, 3) for the fourth question of the second
section, (1, 3, 0) for the first question of the group that this is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
Path = tuple[int, ...]

#: The keys under which the lists of each part lie, one for each depth, with a dot where one lies in another.
LISTS: Mapping[str, tuple[str, ...]] = {
    "basis": ("basis",),
    "materials": ("materials",),
    "form": ("sections", "fields", "fields"),
    "steps": ("procedure",),
    "answers": ("questions",),
    "fees": ("details.fees",),
    "situations": ("details.situations",),
    "special": ("details.special",),
    "intermediaries": ("details.intermediaries",),
    "delegations": ("details.delegations",),
}
#: How the codes of rows that editors make begin.
_BEGINNINGS = {
    "sections": "s",
    "fields": "q",
    "materials": "m",
    "procedure": "step",
    "details.situations": "c",
}
#: How each place of a path is separated from the next where it is written.
_BETWEEN = "-"


def path_of(text: str) -> Path | None:
    """The path that is written so, None if it is none; `new` at the end is left to the caller."""
    parts = text.split(_BETWEEN)
    fair = all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts)
    return tuple(map(int, parts)) if fair else None


def written(path: Sequence[int]) -> str:
    """A path as addresses have it."""
    return _BETWEEN.join(map(str, path))


def pointer(part: str, path: Sequence[int]) -> str:
    """The JSON pointer of a row."""
    keys = (key.replace(".", "/") for key in LISTS[part])
    return "".join(f"/{key}/{place}" for key, place in zip(keys, path, strict=False))


def rows(document: Mapping[str, Any], part: str, path: Path = ()) -> list[Any]:
    """The rows below a path: of a part, of a section, of a group; [] where there are none."""
    found: Any = document
    for key, place in zip(LISTS[part], path, strict=False):
        found = _list(found, key)
        if place >= len(found):
            return []
        found = found[place]
    return _list(found, LISTS[part][len(path)]) if len(path) < len(LISTS[part]) else []


def row(document: Mapping[str, Any], part: str, path: Path) -> Mapping[str, Any] | None:
    """The row at a path, None if there is none."""
    found = rows(document, part, path[:-1]) if path else []
    if not path or path[-1] >= len(found) or not isinstance(found[path[-1]], Mapping):
        return None
    return dict(found[path[-1]])


def put(document: Mapping[str, Any], part: str, path: Path, value: Mapping[str, Any]) -> Document:
    """The document with another row at a path; a row beyond the end of its list is added there."""
    made = deepcopy(dict(document))
    listed = _own_rows(made, part, path[:-1])
    if path[-1] < len(listed):
        listed[path[-1]] = dict(value)
    else:
        listed.append(dict(value))
    return made


def taken(document: Mapping[str, Any], part: str, path: Path) -> Document:
    """The document without a row. Steps that waited for a step that is taken out wait for what it waited for."""
    made = deepcopy(dict(document))
    listed = _own_rows(made, part, path[:-1])
    if path[-1] < len(listed):
        gone = listed.pop(path[-1])
        if part == "steps" and isinstance(gone, Mapping):
            _bridge(listed, gone)
    return made


def moved(document: Mapping[str, Any], part: str, path: Path, by: int) -> Document:
    """The document with a row one place up (-1) or down (1); as it is where there is no such place."""
    made = deepcopy(dict(document))
    listed = _own_rows(made, part, path[:-1])
    here, there = path[-1], path[-1] + by
    if 0 <= there < len(listed) and here < len(listed):
        listed[here], listed[there] = listed[there], listed[here]
    return made


def fresh_code(document: Mapping[str, Any], part: str, depth: int) -> str:
    """A code that no row of this kind bears; "" for rows without codes."""
    key = LISTS[part][depth - 1]
    if key not in _BEGINNINGS:
        return ""
    taken_codes = {str(each.get("code")) for each in _every(document, part)}
    number = len(taken_codes) + 1
    while f"{_BEGINNINGS[key]}{number}" in taken_codes:
        number += 1
    return f"{_BEGINNINGS[key]}{number}"


def _every(document: Mapping[str, Any], part: str, path: Path = ()) -> Iterator[Mapping[str, Any]]:
    for place, each in enumerate(rows(document, part, path)):
        if isinstance(each, Mapping):
            yield each
            yield from _every(document, part, (*path, place)) if len(path) + 1 < len(LISTS[part]) else ()


def _list(value: Any, key: str) -> list[Any]:
    found: Any = value
    for each in key.split("."):
        found = found.get(each) if isinstance(found, Mapping) else None
    return list(found) if isinstance(found, list | tuple) else []


def _own_rows(document: Document, part: str, path: Path) -> list[Any]:
    """The list below a path in a document of one's own, put in if it is not there."""
    found: Any = document
    for key, place in zip(LISTS[part], path, strict=False):
        found = found[key][place]
    *above, last = LISTS[part][len(path)].split(".")
    for key in above:
        found = found.setdefault(key, {})
    listed = found.setdefault(last, [])
    assert isinstance(listed, list)
    return listed


def _bridge(steps: list[Any], gone: Mapping[str, Any]) -> None:
    for step in steps:
        after = _list(step, "after")
        if gone.get("code") in after:
            kept = [code for code in after if code != gone.get("code")]
            step["after"] = list(dict.fromkeys([*kept, *_list(gone, "after")]))
