"""Texts searched by how they sound: full pinyin, initials, and both mixed, as people type them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from .lines import Lines

#: So many ways of cutting a word into syllables are tried; the first are nearly always meant.
_WAYS = 12
#: Letters with which no syllable begins.
_NEVER_FIRST = frozenset("iuv")
_TWO_LETTERS = ("zh", "ch", "sh")
_LONGEST_SYLLABLE = 6
_FRONT, _TWO, _NASAL = re.compile("n(?=[aeiouv])"), re.compile("([zcs])h"), re.compile("ng(?![aeiouv])")

_FRONTS = (*"bpmfdtnlgkhjqxrzcsyw", *_TWO_LETTERS)
_BACKS = tuple(
    re.split(
        " ",
        "a ai an ang ao e ei en eng er o ong ou i ia ian iang iao ie in ing iong iu"
        " u ua uai uan uang ue ui un uo v ve",
    )
)
#: Every syllable there is, and some that are not, which does no harm.
SYLLABLES = frozenset(
    [front + back for front in _FRONTS for back in _BACKS] + [back for back in _BACKS if back[0] in "aeo"]
)

Cut = tuple[str, ...]


@lru_cache(maxsize=4_096)
def folded(syllable: str) -> str:
    """A syllable without what many speakers do not tell apart: zh/z, ch/c, sh/s, ng/n, and l for n at the front."""
    front = syllable[0] + syllable[2:] if syllable[:2] in _TWO_LETTERS else syllable
    front = "l" + front[1:] if len(front) > 1 and front[0] == "n" else front
    return front[:-1] if front.endswith("ng") and len(front) > 2 else front


class Sounds:
    """Lines of syllables, known by their place in the sequence."""

    def __init__(self, lines: Sequence[Cut]) -> None:
        self.lines = lines
        self.syllables = frozenset(syllable for line in lines for syllable in line)
        self._initials = Lines(["".join(syllable[0] for syllable in line) for line in lines])
        self._parts = self.syllables | frozenset(_TWO_LETTERS) | frozenset(s[0] for s in self.syllables)
        self._beginnings = frozenset(s[:n] for s in self.syllables for n in range(1, len(s) + 1))

    def matches(self, word: str) -> dict[int, float]:
        """The lines that Latin letters may mean, with a score up to 0.9.

        Whole syllables say more than initials, a whole line more than a part of it, its beginning more than its end.
        """
        found: dict[int, float] = {}
        for cut in cuts(word, self._parts, self._beginnings):
            said = sum(len(part) > 1 for part in cut) / len(cut)
            for line, _, score in self._matching(cut):
                scored = score * (0.82 + 0.18 * said)
                if scored > found.get(line, 0.0):
                    found[line] = scored
        return found

    def _matching(self, cut: Cut) -> Iterator[tuple[int, int, float]]:
        """Lines with syllables that begin as the parts say. A single syllable must stand at the beginning."""
        for line, place in self._initials.every_place("".join(part[0] for part in cut)):
            syllables = self.lines[line]
            if place and (len(cut) == 1 or (len(cut) < 4 and max(map(len, cut)) == 1)):
                continue
            if all(map(str.startswith, syllables[place : place + len(cut)], cut)):
                whole = len(cut) == len(syllables)
                yield line, place, 0.9 if whole else 0.82 if not place else 0.72

    def best(self, word: str) -> tuple[int, int, int] | None:
        """The line that Latin letters mean best, where in it they begin, and how many syllables they are."""
        found = [
            (score, -line, -place, len(cut))
            for cut in cuts(word, self._parts, self._beginnings)
            for line, place, score in self._matching(cut)
        ]
        _, line, place, length = max(found, default=(0.0, 0, 0, 0))
        return (-line, -place, length) if length else None


def cuts(word: str, parts: Collection[str], beginnings: Collection[str]) -> list[Cut]:
    """Ways of cutting a word into `parts`, longest parts first; the last part may also be a beginning of one."""
    ends = _ends(word, parts, beginnings)
    return list(islice(_ways(word, 0, ends), _WAYS)) if word else []


def spoken_cuts(word: str) -> list[Cut]:
    """Ways of cutting a word into whole syllables, whatever they are."""
    return cuts(word, SYLLABLES, ())


def _ends(word: str, parts: Collection[str], beginnings: Collection[str]) -> list[list[int]]:
    """For every place of a word the ends of parts that begin there and lead to its end, farthest first."""
    length = len(word)
    ends: list[list[int]] = [[] for _ in range(length + 1)]
    for start in range(length - 1, -1, -1):
        if word[start] in _NEVER_FIRST:
            continue
        for end in range(min(start + _LONGEST_SYLLABLE, length), start, -1):
            part = word[start:end]
            if (part in parts and (end == length or ends[end])) or (end == length and part in beginnings):
                ends[start].append(end)
    return ends


def _ways(word: str, start: int, ends: Sequence[Sequence[int]]) -> Iterator[Cut]:
    """All ways from a place to the end; none of the ends leads astray, so each step is part of some way."""
    for end in ends[start]:
        if end == len(word):
            yield (word[start:end],)
        else:
            for rest in _ways(word, end, ends):
                yield (word[start:end], *rest)


def fold_letters(word: str) -> str:
    """Latin letters as `folded` has syllables, as far as can be told without cutting them."""
    return _NASAL.sub("n", _TWO.sub(r"\1", _FRONT.sub("l", word)))


def fold_lines(lines: Iterable[Cut]) -> list[Cut]:
    """Lines of folded syllables."""
    return [tuple(map(folded, line)) for line in lines]
