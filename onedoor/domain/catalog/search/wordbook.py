"""What people say and what it stands for, ready to be looked up while a query is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onedoor.domain.catalog.spelling import syllables

from .beginnings import Beginnings

#: No word of the table is longer.
LONGEST_SAID = 20

_NONE: tuple[str, ...] = ()


class Wordbook:
    """Synonyms by what is said, as `normal` texts, and how that sounds."""

    def __init__(self, synonyms: Mapping[str, tuple[str, ...]]) -> None:
        self.synonyms = synonyms
        self._longest = max(map(len, synonyms), default=0)
        self._by_sound: dict[str, list[str]] = {}
        self._beginnings = Beginnings((said, syllables(said)) for said in synonyms)
        self._heard: dict[tuple[str, ...], str] = {}
        for said in synonyms:
            spelt = syllables(said)
            self._heard.setdefault(spelt, said)
            # Two initials fit too many words.
            sounds = {"".join(spelt), *(["".join(s[0] for s in spelt)] if len(spelt) > 2 else [])}
            for sound in sounds:
                if len(sound) > 1:
                    self._by_sound.setdefault(sound, []).append(said)

    def terms(self, said: str) -> tuple[str, ...]:
        """The official words that something stands for, the nearest first."""
        return self.synonyms.get(said, _NONE)

    def within(self, run: str) -> Iterator[tuple[int, str]]:
        """Everything said in a run of characters, with where it begins."""
        for start in range(len(run)):
            for end in range(start + 1, min(start + self._longest, len(run)) + 1):
                if run[start:end] in self.synonyms:
                    yield start, run[start:end]

    def sounding(self, word: str) -> list[str]:
        """What is said in exactly these Latin letters, in full or by initials."""
        return self._by_sound.get(word, [])

    def heard(self, cut: tuple[str, ...]) -> str:
        """What is said in exactly these syllables; "" if nothing."""
        return self._heard.get(cut, "")

    def beginning(self, typed: str) -> Iterator[str]:
        """What is said that begins like this."""
        return self._beginnings.of(typed)
