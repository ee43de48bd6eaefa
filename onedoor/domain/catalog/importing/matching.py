"""Which item or department of the county a name in somebody else's list means. Every guess says that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onedoor.domain.catalog.packages.merging import same

from .departments import bare

#: What a name says of applying, not of the matter: 食品经营许可 and 食品经营许可新办 are one.
_APPLYING = re.compile(r"(新办|核发|申领|申请|审批|办理|首次申领|首次登记)$")
_REMARK = re.compile(r"[（(].*?[)）]")
#: A shorter name lies within others by chance.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Known:
    """An item of the county's catalogue, as far as its name goes."""

    code: str
    name: str
    department_name: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for a name: an item or None, and what a person should look at, "" if nothing."""

    item: Known | None
    note: str = ""


class Shelf:
    """The county's items by name. `mapping` gives codes for names that somebody has looked up."""

    def __init__(self, items: Iterable[Known], mapping: Mapping[str, str]) -> None:
        self._items = tuple(items)
        self._by_code = {item.code: item for item in self._items}
        self._mapping = mapping
        self._whole = _indexed((same(item.name), item) for item in self._items)
        self._bare = _indexed((_core(item.name), item) for item in self._items)

    def find(self, name: str, department: str) -> Match:
        """The item of a name: by the mapping, by the same name, by the same matter, or by a name that holds it."""
        given = self._mapping.get(name)
        if given is not None:
            item = self._by_code.get(given)
            note = "" if item else f"对照表把“{name}”对到“{given}”，目录里没有这个编码，请核对。"
            return Match(item, note)
        for candidates, sure in self._ways(name):
            if candidates:
                return _one_of(candidates, name, department, sure=sure)
        return Match(None)

    def _ways(self, name: str) -> Iterable[tuple[Sequence[Known], bool]]:
        core = _core(name)
        yield self._whole.get(same(name), ()), True
        yield self._bare.get(core, ()), False
        if len(core) >= _SHORTEST:
            yield (
                tuple(
                    item
                    for other, items in self._bare.items()
                    if len(other) >= _SHORTEST and (core in other or other in core)
                    for item in items
                ),
                False,
            )


def _indexed(pairs: Iterable[tuple[str, Known]]) -> dict[str, tuple[Known, ...]]:
    found: dict[str, tuple[Known, ...]] = {}
    for key, item in pairs:
        found[key] = (*found.get(key, ()), item)
    return found


def _core(name: str) -> str:
    """The matter of a name: without remarks in brackets and words for applying."""
    return _APPLYING.sub("", same(_REMARK.sub("", name)))


def _one_of(candidates: Sequence[Known], name: str, department: str, *, sure: bool) -> Match:
    """The one that is meant: that of the named department, and one that can be applied for, go first."""
    nearest = [item for item in candidates if _is_short_for(department, item.department_name)] or candidates
    ready = [item for item in nearest if item.ready] or nearest
    if len(ready) > 1:
        some = "、".join(f"{item.name}（{item.code}）" for item in ready[:3])
        return Match(
            None, f"“{name}”可能是 {some} 等 {len(ready)} 个事项，请在 mapping 中写明编码后重新导入。"
        )
    item = ready[0]
    note = "" if sure else f"“{name}”按相近名称对到“{item.name}”（{item.code}），请核对。"
    return Match(item, note)


def _is_short_for(short: str, name: str) -> bool:
    """Whether the characters of a short name stand in a name in this order: 卫健 in 卫生健康局."""
    rest = iter(bare(name))
    return bool(short) and all(char in rest for char in bare(short))


def department_for(short: str, departments: Mapping[str, str]) -> str:
    """The code of the department that a short name means, "" for none; of several, the one with the shortest name."""
    for part in re.split(r"[/、]", short):
        found = [(len(name), code) for code, name in departments.items() if _is_short_for(part, name)]
        if found:
            return min(found)[1]
    return ""
