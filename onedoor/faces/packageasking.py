"""The few questions that a package 一件事 asks first: as an address holds their answers, and as a page draws them.

They choose between what everybody may read; who answers is not said in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageVersion, Plan
from onedoor.domain.catalog.terms import Field
from onedoor.faces.controls import Control, control_of

#: In the address of a page whose questions have been sent.
SENT = "asked"


@dataclass(frozen=True, slots=True)
class Asking:
    """A package with the answers of an address: `sent` tells whether there are any, `plan` is what the good ones call
    for, `problems` is what is wrong with the others, `controls` are the questions that they bring up."""

    package: PackageVersion
    sent: bool
    plan: Plan
    problems: tuple[Problem, ...]
    controls: tuple[Control, ...]

    @property
    def query(self) -> str:
        """The answers as an address has them."""
        return query_of(self.plan)

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The questions that are answered, with the answers in words."""
        answers = self.plan.answers
        asked = [field for field in self.package.questions if field.code in answers]
        return tuple((field.label, _in_words(field, answers[field.code])) for field in asked)


def asking(package: PackageVersion, query: QueryDict, at: datetime) -> Asking:
    """What a package asks and calls for, given the answers in an address."""
    sent = SENT in query or not package.questions
    answers = ticked(query, package.questions)
    problems: tuple[Problem, ...] = ()
    try:
        plan = packages.plan_of(package, answers, at)
    except Refused as refused:
        problems = refused.errors
        faulty = {problem.pointer.split("/")[2] for problem in problems}
        sound = {key: value for key, value in answers.items() if key not in faulty}
        plan = packages.plan_of(package, sound, at)
    return Asking(package, sent, plan, problems, _controls(package, plan, answers, problems))


def ticked(query: QueryDict, questions: tuple[Field, ...]) -> dict[str, Any]:
    """The answers in an address, by the code of the question; questions that were passed over are left out."""
    found: dict[str, Any] = {}
    for field in questions:
        given = [each[:200] for each in query.getlist(field.code)[:50] if each.strip()]
        if field.type == "choices" and (given or SENT in query):
            found[field.code] = given
        elif given:
            found[field.code] = given[-1]
    return found


def query_of(plan: Plan) -> str:
    """The answers of a plan as an address has them, for `ticked` to read again."""
    pairs = [(SENT, "1")]
    for code, value in plan.answers.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(code, str(each).lower() if isinstance(each, bool) else str(each)) for each in values]
    return urlencode(pairs)


def _in_words(field: Field, answer: Any) -> str:
    if isinstance(answer, bool):
        return "是" if answer else "否"
    if not field.options:
        return str(answer)
    chosen = answer if isinstance(answer, list) else [answer]
    return "、".join(option.label for option in field.options if option.value in chosen) or "都没有"


def _controls(
    package: PackageVersion, plan: Plan, answers: Mapping[str, Any], problems: tuple[Problem, ...]
) -> tuple[Control, ...]:
    """The questions that these answers bring up, as drawn."""
    faults = {problem.pointer.split("/")[2]: problem.detail for problem in problems}
    up = {field.code for field in plan.missing} | set(plan.answers) | set(faults)
    return tuple(
        control_of(field, answers.get(field.code), fault=faults.get(field.code, ""))
        for field in package.questions
        if field.code in up or (not field.required and not field.when)
    )
