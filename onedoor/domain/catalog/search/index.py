"""Finding items among some thousands, in memory: by name, everyday words, pinyin, initials, and with slips.

An `Index` is built once for all that is in force. A query is cut into words; a find has a score from 0 to 1 that
says how much of the query it answers, rare pairs of characters counting more than common ones. Where little is
found, the query is mended: known words that sound or look alike take the place of what was typed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log
from typing import Generic, Protocol, TypeVar

from .asking import LONGEST_QUERY, Word, bare, halves, normal, words_of
from .beginnings import Beginnings
from .lines import Lines
from .mending import Mender
from .sounds import Cut, Sounds
from .synonyms import LATER_ACTS, SYNONYMS
from .wordbook import Wordbook

__all__ = ["LONGEST_QUERY", "Entry", "Finding", "Index", "entry", "find", "normal"]

#: What a match is worth by where it stands: name, everyday words, plain name, theme and department.
_NAME, _KEYWORD, _PLAIN, _ABOUT = 0.95, 0.9, 0.85, 0.5
#: A find must answer this much of the query; less if a whole word of the entry or a synonym is in it.
_ENOUGH, _ENOUGH_WITH_WORD = 0.4, 0.12
#: Finds that are worth less than this share of the best are left out.
_BESIDE_BEST = 0.5
#: What can be applied for comes before what is only listed, if it is about as good a find.
_READY = 0.03
#: A find that nobody has to look at twice.
_SURE = 0.65
#: A plain name begins with something that people say, up to a stop.
_STOP = re.compile("[、，,；;。（(]")
_LONGEST_SAYING = 8
#: Beginnings that say nothing of the matter.
_EMPTY_HEADS = frozenset(
    [
        "自己",
        "没有",
        "没能",
        "家里",
        "突然",
        "准备",
        "刚开",
        "因为",
        "不做",
        "要办",
        "要先",
        "在上",
        "可以",
        "之前",
    ]
)
#: Words that begin alike are looked through up to so many.
_MOST_BEGUN = 40
#: Below this the query may have been mistyped.
_DOUBTFUL = 0.45
#: What a pair of characters that stands nowhere weighs beside the rarest that does.
_GLUE = 0.4
#: Whole words of entries are looked for up to this many characters.
_LONGEST_WORD = 12

Scores = dict[int, float]


class Card(Protocol):
    """What is found: an item or anything else that has a code and can be listed."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def plain_name(self) -> str: ...
    @property
    def ready(self) -> bool: ...


C = TypeVar("C", bound=Card)


@dataclass(frozen=True, slots=True)
class Entry(Generic[C]):
    """What is searched of one thing. `spoken` has name, plain name and keywords with their syllables."""

    card: C
    name: str
    plain_name: str
    keywords: tuple[str, ...]
    about: tuple[str, ...]
    spoken: tuple[tuple[str, Cut], ...]

    @property
    def order(self) -> tuple[bool, str, str]:
        """Where it stands in a plain list: those that can be applied for first, then by sound."""
        return not self.card.ready, " ".join(self.spoken[0][1]) if self.spoken else "", self.card.code


def entry(card: C, keywords: Sequence[str], pinyin: str, about: Sequence[str] = ()) -> Entry[C]:
    """The entry of a card; `pinyin` is what `spelling.spell` made of name, plain name and keywords, `about` are
    further words that say little by themselves, such as themes and the department."""
    said = [text for text in (card.name, card.plain_name, *keywords) if text]
    lines = pinyin.splitlines()
    return Entry(
        card=card,
        name=normal(card.name),
        plain_name=normal(card.plain_name),
        keywords=tuple(filter(None, map(normal, keywords))),
        about=tuple(filter(None, map(normal, about))),
        spoken=tuple(
            (normal(text), tuple(line.split())) for text, line in zip(said, lines, strict=False) if line
        ),
    )


@dataclass(frozen=True, slots=True)
class Finding(Generic[C]):
    """What a query found, best first. `mended` is what was searched for instead, "" if the query itself."""

    entries: tuple[Entry[C], ...]
    mended: str = ""


class Index(Generic[C]):
    """Entries made ready for searching; they keep the order in which they are given where scores are equal."""

    def __init__(self, entries: Sequence[Entry[C]]) -> None:
        self.entries = tuple(entries)
        owners: list[int] = []
        texts: list[str] = []
        self._worths: list[float] = []
        self._pairs: dict[str, Scores] = {}
        self._phrases: dict[str, Scores] = defaultdict(dict)
        self._heads: dict[str, Scores] = defaultdict(dict)
        for place, each in enumerate(self.entries):
            for clause in _STOP.split(each.card.plain_name):
                if len(head := normal(clause)[:2]) > 1 and head not in _EMPTY_HEADS:
                    self._heads[head].setdefault(place, _PLAIN)
            for text, worth in _fields(each):
                owners.append(place)
                texts.append(text)
                self._worths.append(worth)
                self._note(place, text, worth)
        self._owners, self._texts, self._lines = owners, texts, Lines(texts)
        spoken = [(place, line) for place, each in enumerate(self.entries) for line in each.spoken]
        self._sound_owners = [place for place, _ in spoken]
        self._sounds = Sounds([cut for _, (_, cut) in spoken])
        names = {each.name for each in self.entries}
        words = [(text, cut) for _, (text, cut) in spoken if text in names or text in self._phrases]
        self._mender = Mender([line for _, line in spoken], words)
        self._beginnings = Beginnings([*words, *(said for each in self.entries for said in _said(each))])
        self._codes = sorted((normal(each.card.code), place) for place, each in enumerate(self.entries))
        self._rarest = log(1 + max(1, len(self.entries)))
        self._terms: dict[str, Scores] = {}

    def _note(self, place: int, text: str, worth: float) -> None:
        for start in range(len(text) - 1):
            worths = self._pairs.setdefault(text[start : start + 2], {})
            if worth > worths.get(place, 0.0):
                worths[place] = worth
        if worth == _KEYWORD and len(text) > 1:
            self._phrases[text][place] = worth
        if worth >= _KEYWORD and len(text) > 2 and text[:2] not in _EMPTY_HEADS:
            self._heads[text[:2]][place] = worth

    def search(self, query: str, wordbook: Wordbook) -> Finding[C]:
        """What a query finds: everything for an empty one, nothing for one of signs alone."""
        words = words_of(query)
        if not words:
            return Finding(() if query.strip() else self.entries)
        scores = self._scores(words, wordbook)
        if max(scores.values(), default=0.0) < _DOUBTFUL:
            mended = self._mender.mend(words, wordbook)
            better = self._scores(words_of(mended), wordbook) if mended else {}
            if max(better.values(), default=0.0) * 0.9 > max(scores.values(), default=0.0):
                return Finding(self._ranked(better, mended), mended)
        return Finding(self._ranked(scores, normal(query)))

    def meant_by(self, term: str) -> tuple[Entry[C], ...]:
        """The entries for which an official word or a code stands."""
        return self._ranked(self._term(normal(term)))

    def surely(self, query: str, wordbook: Wordbook) -> tuple[Entry[C], ...]:
        """The entries that answer nearly all of a query, as it stands."""
        scores = self._scores(words_of(query), wordbook)
        return self._ranked({place: score for place, score in scores.items() if score >= _SURE})

    def suggest(self, typed: str, wordbook: Wordbook, limit: int) -> tuple[str, ...]:
        """Words that begin as somebody types, those of the catalogue first; each of them finds something."""
        begun = bare(typed)
        if not begun:
            return ()
        known = sorted(islice(self._beginnings.of(begun), _MOST_BEGUN), key=_telling)
        said = sorted(islice(wordbook.beginning(begun), _MOST_BEGUN), key=_telling)
        found = dict.fromkeys([*known, *(each for each in said if self._terms_of(each, wordbook))])
        found.pop(normal(typed), None)
        return tuple(found)[:limit]

    def guess(self, query: str) -> str:
        """The name of the entry that is least unlike a query which finds nothing; "" if all are wholly unlike."""
        shared: Scores = defaultdict(float)
        for word in words_of(query):
            for start in range(len(word.text) - 1):
                for place, worth in self._pairs.get(word.text[start : start + 2], {}).items():
                    shared[place] += worth
        best = max(shared, key=lambda place: (shared[place], -place), default=None)
        return "" if best is None else self.entries[best].card.name

    def _ranked(self, scores: Scores, asked: str = "") -> tuple[Entry[C], ...]:
        least = max(scores.values(), default=0.0) * _BESIDE_BEST
        places = [place for place, score in scores.items() if score >= least]
        worth = {place: scores[place] + _READY * self.entries[place].card.ready for place in places}
        later = {place: _later(self.entries[place].name, asked) for place in places}
        return tuple(self.entries[p] for p in sorted(places, key=lambda p: (-worth[p], later[p], p)))

    def _scores(self, words: Sequence[Word], wordbook: Wordbook) -> Scores:
        """How much of a query each entry answers. Every word adds by its weight."""
        total = sum(word.weight for word in words)
        found: Scores = defaultdict(float)
        for word in words:
            for place, score in self._word(word, wordbook).items():
                found[place] += score * word.weight / total
        return {place: score for place, score in found.items() if score >= _ENOUGH_WITH_WORD}

    def _word(self, word: Word, wordbook: Wordbook) -> Scores:
        found = self._literally(word.text)
        if word.latin:
            _better(found, self._latin(word.text))
            for said in wordbook.sounding(word.text):
                _better(found, self._terms_of(said, wordbook))
            return found
        _better(found, self._partly(word.text, wordbook))
        pieces = halves(word)
        if not found and pieces != (word,):
            return self._scores(pieces, wordbook)
        return found

    def _literally(self, text: str) -> Scores:
        """Where a word stands as it is; a single character counts in names only."""
        found: Scores = {}
        for line, start in self._lines.places(text):
            worth = self._worths[line]
            if len(text) == 1 and worth != _NAME:
                continue
            whole = len(self._texts[line]) == len(text)
            score = worth + (0.05 if whole else 0.0 if not start else -0.04)
            place = self._owners[line]
            if score > found.get(place, 0.0):
                found[place] = score
        return found

    def _latin(self, text: str) -> Scores:
        found: Scores = {}
        for line, score in self._sounds.matches(text).items():
            place = self._sound_owners[line]
            found[place] = max(score, found.get(place, 0.0))
        start = bisect_left(self._codes, (text, -1))
        while len(text) > 1 and start < len(self._codes) and self._codes[start][0].startswith(text):
            found[self._codes[start][1]] = 1.0
            start += 1
        return found

    def _partly(self, text: str, wordbook: Wordbook) -> Scores:
        """Entries that share pairs of characters with a text, or whose words, or words for them, stand in it."""
        said = list(wordbook.within(text))
        weights = self._weights(text, said)
        total = sum(weights) or 1.0
        found: Scores = defaultdict(float)
        for start, weight in enumerate(weights):
            for place, worth in self._pairs.get(text[start : start + 2], {}).items():
                found[place] += worth * weight
        enough = {place: score for place, score in found.items() if score >= _ENOUGH * total}
        for start, word in said:
            weight = sum(weights[start : start + len(word) - 1]) or total
            for place, worth in self._terms_of(word, wordbook).items():
                enough[place] = enough.get(place, found.get(place, 0.0)) + worth * weight
        for start, phrase in self._within(text):
            weight = sum(weights[start : start + len(phrase) - 1])
            for place, worth in self._phrases[phrase].items():
                enough[place] = enough.get(place, found.get(place, 0.0)) + 0.6 * worth * weight
        for start, weight in enumerate(weights):
            for place, worth in self._heads.get(text[start : start + 2], {}).items():
                enough[place] = enough.get(place, found.get(place, 0.0)) + 0.1 * worth * weight
        return {place: min(0.85, 0.8 * score / total) for place, score in enough.items()}

    def _weights(self, text: str, said: Sequence[tuple[int, str]]) -> list[float]:
        """What each pair of neighbouring characters counts; what stands between known words counts little."""
        count = len(self.entries)
        weights = []
        for start in range(max(1, len(text) - 1)):
            known = len(self._pairs.get(text[start : start + 2], ()))
            weights.append(log(1 + count / known) if known else _GLUE * self._rarest)
        for start, word in said:
            for place in range(start, min(start + len(word) - 1, len(weights))):
                weights[place] = max(weights[place], self._rarest)
        return weights

    def _within(self, text: str) -> list[tuple[int, str]]:
        """Whole words of entries that stand in a text."""
        parts = (
            (start, text[start:end])
            for start in range(len(text) - 1)
            for end in range(start + 2, min(start + _LONGEST_WORD, len(text)) + 1)
        )
        return [(start, part) for start, part in parts if part in self._phrases]

    def _terms_of(self, said: str, wordbook: Wordbook) -> Scores:
        """The entries for which something said stands; the first official word is the nearest in meaning."""
        found: Scores = {}
        for place, term in enumerate(wordbook.terms(said)):
            _better(
                found,
                {each: worth - 0.02 * min(place, 10) for each, worth in self._term(normal(term)).items()},
            )
        return found

    def _term(self, term: str) -> Scores:
        if term not in self._terms:
            found = {self._owners[line]: 0.0 for line, _ in self._lines.places(term)} if term else {}
            for line, _ in self._lines.places(term) if term else ():
                owner = self._owners[line]
                found[owner] = max(found[owner], self._worths[line] - 0.1)
            start = bisect_left(self._codes, (term, -1))
            if start < len(self._codes) and self._codes[start][0] == term:
                found[self._codes[start][1]] = 0.95
            if len(self._terms) >= 4_096:
                self._terms.clear()
            self._terms[term] = {owner: worth for owner, worth in found.items() if worth >= _PLAIN - 0.1}
        return self._terms[term]


def _later(name: str, asked: str) -> int:
    """Where a name comes among finds as good as each other: -1 an act that the query names, 1 another such act."""
    acts = [act for act in LATER_ACTS if act in name]
    return -1 if any(act in asked for act in acts) else int(bool(acts))


def _fields(each: Entry[C]) -> list[tuple[str, float]]:
    """The texts of an entry with their worth."""
    fields = [(each.name, _NAME), (each.plain_name, _PLAIN)]
    fields += [(word, _KEYWORD) for word in each.keywords] + [(word, _ABOUT) for word in each.about]
    return [(text, worth) for text, worth in fields if text]


def _said(each: Entry[C]) -> list[tuple[str, Cut]]:
    """The beginning of the plain name up to a stop, as far as it is a thing people say: 开饭店 of 开饭店、卖吃的."""
    first, *rest = _STOP.split(each.card.plain_name, maxsplit=1)
    text = normal(first)
    cuts = [cut for line, cut in each.spoken if line == each.plain_name]
    if not rest or not 2 <= len(text) <= _LONGEST_SAYING or not cuts or len(cuts[0]) != len(each.plain_name):
        return []
    return [(text, cuts[0][: len(text)])]


def _telling(word: str) -> tuple[bool, int]:
    """The order of suggestions: the shortest first, but those of two characters, which say little, last."""
    return len(word) < 3, len(word)


def _better(found: Scores, others: Mapping[int, float]) -> None:
    """Keep the better score of each entry."""
    for place, score in others.items():
        if score > found.get(place, 0.0):
            found[place] = score


BUILT_IN = Wordbook(SYNONYMS)


def find(entries: Sequence[Entry[C]], query: str) -> list[Entry[C]]:
    """The entries that a query finds with the words that come with the program, best first."""
    return list(Index(entries).search(query, BUILT_IN).entries)
