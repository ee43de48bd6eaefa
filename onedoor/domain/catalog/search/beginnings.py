"""What begins as somebody types: words by their characters, their pinyin and their initials."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from .sounds import Cut


class Beginnings:
    """Words in the order of each way of typing them."""

    def __init__(self, words: Iterable[tuple[str, Cut]]) -> None:
        keys = ((key, text) for text, cut in words for key in _keys(text, cut))
        self._sorted = sorted(set(keys), key=lambda each: (each[0], len(each[1]), each[1]))

    def of(self, typed: str) -> Iterator[str]:
        """The words that begin like this; what is typed in full comes first."""
        place = bisect_left(self._sorted, (typed, ""))
        while place < len(self._sorted) and self._sorted[place][0].startswith(typed):
            yield self._sorted[place][1]
            place += 1


def _keys(text: str, cut: Cut) -> tuple[str, ...]:
    if len(cut) < 2:
        return (text, "".join(cut))
    return (text, "".join(cut), "".join(syllable[0] for syllable in cut))
