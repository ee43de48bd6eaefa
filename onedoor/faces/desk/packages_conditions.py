"""A condition put together on a page: pick what the answers must be, or write it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from onedoor.domain.catalog.packages.drafts import (
    Clause,
    Condition,
    condition_fault,
    read,
    sentence,
    statements,
    value_fault,
    written,
)
from onedoor.domain.catalog.terms import Field

#: Clauses that a page offers at once, and the most of one condition.
FEW, MOST = 2, 8
ALWAYS, PICKED, BY_HAND = "always", "picked", "text"
NOT_MEANT = (
    "下面选了条件，上面却没有选“看前面问题的回答”，这样条件不起作用。"
    "要按条件的，请选上它；不要条件的，把下面的改成“不用”。"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A clause as it is drawn: the chosen statement, the value beside it, and what is wrong with it."""

    number: int
    chosen: str = ""
    value: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Builder:
    """A condition on its page. `groups` are the questions, each with the statements that may be picked; `source` is
    the condition as it would be written, `fault` what is wrong with it as a whole."""

    mode: str
    rows: tuple[Row, ...]
    any_of: bool
    source: str
    fault: str
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    words: str
    full: bool

    @property
    def faulty(self) -> bool:
        """Whether something must be mended before it can be kept."""
        return bool(self.fault) or any(row.fault for row in self.rows)


def _key(clause: Clause) -> str:
    return f"{clause.question}|{clause.comparison}|{clause.value}"


def _groups(questions: Sequence[Field]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found = []
    for question in questions:
        offered = [
            (
                _key(each.clause),
                f"“{question.label}”{each.words}{_beside(question) if each.takes_value else ''}",
            )
            for each in statements(question)
        ]
        if offered:
            found.append((question.label, tuple(offered)))
    return tuple(found)


def _beside(question: Field) -> str:
    return "（另填日期）" if question.type == "date" else "（另填数）"


def drawn(source: str, questions: Sequence[Field]) -> Builder:
    """A condition as it stands in the draft."""
    condition = read(source, questions)
    rows = [] if condition is None else [_row(n, each, questions) for n, each in enumerate(condition.clauses)]
    mode = BY_HAND if condition is None else PICKED if rows else ALWAYS
    any_of = condition is not None and condition.any_of
    return _builder(mode, rows, any_of, source, condition_fault(source, questions), questions)


def _row(number: int, clause: Clause, questions: Sequence[Field]) -> Row:
    question = next(each for each in questions if each.code == clause.question)
    takes = any(each.takes_value for each in statements(question))
    return Row(number, _key(replace(clause, value="") if takes else clause), clause.value if takes else "")


def _builder(
    mode: str,
    rows: Sequence[Row],
    any_of: bool,
    source: str,
    fault: str,
    questions: Sequence[Field],
    more: int = 0,
) -> Builder:
    length = min(max(FEW, len(rows) + more), MOST)
    padded = [*rows, *(Row(number) for number in range(len(rows), length))]
    return Builder(
        mode=mode,
        rows=tuple(padded),
        any_of=any_of,
        source=source,
        fault=fault,
        groups=_groups(questions),
        words=sentence(source, questions) if source and not fault else "",
        full=len(padded) >= MOST,
    )


def sent(query: QueryDict, questions: Sequence[Field], former: str) -> Builder:
    """A condition as a form sends it, written out as far as it is sound. `former` is what the draft has: where that is
    no condition, clauses that were picked without saying so are asked about, not passed over."""
    mode = query.get("mode", ALWAYS)
    rows = tuple(_sent_rows(query, questions))
    any_of = query.get("join") == "any"
    more = 1 if query.get("step") == "more" else 0
    if mode == BY_HAND:
        source = query.get("when", "").strip()[:2000]
        return _builder(mode, rows, any_of, source, condition_fault(source, questions), questions, more)
    if mode != PICKED:
        picked_anyway = not former and not more and any(row.chosen or row.fault for row in rows)
        return _builder(ALWAYS, rows, any_of, "", NOT_MEANT if picked_anyway else "", questions, more)
    picked = [row for row in rows if row.chosen]
    source = fault = ""
    if not any(row.fault for row in rows):
        clauses = tuple(_clause(row) for row in picked)
        source = written(Condition(clauses, any_of), questions)
        fault = condition_fault(source, questions)
    if not picked and not more and query.get("step") != "check":
        fault = "请至少选一条，或者改成“都要办”。"
    return _builder(mode, rows, any_of, source, fault, questions, more)


def _sent_rows(query: QueryDict, questions: Sequence[Field]) -> Iterator[Row]:
    known = {question.code: question for question in questions}
    chosen, values = query.getlist("clause")[:MOST], query.getlist("value")[:MOST]
    for number, text in enumerate(chosen):
        value = values[number].strip()[:40] if number < len(values) else ""
        code, _, rest = text[:400].partition("|")
        question = known.get(code)
        offered = {_key(each.clause): each.takes_value for each in statements(question)} if question else {}
        if not text:
            yield Row(number, "", value)
        elif question is None or text not in offered or not rest:
            yield Row(number, "", value, "这一条用到的问题或选项已经改过，请重新选。")
        elif offered[text]:
            fault = value_fault(_clause(Row(number, text, value)), question)
            yield Row(number, text, value, fault)
        else:
            yield Row(number, text)


def _clause(row: Row) -> Clause:
    question, comparison, value = row.chosen.split("|", 2)
    return Clause(question, comparison, value or row.value)
