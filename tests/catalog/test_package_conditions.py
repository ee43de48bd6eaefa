"""Conditions put together from clauses: written as CEL, read back, said in words, and worth the same."""

from __future__ import annotations

import pytest

from onedoor.domain.catalog import conditions
from onedoor.domain.catalog.packages.conditions import (
    Clause,
    Condition,
    asked,
    needed,
    read,
    sentence,
    statements,
    value_fault,
    written,
)
from onedoor.domain.catalog.terms import Field, Option

QUESTIONS = (
    Field("area", "premises.area_sqm", "店面有多大", "number"),
    Field("kind", "package.kind", "卖什么", "choice", options=(Option('现"做', "现做"), Option("b", "包装"))),
    Field("counters", "package.counters", "有哪些柜台", "choices", options=(Option("x", "香烟"),)),
    Field("sign", "package.sign", "挂不挂招牌", "boolean"),
    Field("opening", "package.opening", "哪天开业", "date"),
)
ANSWERS = {"area": 60, "kind": "b", "counters": ["x"], "sign": True, "opening": "2026-07-01"}


@pytest.mark.parametrize(
    ("source", "words", "holds"),
    [
        ("area >= 50", "“店面有多大”达到 50", True),
        ("area < 50.5", "“店面有多大”不到 50.5", False),
        ('kind == "b"', "“卖什么”选“包装”", True),
        ('kind != "现\\"做"', "“卖什么”没选“现做”", True),
        ('"x" in counters', "“有哪些柜台”选了“香烟”", True),
        ('!("x" in counters)', "“有哪些柜台”没选“香烟”", False),
        ("sign == false", "不挂招牌", False),
        ('opening >= "2026-06-30"', "“哪天开业”不早于2026年6月30日", True),
        ("area >= 50 && sign == true", "“店面有多大”达到 50，并且挂招牌", True),
        ('area > 99 || kind == "b"', "“店面有多大”超过 99，或者“卖什么”选“包装”", True),
    ],
)
def test_a_condition_is_read_written_and_said(source: str, words: str, *, holds: bool) -> None:
    condition = read(source, QUESTIONS)
    assert condition is not None
    assert written(condition, QUESTIONS) == source
    assert sentence(source, QUESTIONS) == words
    assert conditions.fault(source, [question.code for question in QUESTIONS]) is None
    assert conditions.holds(source, ANSWERS) is holds


def test_every_statement_that_is_offered_can_be_written_and_read() -> None:
    values = {"number": "12.5", "date": "2026-07-01"}
    for question in QUESTIONS:
        for each in statements(question):
            value = values[question.type] if each.takes_value else each.clause.value
            clause = Clause(question.code, each.clause.comparison, value)
            source = written(Condition((clause,)), QUESTIONS)
            assert read(source, QUESTIONS) == Condition((clause,))
            assert conditions.fault(source, [q.code for q in QUESTIONS]) is None


@pytest.mark.parametrize(
    "source",
    [
        "area >= 50 && sign == true || sign == false", "(area >= 50)", "area >= 50 &&", "gone == 1", "sign",
        'kind == "gone"', 'area == "50"', "sign >= true", "area + 1 > 3", '"x" in kind', "area >= 50 & sign == true",
    ],
)  # fmt: skip
def test_what_has_another_shape_is_left_as_it_is(source: str) -> None:
    assert read(source, QUESTIONS) is None
    assert sentence(source, QUESTIONS)


def test_other_shapes_are_said_as_far_as_there_are_words() -> None:
    mixed = "area >= 50 && sign == true || sign == false"
    assert sentence(mixed, QUESTIONS) == "（“店面有多大”达到 50，并且挂招牌），或者不挂招牌"
    for source in ("gone == 1", "area >= 50 &&", "area + 1 > 3"):
        assert sentence(source, QUESTIONS) == f"条件“{source}”成立"


def test_nothing_is_always() -> None:
    assert read("", QUESTIONS) == Condition(())
    assert (sentence("", QUESTIONS), needed("", QUESTIONS), asked("", QUESTIONS)) == ("", "都要办", "总是问")
    assert needed("area >= 50", QUESTIONS) == "“店面有多大”达到 50 的才要办"
    assert asked("sign == true", QUESTIONS) == "挂招牌的才问"


def test_values_are_numbers_and_days() -> None:
    area, day = QUESTIONS[0], QUESTIONS[4]
    for value in ("", "五十", "1e3", "50 || true", "1" * 13, "٥٠"):
        assert "数字" in value_fault(Clause("area", ">=", value), area), value
    assert value_fault(Clause("area", ">=", "-3.5"), area) == ""
    for value in ("明天", "20260701", "2026-02-30", "2026-W01-1"):
        assert "日期" in value_fault(Clause("opening", "<", value), day), value
    assert value_fault(Clause("opening", "<", "2026-02-28"), day) == ""
