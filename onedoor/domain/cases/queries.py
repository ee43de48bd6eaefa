"""The only reading of the cases room that others do. Permission is part of every query."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import Step
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices.terms import Grant, Principal, Role
from onedoor.domain.papers.terms import PaperKind, PaperRef

from . import drafts, enriching, filing, rules, sheet, statements
from .actions import Actor, not_found, seen
from .actions import holds_code as is_right_code
from .drafts import DraftMaterial, DraftSheet
from .engine.clocks import Clock
from .engine.lifecycle import CLOCK_EFFECT_NAMES, LIFECYCLE, Verb
from .engine.procedure import open_steps as steps_open_in
from .engine.terms import CONCLUDED, STAGE_NAMES, Stage
from .history import ClockRun
from .lines import CaseLine, Page, lamp, page_of
from .measures import DEFINITIONS, Measure, measures
from .models import Case
from .rebuilding import Difference, differences, heads
from .rules import Allowed
from .sheet import CaseSheet, FactView, StepView
from .statements import Locked
from .terms import Applicant, DepartmentCount, Holder, Turn

_CONCLUDED = [stage.value for stage in CONCLUDED]
#: Received by the office and not concluded.
IN_HAND = ~Q(stage__in=[Stage.DRAFT.value, *_CONCLUDED])
#: How many of the newest cases tell what is asked for most.
LATE = 1000

__all__ = [
    "CLOCK_EFFECT_NAMES",
    "DEFINITIONS",
    "LIFECYCLE",
    "STAGE_NAMES",
    "Allowed",
    "CaseLine",
    "CaseSheet",
    "Clock",
    "ClockRun",
    "Difference",
    "DraftMaterial",
    "DraftSheet",
    "FactView",
    "Measure",
    "Page",
    "StepView",
    "Verb",
    "differences",
    "heads",
    "lamp",
    "measures",
    "not_found",
]


def case_sheet(number: str, *, actor: Actor, at: datetime) -> CaseSheet:
    """One case in full as this actor may see it. Raises Refused("case_not_found", 404)."""
    case = seen(statements.read_by_number(number), actor)
    channel = Case.objects.values_list("channel", flat=True).get(pk=case.id)
    return sheet.compose(case, actor, catalog.version(case.version_id), at, channel)


def holds_code(number: str, holder: Holder) -> bool:
    """Whether a case with this number exists and the holder's query code is the right one."""
    case = statements.read_by_number(number)
    return case is not None and is_right_code(case, holder.query_code)


def facts(number: str, *, actor: Actor) -> tuple[Fact, ...]:
    """The journal of a case. Raises Refused("case_not_found", 404)."""
    return journal.facts(_case(number, actor).id)


def open_steps(number: str, *, actor: Actor) -> tuple[Step, ...]:
    """The steps of a case that wait for somebody now, the decision among them; () before acceptance and after the
    decision. Raises Refused("case_not_found", 404)."""
    case = _case(number, actor)
    if case.state.stage is not Stage.ACCEPTED:
        return ()
    procedure = catalog.version(case.version_id).procedure
    return tuple(step for step, _ in steps_open_in(procedure, case.state))


def own_case(number: str, *, principal: Principal, at: datetime) -> CaseSheet:
    """The sheet of a case of which this account is the applicant. Raises Refused("case_not_found", 404)."""
    found = case_sheet(number, actor=principal, at=at)
    if found.applicant.masked:
        raise Refused("case_not_found", "没有找到这个办件，请核对办件编号。", status=404)
    return found


def draft(number: str, *, actor: Principal) -> DraftSheet:
    """An application that is still being written, in clear, for whoever may save it.

    Raises Refused: case_not_found (404), not_a_draft (409), the codes of `rules.permit`.
    """
    case = _case(number, actor)
    version = catalog.version(case.version_id)
    rules.permit(actor, LIFECYCLE["save_draft"], case.standing, version.procedure)
    return drafts.compose(case, actor, version)


def own_draft(principal: Principal, service: str) -> str | None:
    """The number of this account's newest unfinished application for a service."""
    rows = Case.objects.filter(
        tenant_id=principal.tenant_id,
        applicant_user_id=principal.user_id,
        stage=Stage.DRAFT.value,
        service_code=service,
    )
    return rows.order_by("-created_at").values_list("number", flat=True).first()


def former_applicant(principal: Principal, kinds: tuple[str, ...]) -> Applicant | None:
    """Who this account applied for last, of one of these kinds, so that it need not be typed again."""
    rows = Case.objects.filter(
        tenant_id=principal.tenant_id,
        applicant_user_id=principal.user_id,
        applicant_kind__in=kinds,
        subject__isnull=False,
    )
    number = rows.order_by("-created_at").values_list("number", flat=True).first()
    case = statements.read_by_number(number) if number else None
    return filing.applicant_from(enriching.application(case)["applicant"]) if case else None


def most_filed(tenant_id: int, *, limit: int = 8) -> tuple[str, ...]:
    """The codes of the services that were applied for most often of late, most often first."""
    latest = Case.objects.filter(tenant_id=tenant_id).order_by("-created_at", "-id")
    counted = Counter(latest.values_list("service_code", flat=True)[:LATE])
    return tuple(code for code, _ in counted.most_common(limit))


def may_read_paper(ref: PaperRef, *, actor: Principal) -> bool:
    """Whether a paper belongs to a case that the actor may see; receipts only to the applicant and the counter."""
    number = (
        Case.objects.filter(pk=ref.stream_id, tenant_id=actor.tenant_id)
        .values_list("number", flat=True)
        .first()
    )
    case = statements.read_by_number(number) if number else None
    if case is None:
        return False
    try:
        seen(case, actor)
    except Refused:
        return False
    return ref.kind is not PaperKind.RECEIPT or sheet.sees_code(case, actor)


def _case(number: str, actor: Actor) -> Locked:
    return seen(statements.read_by_number(number), actor)


def inbox(
    principal: Principal, *, at: datetime, turn: Turn | None = None, limit: int = 50, cursor: str = ""
) -> Page:
    """The cases whose next step is this principal's, by time left; those without a limit come last.

    `turn` narrows to what they wait for.
    """
    rows = _open().filter(tenant_id=principal.tenant_id).filter(_turn(principal))
    if turn is not None:
        rows = rows.filter(_waits_for(turn, principal))
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=True)


def inbox_counts(principal: Principal) -> dict[Turn, int]:
    """How many cases wait for this principal, by what they wait for. A case with two open turns counts in both."""
    mine = _open().filter(tenant_id=principal.tenant_id).filter(_turn(principal))
    counts = {turn.value: Count("pk", filter=_waits_for(turn, principal)) for turn in Turn}
    return {Turn(name): number for name, number in mine.aggregate(**counts).items()}


def _waits_for(turn: Turn, principal: Principal) -> Q:
    """The stage of a turn, and within it that the turn is this principal's. A case in hand-over waits for a clerk
    too, one in making for the issuer alone."""
    handing_over = Q(work__contains=[f"{Role.CLERK.value}:*"])
    return {
        Turn.ACCEPT: Q(stage=Stage.SUBMITTED.value),
        Turn.REVIEW: Q(stage__in=[Stage.ACCEPTED.value, Stage.SUSPENDED.value]) & _turn(principal, Role.REVIEWER),
        Turn.DECIDE: Q(stage=Stage.ACCEPTED.value) & _turn(principal, Role.DECIDER, Role.HEAD),
        Turn.MAKE: Q(stage=Stage.APPROVED.value) & ~handing_over,
        Turn.DELIVER: Q(stage__in=[Stage.APPROVED.value, Stage.REFUSED.value, Stage.ISSUED.value])
        & handing_over,
    }[turn]


def inbox_count(principal: Principal) -> int:
    """How many cases wait for this principal."""
    return _open().filter(tenant_id=principal.tenant_id).filter(_turn(principal)).count()


def cases(
    principal: Principal,
    *,
    at: datetime,
    stage: str = "",
    service: str = "",
    department: str = "",
    q: str = "",
    overdue: bool = False,
    in_hand: bool = False,
    by_due: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> Page:
    """Every case this principal may see, newest first, or by time left with `by_due`.

    `q` matches a case number exactly or the beginning of the applicant's name, `department` the lead
    department's code; `overdue` keeps cases that missed a limit at any time, `in_hand` those received and not
    concluded.
    """
    rows = Case.objects.filter(tenant_id=principal.tenant_id).filter(_visible(principal))
    if stage:
        rows = rows.filter(stage=stage)
    if service:
        rows = rows.filter(service_code=service)
    if q:
        rows = rows.filter(Q(number=q.strip().upper()) | Q(applicant_name__startswith=q.strip()))
    if department:
        rows = rows.filter(lead_department=department)
    if overdue:
        rows = rows.filter(overdue=True)
    if in_hand:
        rows = rows.filter(IN_HAND)
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=by_due)


def own_cases(principal: Principal, *, at: datetime, limit: int = 50, cursor: str = "") -> Page:
    """The cases of which this account is the applicant."""
    rows = Case.objects.filter(tenant_id=principal.tenant_id, applicant_user_id=principal.user_id)
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=False)


def stage_counts(principal: Principal) -> dict[str, int]:
    """How many visible cases stand in each stage."""
    rows = Case.objects.filter(tenant_id=principal.tenant_id).filter(_visible(principal))
    return dict(rows.values_list("stage").annotate(n=Count("pk")).order_by())


def department_counts(principal: Principal) -> tuple[DepartmentCount, ...]:
    """The visible cases by lead department, the one with most in hand first."""
    rows = (
        Case.objects.filter(tenant_id=principal.tenant_id)
        .filter(_visible(principal))
        .values_list("lead_department")
        .annotate(
            in_hand=Count("pk", filter=IN_HAND),
            late=Count("pk", filter=Q(overdue=True)),
            concluded=Count("pk", filter=Q(stage__in=_CONCLUDED)),
        )
        .order_by("-in_hand", "lead_department")
    )
    return tuple(DepartmentCount(*row) for row in rows if any(row[1:]))


def _open() -> QuerySet[Case]:
    return Case.objects.exclude(stage__in=_CONCLUDED)


def _turn(principal: Principal, *only: Role) -> Q:
    """Whose turn it is, by the work tokens; places narrow it, `only` keeps the turns of these roles."""
    found = Q(pk__in=[])
    for grant in principal.grants:
        for role in _roles_served(grant):
            if only and role not in only:
                continue
            turn = Q(work__overlap=[f"{role}:{grant.department or '*'}"])
            found |= turn & Q(place_code__startswith=grant.place) if grant.place else turn
    return found


def _roles_served(grant: Grant) -> tuple[str, ...]:
    """A head stands in for reviewers and deciders; a town centre's staff do a clerk's work."""
    served = {Role.HEAD: (Role.HEAD, Role.REVIEWER, Role.DECIDER), Role.TOWN: (Role.CLERK,)}.get(
        grant.role, (grant.role,)
    )
    return tuple(role.value for role in served)


def _visible(principal: Principal) -> Q:
    """The same as `rules.may_see`, as a condition inside the query."""
    own = Q(applicant_user_id=principal.user_id)
    found = Q(pk__in=[])
    for grant in principal.grants:
        if grant.role in rules.OVERSEERS:
            scope = Q(lead_department=grant.department) if grant.department else Q(seq__gte=0)
        elif grant.role in rules.STAFF:
            scope = Q(departments__contains=[grant.department]) if grant.department else Q(seq__gte=0)
        else:
            continue
        found |= scope & Q(place_code__startswith=grant.place) if grant.place else scope
    # What has not been handed in is nobody's business but its writer's.
    return found & (~Q(stage=Stage.DRAFT.value) | Q(created_by=principal.key)) | own
