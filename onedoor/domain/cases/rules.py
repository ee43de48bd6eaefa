"""Pure decisions of the cases room: who may do what, and what the case row shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onedoor.core.calendar import Calendar
from onedoor.core.divisions import contains
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import Procedure, ServiceVersion, Step
from onedoor.domain.offices.terms import Grant, Principal, Role
from onedoor.domain.people.terms import ACT_NAMES, Agency

from .engine.clocks import STATUTORY, Limits, clocks, limit_of
from .engine.codec import state_to_json
from .engine.decide import correction_over
from .engine.lapse import earliest
from .engine.lifecycle import LIFECYCLE, Relation, Verb, verbs_from
from .engine.procedure import decision_step, making_step, open_steps, step_by_code
from .engine.terms import Stage, State
from .engine.work import work_tokens
from .terms import Holder

#: Roles that see every case of their scope without acting on it.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.DIRECTOR})
#: Roles that see the cases whose departments they work for.
STAFF = frozenset({Role.CLERK, Role.REVIEWER, Role.DECIDER, Role.HEAD, Role.ISSUER, Role.TOWN})


@dataclass(frozen=True, slots=True)
class Standing:
    """What permission depends on: where the case belongs, whose it is.

    `draft_of` is the principal who writes it, while it has not been handed in; `agency` the entrustment under
    which it is done for the applicant, while that holds.
    """

    tenant_id: int
    lead_department: str
    departments: tuple[str, ...]
    place_code: str
    applicant_user_id: int | None
    draft_of: str | None = None
    agency: Agency | None = None

    def acts_for(self, principal: Principal) -> bool:
        """Whether this principal is the applicant's agent now."""
        return self.agency is not None and self.agency.agent_user_id == principal.user_id


def limits_of(version: ServiceVersion) -> Limits:
    """The two limits of a published version."""
    return Limits(limit_of(version.statutory_limit), limit_of(version.promised_limit))


def departments_of(version: ServiceVersion) -> tuple[str, ...]:
    """The lead department and every department with a step, without repetition."""
    return tuple(dict.fromkeys((version.department, *(step.department for step in version.procedure.steps))))


def _covers(grant: Grant, department: str, place: str) -> bool:
    return (grant.department is None or grant.department == department) and contains(grant.place, place)


def may_see(principal: Principal, standing: Standing) -> bool:
    """Whether the case exists for this principal at all."""
    if principal.tenant_id != standing.tenant_id:
        return False
    if standing.applicant_user_id == principal.user_id or standing.acts_for(principal):
        return True
    if standing.draft_of is not None and standing.draft_of != principal.key:
        return False
    for grant in principal.grants:
        if grant.role in OVERSEERS and _covers(grant, standing.lead_department, standing.place_code):
            return True
        if grant.role in STAFF and any(
            _covers(grant, code, standing.place_code) for code in standing.departments
        ):
            return True
    return False


def step_of(verb: Verb, procedure: Procedure, step_code: str) -> Step | None:
    """The step that a verb acts at; None when it is unknown or the verb acts at none."""
    if not verb.at_step:
        return None
    if verb.code == "decide" and not step_code:
        return decision_step(procedure)
    if verb.code == "issue":
        return making_step(procedure)
    return step_by_code(procedure, step_code)


def permit(
    actor: Principal | Holder, verb: Verb, standing: Standing, procedure: Procedure, step_code: str = ""
) -> None:
    """Refuse (403) unless a right of the verb fits the one who acts.

    Raises Refused: role_missing, not_your_case, not_entrusted, step_of_other_department,
    case_of_other_department. Whoever may not even see the case must be told 404 before.
    """
    if isinstance(actor, Holder):
        if any(right.relation is Relation.HOLDER for right in verb.rights):
            return
        raise Refused("sign_in_needed", f"“{verb.name}”需要登录后办理，请先登录。", status=403)
    step = step_of(verb, procedure, step_code)
    held = [right for right in verb.rights if actor.has(right.role) and _serves(right.role, step)]
    if not held:
        raise Refused("role_missing", f"您的岗位没有“{verb.name}”的权限，请由有权限的人员办理。", status=403)
    for right in held:
        if right.relation is Relation.AGENT:
            if _entrusted(actor, verb, standing):
                return
        elif _fits(actor, right.role, right.relation, standing, step.department if step else None):
            return
    raise _misfit(verb, {right.relation for right in held}, agent=standing.acts_for(actor))


def _entrusted(actor: Principal, verb: Verb, standing: Standing) -> bool:
    """Whether the entrustment names the act."""
    return standing.acts_for(actor) and standing.agency is not None and verb.entrusted in standing.agency.acts


def _serves(role: Role, step: Step | None) -> bool:
    """A head acts for everyone below, nobody below for the head."""
    return step is None or role is Role.HEAD or step.role != Role.HEAD.value


def _fits(
    actor: Principal, role: Role, relation: Relation, standing: Standing, step_department: str | None
) -> bool:
    if relation is Relation.OWN:
        return standing.applicant_user_id == actor.user_id
    if relation is Relation.HOLDER:
        return False
    department = standing.lead_department if relation is Relation.LEAD else step_department
    if department is None:
        # The step is unknown: let the engine name that, if the actor works for the case at all.
        return any(g.role is role and _any_department(g, standing) for g in actor.grants)
    return any(g.role is role and _covers(g, department, standing.place_code) for g in actor.grants)


def _any_department(grant: Grant, standing: Standing) -> bool:
    return any(_covers(grant, code, standing.place_code) for code in standing.departments)


def _misfit(verb: Verb, relations: set[Relation], *, agent: bool) -> Refused:
    if agent and verb.entrusted and Relation.AGENT in relations:
        act = ACT_NAMES[verb.entrusted]
        detail = f"委托的权限里没有代为{act}，不能“{verb.name}”；请委托人本人办理或重新委托。"
        return Refused("not_entrusted", detail, status=403)
    if relations <= {Relation.OWN, Relation.HOLDER, Relation.AGENT}:
        return Refused("not_your_case", f"只有申请人本人可以“{verb.name}”。", status=403)
    if Relation.STEP in relations:
        return Refused("step_of_other_department", "这个环节由其他部门办理，您不能代为办理。", status=403)
    return Refused("case_of_other_department", "这个办件不在您的部门或区域范围内，您不能办理。", status=403)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A button: a verb that this actor may do now, at this step (empty for none)."""

    verb: Verb
    step: str = ""
    step_name: str = ""


def allowed(
    actor: Principal | Holder,
    state: State,
    standing: Standing,
    procedure: Procedure,
    at: datetime | None = None,
) -> tuple[Allowed, ...]:
    """Every verb that the stage allows and the actor may do, once for each open step; without `at` those are left
    out that only the passing of time allows."""
    found = []
    for verb in verbs_from(state.stage):
        for step, name in _places(verb, state, procedure):
            if _would_do(verb, state, procedure, at) and _permitted(actor, verb, standing, procedure, step):
                found.append(Allowed(verb, step, name))
    return tuple(found)


def _would_do(verb: Verb, state: State, procedure: Procedure, at: datetime | None) -> bool:
    if verb.code == "notify_correction":
        return state.corrections == 0
    if verb.code == "decline" and state.stage is Stage.CORRECTING:
        return at is not None and correction_over(state, at)
    if verb.code == "suspend":
        return STATUTORY not in state.overdue
    if verb.code == "extend":
        return STATUTORY not in state.overdue and state.extension is None
    if verb.code == "rate":
        return not state.rated
    if verb.code == "issue":
        return making_step(procedure, state.skipped) is not None
    if verb.code == "deliver" and state.stage is Stage.APPROVED:
        return making_step(procedure, state.skipped) is None
    return True


def _places(verb: Verb, state: State, procedure: Procedure) -> Iterable[tuple[str, str]]:
    if not verb.at_step:
        return [("", "")]
    if verb.code == "issue":
        making = making_step(procedure, state.skipped)
        return [(making.code, making.name)] if making else []
    deciding = verb.code == "decide"
    decision = decision_step(procedure).code
    return [
        (step.code, step.name)
        for step, _ in open_steps(procedure, state)
        if (step.code == decision) is deciding
    ]


def _permitted(
    actor: Principal | Holder, verb: Verb, standing: Standing, procedure: Procedure, step: str
) -> bool:
    try:
        permit(actor, verb, standing, procedure, step)
    except Refused:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Derived:
    """What the case row shows of a state."""

    stage: str
    engine: dict[str, Any]
    work: list[str]
    received_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    concluded_at: datetime | None
    due_at: datetime | None
    next_alarm_at: datetime | None
    overdue: bool


def derive(state: State, version: ServiceVersion, calendar: Calendar, lead: str) -> Derived:
    """The case row's columns of a state."""
    running = clocks(state, procedure=version.procedure, limits=limits_of(version), calendar=calendar)
    alarm = earliest(running, state)
    return Derived(
        stage=state.stage.value,
        engine=state_to_json(state),
        work=work_tokens(state, version.procedure, lead),
        received_at=state.received_at,
        accepted_at=state.clock_from,
        decided_at=state.decided_at,
        concluded_at=state.concluded_at,
        due_at=running[0].due.instant if running else None,
        next_alarm_at=alarm[0] if alarm else None,
        overdue=bool(state.overdue),
    )


def verb_named(code: str) -> Verb:
    """A row of the lifecycle table. Raises Refused("unknown_verb", 404)."""
    verb = LIFECYCLE.get(code)
    if verb is None:
        raise Refused("unknown_verb", f"没有“{code}”这个操作，请查看办件操作清单。", status=404)
    return verb
