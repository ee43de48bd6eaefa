"""Whether a running case may go on under the version of its item that is in force now. Pure: a sentence out.

A case stays on the version it was filed under. It is moved only by an act of its own, and only where nobody loses:
what has been done holds, what is being done goes on, and no limit that runs for the applicant ends later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from onedoor.core.calendar import Calendar
from onedoor.core.divisions import contains
from onedoor.core.instants import page_due
from onedoor.core.refusals import Problem
from onedoor.domain.catalog import forms
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal

from .agency import agent_from, with_letter
from .engine.clocks import PROMISED, STATUTORY, Clock, clocks
from .engine.procedure import open_steps, step_by_code
from .engine.terms import Stage, State
from .filing import materials_to_json, papers_from
from .rules import Standing, limits_of
from .terms import MOVED_IN, MOVERS

_WHY_NOT: Final[Mapping[Stage, str]] = {
    Stage.DRAFT: "申请还没有提交。",
    Stage.CORRECTING: "正在等申请人补正，补正以后才能改。",
    Stage.SUSPENDED: "特别程序还没有结束，结束以后才能改。",
    Stage.APPROVED: "已经作出决定，按原来的版本办完。",
    Stage.REFUSED: "已经作出决定，按原来的版本办完。",
    Stage.ISSUED: "已经作出决定，按原来的版本办完。",
}
_ENDED: Final = "已经办结。"


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A case as its move is judged: its state with all that time has brought about until `at`, the application as it
    was last handed in, and whether it is a member of a package's case that is not over."""

    state: State
    lead: str
    application: Mapping[str, Any]
    bundled: bool
    calendar: Calendar
    at: datetime


def may_move(principal: Principal, standing: Standing) -> bool:
    """Whether this principal may move cases of this standing at all."""
    return any(
        grant.role in MOVERS
        and grant.department in (None, standing.lead_department)
        and contains(grant.place, standing.place_code)
        for grant in principal.grants
    )


def why_not(case: Standpoint, old: ServiceVersion, new: ServiceVersion) -> str:
    """Why a case may not move from one version to another, in a sentence; "" if it may."""
    return next(_reasons(case, old, new), "")


def _reasons(case: Standpoint, old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    if old.id == new.id:
        yield f"已经按第 {new.number} 版办理。"
    if case.state.stage not in MOVED_IN:
        yield _WHY_NOT.get(case.state.stage, _ENDED)
        return
    if case.bundled:
        yield "是一件事的一部分，按提交时合并好的方案和其他事项一起办完。"
    if new.department != case.lead or old.code != new.code:
        yield f"第 {new.number} 版的实施部门变了，不能由原部门改过去。"
    yield from _steps(case, old, new)
    yield from _asked(case, old, new)
    yield from _limits(case, old, new)


def _steps(case: Standpoint, old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    """Steps that are done or open and would be lost, or change hands."""
    begun = {done.code for done in case.state.done}
    begun |= {step.code for step, _ in open_steps(old.procedure, case.state)}
    for step in old.procedure.steps:
        if step.code not in begun:
            continue
        found = step_by_code(new.procedure, step.code)
        if found is None:
            yield f"“{step.name}”环节已经在办或办完，第 {new.number} 版没有这个环节。"
        elif (found.department, found.kind) != (step.department, step.kind):
            yield f"“{step.name}”环节已经在办或办完，第 {new.number} 版改由其他部门办理或改了环节类型。"


def _asked(case: Standpoint, old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    """What the new version asks for and the application does not have, and steps that its answers would skip."""
    given = papers_from(case.application)
    form = dict(given.form)
    skipped = set(forms.skipped_steps(new, form))
    known = {step.code for step in new.procedure.steps}
    if skipped != set(case.state.skipped) & known:
        yield f"按申请人填写的内容，第 {new.number} 版要办的环节和原来不同。"
    agent = agent_from(case.application)
    handed = materials_to_json(given.materials)
    lacking = []
    for version in (old, new):
        met = with_letter(version, agent)
        kept = {code: value for code, value in form.items() if _asks(met, code)}
        answers = forms.check_answers(met, kept)
        materials = [p for p in forms.check_materials(met, form, handed) if p.code == "material_missing"]
        lacking.append([*answers, *materials])
    before, after = ({(p.pointer, p.detail): p for p in problems} for problems in lacking)
    yield from (_lacks(new, problem) for place, problem in after.items() if place not in before)


def _asks(version: ServiceVersion, code: str) -> bool:
    return any(field.code == code for section in version.sections for field in section.fields)


def _lacks(new: ServiceVersion, problem: Problem) -> str:
    return f"第 {new.number} 版的要求申请时没有满足：{problem.detail}"


def _limits(case: Standpoint, old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    """Limits on the decision that would end later, and limits that the new version would have let pass already."""
    state = case.state
    if state.stage is Stage.SUBMITTED:
        # What was promised when it was handed in: the limits as they would run from an acceptance now.
        state = replace(state, stage=Stage.ACCEPTED, clock_from=case.at, steps_from=case.at)
    before, after = (_running(state, version, case.calendar) for version in (old, new))
    for code in (PROMISED, STATUTORY):
        ends, would = before[code].due.instant, after[code].due.instant
        if ends is not None and would is not None and would > ends:
            name = after[code].name
            yield f"{name}会从{page_due(ends)}推迟到{page_due(would)}，对申请人不利。"
    for code, clock in after.items():
        would = clock.due.instant
        if would is not None and would <= case.at and code not in state.overdue:
            yield f"按第 {new.number} 版，{clock.name}在{page_due(would)}已经届满。"


def _running(state: State, version: ServiceVersion, calendar: Calendar) -> dict[str, Clock]:
    running = clocks(state, procedure=version.procedure, limits=limits_of(version), calendar=calendar)
    return {clock.code: clock for clock in running}
