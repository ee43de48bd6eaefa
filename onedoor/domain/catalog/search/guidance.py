"""Guided questions: two or three plain questions that lead to items, for those who do not know what theirs is called.

The questions that come with the program hold in any county, since their answers are words by which the county's own
catalogue is searched; a county may publish its own in their place. An answer that leads nowhere is not offered.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import connection

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import ServiceCard

from . import finding
from .questions import Choice, at, below, read_tree
from .terms import GuidedChoice, GuidedStep, QuestionsState

_PATH = Path(__file__).with_name("questions.yaml")
#: Finds of one answer's words that are shown: more than one where items are as good as each other.
_OF_EACH = 2
_MOST_ITEMS = 8
#: Answers in an address; leading on to other questions makes a way longer than the tree is deep.
_LONGEST_WAY = 12
_HOLDS = """
SELECT content::text, number, published_at, published_by FROM catalog_questionsedition
WHERE tenant_id = %s ORDER BY number DESC LIMIT 1
"""
_PACKAGES = """
SELECT p.code FROM catalog_packageversion v JOIN catalog_package p ON p.id = v.package_id
WHERE v.tenant_id = %s AND v.retired_at IS NULL
"""
_REVISION = "SELECT revision FROM catalog_vocabulary WHERE tenant_id = %s"

_kept: dict[tuple[str, int], tuple[int, Choice]] = {}


@lru_cache(maxsize=1)
def built_in() -> dict[str, Any]:
    """The document of the questions that come with the program."""
    found: dict[str, Any] = yaml.safe_load(_PATH.read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def _built_in_tree() -> Choice:
    return read_tree(built_in())


def holding(tenant_id: int) -> QuestionsState:
    """The questions that hold in a county."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, [tenant_id])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return QuestionsState(built_in(), own=False, **(_said(row) if row else {}))
    content: dict[str, Any] = json.loads(row[0])
    return QuestionsState(content, own=True, **_said(row))


def _said(row: tuple[Any, ...]) -> dict[str, Any]:
    return {"number": row[1], "changed_at": row[2], "changed_by": row[3]}


def tree_of(tenant_id: int) -> Choice:
    """The tree that holds in a county, kept in the process until its words change."""
    with connection.cursor() as cursor:
        cursor.execute(_REVISION, [tenant_id])
        row = cursor.fetchone()
    if row is None:
        return _built_in_tree()
    key = (str(connection.settings_dict["NAME"]), tenant_id)
    kept = _kept.get(key)
    if kept is None or kept[0] != row[0]:
        state = holding(tenant_id)
        kept = _kept[key] = (row[0], read_tree(state.content) if state.own else _built_in_tree())
    return kept[1]


def guided(tenant_id: int, steps: str, tree: Choice | None = None) -> GuidedStep:
    """Where the answers given so far lead: the next question, or items and packages.

    `steps` are the codes of the answers, divided by points, "" at the beginning; `tree` is another than the one that
    holds. Raises Refused("unknown_step", 404).
    """
    leading = Leading(tenant_id, tree or tree_of(tenant_id))
    chosen = [leading.tree]
    for code in steps.split(".", _LONGEST_WAY) if steps else ():
        asking = leading.asked_next(chosen[-1])
        following = next((each for each in asking.choices if each.code == code), None)
        if following is None:
            raise Refused("unknown_step", "没有这个问题，请从头开始选。", status=404)
        chosen.append(following)
    last = leading.asked_next(chosen[-1])
    answered = tuple(
        GuidedChoice(each.say, ".".join(one.code for one in chosen[1 : place + 1]))
        for place, each in enumerate(chosen[1:], start=1)
    )
    offered = tuple(
        GuidedChoice(each.say, below(steps, each.code)) for each in last.choices if leading.leads(each)
    )
    last = chosen[-1]
    return GuidedStep(
        ask=leading.asked_next(last).ask,
        answered=answered,
        offered=offered,
        items=leading.items(last),
        together=last.together,
        packages=leading.packages(last),
    )


class Leading:
    """What the answers of a tree lead to in a county."""

    def __init__(self, tenant_id: int, tree: Choice) -> None:
        self.tree = tree
        self._tenant = tenant_id
        self._index, self._words = finding.index(tenant_id), finding.wordbook(tenant_id)
        self._cards = {entry.card.code: entry.card for entry in self._index.entries}
        self._packages: frozenset[str] | None = None

    def asked_next(self, choice: Choice) -> Choice:
        """Where the question stands that follows an answer: with it, or elsewhere."""
        if not choice.onward:
            return choice
        try:
            return at(self.tree, choice.onward)
        except Refused:
            return choice

    def leads(self, choice: Choice, depth: int = 0) -> bool:
        """Whether an answer leads to anything that is in force."""
        if self.items(choice) or self.packages(choice):
            return True
        asking = self.asked_next(choice)
        # A tree in work may lead round in a circle.
        return depth < _LONGEST_WAY and any(self.leads(each, depth + 1) for each in asking.choices)

    def packages(self, choice: Choice) -> tuple[str, ...]:
        """The packages in force that an answer names, by code."""
        return tuple(code for code in choice.packages if code in self.packages_in_force())

    def packages_in_force(self) -> frozenset[str]:
        """The codes of all packages in force."""
        if self._packages is None:
            with connection.cursor() as cursor:
                cursor.execute(_PACKAGES, [self._tenant])
                self._packages = frozenset(code for (code,) in cursor.fetchall())
        return self._packages

    def items_in_force(self) -> frozenset[str]:
        """The codes of all items in force."""
        return frozenset(self._cards)

    def finds(self, query: str) -> tuple[ServiceCard, ...]:
        """What words of a search find; only good finds, since nobody chose the words."""
        return tuple(each.card for each in self._index.surely(query, self._words)[:_OF_EACH])

    def items(self, choice: Choice) -> tuple[ServiceCard, ...]:
        """The items that an answer names and those that its words find, each once."""
        found = {code: self._cards[code] for code in choice.items if code in self._cards}
        for query in choice.find:
            for card in self.finds(query):
                found.setdefault(card.code, card)
        return tuple(found.values())[: max(_MOST_ITEMS, len(choice.items))]
