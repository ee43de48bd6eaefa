"""The editor's questions as controls, and what was typed as pieces of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from onedoor.domain.catalog.drafts.queries import Element
from onedoor.domain.catalog.terms import Field, ServiceVersion
from onedoor.faces.controls import Control, choices_of

from .items_parts import Ask

#: The choice of a condition or data element that is written by hand.
OWN = "own"
#: Controls that few need and that stand folded: the data element of a question, and conditions written by hand.
FURTHER = frozenset({"element-pick", "element", "when"})
#: How the data elements begin that belong to one item only.
_ONLY_HERE = "own."
#: What is asked of a step only where there are others.
_AMONG_OTHERS = frozenset({"after", "join", "quorum"})
#: No number of a document is longer.
MOST_DIGITS = 6
#: So many options or lines are taken.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Around:
    """What a question may be answered with: departments by code, the form so far, steps before and after, elements."""

    departments: Mapping[str, str]
    earlier: tuple[Field, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    elements: tuple[Element, ...] = ()
    code: str = ""


@dataclass
class Typed:
    """What was typed into a page: the piece of document it makes, and what cannot be read at all, by control name."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def earlier_fields(version: ServiceVersion, path: tuple[int, ...] | None = None) -> tuple[Field, ...]:
    """The questions whose answers a condition may name: all of them, or those before the question at a path."""
    found: list[Field] = []
    for page, section in enumerate(version.sections):
        for place, asked in enumerate(section.fields):
            if path is not None and (page, place) >= path[:2]:
                inner = asked.fields[: path[2]] if (page, place) == path[:2] and len(path) == 3 else ()
                return (*found, *inner)
            found.append(asked)
    return tuple(found)


def value_at(row: Mapping[str, Any], ask: Ask) -> Any:
    """What a document has at the key of a question; its default if there is nothing."""
    found: Any = row
    for key in ask.key.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return ask.default if found is None else found


def read(asks: Iterable[Ask], former: Mapping[str, Any], posted: QueryDict, around: Around) -> Typed:
    """The piece of document that the answers make of a former one. What says only the default is left out, unless
    the document has to say it."""
    typed = Typed(dict(former))
    for ask in asks:
        value = _read(ask, former, posted, around, typed)
        nothing = value in ("", None) or (value == [] and not ask.default)
        unsaid = nothing or (value == ask.default and not ask.required)
        _set(typed.values, ask.key.split("."), None if unsaid else value)
    for key in {ask.key.partition(".")[0] for ask in asks if "." in ask.key}:
        if set(typed.values.get(key, ())) <= {"unit", "kind"}:
            typed.values.pop(key, None)
    return typed


def _set(values: dict[str, Any], keys: list[str], value: Any) -> None:
    if len(keys) > 1:
        inner = values.get(keys[0])
        values[keys[0]] = dict(inner) if isinstance(inner, Mapping) else {}
        _set(values[keys[0]], keys[1:], value)
    elif value is None:
        values.pop(keys[0], None)
    else:
        values[keys[0]] = value


def _read(ask: Ask, former: Mapping[str, Any], posted: QueryDict, around: Around, typed: Typed) -> Any:
    text = posted.get(ask.name, "").replace("\r\n", "\n").strip()
    match ask.kind:
        case "number":
            return _number(ask, text, typed)
        case "lines":
            return list(dict.fromkeys(line.strip() for line in text.split("\n")[:MOST_LINES] if line.strip()))
        case "picks":
            return _picks(ask.choices, value_at(former, ask), posted.getlist(ask.name))
        case "flag":
            return {"true": True, "false": False}.get(text, ask.default)
        case "after":
            return _picks(around.steps, former.get(ask.key), posted.getlist(ask.name))
        case "given":
            pairs = [pair for pair, _ in given_answers(around.earlier) if pair in posted.getlist(ask.name)]
            return [{"field": pair.partition("=")[0], "value": pair.partition("=")[2]} for pair in pairs]
        case "options":
            return _options(text, value_at(former, ask))
        case "when":
            pick = posted.get(f"{ask.name}-pick", "")
            return text if pick in ("", OWN) else pick
        case "element":
            pick = posted.get(f"{ask.name}-pick", "")
            before = str(former.get(ask.key) or "")
            alone = before if before.startswith(_ONLY_HERE) else f"{_ONLY_HERE}{around.code}"
            return pick if pick not in ("", OWN) else text or alone
    return text


def _picks(choices: Iterable[tuple[str, str]], former: Any, sent: list[str]) -> list[str]:
    """What was ticked; what was so before stays in its order."""
    kept = [each for each in former if each in sent] if isinstance(former, list) else []
    return kept + [value for value, _ in choices if value in sent and value not in kept]


def _number(ask: Ask, text: str, typed: Typed) -> Any:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    typed.faults[ask.name] = f"“{ask.label}”应填整数，不带单位，请修改。"
    return None


def _options(text: str, former: Any) -> list[dict[str, str]]:
    """Options, one label a line. One that was there keeps its value, which conditions may name; so does one that is
    worded anew in its old place."""
    labels = list(dict.fromkeys(line.strip() for line in text.split("\n")[:MOST_LINES] if line.strip()))
    known = [each for each in former if isinstance(each, Mapping)] if isinstance(former, list) else []
    values = {str(each.get("label")): str(each.get("value")) for each in known}
    for label, each in zip(labels, known, strict=False):
        if label not in values and str(each.get("label")) not in labels:
            values[label] = str(each.get("value"))
    taken = set(values.values())
    number = 0
    for label in labels:
        while label not in values:
            number += 1
            if f"o{number}" not in taken:
                values[label] = f"o{number}"
                taken.add(values[label])
    return [{"value": values[label], "label": label} for label in labels]


def controls(
    asks: Iterable[Ask],
    row: Mapping[str, Any],
    around: Around,
    faults: Mapping[str, str],
    sent: QueryDict | None = None,
) -> list[Control]:
    """The questions as a page draws them, with what the document has, or with what was sent."""
    found: list[Control] = []
    alone = not around.steps and any(ask.kind == "after" for ask in asks)
    for ask in asks:
        if alone and ask.key in _AMONG_OTHERS:
            continue
        value = value_at(row, ask)
        if ask.kind in ("when", "element"):
            found += _picked(ask, str(value or ""), around, faults)
        else:
            found.append(_control(ask, value, around, faults.get(ask.name, ""), sent))
    return found


def _control(ask: Ask, value: Any, around: Around, fault: str, sent: QueryDict | None) -> Control:
    pairs, chosen, kind, text = ask.choices, {str(value)}, "text", _text(value)
    match ask.kind:
        case "select":
            kind = "select"
        case "department":
            kind, pairs = "select", tuple(around.departments.items())
        case "flag":
            kind, chosen = "choice", {"true" if value else "false"}
        case "picks" | "after":
            kind = "choices"
            pairs = around.steps if ask.kind == "after" else pairs
            chosen = {str(each) for each in value} if isinstance(value, list) else set()
        case "given":
            kind, pairs = "choices", tuple(given_answers(around.earlier))
            known = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
            chosen = {f"{each.get('field')}={each.get('value')}" for each in known}
        case "lines" | "options":
            kind, text = "textarea", _lines(value)
        case "textarea" | "number":
            kind = ask.kind
    if sent is not None and kind == "number":
        text = sent.get(ask.name, "")[:40]
    return Control(
        name=ask.name,
        id=f"id_{ask.name}",
        label=ask.label,
        type=kind,
        value=text,
        hint=ask.hint,
        required=ask.required or (ask.kind in ("select", "flag") and ask.default != ""),
        fault=fault,
        choices=choices_of(f"id_{ask.name}", pairs, chosen),
        max_length=ask.most if kind == "text" else 0,
    )


def _text(value: Any) -> str:
    return "" if isinstance(value, list | Mapping) or value is None else str(value)


def _lines(value: Any) -> str:
    """A list as lines; of options their labels."""
    listed = value if isinstance(value, list) else []
    return "\n".join(str(each.get("label", "") if isinstance(each, Mapping) else each) for each in listed)


def simple_conditions(fields: Iterable[Field]) -> list[tuple[str, str]]:
    """The conditions that single answers to choices make, with their words."""
    found: list[tuple[str, str]] = []
    for each in fields:
        if each.type == "boolean":
            found += [(each.code, f"“{each.label}”为“是”"), (f"!{each.code}", f"“{each.label}”为“否”")]
        elif each.type == "choice":
            found += [(f'{each.code} == "{o.value}"', f"“{each.label}”为“{o.label}”") for o in each.options]
        elif each.type == "choices":
            found += [
                (f'"{o.value}" in {each.code}', f"“{each.label}”中选了“{o.label}”") for o in each.options
            ]
    return found


def given_answers(fields: Iterable[Field]) -> list[tuple[str, str]]:
    """The answers that a situation may take as given, as `field=value` with their words."""
    found: list[tuple[str, str]] = []
    for each in fields:
        options = [(o.value, o.label) for o in each.options]
        if each.type == "boolean":
            options = [("true", "是"), ("false", "否")]
        if each.type in ("boolean", "choice", "choices"):
            found += [(f"{each.code}={value}", f"“{each.label}”为“{label}”") for value, label in options]
    return found


def _picked(ask: Ask, value: str, around: Around, faults: Mapping[str, str]) -> list[Control]:
    """A choice of what is known, and a line for what is not."""
    if ask.kind == "when":
        pairs, nothing, other = simple_conditions(around.earlier), "没有条件", "自己写条件"
        aside = '写法如 cold == "yes" && area > 50；不要条件的，选“没有条件”并清空这里'
    else:
        pairs = [(each.code, f"{each.label}（{each.code}）") for each in around.elements]
        nothing, other = "本事项自用", "自己写数据元"
        aside = "写法如 person.name：小写字母，用点分成几段"
    offered = f"{other}（写在“更多”里）" if ask.kind == "when" else other
    known = any(value == code for code, _ in pairs)
    own = value.startswith(_ONLY_HERE) if ask.kind == "element" else False
    chosen = value if known else OWN if value and not own else ""
    name = f"{ask.name}-pick"
    pick = Control(
        name=name,
        id=f"id_{name}",
        label=ask.label,
        type="select",
        hint=ask.hint,
        required=False,
        choices=choices_of(f"id_{name}", [("", nothing), *pairs, (OWN, offered)], {chosen}),
    )
    line = Control(
        name=ask.name,
        id=f"id_{ask.name}",
        label=other,
        type="text",
        value="" if known or own else value,
        hint=aside,
        required=False,
        fault=faults.get(ask.name, ""),
        max_length=300,
    )
    return [pick, line]
