"""Finding items among a few thousand, in memory: by name, everyday words, pinyin, initials, and with slips.

Every word of a query must be found; a find has a score from 0 to 1. Only where nothing is found are slips of
the key and words that sound alike considered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from .spelling import syllables
from .synonyms import FILLERS, SYNONYMS
from .terms import ServiceCard

#: A query is cut here; nobody types more.
LONGEST_QUERY = 60

#: How alike texts must be, of 100, to be taken for a slip; short Latin words are alike by chance.
_ALIKE_NAME, _ALIKE_SOUND, _SHORTEST_SLIP = 60, 84, 6

_FILLER = re.compile("|".join(sorted(FILLERS, key=len, reverse=True)))
_LATIN = re.compile(r"[a-z0-9\-']+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched of one item. `sounds` and `initials` have one line each for name and other words."""

    card: ServiceCard
    name: str
    plain_name: str
    keywords: tuple[str, ...]
    pairs: frozenset[str]
    sounds: tuple[tuple[str, ...], ...]
    initials: tuple[str, ...]

    @property
    def order(self) -> tuple[bool, str, str]:
        """Where the item stands in a plain list: those that can be applied for first, then by sound."""
        return not self.card.ready, " ".join(self.sounds[0]) if self.sounds else "", self.card.code


def entry(card: ServiceCard, keywords: Sequence[str], pinyin: str, initials: str) -> Entry:
    """The entry of a version from what its row says."""
    name, plain_name = normal(card.name), normal(card.plain_name)
    words = tuple(normal(word) for word in keywords)
    return Entry(
        card=card,
        name=name,
        plain_name=plain_name,
        keywords=words,
        pairs=frozenset(pair for text in (name, plain_name, *words) for pair in _pairs(text)),
        sounds=tuple(tuple(line.split()) for line in pinyin.splitlines()),
        initials=tuple(initials.splitlines()),
    )


def normal(text: str) -> str:
    """A text as it is compared: half-width, lower case, without punctuation and spaces."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in plain if char.isalnum())


def find(entries: Sequence[Entry], query: str) -> list[Entry]:
    """The entries that a query finds, best first."""
    words = _words(query)
    if not words:
        return list(entries)
    return _ranked(entries, words, _score) or _ranked(entries, words, _slip)


def _words(query: str) -> list[str]:
    """The words of a query without fillers; the query itself if there is nothing else in it.

    A single character beside longer words is what a filler left over, such as the last one of 开饭店要什么证.
    """
    plain = unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).lower()
    for text in (_FILLER.sub(" ", plain), plain):
        words = [word for word in map(normal, text.split()) if word]
        if words:
            return [word for word in words if len(word) > 1] or words
    return []


def _ranked(
    entries: Iterable[Entry], words: Sequence[str], score: Callable[[Entry, str], float]
) -> list[Entry]:
    found: list[tuple[float, tuple[bool, str, str], Entry]] = []
    for candidate in entries:
        scores = [score(candidate, word) for word in words]
        if all(scores):
            found.append((-sum(scores), candidate.order, candidate))
    return [candidate for _, _, candidate in sorted(found, key=lambda hit: hit[:2])]


def _score(candidate: Entry, word: str) -> float:
    by_synonym = _synonym(candidate, word)
    if _LATIN.fullmatch(word):
        return max(_latin(candidate, word), by_synonym)
    return max(_chinese(candidate, word), by_synonym)


def _latin(candidate: Entry, word: str) -> float:
    """Code, name in Latin letters, full pinyin from the start of a syllable, or initials."""
    if normal(candidate.card.code).startswith(word):
        return 1.0
    if word in candidate.name or word in candidate.keywords:
        return 0.95
    spoken = max((_spoken(line, word) for line in candidate.sounds), default=0.0)
    if spoken or len(word) < 2:
        return spoken
    return max((_at(line.find(word), 0.8) for line in candidate.initials), default=0.0)


def _spoken(sounds: tuple[str, ...], word: str) -> float:
    """Whether the word is spelt out by syllables of one line; the last one may be unfinished."""
    for start in range(len(sounds)):
        if sounds[start][0] == word[0] and "".join(sounds[start : start + len(word)]).startswith(word):
            return _at(start, 0.9)
    return 0.0


def _at(place: int, best: float) -> float:
    """A score that is a little better at the beginning; 0 for a place of -1."""
    return 0.0 if place < 0 else best - (0.05 if place else 0.0)


def _chinese(candidate: Entry, word: str) -> float:
    if word == candidate.name:
        return 1.0
    if word in candidate.name:
        return _at(candidate.name.find(word), 0.95)
    if word in candidate.plain_name or word in candidate.keywords:
        return 0.85
    if any(len(keyword) > 1 and keyword in word for keyword in candidate.keywords):
        return 0.8
    return _overlap(candidate, word)


def _overlap(candidate: Entry, word: str) -> float:
    """How many pairs of neighbouring characters are shared; below half, none count.

    The first pair weighs a little more: people name the matter first.
    """
    pairs = _pairs(word)
    share = len(pairs & candidate.pairs) / len(pairs) if pairs else 0.0
    return 0.3 + 0.3 * share + 0.05 * (word[:2] in candidate.pairs) if share >= 0.5 else 0.0


def _synonym(candidate: Entry, word: str) -> float:
    official = [term for said, terms in SYNONYMS.items() if said in word for term in terms]
    # The first official word of an entry is the nearest in meaning.
    places = [place for place, term in enumerate(official) if term in candidate.name]
    return 0.75 - 0.02 * min(places[0], 10) if places else 0.0


def _slip(candidate: Entry, word: str) -> float:
    """Whether a slip of the key or of the ear may have meant this item."""
    sound = "".join(syllables(word))
    if any(_spoken(line, sound) for line in candidate.sounds):
        return 0.6
    if len(sound) < _SHORTEST_SLIP:
        return 0.0
    by_name = 0.0 if _LATIN.fullmatch(word) else fuzz.partial_ratio(word, candidate.name)
    by_sound = max((fuzz.partial_ratio(sound, "".join(line)) for line in candidate.sounds), default=0.0)
    return max(
        by_name / 200 if by_name >= _ALIKE_NAME else 0.0, by_sound / 200 if by_sound >= _ALIKE_SOUND else 0.0
    )


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[index : index + 2] for index in range(len(text) - 1))
