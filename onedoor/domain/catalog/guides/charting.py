"""Layers, order and columns of a graph that is drawn from top to bottom. Pure, and knows nothing of what is drawn.

A graph is a mapping of each node to those that it directly follows, without cycles. The ways are the usual ones of
drawing in layers: the longest way down gives the layer, lines that pass a layer get a stand-in there, nodes are ordered
by the mean place of their neighbours, and columns are drawn to that mean as far as the neighbours in the layer allow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

Graph = Mapping[str, Sequence[str]]
Edge = tuple[str, str]
_SWEEPS = 4


def ranks(after: Graph) -> dict[str, int]:
    """The layer of each node, the first being 0. What follows a node that is not there, or itself, comes first."""
    found: dict[str, int] = {}
    rest = list(after)
    while rest:
        ready = [each for each in rest if all(other in found or other not in after for other in after[each])]
        for each in ready or rest:
            found[each] = 1 + max((found[other] for other in after[each] if other in found), default=-1)
        rest = [each for each in rest if each not in found]
    return found


def reduced(after: Graph, kept: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """The graph without lines that a longer way implies; what the nodes `kept` follow stays as it is."""
    rank = ranks(after)
    above: dict[str, set[str]] = {}
    for node in sorted(after, key=lambda each: rank[each]):
        direct = [other for other in after[node] if other in above]
        above[node] = set(direct).union(*(above[other] for other in direct))
    return {
        node: tuple(
            other
            for other in dict.fromkeys(before)
            if other in after
            and (node in kept or not any(other in above[third] for third in before if third in above))
        )
        for node, before in after.items()
    }


def in_order(after: Graph) -> tuple[list[list[str]], set[Edge]]:
    """The nodes of each layer from left to right, with stand-ins, and the lines from each layer to the next."""
    rank = ranks(after)
    layers: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node, place in rank.items():
        layers[place].append(node)
    edges: set[Edge] = set()
    for node, before in after.items():
        for other in before:
            upper = other
            for place in range(rank[other] + 1, rank[node]):
                stand_in = f"{other}>{node}@{place}"
                layers[place].append(stand_in)
                edges.add((upper, stand_in))
                upper = stand_in
            edges.add((upper, node))
    _sort(layers, edges)
    return layers, edges


def _sort(layers: list[list[str]], edges: Collection[Edge]) -> None:
    up, down = _neighbours(edges)
    for sweep in range(_SWEEPS):
        order = layers if sweep % 2 == 0 else layers[::-1]
        for fixed, moved in pairwise(order):
            _by_mean(moved, fixed, up if sweep % 2 == 0 else down)


def _by_mean(layer: list[str], fixed: Sequence[str], beside: Mapping[str, Sequence[str]]) -> None:
    """Order a layer by where the neighbours of its nodes stand; nodes with the same mean keep their order."""
    place = {node: number for number, node in enumerate(fixed)}
    own = {node: number for number, node in enumerate(layer)}

    def mean(node: str) -> float:
        found = [place[each] for each in beside.get(node, ()) if each in place]
        return sum(found) / len(found) if found else float(own[node])

    layer.sort(key=mean)


def _neighbours(edges: Collection[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    up: dict[str, list[str]] = {}
    down: dict[str, list[str]] = {}
    for upper, lower in sorted(edges):
        up.setdefault(lower, []).append(upper)
        down.setdefault(upper, []).append(lower)
    return up, down


def columns(layers: Sequence[Sequence[str]], edges: Collection[Edge], apart: float) -> dict[str, float]:
    """The middle of every node. Nodes of a layer are at least `apart`, each as near to its neighbours as can be."""
    found = {
        node: (number - (len(layer) - 1) / 2) * apart for layer in layers for number, node in enumerate(layer)
    }
    up, down = _neighbours(edges)
    for sweep in range(2 * _SWEEPS):
        beside = up if sweep % 2 == 0 else down
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [
                sum(found[each] for each in near) / len(near) if (near := beside.get(node)) else found[node]
                for node in layer
            ]
            found.update(zip(layer, _spread(wanted, apart), strict=True))
    return found


def _spread(wanted: Sequence[float], apart: float) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep their order and distance."""
    # Without the distances the task is to find the nearest rising row: neighbours that fall are levelled.
    levels: list[tuple[float, int]] = []
    for number, place in enumerate(wanted):
        mean, count = place - number * apart, 1
        while levels and levels[-1][0] > mean:
            former, many = levels.pop()
            mean, count = (former * many + mean * count) / (many + count), many + count
        levels.append((mean, count))
    flat = [mean for mean, count in levels for _ in range(count)]
    return [mean + number * apart for number, mean in enumerate(flat)]


def tracks(layer: Sequence[str], edges: Collection[Edge], middle: Mapping[str, float]) -> dict[Edge, int]:
    """How far down each bent line beneath a layer runs across, from 0, so that lines do not run over one another.

    Lines between nodes that all lead to the same ones run across together; otherwise those of one node do.
    """
    inside = set(layer)
    leading: dict[str, frozenset[str]] = {}
    for upper, lower in edges:
        if upper in inside:
            leading[upper] = leading.get(upper, frozenset()) | {lower}
    taken: list[list[tuple[float, float]]] = []
    found: dict[Edge, int] = {}
    for group in _bundles(layer, leading):
        bent = [
            (upper, lower) for upper in group for lower in leading[upper] if middle[upper] != middle[lower]
        ]
        if not bent:
            continue
        places = [middle[node] for upper in group for node in (upper, *leading[upper])]
        track = _free(taken, min(places), max(places))
        found |= dict.fromkeys(bent, track)
    return found


def _bundles(layer: Sequence[str], leading: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Nodes whose lines may share their way across: they lead to the same nodes, to which no others lead."""
    groups: dict[frozenset[str], list[str]] = {}
    for node in layer:
        if node in leading:
            groups.setdefault(leading[node], []).append(node)
    found: list[list[str]] = []
    for lower, uppers in groups.items():
        alone = not any(lower & other for other in groups if other != lower)
        found += [uppers] if alone else [[upper] for upper in uppers]
    return found


def _free(taken: list[list[tuple[float, float]]], left: float, right: float) -> int:
    """The first track with room between two places; the room is taken."""
    for number, spans in enumerate(taken):
        if all(right < one or left > other for one, other in spans):
            spans.append((left, right))
            return number
    taken.append([(left, right)])
    return len(taken) - 1
