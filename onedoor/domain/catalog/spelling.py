"""How names sound: full pinyin and initials, so that people find items without typing Chinese."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=16_384)
def syllables(text: str) -> tuple[str, ...]:
    """The pinyin of a text without tones, one syllable a character; Latin words and numbers in lower case.

    Punctuation is left out.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    spelt = lazy_pinyin(plain, style=Style.NORMAL, v_to_u=False)
    return tuple(word for run in spelt for word in _words(run))


def _words(run: str) -> list[str]:
    """The words of a run of characters; what has no sound, such as a bracket, has none."""
    return "".join(char if char.isalnum() else " " for char in run).split()


def spell(*phrases: str) -> tuple[str, str]:
    """The pinyin and the initials of some phrases, one line each; syllables are divided by spaces."""
    spelt = [syllables(phrase) for phrase in phrases if phrase]
    pinyin = "\n".join(" ".join(line) for line in spelt)
    initials = "\n".join("".join(syllable[0] for syllable in line) for line in spelt)
    return pinyin, initials
