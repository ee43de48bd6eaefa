"""What a mistyped query may have meant: known words that sound or look like what was typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from onedoor.domain.catalog.spelling import syllables

from .asking import Word
from .sounds import Cut, Sounds, fold_letters, folded, spoken_cuts
from .synonyms import FILLERS, LATER_ACTS
from .wordbook import Wordbook

#: Words of this many characters are compared; longer ones are seldom typed whole.
_SHORTEST, _LONGEST = 2, 12
#: How alike texts must be, of 100, to be taken for a slip of the key; short texts are alike by chance.
_ALIKE_TEXT, _ALIKE_LETTERS = 72, 82
_SHORTEST_TEXT, _SHORTEST_LETTERS = 4, 5
_LONGEST_COMPARED = 24
_MOST_COMPARED = 60
_TRADE = re.compile("卖.+|.+(?:店|铺|铺子|摊|摊子|档口)|开.+(?:馆|厅|吧|坊|场|所|城)")
_SHOP = "开店"
#: Two syllables are heard as a word only where no more than so many are said; many pairs sound alike.
_FEW = 5

#: What says nothing, by sound, the longest first.
_FILLERS = sorted({syllables(filler) for filler in FILLERS}, key=len, reverse=True)


class Mender:
    """Knows the words of an index by sound. `lines` are texts with their syllables, `phrases` those among the texts
    that are words of their own."""

    def __init__(self, lines: Sequence[tuple[str, Cut]], phrases: Iterable[tuple[str, Cut]]) -> None:
        self._lines = lines
        self._folded = Sounds([tuple(map(folded, cut)) for _, cut in lines])
        self._words = {text: cut for text, cut in phrases if _SHORTEST <= len(text) <= _LONGEST}
        self._threes: dict[str, list[str]] = {}
        for text in self._words:
            if len(text) == 3:
                self._threes.setdefault(text[0], []).append(text)
        self._by_length = _by_length(self._words)
        self._letters = {"".join(cut): text for text, cut in self._words.items()}
        self._letters_by_length = _by_length(self._letters)
        self._wholes = [text for text, _ in lines]
        self._is_later = [any(act in text for act in LATER_ACTS) for text in self._wholes]
        self._by_character: dict[str, set[int]] = {}
        for place, (text, _) in enumerate(lines):
            for char in text:
                self._by_character.setdefault(char, set()).add(place)
        self._by_sound = {cut: text for text, cut in reversed(self._words.items())}
        self._by_fold = {tuple(map(folded, cut)): text for text, cut in reversed(self._words.items())}

    def mend(self, words: Sequence[Word], wordbook: Wordbook) -> str:
        """The query with known words in the place of those that are not; "" if nothing is like it."""
        mended = [
            self._latin(w.text, wordbook) if w.latin else self._chinese(w.text, wordbook) for w in words
        ]
        found = " ".join(dict.fromkeys(text for text in mended if text))
        # Whoever sells what no item names opens a shop all the same.
        return found or next((_SHOP for word in words if _TRADE.fullmatch(word.text)), "")

    def _latin(self, text: str, wordbook: Wordbook) -> str:
        for cut in spoken_cuts(text):
            if found := self._heard(cut, wordbook):
                return found
        place = self._folded.best(fold_letters(text)) if len(text) >= _SHORTEST_LETTERS else None
        if place is not None and place[2] < len(text):
            line, start, length = place
            whole, cut = self._lines[line]
            return whole[start : start + length] if len(whole) == len(cut) else whole
        return self._like_letters(text)

    def _chinese(self, text: str, wordbook: Wordbook) -> str:
        cut = syllables(text)
        return self._heard(cut, wordbook) or self._like_text(text)

    def _heard(self, cut: Cut, wordbook: Wordbook) -> str:
        """Known words that sound like parts of what was said, the longest first; two syllables must be most of it."""
        found: list[str] = []
        cut, start = _without_fillers(cut), 0
        whole = len(cut)
        while start < whole:
            for end in range(min(start + _LONGEST, len(cut)), start + 1, -1):
                part = cut[start:end]
                word = self._sounding(part, wordbook, strict=len(part) < min(3, whole))
                if word and (len(part) > 2 or whole <= _FEW):
                    found.append(word)
                    start = end - 1
                    break
            start += 1
        return " ".join(found)

    def _sounding(self, part: Cut, wordbook: Wordbook, *, strict: bool) -> str:
        word = self._by_sound.get(part) or wordbook.heard(part)
        if not word and not strict:
            word = self._by_fold.get(tuple(map(folded, part)), "")
        return word

    def _like_text(self, text: str) -> str:
        if len(text) == 3:
            return next((word for word in self._threes.get(text[0], ()) if _one_off(word, text)), "")
        if not _SHORTEST_TEXT <= len(text) <= _LONGEST_COMPARED:
            return ""
        alike = [word for size in _near(len(text), 1) for word in self._by_length.get(size, ())]
        best = process.extractOne(text, alike, scorer=fuzz.ratio, score_cutoff=_ALIKE_TEXT)
        best = best or process.extractOne(
            text, self._sharing(text), scorer=fuzz.partial_ratio, score_cutoff=_ALIKE_TEXT
        )
        return str(best[0]) if best else ""

    def _sharing(self, text: str) -> list[str]:
        """The lines that share most characters with a text."""
        shared: Counter[int] = Counter()
        for char in set(text):
            shared.update(self._by_character.get(char, ()))
        least = len(set(text)) * _ALIKE_TEXT // 100
        # The order must not hang on that of a set, which differs between processes.
        alike = [place for place, count in shared.items() if count >= least]
        alike.sort(key=lambda place: (-shared[place], self._is_later[place], place))
        return [self._wholes[place] for place in alike[:_MOST_COMPARED]]

    def _like_letters(self, text: str) -> str:
        if not _SHORTEST_LETTERS <= len(text) <= 3 * _LONGEST_COMPARED:
            return ""
        alike = [each for size in _near(len(text), 2) for each in self._letters_by_length.get(size, ())]
        best = process.extractOne(text, alike, scorer=fuzz.ratio, score_cutoff=_ALIKE_LETTERS)
        return self._letters[best[0]] if best else ""


def _without_fillers(cut: Cut) -> Cut:
    """Syllables without questions and politeness at both ends; all of them if nothing else is said."""
    rest = cut
    while front := next((f for f in _FILLERS if rest[: len(f)] == f), None):
        rest = rest[len(front) :]
    while back := next((f for f in _FILLERS if rest[-len(f) :] == f), None):
        rest = rest[: -len(back)]
    return rest or cut


def _one_off(word: str, text: str) -> bool:
    """Whether two words of three characters differ in the last or in the one before."""
    return (word[1] == text[1]) != (word[2] == text[2])


def _by_length(texts: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for text in texts:
        found.setdefault(len(text), []).append(text)
    return found


def _near(length: int, by: int) -> range:
    return range(length - by, length + by + 1)
