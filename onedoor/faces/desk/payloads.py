"""Forms made from the lifecycle table: a verb's payload schema becomes questions, what is sent becomes a payload."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from onedoor.core.refusals import Problem
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseSheet, Verb
from onedoor.domain.offices.terms import Principal
from onedoor.faces.controls import Control, choices_of

from .phrases import PHRASES, composed

#: No sentence to pick is longer.
LONGEST_PHRASE = 300
#: Texts longer than this are asked for in a box of several lines.
ONE_LINE = 100
#: Payload parts that are the application itself; `application.py` asks for them.
APPLICATION_PARTS = frozenset({"applicant", "form", "materials"})
CORRECTION_PART = "items"
#: Words beside a question that the schema does not carry.
HINTS = {
    ("notify_correction", "days"): "写入补正告知书，从告知的次日起算；到期没有补正的，可以决定不予受理。",
    ("decide", "reasons"): "决定为“不予”时必须写明。",
    ("deliver", "courier_number"): "邮政寄递时填写。",
    ("deliver", "receiver"): "填来领取的人的姓名：申请人本人、法定代表人或者受托的经办人。",
    ("decide", "opinion"): "写入决定书。",
    ("suspend", "days"): "写入特别程序告知书。这段时间不计入办结时限。",
    ("suspend", "reason"): "写入特别程序告知书。",
    ("resume", "result"): "申请人能看到。",
    ("extend", "days"): "最多 10 个工作日，一个办件只能延长一次。",
    ("extend", "reasons"): "写入延期告知书，一行一条。",
}
#: Where a refusal of the engine belongs when it names no place.
PLACES = {
    "reasons_missing": "reasons",
    "courier_number_missing": "courier_number",
    "review_objected": "outcome",
    "phrase_too_long": "opinion",
    "too_many_phrases": "opinion",
}
#: Rows of a correction as they were sent: name and label.
Targets = tuple[tuple[str, str], ...]
#: No number in a form of the desk is longer.
MOST_DIGITS = 9
#: Whole numbers up to here are chosen, larger ones typed.
MOST_FIGURES = 5
_INDEXED = re.compile(r"^(?:/payload)?/items/(\d+)/(\w+)$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence to pick, with its key; `kept` is its id if the one signed in keeps it."""

    text: str
    id: str
    key: str
    chosen: bool
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One part of a payload as the page asks for it. `keys` are the keys of the control's choices in order."""

    control: Control
    phrases: tuple[Phrase, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """The choices with their keys."""
        return list(zip(self.control.choices, self.keys, strict=True))


def asks_application(verb: Verb) -> bool:
    """Whether the verb carries the application itself."""
    return not APPLICATION_PARTS.isdisjoint(verb.payload["properties"])


def asks_correction(verb: Verb) -> bool:
    """Whether the verb carries a list of what to mend."""
    return CORRECTION_PART in verb.payload["properties"]


def phrases(verb: Verb, principal: Principal) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """The sentences to pick for each text of a verb, with the id of those that are one's own, own ones first."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    own = cases.phrases_of(principal, verb.code)
    for name, _ in _plain(verb):
        kept = tuple((each.text, each.id) for each in own if each.part == name)
        texts = {text for text, _ in kept}
        given = tuple((text, 0) for text in PHRASES.get((verb.code, name), ()) if text not in texts)
        found[name] = kept + given
    return found


def questions(
    verb: Verb,
    sent: Mapping[str, str],
    faults: Mapping[str, str],
    offered: Mapping[str, tuple[tuple[str, int], ...]],
) -> tuple[Question, ...]:
    """The plain questions of a verb with what was sent before and what was wrong with it, by name."""
    letters, figures = iter("abcdefghilm"), iter("123456789")
    required = verb.payload["required"]
    found = []
    for name, schema in _plain(verb):
        control = Control(
            name=name,
            id=f"id_{name}",
            label=schema["title"],
            type=_type(schema),
            value=sent.get(name, ""),
            hint=HINTS.get((verb.code, name), ""),
            required=name in required,
            fault=faults.get(name, ""),
            choices=choices_of(f"id_{name}", _options(schema), {sent.get(name, "")}),
            max_length=schema.get("maxLength", 0),
        )
        picked = sent.get(f"phrase-{name}", "")
        listed = tuple(
            Phrase(text, f"id_phrase-{name}-{at}", next(figures, ""), text == picked, kept)
            for at, (text, kept) in enumerate(offered.get(name, ()))
        )
        found.append(Question(control, listed, tuple(next(letters, "") for _ in control.choices)))
    return tuple(found)


def _plain(verb: Verb) -> Iterable[tuple[str, Mapping[str, Any]]]:
    apart = APPLICATION_PARTS | {CORRECTION_PART}
    return ((name, schema) for name, schema in verb.payload["properties"].items() if name not in apart)


def _type(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "integer":
        return "choice" if schema["maximum"] <= MOST_FIGURES else "number"
    if "enum" in schema:
        return "choice"
    return "textarea" if schema.get("maxLength", 0) > ONE_LINE else "text"


def _options(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "enum" in schema:
        labels = schema.get("x-labels", {})
        return [(value, labels.get(value, value)) for value in schema["enum"]]
    if _type(schema) == "choice":
        return [(str(n), str(n)) for n in range(schema["minimum"], schema["maximum"] + 1)]
    return []


def defaults(verb: Verb) -> dict[str, str]:
    """What is known of any case before anything is typed."""
    known = {name: str(schema["default"]) for name, schema in _plain(verb) if "default" in schema}
    return known | ({"method": "window"} if verb.code == "deliver" else {})


def initial(verb: Verb, sheet: CaseSheet) -> dict[str, str]:
    """What is known before anything is typed. A person may come in person; who comes for an organisation is asked."""
    known = defaults(verb)
    if verb.code == "deliver" and sheet.applicant.kind == "person":
        known["receiver"] = sheet.applicant.name
    return known


def payload_of(verb: Verb, sent: Mapping[str, str]) -> dict[str, Any]:
    """The plain part of a payload from what was sent; blank texts are left out, a picked sentence comes first."""
    payload: dict[str, Any] = {}
    for name, schema in _plain(verb):
        text = sent.get(name, "").strip()
        picked = sent.get(f"phrase-{name}", "")
        if picked.strip() and len(picked) <= LONGEST_PHRASE:
            text = composed(picked, text)
        if text:
            number = whole_number(text) if schema.get("type") == "integer" else None
            payload[name] = text if number is None else number
    return payload


def whole_number(text: str) -> int | None:
    """The number that a text spells; None if it spells none, or one that nothing here comes near."""
    return int(text) if len(text) <= MOST_DIGITS and text.isdecimal() else None


def problems_at(
    verb: Verb, problems: Iterable[Problem], targets: Targets, code: str, detail: str
) -> tuple[Problem, ...]:
    """What was refused, with each pointer ending in the name of the control at fault.

    `targets` are the names and labels of the correction rows that were sent, in order; `code` and `detail` stand for a
    refusal that names no place.
    """
    found = tuple(_placed(verb, problem, targets) for problem in problems)
    return found or (Problem(f"/{PLACES.get(code, '')}", code, detail),)


def _placed(verb: Verb, problem: Problem, targets: Targets) -> Problem:
    row = _INDEXED.match(problem.pointer)
    if row and int(row[1]) < len(targets):
        part = "mend" if row[2] == "mend" else "reason"
        name, label = targets[int(row[1])]
        words = f"{label}：{'如何补正' if part == 'mend' else '存在的问题'}"
        return Problem(f"/{part}-{name}", problem.code, _named(problem.detail, words))
    name = problem.pointer.removeprefix("/payload").strip("/").split("/")[0]
    title = verb.payload["properties"].get(name, {}).get("title", "")
    return Problem(f"/{name}", problem.code, _named(problem.detail, title))


def _named(detail: str, title: str) -> str:
    """A sentence about 这一项 with the name of the question in its place."""
    return detail.replace("这一项", f"“{title}”", 1) if title else detail


def faults_by_name(problems: Iterable[Problem]) -> dict[str, str]:
    """The sentence of each control, by its name; the first fault of a control is told."""
    found: dict[str, str] = {}
    for problem in problems:
        found.setdefault(problem.pointer.rpartition("/")[2], problem.detail)
    return found
