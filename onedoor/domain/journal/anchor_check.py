"""Holding the anchors of the database against the file outside it, their leaves and their signatures."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from onedoor.domain.journal import merkle
from onedoor.domain.journal.anchor_file import payload
from onedoor.domain.journal.terms import GENESIS, Anchor, Fault, FaultKind
from onedoor.plumbing import crypto

T = TypeVar("T")

#: The leaves of one anchor, in order.
Leaves = Iterator[bytes]

#: Whether an anchor that only the file holds is one that is just being made, given the anchor before it.
InTheMaking = Callable[[Anchor | None, Anchor], bool]


@dataclass(slots=True)
class AnchorCheck:
    """One pass over anchors by number: those of the database, the lines of the file, and the leaves."""

    kept: Iterator[tuple[int, Anchor]]
    filed: Iterable[Anchor | None]
    leaves: Iterator[tuple[int, Leaves]]
    public_key: bytes
    in_the_making: InTheMaking
    every_signature: bool = False
    _before: Anchor | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    def faults(self) -> Generator[Fault, None, int]:
        """Yield what is wrong; return how many anchors there are."""
        stray: list[Fault] = []
        kept, filed, leaves = _Ahead(self.kept), _Ahead(_rising(self.filed, stray)), _Ahead(self.leaves)
        number = 0
        while ahead := [item[0] for item in (kept.next, filed.next, leaves.next) if item]:
            if min(ahead) > number + 1:
                yield _fault(FaultKind.ANCHOR_LOST, number + 1, "在数据库和锚点文件里都缺失。")
            number = min(ahead)
            ours, theirs, group = kept.take(number), filed.take(number), leaves.take(number)
            if theirs and not (ours or group or filed.next) and self.in_the_making(self._before, theirs):
                break
            yield from self._check(number, ours, theirs, group)
            yield from stray
            stray.clear()
        yield from stray
        if self._before is not None and not self.every_signature:
            yield from self._check_signature(self._before)
        return self._count

    def _check(
        self, number: int, ours: Anchor | None, theirs: Anchor | None, group: Leaves | None
    ) -> Iterator[Fault]:
        if ours is None:
            yield _fault(FaultKind.ANCHOR_LOST, number, "在数据库里缺失，被人删除了。")
        if theirs is None:
            yield _fault(FaultKind.ANCHOR_LOST, number, "在数据库外的锚点文件里缺失，文件被删除或截短了。")
        if ours is not None and theirs is not None and ours != theirs:
            yield from self._check_difference(ours, theirs)
        anchor = theirs or ours
        if anchor is None:
            return
        self._count += 1
        if anchor.previous_root != (self._before.root if self._before else GENESIS):
            yield _fault(FaultKind.ANCHOR_ALTERED, number, "与前一号锚点衔接不上。")
        if ours is not None:
            yield from _check_leaves(anchor, group or ())
        if self.every_signature:
            yield from self._check_signature(anchor)
        self._before = anchor

    def _check_difference(self, ours: Anchor, theirs: Anchor) -> Iterator[Fault]:
        if self._signed(theirs):
            yield _fault(FaultKind.ANCHOR_ALTERED, ours.number, "在数据库里被人改动过，与锚点文件不符。")
        else:
            yield _fault(FaultKind.ANCHOR_FORGED, ours.number, "在锚点文件里被人改动过，签名不成立。")

    def _check_signature(self, anchor: Anchor) -> Iterator[Fault]:
        if not self._signed(anchor):
            yield _fault(FaultKind.ANCHOR_FORGED, anchor.number, "的签名不成立，不是用本单位的锚点密钥签的。")

    def _signed(self, anchor: Anchor) -> bool:
        return crypto.verify(self.public_key, payload(anchor), anchor.signature)


class _Ahead(Generic[T]):
    """Numbered items in rising order, of which the next can be looked at before it is taken.

    The item after a taken one is only fetched when it is asked for, since fetching ends a group of leaves.
    """

    def __init__(self, items: Iterator[tuple[int, T]]) -> None:
        self._items = items
        self._held: tuple[int, T] | None = None
        self._ended = False

    @property
    def next(self) -> tuple[int, T] | None:
        """The next item with its number, None at the end."""
        if self._held is None and not self._ended:
            self._held = next(self._items, None)
            self._ended = self._held is None
        return self._held

    def take(self, number: int) -> T | None:
        """The next item if it has this number; otherwise None, and it stays."""
        found = self.next
        if found is None or found[0] != number:
            return None
        self._held = None
        return found[1]


def _rising(filed: Iterable[Anchor | None], stray: list[Fault]) -> Iterator[tuple[int, Anchor]]:
    """The anchors of the file; lines that are none or stand out of order go to `stray`."""
    last = 0
    for line, anchor in enumerate(filed, 1):
        if anchor is None or anchor.number <= last:
            detail = f"锚点文件第 {line} 行无法识别或次序不对，文件被人改动过。"
            stray.append(Fault(FaultKind.ANCHOR_FORGED, None, line, detail))
        else:
            last = anchor.number
            yield last, anchor


def _check_leaves(anchor: Anchor, leaves: Iterable[bytes]) -> Iterator[Fault]:
    """The stored heads give the signed root."""
    tree = merkle.Tree()
    tree.add(merkle.link(anchor.previous_root, anchor.number, anchor.position, anchor.at))
    count = 0
    for node in leaves:
        tree.add(node)
        count += 1
    if (tree.root(), count) != (anchor.root, anchor.leaves):
        yield _fault(
            FaultKind.ANCHOR_ALTERED, anchor.number, "留存的各办件摘要被人改动过，与签名的总摘要不符。"
        )


def _fault(kind: FaultKind, number: int, what: str) -> Fault:
    return Fault(kind, None, number, f"第 {number} 号锚点{what}")
