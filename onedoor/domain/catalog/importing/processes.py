"""The steps a guide lists, turned into a procedure: reviews in a row, one decision, at most one making."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

#: Before a case is accepted, or the acceptance itself: no steps of the procedure.
_BEFORE = re.compile(r"受理$|^网上初审$|^预约申报")
#: After the decision: making and handing over the result.
_MAKING = re.compile(r"^(制证|制卡|送达|发证|颁证|核发)|发.{0,4}(证|标牌|牌照|通知)")
#: The clearest names of a decision first.
_DECISIONS = tuple(map(re.compile, (r"决定", r"审批$|核准|核定|批准", r"办结|备案|制卡|登记|受理")))
_KINDS = (
    (re.compile(r"公示"), "publicity"),
    (re.compile(r"踏勘"), "survey"),
    (re.compile(r"联席|会审"), "meeting"),
    (re.compile(r"回复意见|会签|征询|出具意见"), "opinion"),
)
_ROLES = {"decision": "decider", "making": "issuer"}

#: How long a step may take, and what of it must be told: `(days, what) -> limit`.
Term = Callable[[float, str], dict[str, Any]]


def procedure(
    process: Sequence[Sequence[Any]], department: str, term: Term
) -> tuple[list[dict[str, Any]], list[str]]:
    """The steps of `process` ([name, days] each), one after another, in the hands of one department.

    A guide does not say which body acts where, so every step falls to the item's own department; the notes say
    so where a step names others.
    """
    steps = [(str(name).strip(), days) for name, days in process]
    kept = [step for step in steps if not _BEFORE.search(step[0])] or steps[-1:]
    if not kept:
        return [], ["指南没有写明办理环节。"]
    decision, found = _decision([name for name, _ in kept])
    notes = [] if found else [f"指南没有写明决定环节，以“{kept[decision][0]}”为决定。"]
    placed, place_notes = _placed(kept, decision)
    documents = [
        _step(number, name, days, kind, department, term)
        for number, (name, days, kind) in enumerate(placed, start=1)
    ]
    return documents, [*notes, *place_notes, *_foreign(placed)]


def _decision(names: Sequence[str]) -> tuple[int, bool]:
    """Where the decision is taken, and whether the guide's words say so."""
    for pattern in _DECISIONS:
        for place in reversed(range(len(names))):
            if pattern.search(names[place]):
                return place, True
    return len(names) - 1, False


def _placed(
    kept: Sequence[tuple[str, float]], decision: int
) -> tuple[list[tuple[str, float, str]], list[str]]:
    """Each step with its kind. Of the steps after the decision the making remains, the others join it."""
    placed = [(name, days, _kind(name)) for name, days in kept[:decision]]
    placed.append((*kept[decision], "decision"))
    later = kept[decision + 1 :]
    if not later:
        return placed, []
    placed.append(("、".join(name for name, _ in later)[:60], sum(days for _, days in later), "making"))
    strange = [name for name, _ in later if not _MAKING.search(name)]
    return placed, [f"决定之后的环节“{name}”并入制证送达。" for name in strange]


def _kind(name: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.search(name)), "review")


def _foreign(placed: Sequence[tuple[str, float, str]]) -> list[str]:
    return [
        f"环节“{name}”由其他部门参与，请在事项中改为该部门。" for name, _, kind in placed if kind == "opinion"
    ]


def _step(number: int, name: str, days: float, kind: str, department: str, term: Term) -> dict[str, Any]:
    step: dict[str, Any] = {
        "code": f"s{number}",
        "name": name,
        "kind": kind,
        "department": department,
        "role": _ROLES.get(kind, "reviewer"),
        "after": [f"s{number - 1}"] if number > 1 else [],
    }
    if days > 0:
        step["limit"] = term(days, f"环节“{name}”")
    return step
