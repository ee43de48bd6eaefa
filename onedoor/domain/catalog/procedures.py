"""What a procedure 办理流程 must be: a graph without cycles that leads to one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onedoor.core.refusals import Problem

from .terms import Join, Procedure, Step, StepKind


def problems_of(procedure: Procedure, pointer: str = "/procedure") -> tuple[Problem, ...]:
    """Everything wrong with the graph; () if a case can run through it."""
    if not procedure.steps:
        return (Problem(pointer, "required", "缺少办理流程，请至少写明一个决定环节。"),)
    places = {step.code: f"{pointer}/{index}" for index, step in enumerate(procedure.steps)}
    broken = tuple(_links(procedure, places))
    if broken:
        return broken
    return (
        *_cycles(procedure, places),
        *_decision(procedure, pointer, places),
        *_joins(procedure, places),
        *_roles(procedure, places),
    )


#: Who may be named for a kind of step; every kind not listed is reviewed.
_DOERS = {StepKind.DECISION: ("decider", "head"), StepKind.MAKING: ("issuer",)}
_REVIEWERS = ("reviewer", "head")


def _roles(procedure: Procedure, places: Mapping[str, str]) -> Iterator[Problem]:
    for step in procedure.steps:
        fitting = _DOERS.get(step.kind, _REVIEWERS)
        if step.role not in fitting:
            detail = f"环节“{step.name}”的办理角色应为 {'、'.join(fitting)}，请修改。"
            yield Problem(f"{places[step.code]}/role", "step_role", detail)


def _links(procedure: Procedure, places: Mapping[str, str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, step in enumerate(procedure.steps):
        if step.code in seen:
            yield Problem(
                f"/procedure/{index}/code", "duplicate_code", f"环节代码“{step.code}”重复，请改用不同的代码。"
            )
        seen.add(step.code)
        for code in step.after:
            if code not in places:
                yield Problem(
                    f"/procedure/{index}/after",
                    "unknown_step",
                    f"前置环节“{code}”不存在，请改为已有的环节代码。",
                )


def ancestors(procedure: Procedure, code: str) -> frozenset[str]:
    """The codes of all steps that come before a step, itself only if it lies on a cycle."""
    after = {step.code: step.after for step in procedure.steps}
    found: set[str] = set()
    waiting = list(after[code])
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting.extend(after[step])
    return frozenset(found)


def _cycles(procedure: Procedure, places: Mapping[str, str]) -> Iterator[Problem]:
    on_cycle = {step.code for step in procedure.steps if step.code in ancestors(procedure, step.code)}
    for step in procedure.steps:
        place = f"{places[step.code]}/after"
        if step.code in on_cycle:
            yield Problem(place, "procedure_cycle", f"环节“{step.name}”绕回到自己，请去掉多余的前置环节。")
        elif on_cycle & ancestors(procedure, step.code):
            yield Problem(place, "step_unreachable", f"环节“{step.name}”永远走不到，请先消除它前面的循环。")


def _decision(procedure: Procedure, pointer: str, places: Mapping[str, str]) -> Iterator[Problem]:
    decisions = [step for step in procedure.steps if step.kind is StepKind.DECISION]
    makings = [step for step in procedure.steps if step.kind is StepKind.MAKING]
    if len(decisions) != 1:
        yield Problem(
            pointer, "decision_count", f"办理流程中有 {len(decisions)} 个决定环节，请保留且只保留一个。"
        )
        return
    decision = decisions[0]
    if decision.when:
        yield Problem(
            f"{places[decision.code]}/when", "decision_conditional", "决定环节不能附条件，请删去条件。"
        )
    if len(makings) > 1:
        yield Problem(pointer, "making_count", f"办理流程中有 {len(makings)} 个制证环节，请至多保留一个。")
    before = ancestors(procedure, decision.code)
    for step in procedure.steps:
        if step is not decision:
            yield from _around(procedure, step, decision, before, places)


def _around(
    procedure: Procedure, step: Step, decision: Step, before: frozenset[str], places: Mapping[str, str]
) -> Iterator[Problem]:
    place = f"{places[step.code]}/after"
    if step.kind is StepKind.MAKING:
        if decision.code not in ancestors(procedure, step.code):
            yield Problem(
                place, "making_before_decision", f"制证环节“{step.name}”应排在决定之后，请修改前置环节。"
            )
    elif step.code not in before:
        yield Problem(
            place,
            "step_leads_nowhere",
            f"环节“{step.name}”不通向决定，请把它列为决定（或其前面环节）的前置环节。",
        )


def _joins(procedure: Procedure, places: Mapping[str, str]) -> Iterator[Problem]:
    for step in procedure.steps:
        place, branches = places[step.code], len(step.after)
        if step.join is Join.QUORUM and not 1 <= step.quorum <= branches:
            yield Problem(
                f"{place}/quorum",
                "quorum_out_of_range",
                f"环节“{step.name}”的通过数应在 1 到 {branches} 之间，请修改。",
            )
        elif step.join is not Join.QUORUM and step.quorum:
            yield Problem(
                f"{place}/quorum", "quorum_without_join", "只有 join 为 quorum 时才填写 quorum，请删去其一。"
            )
