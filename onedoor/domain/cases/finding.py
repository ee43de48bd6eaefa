"""Which cases a list holds: who may see them, whose turn they are, what is asked for. All of it in the query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from onedoor.core.calendar import Calendar
from onedoor.core.instants import civil_date, end_of_day, start_of_day
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Grant, Principal, Role
from onedoor.domain.people import queries as people

from . import bundlerows, rules, specials
from .engine.codec import state_from_json
from .engine.lifecycle import LIFECYCLE
from .engine.procedure import stage_name
from .engine.terms import Stage
from .engine.work import HANDING_OVER
from .models import DUE_ORDER, OPEN, Case
from .terms import MOST_COUNTED, CaseFilter, Offer, Turn

#: Received by the office and not concluded.
IN_HAND: Final = OPEN & ~Q(stage=Stage.DRAFT.value)
#: Received by the office and concluded; what was given up as a draft never was received.
ENDED: Final = ~OPEN & Q(received_at__isnull=False)
#: What each role is ever asked to do.
_TURNS: Final = {
    Turn.ACCEPT: (Role.CLERK,),
    Turn.REVIEW: (Role.REVIEWER,),
    Turn.DECIDE: (Role.DECIDER, Role.HEAD),
    Turn.MAKE: (Role.ISSUER,),
    Turn.DELIVER: (Role.ISSUER, Role.CLERK),
}
#: In a special procedure too a case is its reviewers' to move on.
_UNDER_REVIEW: Final = [Stage.ACCEPTED.value, Stage.SUSPENDED.value]
#: The lamp of a special procedure that takes longer than was told.
SPECIAL_OVER: Final = "special"
#: Days within which two working days are found, whatever the calendar.
_FAR: Final = 40


def everything(principal: Principal, at: datetime | None = None) -> QuerySet[Case]:
    """Every case this principal may see at `at`. Lists of staff need no instant: agents' cases are not in them."""
    return Case.objects.filter(tenant_id=principal.tenant_id).filter(visible(principal, at))


def own(principal: Principal, at: datetime | None) -> Q:
    """The cases of this account: as applicant, and as an agent whose entrustment holds at `at`."""
    mine = Q(applicant_user_id=principal.user_id)
    if at is None or not principal.has(Role.APPLICANT):
        return mine
    held = people.entrustments_held(principal.user_id, at=at)
    return mine | Q(entrustment_id__in=held) if held else mine


def visible(principal: Principal, at: datetime | None = None) -> Q:
    """The same as `rules.may_see`, as a condition inside the query."""
    # What has not been handed in is nobody's business but its writer's.
    handed_in = ~Q(stage=Stage.DRAFT.value) | Q(created_by=principal.key)
    return _scope(principal) & handed_in | own(principal, at)


def handed_in(principal: Principal) -> QuerySet[Case]:
    """The cases of this principal's scope for counting: without drafts, and without one's own beside them, so that
    an index of the columns that are counted by has all of it."""
    return Case.objects.filter(_scope(principal), ~Q(stage=Stage.DRAFT.value), tenant_id=principal.tenant_id)


def _scope(principal: Principal) -> Q:
    """The cases that the roles give access to."""
    found = Q(pk__in=[])
    for grant in principal.grants:
        if grant.role in rules.OVERSEERS:
            scope = Q(lead_department=grant.department)
        elif grant.role in rules.STAFF:
            scope = Q(departments__contains=[grant.department])
        else:
            continue
        if grant.department is None:
            if not grant.place:
                return Q()
            scope = Q()
        found |= scope & _within(grant.place) if grant.place else scope
    return found


def _within(place: str) -> Q:
    """Cases of a place and all places in it. A range and not a pattern, since any index of codes finds it."""
    return Q(place_code__gte=place.ljust(12, "0"), place_code__lte=place.ljust(12, "9"))


def waiting(principal: Principal, turn: Turn | None = None) -> QuerySet[Case]:
    """The cases whose next step is this principal's, all or those that wait for one thing."""
    rows = Case.objects.filter(OPEN, tenant_id=principal.tenant_id).filter(_turn(principal))
    return rows if turn is None else rows.filter(_waits_for(turn, principal))


def turns_of(principal: Principal) -> tuple[Turn, ...]:
    """What may ever wait for this principal, in the order of a case's life."""
    served = {role for grant in principal.grants for role in _roles_served(grant)}
    return tuple(turn for turn, roles in _TURNS.items() if any(role.value in served for role in roles))


def _turn(principal: Principal, *only: Role) -> Q:
    """Whose turn it is, by the work tokens; places narrow it, `only` keeps the turns of these roles."""
    found = Q(pk__in=[])
    for grant in principal.grants:
        for role in _roles_served(grant):
            if only and role not in only:
                continue
            turn = Q(work__overlap=[f"{role}:{grant.department or '*'}"])
            found |= turn & _within(grant.place) if grant.place else turn
    return found


def _waits_for(turn: Turn, principal: Principal) -> Q:
    """The stage of a turn, and within it that the turn is this principal's. A case in hand-over waits for a clerk
    too, one in making for the issuer alone."""
    handing_over = Q(work__contains=[HANDING_OVER])
    return {
        Turn.ACCEPT: Q(stage=Stage.SUBMITTED.value),
        Turn.REVIEW: Q(stage__in=_UNDER_REVIEW) & _turn(principal, Role.REVIEWER),
        Turn.DECIDE: Q(stage=Stage.ACCEPTED.value) & _turn(principal, Role.DECIDER, Role.HEAD),
        Turn.MAKE: Q(stage=Stage.APPROVED.value) & ~handing_over,
        Turn.DELIVER: Q(stage__in=[Stage.APPROVED.value, Stage.REFUSED.value, Stage.ISSUED.value])
        & handing_over,
    }[turn]


def _roles_served(grant: Grant) -> tuple[str, ...]:
    """A head stands in for reviewers and deciders; a town centre's staff do a clerk's work."""
    served = {Role.HEAD: (Role.HEAD, Role.REVIEWER, Role.DECIDER), Role.TOWN: (Role.CLERK,)}.get(
        grant.role, (grant.role,)
    )
    return tuple(role.value for role in served)


def narrowed(rows: QuerySet[Case], asked: CaseFilter, tenant_id: int, at: datetime) -> QuerySet[Case]:
    """These rows, as far as they are asked for."""
    if asked.q.strip():
        text = asked.q.strip()
        whole = bundlerows.read(text.upper())
        members = [member.case for member in whole.state.members if member.case] if whole else []
        rows = rows.filter(Q(number=text.upper()) | Q(applicant_name__startswith=text) | Q(pk__in=members))
    same = {
        "stage": asked.stage,
        "service_code": asked.service,
        "lead_department": asked.department,
        "channel": asked.channel,
    }
    rows = rows.filter(**{column: value for column, value in same.items() if value})
    if asked.place.isdigit():
        rows = rows.filter(_within(asked.place[:12]))
    if asked.subjects is not None:
        rows = rows.filter(subject_id__in=asked.subjects)
    if asked.tail:
        rows = rows.filter(subject_id__in=people.subject_ids(tenant_id, last_four=asked.tail))
    if asked.since:
        rows = rows.filter(received_at__gte=start_of_day(asked.since))
    if asked.until:
        rows = rows.filter(received_at__lt=end_of_day(asked.until))
    if asked.version is not None:
        rows = rows.filter(version_id=catalog.version_id(tenant_id, asked.service, asked.version) or 0)
    rows = _standing(rows, asked)
    if asked.lamp == SPECIAL_OVER:
        return _delayed(rows, tenant_id, at)
    return rows.filter(_lamp(asked.lamp, tenant_id, at)) if asked.lamp else rows


def _standing(rows: QuerySet[Case], asked: CaseFilter) -> QuerySet[Case]:
    """Those of the rows that stand as it is asked for."""
    if asked.overdue:
        rows = rows.filter(overdue=True)
    if asked.in_hand:
        rows = rows.filter(IN_HAND)
    return rows.filter(ENDED) if asked.ended else rows


def _delayed(rows: QuerySet[Case], tenant_id: int, at: datetime) -> QuerySet[Case]:
    """Those of the rows whose special procedure takes longer than was told. How long that was stands in the facts."""
    paused = rows.filter(tenant_id=tenant_id, stage=Stage.SUSPENDED.value).order_by("-created_at", "-id")
    ids = paused.values_list("id", flat=True)[: specials.MOST_SUSPENDED]
    return rows.filter(pk__in=specials.overrun(ids, offices.current_calendar(tenant_id), at))


def _lamp(colour: str, tenant_id: int, at: datetime) -> Q:
    """The lamp of `lines.lamp`, as a condition inside the query."""
    red = Q(overdue=True) | OPEN & Q(due_at__lte=at)
    running = OPEN & Q(overdue=False, due_at__gt=at)
    soon = _end_of_soon(offices.current_calendar(tenant_id), at)
    # In the words of the index of open cases, which finds the few that end soon.
    ending = Q(GreaterThan(DUE_ORDER, Value(at))) & Q(LessThanOrEqual(DUE_ORDER, Value(soon)))
    lamps = {"red": red, "yellow": running & ending, "green": running & Q(due_at__gt=soon)}
    return lamps.get(colour, Q(pk__in=[]))


def _end_of_soon(calendar: Calendar, at: datetime) -> datetime:
    """The last instant at which a limit may end that has one working day left: the end of the day before the second
    working day from now."""
    today = civil_date(at)
    ahead = (today + timedelta(days=n) for n in range(1, _FAR))
    working = [day for day in ahead if calendar.is_working(day)]
    return start_of_day(working[1]) if len(working) > 1 else end_of_day(today + timedelta(days=_FAR))


def scattered(asked: CaseFilter) -> bool:
    """Whether what is asked for is few cases, found by an index of their own and sorted afterwards. Looked for along
    the order of the list they would cost a walk past everybody else's."""
    return bool(asked.q or asked.tail or asked.subjects is not None or asked.version is not None)


def counted(rows: QuerySet[Case]) -> int:
    """How many rows there are, up to one more than `MOST_COUNTED`, so that a count costs no more than its page."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def offers(numbers: Iterable[str], verb: str, principal: Principal) -> tuple[Offer, ...]:
    """Where a verb may be done to these cases, in their order: once for each step, or once with why not.

    Numbers of cases that this principal may not see are left out.
    """
    wanted = list(numbers)
    rows = {row.number: row for row in everything(principal).filter(number__in=wanted)}
    found: list[Offer] = []
    for row in (rows[number] for number in wanted if number in rows):
        version, state = catalog.version(row.version_id), state_from_json(row.engine)
        standing = rules.Standing(
            row.tenant_id,
            row.lead_department,
            tuple(row.departments),
            row.place_code,
            row.applicant_user_id,
            row.created_by if state.stage is Stage.DRAFT else None,
        )
        places = [
            a for a in rules.allowed(principal, state, standing, version.procedure) if a.verb.code == verb
        ]
        offer = Offer(
            row.number, row.service_name, row.applicant_name, row.applicant_kind,
            stage_name(state, version.procedure), row.seq, "", "",
        )  # fmt: skip
        found += [replace(offer, step=a.step, step_name=a.step_name) for a in places] or [
            replace(offer, why=_why_not(verb, state.stage, offer.stage_name))
        ]
    return tuple(found)


def _why_not(verb: str, stage: Stage, name: str) -> str:
    row = LIFECYCLE[verb]
    if stage not in row.stages:
        return f"办件现在的状态是“{name}”，不能“{row.name}”。"
    return f"“{row.name}”现在不由您办理，可能属于其他部门，或者前面的环节还没有办完。"
