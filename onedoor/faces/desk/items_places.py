"""Where in the editor a fault of a document is mended, and how it is told there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.drafts import edits as draft_edits
from onedoor.domain.offices.terms import ROLE_NAMES

from .items_parts import Ask, Part, part_of

#: Words of the document's own language that a sentence is told without.
_PLAINER = (
    {
        " licence_type": "",
        " when 条件": "条件",
        "字段代码": "填写项代码",
        " fields ": "组内问题",
        "只有 join 为 quorum 时才填写 quorum": "只有“前面达到数量后开始”才填数量",
    }
    | {f" {role.value}": f" {name}" for role, name in ROLE_NAMES.items()}
    | {f"、{role.value}": f"、{name}" for role, name in ROLE_NAMES.items()}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A fault with the page on which it is mended; `control` is the name of the control there, "" for the page."""

    part: str
    path: tuple[int, ...]
    control: str
    words: str

    def address(self, draft_url: str) -> str:
        """Where it is mended."""
        rows = f"/{draft_edits.written(self.path)}" if self.path else ""
        return f"{draft_url}/edit/{self.part}{rows}" + (f"#id_{self.control}" if self.control else "")


def places(problems: Iterable[Problem], document: Mapping[str, Any]) -> list[Place]:
    """Every fault with its place, in words that an editor understands."""
    return [place for problem in problems if (place := place_of(problem, document)) is not None]


def place_of(problem: Problem, document: Mapping[str, Any]) -> Place | None:
    """The place of a fault; one that lies nowhere in the editor is told on its first page."""
    steps = problem.pointer.strip("/").split("/")
    part = part_of(steps)
    if part is None:
        return Place("basics", (), "", plain_words(problem, None, steps[-1]))
    if not part.listed:
        ask = _ask(part.asks, steps)
        return Place(part.slug, (), ask.name if ask else "", plain_words(problem, ask, steps[-1]))
    path, rest = _path(part, steps)
    if not path:
        return Place(part.slug, (), "", plain_words(problem, None, steps[-1]))
    ask = _ask(part.rows[len(path) - 1], rest)
    words, name = plain_words(problem, ask, steps[-1]), _name(part, path, document)
    if not name or f"“{name}”" not in words:
        words = _title(part, path, name) + words
    return Place(part.slug, path, ask.name if ask else "", words)


def _path(part: Part, steps: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    path: list[int] = []
    rest = list(steps)
    for key in draft_edits.LISTS[part.slug]:
        keys = key.split(".")
        if rest[: len(keys)] != keys or len(rest) == len(keys) or not rest[len(keys)].isdecimal():
            break
        path.append(int(rest[len(keys)]))
        rest = rest[len(keys) + 1 :]
    return tuple(path), rest


def _ask(asks: Sequence[Ask], steps: Sequence[str]) -> Ask | None:
    """The question that a pointer leads to, or into."""
    exact = ".".join(steps[:2])
    named = next((ask for ask in asks if ask.key == exact), None)
    return named or next((ask for ask in asks if steps and ask.key.partition(".")[0] == steps[0]), None)


def _name(part: Part, path: tuple[int, ...], document: Mapping[str, Any]) -> str:
    """What a row is called, "" if it has no name."""
    row = draft_edits.row(document, part.slug, path) or {}
    return next(
        (row[key] for key in ("name", "label", "title", "question") if isinstance(row.get(key), str)), ""
    )


def _title(part: Part, path: tuple[int, ...], name: str) -> str:
    """What row it is."""
    noun = part.nouns[len(path) - 1]
    return f"{noun}“{name}”：" if name else f"第 {path[-1] + 1} 个{noun}："


def plain_words(problem: Problem, ask: Ask | None, key: str) -> str:
    """The sentence of a fault without the words of the document's own language."""
    label = ask.label if ask else ""
    if label and problem.code == "required":
        return f"请填写“{label}”。"
    if label and problem.code in ("wrong_type", "unknown_value", "wrong_format"):
        return f"“{label}”填得不对，请修改。"
    words = problem.detail.replace(f"“{key}”", f"“{label}”") if label else problem.detail
    for term, plainer in _PLAINER.items():
        words = words.replace(term, plainer)
    return words
