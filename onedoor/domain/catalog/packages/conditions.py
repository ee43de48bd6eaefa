"""Conditions over the questions of a package, put together from clauses, and said in words. Pure.

An editor picks clauses, “店面有多大” not less than 50, and joins them all by “and” or all by “or”. They are written as
CEL; what was written by hand and has another shape stays as it is and is shown as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from onedoor.domain.catalog.condition_words import in_words, of_those
from onedoor.domain.catalog.terms import Field, Section

#: Comparisons of numbers and dates with a value, in the order in which they are offered.
_NUMBERS = {">=": "不小于", ">": "大于", "<": "小于", "<=": "不大于", "==": "等于"}
_DATES = {">=": "不早于", "<": "早于"}
_COMPARED: Mapping[str, Mapping[str, str]] = {"number": _NUMBERS, "money": _NUMBERS, "date": _DATES}

_TEXT = r'"(?:\\.|[^"\\])*"'
_CLAUSE = re.compile(
    rf"""\s*(?:
        (?P<not>!\(\s*)?(?P<member>{_TEXT})\s+in\s+(?P<list>[a-z][a-z0-9_]*)(?(not)\s*\))
        |(?P<name>[a-z][a-z0-9_]*)\s*(?P<how>==|!=|>=|<=|>|<)\s*(?P<value>{_TEXT}|true|false|-?[0-9]+(?:\.[0-9]+)?)
    )\s*""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: a question by its code, how, and with what.

    `comparison` is ==, !=, >=, >, <=, <, in, or "not in"; `value` is true or false, the value of an option, a number,
    or an ISO date.
    """

    question: str
    comparison: str
    value: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Clauses of which all must hold, or with `any_of` at least one."""

    clauses: tuple[Clause, ...]
    any_of: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A clause as it is offered: `clause` without value where one is to be given beside it, and its words."""

    clause: Clause
    words: str
    takes_value: bool = False


def statements(question: Field) -> tuple[Statement, ...]:
    """What may be said of the answer to a question."""
    code = question.code
    if question.type == "boolean":
        said = (("true", "答“是”"), ("false", "答“否”"))
        return tuple(Statement(Clause(code, "==", value), words) for value, words in said)
    if question.type in ("choice", "choices"):
        one = question.type == "choice"
        ways = (("==", "选“{}”"), ("!=", "不选“{}”")) if one else (("in", "选了“{}”"), ("not in", "没选“{}”"))
        return tuple(
            Statement(Clause(code, how, option.value), words.format(option.label))
            for how, words in ways
            for option in question.options
        )
    compared = _COMPARED.get(question.type, {})
    return tuple(Statement(Clause(code, how, ""), words, takes_value=True) for how, words in compared.items())


def value_fault(clause: Clause, question: Field) -> str:
    """What is wrong with the value of a clause that takes one; "" if nothing."""
    if question.type == "date":
        if not _is_day(clause.value):
            return f"“{question.label}”要和一个日期比，请填写像 2026-07-01 这样的日期。"
    elif not _NUMBER.fullmatch(clause.value):
        return f"“{question.label}”要和一个数比，请填写数字，例如 50。"
    return ""


def _is_day(text: str) -> bool:
    """Whether a text is a day as answers have it; other ways of writing one would not compare."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def written(condition: Condition, questions: Sequence[Field]) -> str:
    """The condition as CEL, "" without clauses. The clauses are sound: see `statements` and `value_fault`."""
    types = {question.code: question.type for question in questions}
    join = " || " if condition.any_of else " && "
    return join.join(_written(clause, types[clause.question]) for clause in condition.clauses)


def _written(clause: Clause, kind: str) -> str:
    bare = kind in ("boolean", "number", "money")
    value = clause.value if bare else json.dumps(clause.value, ensure_ascii=False)
    if clause.comparison == "in":
        return f"{value} in {clause.question}"
    if clause.comparison == "not in":
        return f"!({value} in {clause.question})"
    return f"{clause.question} {clause.comparison} {value}"


def read(source: str, questions: Sequence[Field]) -> Condition | None:
    """The clauses of a condition, None if it is of another shape or says what cannot be said of these questions."""
    if not source.strip():
        return Condition(())
    found = _parsed(source)
    if found is None:
        return None
    known = {question.code: question for question in questions}
    if not all(_sayable(clause, known.get(clause.question)) for clause in found.clauses):
        return None
    # What would be written otherwise, such as a number in quotes, means something else.
    return found if _bare(written(found, questions)) == _bare(source) else None


def _bare(source: str) -> str:
    return "".join(source.split())


def _parsed(source: str) -> Condition | None:
    clauses: list[Clause] = []
    joins: set[str] = set()
    place = 0
    while True:
        match = _CLAUSE.match(source, place)
        clause = _clause(match) if match is not None else None
        if match is None or clause is None:
            return None
        clauses.append(clause)
        place = match.end()
        if place == len(source):
            return Condition(tuple(clauses), any_of="||" in joins) if len(joins) < 2 else None
        joins.add(source[place : place + 2])
        if not joins <= {"&&", "||"}:
            return None
        place += 2


def _clause(match: re.Match[str]) -> Clause | None:
    try:
        if match["list"]:
            how = "not in" if match["not"] else "in"
            return Clause(match["list"], how, json.loads(match["member"]))
        value = match["value"]
        return Clause(match["name"], match["how"], json.loads(value) if value.startswith('"') else value)
    except ValueError:
        return None


def _sayable(clause: Clause, question: Field | None) -> bool:
    if question is None:
        return False
    for statement in statements(question):
        if statement.clause.comparison == clause.comparison:
            if statement.takes_value:
                return not value_fault(clause, question)
            if statement.clause.value == clause.value:
                return True
    return False


def sentence(source: str, questions: Sequence[Field]) -> str:
    """A condition as people say it, "" for none; one that has no words stands there as it is written."""
    return in_words(source, [Section("", "", tuple(questions))])


def needed(source: str, questions: Sequence[Field]) -> str:
    """When an item is needed, as people say it."""
    return f"{of_those(sentence(source, questions))}才要办" if source else "都要办"


def asked(source: str, questions: Sequence[Field]) -> str:
    """When a question is put, as people say it."""
    return f"{of_those(sentence(source, questions))}才问" if source else "总是问"
