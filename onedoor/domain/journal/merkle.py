"""Merkle roots over stream heads, in constant memory.

A leaf is SM3(00 ‖ stream id ‖ seq as 8 bytes ‖ hash), a node SM3(01 ‖ left ‖ right); a node without a sibling
moves up unchanged. The first leaf of an anchor is its link, SM3(02 ‖ previous root ‖ number ‖ position, 8 bytes
each, ‖ instant), so that every root commits to all anchors before it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from onedoor.domain.journal.canonical import stamp
from onedoor.plumbing.crypto import sm3


def leaf(stream_id: UUID, seq: int, head: bytes) -> bytes:
    """The leaf of a stream whose last fact has this seq and hash."""
    return sm3(b"\x00" + stream_id.bytes + seq.to_bytes(8) + head)


def link(previous_root: bytes, number: int, position: int, at: datetime) -> bytes:
    """The leaf that ties an anchor to the one before it."""
    return sm3(b"\x02" + previous_root + number.to_bytes(8) + position.to_bytes(8) + stamp(at).encode())


class Tree:
    """Takes leaves one by one; keeps one node a level."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []  # (height, node), heights falling

    def add(self, node: bytes) -> None:
        """Append a leaf."""
        height = 0
        while self._peaks and self._peaks[-1][0] == height:
            node = sm3(b"\x01" + self._peaks.pop()[1] + node)
            height += 1
        self._peaks.append((height, node))

    def root(self) -> bytes:
        """The root over the leaves so far; 32 zero bytes over none."""
        if not self._peaks:
            return bytes(32)
        node = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            node = sm3(b"\x01" + left + node)
        return node
