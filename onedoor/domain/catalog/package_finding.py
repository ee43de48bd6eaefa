"""Finding packages by name, everyday words, pinyin and initials. Pure: a county has a hundred of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .package_merging import same
from .package_terms import PackageCard, PackageVersion
from .spelling import spell, syllables

#: A query is cut here; nobody types more.
LONGEST_QUERY = 60
#: What people say around the matter itself.
_AROUND = re.compile("我要|我想|怎么|如何|办理|申请|一件事|需要|什么|手续|证件|材料|哪些|想要")


@dataclass(frozen=True, slots=True)
class Sought:
    """A package as it is searched. `words` are name, everyday name and keywords; `sounds` the same in pinyin without
    spaces, `initials` their first letters."""

    card: PackageCard
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    initials: tuple[str, ...]

    @property
    def order(self) -> tuple[bool, str, str]:
        """Where the package stands in a plain list: those that can be filed first, then by sound."""
        return not self.card.ready, self.sounds[0], self.card.code


def sought(package: PackageVersion) -> Sought:
    """What is searched of a package."""
    phrases = [each for each in (package.name, package.plain_name, *package.keywords) if each]
    pinyin, initials = spell(*phrases)
    return Sought(
        card=_card(package),
        words=tuple(same(each) for each in phrases),
        sounds=tuple(line.replace(" ", "") for line in pinyin.splitlines()),
        initials=tuple(initials.splitlines()),
    )


def _card(package: PackageVersion) -> PackageCard:
    return PackageCard(
        id=package.id,
        code=package.code,
        number=package.number,
        name=package.name,
        plain_name=package.plain_name,
        summary=package.summary,
        audience=package.audience,
        themes=package.themes,
        occasions=package.occasions,
        lead=package.lead,
        lead_name=package.lead_name,
        members=len(package.members),
        promised_limit=package.promised_limit,
        visits=package.visits,
        ready=package.ready,
    )


def find(listed: Iterable[Sought], query: str) -> Sequence[Sought]:
    """The packages that a query finds, best first; all of them for a query that says nothing."""
    word = same(query[:LONGEST_QUERY])
    if not word:
        return tuple(listed)
    bare = same(_AROUND.sub("", query[:LONGEST_QUERY])) or word
    scored = [(max(_score(each, word), _score(each, bare)), each) for each in listed]
    return [each for score, each in sorted(scored, key=lambda hit: (-hit[0], hit[1].order)) if score]


def _score(each: Sought, word: str) -> float:
    if word == same(each.card.code) or word in each.words:
        return 1.0
    if any(word in phrase for phrase in each.words):
        return 0.9
    if any(len(phrase) > 1 and phrase in word for phrase in each.words):
        return 0.8
    if word.isascii():
        return 0.7 * (
            len(word) > 1
            and (
                any(sound.startswith(word) for sound in each.sounds)
                or any(word in initials for initials in each.initials)
            )
        )
    sound = "".join(syllables(word))
    if len(word) > 1 and sound in each.sounds:
        return 0.6
    return _overlap(each, word)


def _overlap(each: Sought, word: str) -> float:
    """How many pairs of neighbouring characters are shared; below half, none count."""
    pairs = {word[place : place + 2] for place in range(len(word) - 1)}
    known = {phrase[place : place + 2] for phrase in each.words for place in range(len(phrase) - 1)}
    share = len(pairs & known) / len(pairs) if pairs else 0.0
    return 0.5 * share if share >= 0.5 else 0.0
