"""情形: the few ticked questions on which an item's materials and steps hang, and what answers to them call for. Pure.

Only choices are asked (one, several, yes or no): they say nothing of who answers, so they may stand in an address and
in a printed code. What hangs on anything else, such as an area, stays open and is told with its condition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.answers import Single, is_blank, read_answer
from onedoor.domain.catalog.item_terms import Situation
from onedoor.domain.catalog.reading import pointer_to
from onedoor.domain.catalog.terms import Field, Material, Necessity, ServiceVersion, Source

#: Kinds of questions whose answers may travel.
TICKED = ("choice", "choices", "boolean")


@dataclass(frozen=True, slots=True)
class CalledFor:
    """What some answers call for. `questions` are those that they bring up; `answers` the acceptable ones, by code.

    Materials to `bring`, `free` ones that a licence or shared record proves, those that are wanted `perhaps` because
    it hangs on something not asked or not answered, and those that are `spared`. Of the steps some are `skipped`, and
    some `doubtful` in the same way.
    """

    questions: tuple[Field, ...]
    answers: Mapping[str, Single]
    bring: tuple[Material, ...]
    free: tuple[Material, ...]
    perhaps: tuple[Material, ...]
    spared: tuple[Material, ...]
    skipped: frozenset[str]
    doubtful: frozenset[str]

    @property
    def open(self) -> tuple[Field, ...]:
        """Questions that are still to be answered."""
        return tuple(field for field in self.questions if field.code not in self.answers)


def questions_of(version: ServiceVersion) -> tuple[Field, ...]:
    """The questions of a version on which its materials and steps hang, and those that bring these up."""
    fields = [field for section in version.sections for field in section.fields]
    wanted = set(
        _named(material.when for material in version.materials if material.source is not Source.MADE)
    )
    wanted |= set(_named(step.when for step in version.procedure.steps))
    for field in reversed(fields):
        # A condition names earlier questions only, so one look back finds them all.
        if field.code in wanted:
            wanted |= set(_named([field.when]))
    return tuple(field for field in fields if field.code in wanted and field.type in TICKED)


def _named(sources: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for source in sources:
        if source:
            yield from conditions.compiled(source).variables()


def called_for(version: ServiceVersion, given: Mapping[str, Any]) -> tuple[CalledFor, tuple[Problem, ...]]:
    """What answers to the questions of a version call for, and what is wrong with them, at `/answers/<code>`.

    A faulty answer counts as none, and so does one to a question that the others do not bring up.
    """
    context = conditions.context_of(version, {})
    open_ = set(context)
    asked = {field.code for field in questions_of(version)}
    questions: list[Field] = []
    answers: dict[str, Single] = {}
    problems: list[Problem] = []
    for section in version.sections:
        for field in section.fields:
            if conditions.settled(field.when, context, open_) is False:
                open_.discard(field.code)
            elif field.code in asked:
                questions.append(field)
                try:
                    answer = _read(field, given.get(field.code))
                except Refused as refused:
                    problems.append(Problem(pointer_to("/answers", field.code), refused.code, refused.detail))
                    continue
                if answer is not None:
                    answers[field.code] = answer
                    context[field.code] = conditions.seen(field, answer)
                    open_.discard(field.code)
    return _sorted_out(version, context, open_, tuple(questions), answers), tuple(problems)


def answers_in(situation: Situation, questions: Sequence[Field]) -> dict[str, Any]:
    """The answers that a situation takes as given, for `called_for`."""
    found: dict[str, Any] = {}
    for field in questions:
        values = [answer.value for answer in situation.answers if answer.field == field.code]
        if values:
            found[field.code] = values if field.type == "choices" else values[-1]
    return found


def said(field: Field, answer: Single) -> str:
    """An answer as the form words it."""
    if isinstance(answer, bool):
        return "是" if answer else "否"
    chosen = answer if isinstance(answer, list) else [answer]
    return "、".join(option.label for option in field.options if option.value in chosen) or "都没有"


def _read(field: Field, value: object) -> Single | None:
    """An answer, None if there is none. To tick nothing answers a question that need not be answered."""
    if field.type == "choices" and value == [] and not field.required:
        return []
    return None if is_blank(value) else read_answer(field, value)


def _sorted_out(
    version: ServiceVersion,
    context: Mapping[str, Any],
    open_: Collection[str],
    questions: tuple[Field, ...],
    answers: Mapping[str, Single],
) -> CalledFor:
    kinds: dict[str, list[Material]] = {"bring": [], "free": [], "perhaps": [], "spared": []}
    for material in version.materials:
        if material.source is not Source.MADE:
            kinds[_kind(material, context, open_)].append(material)
    verdicts = {step.code: conditions.settled(step.when, context, open_) for step in version.procedure.steps}
    return CalledFor(
        questions=questions,
        answers=answers,
        **{kind: tuple(found) for kind, found in kinds.items()},
        skipped=frozenset(code for code, verdict in verdicts.items() if verdict is False),
        doubtful=frozenset(code for code, verdict in verdicts.items() if verdict is None),
    )


def _kind(material: Material, context: Mapping[str, Any], open_: Collection[str]) -> str:
    verdict = conditions.settled(material.when, context, open_)
    if verdict is False:
        return "spared"
    if verdict is None or (material.necessity is Necessity.CONDITIONAL and not material.when):
        return "perhaps"
    return "bring" if material.source is Source.APPLICANT else "free"
