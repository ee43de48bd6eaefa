"""A query as it is read: cut into words, without politeness and without what nobody types on purpose."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .synonyms import FILLERS

#: A query is cut here; nobody types more.
LONGEST_QUERY = 60
#: So many words of a query are looked at.
MOST_WORDS = 8

_FILLER = re.compile("|".join(sorted(map(re.escape, FILLERS), key=len, reverse=True)))
_LATIN = re.compile(r"[a-z0-9]+")
#: Letters typed one by one.
_LETTERS = re.compile(r"(?<!\S)[a-z](?: [a-z])+(?!\S)")
_AGE = re.compile(r"(?<!\d)(\d{2})(?=岁|周岁|多岁)")
#: Single characters that ask for nothing.
_EMPTY = frozenset("在的了是有不能办去来要个这那我你他")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: Chinese (perhaps with letters in it), or Latin letters and digits only."""

    text: str
    latin: bool

    @property
    def weight(self) -> float:
        """How much it counts among the words of its query."""
        return float(max(1, len(self.text) - 1)) if not self.latin else max(1.0, len(self.text) / 2)


def normal(text: str) -> str:
    """A text as it is compared: half-width, lower case, without punctuation and spaces."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in plain if char.isalnum())


def words_of(query: str) -> tuple[Word, ...]:
    """The words of a query without fillers; the query itself if there is nothing else in it.

    A single character beside longer words is what a filler left over, such as the last one of 开饭店要什么证.
    """
    plain = _AGE.sub(_age, unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).lower())
    for text in (_FILLER.sub(" ", plain), plain):
        spelt = _LETTERS.sub(lambda letters: letters[0].replace(" ", ""), " ".join(text.split()))
        texts = list(dict.fromkeys(word for word in map(normal, spelt.split()) if word))[:MOST_WORDS]
        if texts:
            longer = [text for text in texts if len(text) > 1]
            return tuple(map(_word, longer or [text for text in texts if text not in _EMPTY]))
    return ()


def bare(query: str) -> str:
    """What is typed of the matter itself, as it is compared; a beginning that only asks is left out."""
    plain = unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).lower()
    return normal(_FILLER.sub("", plain))


def halves(word: Word) -> tuple[Word, ...]:
    """A word that mixes Chinese and Latin letters, cut where the letters change; longer pieces only."""
    pieces = re.findall(r"[a-z0-9]+|[^a-z0-9]+", word.text)
    return tuple(_word(piece) for piece in [piece for piece in pieces if len(piece) > 1] or pieces)


def _word(text: str) -> Word:
    return Word(text, _LATIN.fullmatch(text) is not None)


def _age(found: re.Match[str]) -> str:
    """An age in characters, as catalogues write it: 80岁 is 八十岁."""
    tens, ones = int(found[1]) // 10, int(found[1]) % 10
    if not tens:
        return found[1]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
