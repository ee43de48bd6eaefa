"""Which steps of a published procedure are open, given what has been done.

Steps whose predecessors are satisfied are open branches: parallel by nature. Joins are data.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from onedoor.domain.catalog.terms import Join, Procedure, Step, StepKind

from .terms import State, StepDone, stage_words

#: Step kinds that the `review` verb finishes.
REVIEWED_BY_PEOPLE = frozenset(
    {StepKind.REVIEW, StepKind.OPINION, StepKind.SURVEY, StepKind.MEETING, StepKind.PUBLICITY}
)


def step_by_code(procedure: Procedure, code: str) -> Step | None:
    """The step with this code, if the procedure has one."""
    return next((step for step in procedure.steps if step.code == code), None)


def decision_step(procedure: Procedure) -> Step:
    """The one decision step that every published procedure has."""
    return next(step for step in procedure.steps if step.kind is StepKind.DECISION)


def making_step(procedure: Procedure, skipped: Collection[str] = ()) -> Step | None:
    """The making step, if a licence or other paper has to be made and the case does not skip it."""
    return next(
        (step for step in procedure.steps if step.kind is StepKind.MAKING and step.code not in skipped), None
    )


def stage_name(state: State, procedure: Procedure) -> str:
    """The stage of a case in words, as its procedure goes on from there."""
    return stage_words(state.stage, makes=making_step(procedure, state.skipped) is not None)


def finished(state: State) -> dict[str, StepDone]:
    """Finished steps by code."""
    return {done.code: done for done in state.done}


def _needed(step: Step, waited_for: int) -> int:
    if step.join is Join.ANY:
        return min(1, waited_for)
    if step.join is Join.QUORUM:
        return min(step.quorum, waited_for)
    return waited_for


def opened_at(step: Step, procedure: Procedure, state: State, done: dict[str, StepDone]) -> datetime | None:
    """When the step's predecessors were satisfied, None while they are not.

    A step without predecessors opens with the acceptance. A skipped predecessor is passed through: it counts from
    the instant at which it would have opened, so that what stands before it is still waited for. Where one branch
    or a quorum is enough, skipped branches are no votes as long as another is left.
    """
    if state.steps_from is None:
        return None
    waited_for = step.after
    if step.join is not Join.ALL:
        waited_for = tuple(code for code in step.after if code not in state.skipped) or step.after
    if not waited_for:
        return state.steps_from
    passed = (_passed_at(code, procedure, state, done) for code in waited_for)
    instants = sorted(instant for instant in passed if instant is not None)
    needed = _needed(step, len(waited_for))
    if len(instants) < needed:
        return None
    return max(instants[needed - 1], state.steps_from)


def _passed_at(code: str, procedure: Procedure, state: State, done: dict[str, StepDone]) -> datetime | None:
    if code in done:
        return done[code].at
    step = step_by_code(procedure, code) if code in state.skipped else None
    return opened_at(step, procedure, state, done) if step else None


def open_steps(procedure: Procedure, state: State) -> tuple[tuple[Step, datetime], ...]:
    """The open branches before the decision, the decision among them, each with the instant it opened."""
    done = finished(state)
    found = []
    for step in procedure.steps:
        if step.kind is StepKind.MAKING or step.code in done or step.code in state.skipped:
            continue
        since = opened_at(step, procedure, state, done)
        if since is not None:
            found.append((step, since))
    return tuple(found)
