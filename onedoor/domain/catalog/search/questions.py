"""The tree of guided questions as a document: read, changed by pure functions, written.

An answer has a `code` that is its own among those beside it; a `path` is the codes from the first question down to
an answer, divided by points, "" for the first question itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onedoor.core.refusals import Refused

#: Levels of questions, answers to one of them, and answers in all.
DEEPEST, WIDEST, MOST = 6, 30, 500


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer, or the first question, which has no `code` and no `say`.

    It leads on to a question of its own (`ask` with `choices`) or to one that stands elsewhere (`onward`, its path),
    or it leads to items and packages: by their codes, or by words to search for them (`find`, `together`).
    """

    code: str = ""
    say: str = ""
    ask: str = ""
    choices: tuple[Choice, ...] = ()
    onward: str = ""
    items: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    find: tuple[str, ...] = ()
    together: str = ""

    @property
    def asks(self) -> bool:
        """Whether it has a question of its own."""
        return bool(self.ask or self.choices)

    @property
    def leads(self) -> bool:
        """Whether it leads anywhere at all."""
        return bool(self.asks or self.onward or self.items or self.packages or self.find or self.together)


def read_tree(content: Mapping[str, Any]) -> Choice:
    """The tree of a document."""
    return Choice(
        code=content.get("code", ""),
        say=content.get("say", ""),
        ask=content.get("ask", ""),
        choices=tuple(map(read_tree, content.get("choices", ()))),
        onward=content.get("onward", ""),
        items=tuple(content.get("items", ())),
        packages=tuple(content.get("packages", ())),
        find=tuple(content.get("find", ())),
        together=content.get("together", ""),
    )


def write_tree(tree: Choice) -> dict[str, Any]:
    """The document of a tree; what is empty is left out."""
    said: dict[str, Any] = {
        "code": tree.code,
        "say": tree.say,
        "ask": tree.ask,
        "choices": [write_tree(each) for each in tree.choices],
        "onward": tree.onward,
        "items": list(tree.items),
        "packages": list(tree.packages),
        "find": list(tree.find),
        "together": tree.together,
    }
    return {key: value for key, value in said.items() if value}


def walk(tree: Choice, path: str = "") -> Iterator[tuple[str, Choice]]:
    """Every answer below one with its path, from above; the tree itself first."""
    yield path, tree
    for each in tree.choices:
        yield from walk(each, below(path, each.code))


def below(path: str, code: str) -> str:
    """The path of an answer to the question at a path."""
    return f"{path}.{code}" if path else code


def above(path: str) -> str:
    """The path of the question that an answer belongs to."""
    return path.rpartition(".")[0]


def at(tree: Choice, path: str) -> Choice:
    """The answer at a path. Raises Refused("unknown_step", 404)."""
    found = tree
    for code in path.split(".") if path else ():
        following = next((each for each in found.choices if each.code == code), None)
        if following is None:
            raise Refused("unknown_step", "没有这个问题，可能刚被改动过，请刷新页面。", status=404)
        found = following
    return found


def put(tree: Choice, path: str, change: Callable[[Choice], Choice]) -> Choice:
    """The tree with another answer at a path. Raises Refused("unknown_step", 404)."""
    if not path:
        return change(tree)
    code, _, rest = path.partition(".")
    at(tree, code)
    return replace(
        tree,
        choices=tuple(put(each, rest, change) if each.code == code else each for each in tree.choices),
    )


def added(tree: Choice, path: str, choice: Choice) -> tuple[Choice, str]:
    """The tree with a further answer to the question at a path, and where that now is."""
    fresh = replace(choice, code=choice.code or _fresh_code(tree))
    if any(each.code == fresh.code for each in at(tree, path).choices):
        fresh = replace(fresh, code=_fresh_code(tree))
    made = put(tree, path, lambda each: replace(each, choices=(*each.choices, fresh)))
    return made, below(path, fresh.code)


def _fresh_code(tree: Choice) -> str:
    used = {each.code for _, each in walk(tree)}
    return next(code for number in range(1, len(used) + 2) if (code := f"n{number}") not in used)


def removed(tree: Choice, path: str) -> Choice:
    """The tree without an answer and all below it; the first question stays."""
    if not path:
        raise Refused("first_question", "第一个问题不能删除，可以改它的问法和回答。")
    gone = at(tree, path).code
    return put(
        tree,
        above(path),
        lambda each: replace(each, choices=tuple(one for one in each.choices if one.code != gone)),
    )


def shifted(tree: Choice, path: str, by: int) -> Choice:
    """The tree with an answer one place up (-1) or down (1) among those beside it; at the end it stays."""
    code = at(tree, path).code

    def moved(each: Choice) -> Choice:
        row = list(each.choices)
        place = next(number for number, one in enumerate(row) if one.code == code)
        row.insert(max(0, place + by), row.pop(place))
        return replace(each, choices=tuple(row))

    return put(tree, above(path), moved) if path else tree


def moved(tree: Choice, path: str, under: str) -> tuple[Choice, str]:
    """The tree with an answer, and all below it, under another question, and where it now is.

    Answers that lead on to a question that moved with it follow it. Raises Refused("into_itself").
    """
    if not path or under == path or under.startswith(f"{path}."):
        raise Refused("into_itself", "不能把一个回答移到它自己的问题下面，请另选一个问题。")
    made, there = added(removed(tree, path), under, at(tree, path))
    return redirected(made, path, there), there


def redirected(tree: Choice, old: str, new: str) -> Choice:
    """The tree whose answers that led on to what was at `old` lead to `new`."""

    def turned(each: Choice) -> Choice:
        onward = each.onward
        if onward == old or onward.startswith(f"{old}."):
            onward = new + onward[len(old) :]
        return replace(each, onward=onward, choices=tuple(map(turned, each.choices)))

    return turned(tree)


def questions(tree: Choice) -> Sequence[tuple[str, Choice]]:
    """Every place that asks something of its own, with its path."""
    return [(path, each) for path, each in walk(tree) if each.asks]
