"""What is wrong with a tree of guided questions. Pure; what is in force is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from .questions import DEEPEST, MOST, WIDEST, Choice, walk
from .terms import QuestionFault


@dataclass(frozen=True, slots=True)
class InForce:
    """What an answer may lead to. `gone` has the names of items that were cancelled, and when; `finds` tells whether
    words of a search find an item, `finds_package` whether they find a package."""

    items: Collection[str]
    packages: Collection[str]
    gone: Mapping[str, tuple[str, datetime]]
    finds: Callable[[str], bool]


def faults(tree: Choice, known: InForce) -> tuple[QuestionFault, ...]:
    """Every fault of a tree, from above. One that is `grave` keeps it from being published."""
    found = [*_size(tree)]
    places = dict(walk(tree))
    for path, each in places.items():
        found += _wording(path, each)
        if path:
            found += _ends(path, each, known)
        found += _onward(path, each, places)
    return tuple(found)


def _size(tree: Choice) -> Iterator[QuestionFault]:
    places = [path for path, _ in walk(tree)]
    if len(places) > MOST + 1:
        yield QuestionFault(
            "", "too_many_answers", f"一共有 {len(places) - 1} 个回答，最多 {MOST} 个，请删去一些。"
        )
    for path in places:
        if path.count(".") >= DEEPEST:
            detail = f"问题套得太深：最多连问 {DEEPEST} 个，请把这个回答移到上面。"
            yield QuestionFault(path, "too_deep", detail)
            return


def _wording(path: str, each: Choice) -> Iterator[QuestionFault]:
    where = f"回答“{each.say}”" if path else "第一个问题"
    if each.choices and not each.ask:
        yield QuestionFault(path, "no_question", f"{where}下面有回答，却没有写问题，请补上要问的话。")
    if each.ask and not each.choices:
        yield QuestionFault(path, "no_answers", f"问题“{each.ask}”还没有可选的回答，请至少添加一个。")
    if len(each.choices) > WIDEST:
        detail = f"问题“{each.ask}”有 {len(each.choices)} 个回答，最多 {WIDEST} 个，请分成几个问题。"
        yield QuestionFault(path, "too_many_choices", detail)
    said = [one.say for one in each.choices]
    for twice in sorted({say for say in said if said.count(say) > 1}):
        yield QuestionFault(path, "said_twice", f"问题“{each.ask}”有两个“{twice}”，请删去或改写一个。")


def _ends(path: str, each: Choice, known: InForce) -> Iterator[QuestionFault]:
    """What an answer leads to is there."""
    if not each.leads:
        detail = f"回答“{each.say}”没有下文，请写上再问什么，或者指到事项、一件事、搜索词。"
        yield QuestionFault(path, "dead_end", detail)
        return
    for code in each.items:
        if code in known.items:
            continue
        if code in known.gone:
            name, at = known.gone[code]
            detail = f"回答“{each.say}”指向的“{name}”（{code}）已经取消，请换成别的事项或去掉。"
            yield QuestionFault(path, "item_retired", detail, since=at)
        else:
            yield QuestionFault(
                path, "item_unknown", f"回答“{each.say}”指向的事项“{code}”不存在，请核对编码。"
            )
    for code in each.packages:
        if code not in known.packages:
            detail = f"回答“{each.say}”指向的一件事“{code}”不存在或已停办，请核对编码。"
            yield QuestionFault(path, "package_unknown", detail)
    named = each.asks or each.onward or each.items or each.packages
    if each.find and not named and not any(map(known.finds, each.find)):
        words = "、".join(each.find)
        detail = f"回答“{each.say}”的搜索词“{words}”现在找不到事项，群众看不到这个回答。"
        yield QuestionFault(path, "finds_nothing", detail, grave=False)


def _onward(path: str, each: Choice, places: Mapping[str, Choice]) -> Iterator[QuestionFault]:
    """Leading on to another question comes to an end."""
    if not each.onward:
        return
    if each.asks:
        detail = f"回答“{each.say}”既有自己的问题，又转到别的问题，请只留一样。"
        yield QuestionFault(path, "asks_twice", detail)
    target = places.get(each.onward)
    if target is None or not target.asks:
        detail = f"回答“{each.say}”要转到的问题已经不在了，请重新选择。"
        yield QuestionFault(path, "onward_unknown", detail)
    elif _comes_back(each.onward, path, places):
        detail = f"回答“{each.say}”转到“{target.ask}”，顺着走又会回到这里，请转到别处。"
        yield QuestionFault(path, "loop", detail)


def _comes_back(start: str, path: str, places: Mapping[str, Choice]) -> bool:
    """Whether one who goes on at `start` may come to `path` again."""
    waiting, seen = [start], set[str]()
    while waiting:
        here = waiting.pop()
        if here == path:
            return True
        if here in seen or here not in places:
            continue
        seen.add(here)
        each = places[here]
        waiting += [f"{here}.{one.code}" for one in each.choices]
        waiting += [each.onward] if each.onward else []
    return False
