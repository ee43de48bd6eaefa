"""The flow chart: every step has a place of its own, every dependence a line, and no line runs through a box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from onedoor.domain.catalog.documents import read_document
from onedoor.domain.catalog.guides.charting import ranks, reduced
from onedoor.domain.catalog.guides.flowchart import (
    ACCEPT,
    APPLY,
    DELIVER,
    PAGE,
    Box,
    Chart,
    Line,
    Shape,
    chart_of,
    lanes,
    wrapped,
)
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.faces.flowcharts import drawing_of
from onedoor.site.demo.loader import demo_items
from tests.catalog.samples import food

NAMES = {"scjg": "市场监管局", "xfjy": "消防救援大队"}


def step(code: str, *after: str, kind: str = "review", **more: Any) -> dict[str, Any]:
    role = {"decision": "decider", "making": "issuer"}.get(kind, "reviewer")
    named = {"code": code, "name": more.pop("name", f"环节{code}"), "kind": kind, "department": "scjg"}
    return {**named, "role": role, "after": list(after), **more}


def version_with(*steps: dict[str, Any]) -> ServiceVersion:
    version, problems = read_document(food(procedure=list(steps)))
    assert problems == ()
    return version


def chart(version: ServiceVersion, **more: Any) -> Chart:
    found = chart_of(version, NAMES, **more)
    assert found is not None
    return found


def boxes(drawn: Chart) -> dict[str, Box]:
    return {box.code: box for band in drawn.bands for box in band.boxes}


def inside(drawn: Chart) -> Iterator[str]:
    """Boxes that stand on one another or beyond the page, and lines that run through a box."""
    found = list(boxes(drawn).values())
    for place, one in enumerate(found):
        if one.x < 0 or one.y < 0 or one.x + one.width > drawn.width or one.y + one.height > drawn.height:
            yield f"{one.code} stands beyond the page"
        for other in found[place + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            if not beside and not (one.y + one.height <= other.y or other.y + other.height <= one.y):
                yield f"{one.code} and {other.code} stand on one another"
    for line in (line for band in drawn.bands for line in band.lines):
        for box in found:
            if any(_runs_through(start, end, box) for start, end in pairwise(line.points)):
                yield f"a line runs through {box.code}"


def _runs_through(start: tuple[int, int], end: tuple[int, int], box: Box) -> bool:
    left, right = sorted((start[0], end[0]))
    top, foot = sorted((start[1], end[1]))
    across = left < box.x + box.width - 1 and right > box.x + 1
    return across and top < box.y + box.height - 1 and foot > box.y + 1


def followed(drawn: Chart) -> set[tuple[str, str]]:
    """Which box leads to which, found by walking along the lines from foot to head."""
    standing = boxes(drawn)
    lines = [line for band in drawn.bands for line in band.lines]
    heads = {(box.x + box.width // 2, box.y): code for code, box in standing.items()}
    found = set()
    for code, box in standing.items():
        reached: list[tuple[int, int]] = [(box.x + box.width // 2, box.y + box.height)]
        while reached:
            point = reached.pop()
            for line in lines:
                if line.points[0] == point:
                    end = line.points[-1]
                    if line.arrow and end in heads:
                        found.add((code, heads[end]))
                    elif not line.arrow:
                        reached.append(end)
    return found


def test_parallel_steps_stand_side_by_side() -> None:
    version = version_with(
        step("check"), step("fire"), step("decide", "check", "fire", kind="decision"),
        step("make", "decide", kind="making"),
    )  # fmt: skip
    drawn = chart(version)
    standing = boxes(drawn)
    assert standing["check"].y == standing["fire"].y
    assert standing["check"].x + standing["check"].width < standing["fire"].x
    assert standing[ACCEPT].y < standing["check"].y < standing["decide"].y < standing["make"].y
    assert [standing[code].shape for code in (APPLY, "check", "decide", "make")] == list(Shape)[:4]
    assert {"decide-no", f"{ACCEPT}-no"} <= set(standing), "the way may end at acceptance and decision"
    assert followed(drawn) == {
        (APPLY, ACCEPT), (ACCEPT, "check"), (ACCEPT, "fire"), ("check", "decide"), ("fire", "decide"),
        ("decide", "make"), ("make", DELIVER),
    }  # fmt: skip
    assert list(inside(drawn)) == []
    assert [[each.code for each in lane] for lane in lanes(version.procedure)] == [
        ["check", "fire"], ["decide"], ["make"],
    ]  # fmt: skip


def test_a_line_that_another_way_implies_is_left_out_unless_it_counts() -> None:
    steps = [step("a"), step("b", "a"), step("decide", "a", "b", kind="decision")]
    assert ("a", "decide") not in followed(chart(version_with(*steps)))
    steps[2] |= {"join": "any"}
    drawn = chart(version_with(*steps))
    assert ("a", "decide") in followed(drawn)
    assert "前面有一项办完即可" in "".join(boxes(drawn)["decide"].notes)
    steps[2] |= {"join": "quorum", "quorum": 1}
    said = "".join(boxes(chart(version_with(*steps)))["decide"].notes)
    assert "前面2项有1项通过" in said.replace(" ", "")


def test_what_is_done_in_some_cases_only_is_dashed_and_says_when() -> None:
    version = version_with(
        step("check"), step("cold", when='cold == "yes"'), step("decide", "check", "cold", kind="decision")
    )
    standing = boxes(chart(version))
    assert [standing[code].dashed for code in ("check", "cold", "decide")] == [False, True, False]
    assert "制售冷食的才要办" in "".join(standing["cold"].notes)
    wanted = boxes(chart(version, doubtful=()))["cold"]
    assert not wanted.dashed
    spared = boxes(chart(version, skipped={"cold"}, doubtful=()))["cold"]
    assert (spared.dashed, spared.skipped) == (True, True)
    assert "不用办" in "".join(spared.notes)


def test_the_chart_is_told_in_its_order() -> None:
    version = version_with(step("check"), step("fire"), step("decide", "check", "fire", kind="decision"))
    told = chart(version).told
    assert told[0].startswith("提交申请")
    assert "同时进行：环节check" in told[2]
    assert "不符合条件的，不予许可" in told[3]
    assert told[-1].startswith("送达")


def test_nothing_is_drawn_of_a_procedure_that_is_not_known() -> None:
    version, _ = read_document(food(procedure=[], ready=False))
    assert chart_of(version, NAMES) is None


def test_many_branches_are_narrower_and_a_long_name_is_cut_into_lines() -> None:
    many = [step(f"s{n}", name="对建设项目用地和规划条件提出书面意见") for n in range(5)]
    codes = [each["code"] for each in many]
    drawn = chart(version_with(*many, step("decide", *codes, kind="decision")))
    assert drawn.width <= PAGE + 2
    assert list(inside(drawn)) == []
    assert len(boxes(drawn)["s0"].title) > 2
    assert "".join(boxes(drawn)["s0"].title) == "对建设项目用地和规划条件提出书面意见"
    assert wrapped("", 100, 12) == ()
    assert "".join(wrapped("𠮷" * 40, 100, 12)) == "𠮷" * 40


def test_every_demo_item_has_a_chart_in_which_nothing_overlaps() -> None:
    for document in demo_items():
        version, _ = read_document(document | {"department_name": "某局"})
        drawn = chart_of(version, NAMES)
        assert (drawn is None) == (not version.procedure.steps), version.code
        if drawn is not None:
            assert list(inside(drawn)) == [], version.code
            assert {s.code for s in version.procedure.steps} <= set(boxes(drawn)), version.code
            assert drawing_of(drawn) is not None


@some.composite
def graphs(draw: some.DrawFn) -> list[dict[str, Any]]:
    count = draw(some.integers(1, 9))
    steps = [
        step(f"s{n}", *sorted(draw(some.sets(some.sampled_from([f"s{m}" for m in range(n)]), max_size=3))))
        if n
        else step("s0")
        for n in range(count)
    ]
    waited = {code for each in steps for code in each["after"]}
    last = [each["code"] for each in steps if each["code"] not in waited]
    return [*steps, step("decide", *last, kind="decision")]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_whatever_the_procedure_nothing_overlaps_and_no_dependence_is_lost(
    steps: list[dict[str, Any]],
) -> None:
    version = version_with(*steps)
    drawn = chart(version)
    assert list(inside(drawn)) == []
    after = {each.code: each.after for each in version.procedure.steps}
    lines = followed(drawn)
    wanted = {(upper, code) for code, before in reduced(after).items() for upper in before}
    assert wanted <= lines
    assert {code for _, code in lines} >= set(after), "every step is reached"


@pytest.mark.parametrize("wrong", ["beyond", "through"])
def test_what_overlaps_is_found(wrong: str) -> None:
    version = version_with(step("check"), step("decide", "check", kind="decision"))
    drawn = chart(version)
    box = boxes(drawn)["check"]
    band = drawn.bands[2]
    if wrong == "through":
        spoilt: Sequence[Line] = (Line(((box.x - 5, box.y + 20), (box.x + 50, box.y + 20))),)
        planted = type(band)(band.top, band.height, band.boxes, tuple(spoilt))
    else:
        planted = type(band)(band.top, band.height, (Box("x", Shape.STEP, (), (), -4, band.top, 20, 20),), ())
    assert list(inside(Chart(drawn.width, drawn.height, (*drawn.bands, planted), drawn.told)))


def test_a_circle_is_drawn_rather_than_awaited() -> None:
    assert ranks({"a": ("b",), "b": ("a",), "c": ("missing",)})["c"] == 0
