"""Guided questions: two or three plain questions that lead to items, for those who do not know what theirs is called.

The questions come with the program and hold in any county, since their answers are words by which the county's own
catalogue is searched. An answer that finds nothing there is not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import ServiceCard

from . import finding
from .terms import GuidedChoice, GuidedStep

_PATH = Path(__file__).with_name("questions.yaml")
#: Finds of one answer's words that are shown: more than one where items are as good as each other.
_OF_EACH = 2
_MOST_ITEMS = 8
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class _Choice:
    """An answer: `code` in addresses, `say` on the page; it leads on (`ask`, `choices`) or to items
    (`find`) and packages (`together`)."""

    code: str
    say: str
    ask: str
    choices: tuple[_Choice, ...]
    find: tuple[str, ...]
    together: str


@lru_cache(maxsize=1)
def _root() -> _Choice:
    return _read(yaml.safe_load(_PATH.read_text("utf-8")))


def _read(content: Mapping[str, Any]) -> _Choice:
    return _Choice(
        code=content.get("code", ""),
        say=content.get("say", ""),
        ask=content.get("ask", ""),
        choices=tuple(map(_read, content.get("choices", ()))),
        find=tuple(content.get("find", ())),
        together=content.get("together", ""),
    )


def guided(tenant_id: int, steps: str) -> GuidedStep:
    """Where the answers given so far lead: the next question, or items.

    `steps` are the codes of the answers, divided by points, "" at the beginning.
    Raises Refused("unknown_step", 404).
    """
    chosen = [_root()]
    for code in steps.split(".", _DEEPEST) if steps else ():
        following = next((each for each in chosen[-1].choices if each.code == code), None)
        if following is None:
            raise Refused("unknown_step", "没有这个问题，请从头开始选。", status=404)
        chosen.append(following)
    last = chosen[-1]
    answered = tuple(
        GuidedChoice(each.say, ".".join(one.code for one in chosen[1 : place + 1]))
        for place, each in enumerate(chosen[1:], start=1)
    )
    offered = tuple(
        GuidedChoice(each.say, f"{steps}.{each.code}" if steps else each.code)
        for each in last.choices
        if _leads_somewhere(tenant_id, each)
    )
    return GuidedStep(last.ask, answered, offered, _items(tenant_id, last), last.together)


def _leads_somewhere(tenant_id: int, choice: _Choice) -> bool:
    return bool(_items(tenant_id, choice)) or any(
        _leads_somewhere(tenant_id, each) for each in choice.choices
    )


def _items(tenant_id: int, choice: _Choice) -> tuple[ServiceCard, ...]:
    """The items that an answer's words find; only good finds, since nobody chose the words."""
    index, words = finding.index(tenant_id), finding.wordbook(tenant_id)
    found: dict[str, ServiceCard] = {}
    for query in choice.find:
        for each in index.surely(query, words)[:_OF_EACH]:
            found.setdefault(each.card.code, each.card)
    return tuple(found.values())[:_MOST_ITEMS]
