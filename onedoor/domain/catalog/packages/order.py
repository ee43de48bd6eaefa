"""The order in which the members of a package are done, and how long that takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onedoor.domain.catalog.terms import LimitTerm

#: Each member with the members that must be done before it.
Chain = dict[str, tuple[str, ...]]

#: Units that can be added up, and how many of the smallest one a unit is; a working day has seven opening hours.
_UNITS = {
    "working": ("working", 7),
    "working-hours": ("working", 1),
    "calendar": ("calendar", 24),
    "hours": ("calendar", 1),
}
_A_DAY = {"working": 7, "calendar": 24}


def predecessors(chain: Mapping[str, Sequence[str]], code: str) -> frozenset[str]:
    """All members that come before one, itself only if it lies on a cycle."""
    found: set[str] = set()
    waiting = list(chain.get(code, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(chain.get(each, ()))
    return frozenset(found)


def on_cycles(chain: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The members that must wait for themselves."""
    return frozenset(code for code in chain if code in predecessors(chain, code))


def in_order(chain: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The members, each after those it waits for, otherwise in the order given; members on a cycle come last."""
    found: list[str] = []
    rest = list(chain)
    while rest:
        done = set(found)
        ready = [code for code in rest if all(each in done or each not in chain for each in chain[code])]
        if not ready:
            return (*found, *rest)
        found.append(ready[0])
        rest.remove(ready[0])
    return tuple(found)


def without(chain: Mapping[str, Sequence[str]], kept: Sequence[str]) -> Chain:
    """The chain of the members that are kept; whoever waited for one that is not waits for what that waited for."""
    staying = set(kept)

    def waits_for(code: str, seen: frozenset[str]) -> list[str]:
        found: list[str] = []
        for each in chain.get(code, ()):
            if each in staying:
                found.append(each)
            elif each not in seen:
                found += waits_for(each, seen | {each})
        return list(dict.fromkeys(found))

    return {code: tuple(waits_for(code, frozenset({code}))) for code in kept}


def total(limits: Sequence[LimitTerm]) -> LimitTerm | None:
    """Limits one after another, in whole days rounded up; None unless all are known and of one kind of day."""
    if not limits or not all(limit.known for limit in limits):
        return None
    families = {_UNITS[limit.unit][0] for limit in limits}
    if len(families) > 1:
        return None
    family = families.pop()
    amount = sum(limit.amount * _UNITS[limit.unit][1] for limit in limits)
    return LimitTerm(-(-amount // _A_DAY[family]), family)


def promise_of(chain: Mapping[str, Sequence[str]], limits: Mapping[str, LimitTerm]) -> LimitTerm | None:
    """How long the longest chain of members takes if each takes its limit; None if that cannot be told.

    Members that do not wait for one another run side by side.
    """
    if total(list(limits.values())) is None or on_cycles(chain):
        return None
    longest: dict[str, tuple[LimitTerm, ...]] = {}
    for code in in_order(chain):
        before = [longest[each] for each in chain[code] if each in longest]
        longest[code] = (*max(before, key=_length, default=()), limits[code])
    return total(max(longest.values(), key=_length))


def _length(path: Sequence[LimitTerm]) -> int:
    return sum(limit.amount * _UNITS[limit.unit][1] for limit in path)
