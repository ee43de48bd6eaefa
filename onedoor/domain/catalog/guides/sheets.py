"""一次性告知单 and 明白卡: what is printed for one situation of an item. Pure; the papers room sets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onedoor.domain.catalog.terms import Field, Material, Necessity, ServiceVersion

from .flowchart import limit_words, only_when, when_words
from .guide import Pair, count_words, department_of, result_words, way_words
from .situations import CalledFor, said

#: What a card has room for; the QR leads to the rest.
CARD_MATERIALS = 12
#: The lines that a small card has room for, each of so many characters.
CARD_LINES, CARD_LINE = 24, 24
#: Answers that mean nothing without their question.
_BARE = 2


def notice_data(version: ServiceVersion, called: CalledFor, departments: Mapping[str, str]) -> dict[str, Any]:
    """What the notice of a situation prints: exactly its materials and steps, and where to go."""
    return {
        **_named(version, departments),
        "answers": [
            {"label": field.label, "value": said(field, called.answers[field.code])}
            for field in called.questions
            if field.code in called.answers
        ],
        "open": [field.label for field in called.open],
        "conditions": list(version.conditions),
        "bring": [_brought(material) for material in called.bring],
        "free": [{"name": material.name, "way": way_words(material)} for material in called.free],
        "perhaps": [_perhaps(version, material) for material in called.perhaps],
        "steps": list(_steps(version, called, departments)),
        "facts": [{"label": label, "value": value} for label, value in facts(version)],
    }


def card_data(version: ServiceVersion, called: CalledFor, departments: Mapping[str, str]) -> dict[str, Any]:
    """What the card of a situation prints: the least one must know to come once."""
    bring = [_brought(material) for material in called.bring]
    return {
        **_named(version, departments),
        "situation": "；".join(
            _briefly(field, called) for field in called.questions if field.code in called.answers
        ),
        "size": "a6" if _lines(bring, called, version) <= CARD_LINES else "a5",
        "bring": bring[:CARD_MATERIALS],
        "more": max(0, len(bring) - CARD_MATERIALS),
        "free": [material.name for material in called.free],
        "perhaps": len(called.perhaps),
        "facts": [{"label": label, "value": value} for label, value in facts(version)],
    }


def _briefly(field: Field, called: CalledFor) -> str:
    answer = said(field, called.answers[field.code])
    return f"{field.label}：{answer}" if len(answer) <= _BARE else answer


def _lines(bring: Sequence[Mapping[str, str]], called: CalledFor, version: ServiceVersion) -> int:
    """About how many lines a card will have."""
    texts = [each["name"] + each["count"] for each in bring]
    texts += [value for _, value in facts(version)]
    texts += ["、".join(material.name for material in called.free), version.name * 2, version.plain_name]
    return sum(1 + len(text) // CARD_LINE for text in texts)


def _named(version: ServiceVersion, departments: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": version.code,
        "version": f"第 {version.number} 版",
        "name": version.name,
        "plain_name": version.plain_name,
        "department": department_of(version, departments),
    }


def facts(version: ServiceVersion) -> tuple[Pair, ...]:
    """Where, when, how long, what it costs, what one gets; only what is known."""
    pairs = (
        ("办理地点", version.location),
        ("办理时间", version.hours),
        ("咨询电话", version.phone),
        ("投诉电话", version.complaint_phone),
        ("多久办好", limit_words(version.promised_limit)),
        ("收费", version.fee),
        ("跑几次", (f"最多 {version.visits} 次" if version.visits else "不用跑") if version.ready else ""),
        ("办好得到", result_words(version)),
    )
    return tuple(pair for pair in pairs if pair[1])


def _brought(material: Material) -> dict[str, str]:
    later = "可以先受理、后补" if material.necessity is Necessity.DEFERRABLE else ""
    return {
        "name": material.name,
        "count": count_words(material),
        "note": "；".join(filter(None, (material.note, material.fill_note, later))),
    }


def _perhaps(version: ServiceVersion, material: Material) -> dict[str, str]:
    return {
        "name": material.name,
        "way": way_words(material),
        "when": when_words(version, material.when),
    }


def _steps(
    version: ServiceVersion, called: CalledFor, departments: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    for step in version.procedure.steps:
        if step.code not in called.skipped:
            yield {
                "name": step.name,
                "department": departments.get(step.department, step.department),
                "limit": limit_words(step.limit),
                "when": only_when(version, step.when, "要办") if step.code in called.doubtful else "",
            }
