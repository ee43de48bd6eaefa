"""Roots over leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from onedoor.domain.journal.merkle import Tree, leaf, link
from onedoor.plumbing.crypto import sm3

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40)


def by_levels(nodes: list[bytes]) -> bytes:
    """The same root, the plain way: level by level."""
    while len(nodes) > 1:
        pairs = [sm3(b"\x01" + nodes[at] + nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
        nodes = pairs + nodes[len(pairs) * 2 :]
    return nodes[0]


def root(nodes: list[bytes]) -> bytes:
    tree = Tree()
    for node in nodes:
        tree.add(node)
    return tree.root()


@given(leaves)
def test_the_root_is_that_of_the_levels(nodes: list[bytes]) -> None:
    assert root(nodes) == by_levels(nodes)


@given(leaves, st.data())
def test_no_leaf_can_be_changed_dropped_or_added(nodes: list[bytes], draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(nodes) - 1))
    changed = [*nodes[:place], sm3(nodes[place]), *nodes[place + 1 :]]
    dropped = [*nodes[:place], *nodes[place + 1 :]]
    roots = {root(nodes), root(changed), root(dropped), root([*nodes, sm3(b"one more")])}
    assert len(roots) == 4


def test_a_leaf_names_stream_place_and_hash() -> None:
    found = {
        leaf(stream, seq, head)
        for stream in (UUID(int=1), UUID(int=2))
        for seq in (1, 2)
        for head in (b"a", b"b")
    }
    assert len(found) == 8


def test_an_anchor_commits_to_the_one_before_it() -> None:
    at = datetime(2026, 10, 13, tzinfo=UTC)
    assert len({link(bytes(32), 1, 5, at), link(b"\x01" * 32, 1, 5, at), link(bytes(32), 2, 5, at)}) == 3
