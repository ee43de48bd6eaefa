"""Conditions said as people say them: every comparison, every way of joining, and what has no words."""

from __future__ import annotations

import pytest

from onedoor.domain.catalog.condition_reading import NoWords, opposite, taken_apart
from onedoor.domain.catalog.condition_words import in_words, of_those, yes_or_no
from onedoor.domain.catalog.guides.flowchart import only_when, when_words
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import Field, Option, Section
from tests.catalog.samples import food


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in zip("abc", labels, strict=False))


FORM = [
    Section("s", "店", (
        Field("area", "", "经营面积（平方米）", "number"),
        Field("rooms", "", "客房间数", "number"),
        Field("size_of", "", "店面有多大", "number"),
        Field("yearly", "", "一年取水多少（万立方米）", "number"),
        Field("capital", "", "注册资本", "money"),
        Field("kitchen", "", "有没有厨房", "boolean"),
        Field("home", "", "在本县有房", "boolean"),
        Field("cold", "", "是否制售冷食", "choice", options=(Option("yes", "是"), Option("no", "否"))),
        Field("some", "", "是否送外卖", "choice", options=options("是", "否", "有时")),
        Field("place", "", "设在哪里", "choice", options=options("楼顶", "墙面", "地面")),
        Field("dishes", "", "会做哪些食品", "choices", options=options("冷食", "生食", "糕点")),
        Field("opening", "", "开业日期", "date"),
        Field("when_", "", "哪天开业", "date"),
        Field("shop", "", "店名"),
        Field("staff", "", "从业人员", "group", fields=(Field("staff_name", "", "姓名"),)),
    )),
]  # fmt: skip
SAID = [
    # Numbers and money, with and without a unit, turned round, between two bounds.
    ("area > 100", "经营面积超过 100 平方米"),
    ("area >= 100", "经营面积达到 100 平方米"),
    ("area < 100.5", "经营面积不到 100.5 平方米"),
    ("area <= 100", "经营面积不超过 100 平方米"),
    ("area == 100", "经营面积是 100 平方米"),
    ("area != 100", "经营面积不是 100 平方米"),
    ("area in [50, 100]", "经营面积是 50 或 100 平方米"),
    ("100 < area", "经营面积超过 100 平方米"),
    ("-5 >= area", "经营面积不超过 -5 平方米"),
    ("rooms > 5", "客房间数超过 5"),
    ("size_of >= 50", "“店面有多大”达到 50"),
    ("yearly < 100", "一年取水不到 100 万立方米"),
    ("capital >= 30000", "注册资本达到 30000 元"),
    ("area > 50 && area <= 200", "经营面积超过 50 平方米、不超过 200 平方米"),
    ("area < 50 || area > 200", "经营面积不到 50 平方米，或者经营面积超过 200 平方米"),
    # Yes and no.
    ("kitchen", "有厨房"),
    ("kitchen == true", "有厨房"),
    ("!kitchen", "没有厨房"),
    ("kitchen == false", "没有厨房"),
    ("!(kitchen == false)", "有厨房"),
    ("kitchen != true", "“有没有厨房”没选“是”"),
    ("home", "“在本县有房”选“是”"),
    ("!home", "“在本县有房”选“否”"),
    ('cold == "yes"', "制售冷食"),
    ('cold == "no"', "不制售冷食"),
    ('cold != "yes"', "“是否制售冷食”没选“是”"),
    ('some == "a"', "“是否送外卖”选“是”"),
    # One of several, some of several.
    ('place == "a"', "“设在哪里”选“楼顶”"),
    ("place == 'a'", "“设在哪里”选“楼顶”"),
    ('"a" == place', "“设在哪里”选“楼顶”"),
    ('place == "gone"', "“设在哪里”选“gone”"),
    ('place != "a"', "“设在哪里”没选“楼顶”"),
    ('place in ["a", "b"]', "“设在哪里”选“楼顶”或“墙面”"),
    ('place == "a" || place == "b"', "“设在哪里”选“楼顶”或“墙面”"),
    ('place != "a" && place != "b"', "“设在哪里”没选“楼顶”或“墙面”"),
    ('!(place in ["a", "b"])', "“设在哪里”没选“楼顶”或“墙面”"),
    ('"a" in dishes', "“会做哪些食品”选了“冷食”"),
    ('!("a" in dishes)', "“会做哪些食品”没选“冷食”"),
    ('"a" in dishes || "b" in dishes', "“会做哪些食品”选了“冷食”或“生食”"),
    ('"a" in dishes && "b" in dishes', "“会做哪些食品”同时选了“冷食”和“生食”"),
    (
        '"a" in dishes && "b" in dishes && "c" in dishes',
        "“会做哪些食品”同时选了“冷食”和“生食”和“糕点”",
    ),
    ('!("a" in dishes) && !("b" in dishes)', "“会做哪些食品”没选“冷食”或“生食”"),
    (
        '!("a" in dishes && "b" in dishes)',
        "“会做哪些食品”没选“冷食”，或者“会做哪些食品”没选“生食”",
    ),
    (
        '("a" in dishes || "b" in dishes) && "c" in dishes',
        "“会做哪些食品”选了“冷食”或“生食”，并且“会做哪些食品”选了“糕点”",
    ),
    ("size(dishes) >= 2", "“会做哪些食品”选了至少 2 项"),
    # Days, texts, rows, nothing.
    ('opening >= "2026-07-01"', "开业日期不早于2026年7月1日"),
    ('opening < "2026-07-01"', "开业日期早于2026年7月1日"),
    ('when_ == "2026-07-01"', "“哪天开业”是2026年7月1日"),
    ('shop == "晓禾"', "“店名”填的是“晓禾”"),
    ('shop != "a\\"b"', "“店名”填的不是“a\"b”"),
    ('staff_name == "x"', "“姓名”填的是“x”"),
    ("shop == null", "没填“店名”"),
    ("area != null", "填了“经营面积（平方米）”"),
    ('shop == ""', "没填“店名”"),
    ("size(staff) > 0", "填了“从业人员”"),
    ("size(staff) == 0", "没填“从业人员”"),
    ("size(staff) > 3", "“从业人员”填了超过 3 项"),
    # Joined, and turned into the opposite.
    ("kitchen && area > 100", "有厨房，并且经营面积超过 100 平方米"),
    ('kitchen || place == "a"', "有厨房，或者“设在哪里”选“楼顶”"),
    ('kitchen && area > 100 && cold == "yes"', "有厨房，经营面积超过 100 平方米，并且制售冷食"),
    ('kitchen || area > 9 || cold == "yes"', "有厨房，经营面积超过 9 平方米，或者制售冷食"),
    ('(kitchen || area > 100) && cold == "yes"', "（有厨房，或者经营面积超过 100 平方米），并且制售冷食"),
    ('kitchen && area > 100 || cold == "yes"', "（有厨房，并且经营面积超过 100 平方米），或者制售冷食"),
    ("(kitchen)", "有厨房"),
    ("!(kitchen && area > 100)", "没有厨房，或者经营面积不超过 100 平方米"),
    ("!(kitchen || area > 100)", "没有厨房，并且经营面积不超过 100 平方米"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "words"), SAID)
def test_a_condition_is_said_as_people_say_it(source: str, words: str) -> None:
    assert in_words(source, FORM) == words


@pytest.mark.parametrize(
    "source",
    [
        "size(shop) > 3", "nobody == 1", 'cold == "yes', "area +", "area > 1 &&", "(kitchen", "kitchen)", "true",
        "area + 1 > 3", "kitchen > 2", 'place > "a"', 'opening > "bald"', 'place in ["a", 1]', "kitchen ? true : false",
        'area > "x"', "in", "!", "size(", "[", 'area in [', "shop > 3", "area > home", '"a" in nobody', "null", "- -",
    ],
)  # fmt: skip
def test_what_has_no_words_stands_as_it_is_written(source: str) -> None:
    assert in_words(source, FORM) == f"条件“{source}”成立"


#: Of a whole list, or of an answer that may be missing: the opposite of the opposite says the same otherwise.
ONE_WAY = ("kitchen != true", '!("a" in dishes && "b" in dishes)')


@pytest.mark.parametrize("source", [source for source, _ in SAID if source and source not in ONE_WAY])
def test_the_opposite_of_the_opposite_is_said_the_same(source: str) -> None:
    known = {f.code for section in FORM for each in section.fields for f in (each, *each.fields)}
    tree = taken_apart(source, known)
    once = opposite(tree)
    assert once != tree
    assert opposite(once) == tree


@pytest.mark.parametrize(
    ("label", "yes", "no"),
    [
        ("有没有厨房", "有厨房", "没有厨房"),
        ("除店主外有没有其他人？", "除店主外有其他人", "除店主外没有其他人"),
        ("是不是新生儿", "是新生儿", "不是新生儿"),
        ("要不要起字号", "要起字号", "不起字号"),
        ("会不会影响别人", "会影响别人", "不会影响别人"),
        ("挂不挂招牌", "挂招牌", "不挂招牌"),
        ("是否供餐", "供餐", "不供餐"),
        ("是否有厨房", "有厨房", "没有厨房"),
        ("是否已经开业", "已经开业", ""),
        ("税款结清了吗", "税款结清了", ""),
        ("是否已婚，有没有子女", "", ""),
        ("有没有没人照看的老人", "", ""),
        ("是否", "", ""),
        ("是否知道有没有厨房", "", ""),
        ("谁有没有房", "", ""),
        ("在本县有房", "", ""),
        ("有没有哪家供货", "", ""),
    ],
)
def test_a_question_becomes_a_statement_only_where_that_is_safe(label: str, yes: str, no: str) -> None:
    assert yes_or_no(label, yes=True) == yes
    assert yes_or_no(label, yes=False) == no


def test_those_whom_it_is_about() -> None:
    assert of_those("") == ""
    assert of_those("有厨房") == "有厨房的"
    assert of_those("客房间数超过 5") == "客房间数超过 5 的"
    assert of_those("是外省转来的") == "是外省转来的"
    version = parse_content(food())
    assert when_words(version, 'cold == "no"') == "不制售冷食的"
    assert only_when(version, "", "要交") == ""
    assert only_when(version, "fridge > 2", "要交").endswith("的才要交")
    assert only_when(version, "size(shop) > 3", "要交") == "视情形要交"


def test_nothing_that_is_written_breaks_the_reader() -> None:
    pieces = [
        "area",
        ">",
        "1",
        "&&",
        "||",
        "!",
        "(",
        ")",
        '"a"',
        "in",
        "dishes",
        "[",
        "]",
        ",",
        "size",
        "-",
        "null",
    ]
    seen = 0
    for first in pieces:
        for second in pieces:
            for third in pieces:
                source = f"{first} {second} {third}"
                words = in_words(source, FORM)
                seen += not words.startswith("条件")
                assert words
    assert seen > 5
    with pytest.raises(NoWords):
        taken_apart("area >", {"area"})
