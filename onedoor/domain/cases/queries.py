"""The only reading of the cases room that others do. Permission is part of every query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import Step
from onedoor.domain.journal import actions as journalling
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact, NewFact
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers.terms import PaperKind, PaperRef
from onedoor.domain.people import events as people_events

from . import agency, drafts, enriching, filing, finding, mending, opening, rules, sheet, statements
from .actions import Actor, not_found, seen
from .actions import holds_code as is_right_code
from .agency import AgentView, said, with_letter
from .bundlesheet import (
    BundleBrief,
    BundleSheet,
    bundle_around,
    bundle_briefs,
    bundle_draft,
    bundle_holds_code,
    bundle_numbers,
    bundle_sheet,
    own_bundle_draft,
    own_bundles,
)
from .counting import by_version, department_counts, figures, stage_counts
from .drafts import DraftMaterial, DraftSheet, answers_in_words
from .engine.clocks import Clock
from .engine.lifecycle import CLOCK_EFFECT_NAMES, LIFECYCLE, Verb
from .engine.procedure import open_steps as steps_open_in
from .engine.terms import STAGE_NAMES, Stage
from .events import applicant_read, list_exported
from .history import ClockRun
from .keeping import filters_of, phrases_of
from .lines import MOST_A_PAGE, CaseLine, Page, lamp, page_of
from .measures import DEFINITIONS, Measure, measures
from .mending import Mended, correction_terms
from .migrating import moveable
from .models import Case
from .rebuilding import Difference, differences, heads
from .rules import Allowed
from .sheet import CHANNEL_NAMES, CaseSheet, FactView, StepView
from .statements import Locked
from .terms import Applicant, Application, CaseFilter, Holder, Offer, Revealed, Turn

#: The longest list that is exported.
MOST_EXPORTED = 5000
#: How long the reason may be for which an applicant's numbers are read.
PURPOSE_LENGTHS = range(2, 101)
#: A list that is narrowed to nothing.
ANY = CaseFilter()
#: How many of the newest cases tell what is asked for most.
LATE = 1000

__all__ = [
    "CHANNEL_NAMES",
    "CLOCK_EFFECT_NAMES",
    "DEFINITIONS",
    "LIFECYCLE",
    "STAGE_NAMES",
    "AgentView",
    "Allowed",
    "BundleBrief",
    "BundleSheet",
    "CaseLine",
    "CaseSheet",
    "Clock",
    "ClockRun",
    "Difference",
    "DraftMaterial",
    "DraftSheet",
    "FactView",
    "Measure",
    "Mended",
    "Offer",
    "Page",
    "StepView",
    "Verb",
    "answers_in_words",
    "bundle_around",
    "bundle_briefs",
    "bundle_draft",
    "bundle_numbers",
    "bundle_sheet",
    "by_version",
    "correction_terms",
    "department_counts",
    "differences",
    "figures",
    "filters_of",
    "heads",
    "lamp",
    "measures",
    "moveable",
    "not_found",
    "own_bundle_draft",
    "own_bundles",
    "phrases_of",
    "said",
    "stage_counts",
    "with_letter",
]


def case_sheet(number: str, *, actor: Actor, at: datetime) -> CaseSheet:
    """One case in full as this actor may see it. Raises Refused("case_not_found", 404)."""
    case = seen(statements.read_by_number(number), actor, at)
    channel = Case.objects.values_list("channel", flat=True).get(pk=case.id)
    return sheet.compose(case, actor, catalog.version(case.version_id), at, channel)


def holds_code(number: str, holder: Holder) -> bool:
    """Whether a case or bundle with this number exists and the holder's query code is the right one."""
    if bundle_holds_code(number, holder):
        return True
    case = statements.read_by_number(number)
    return case is not None and is_right_code(case, holder.query_code)


def facts(number: str, *, actor: Actor, at: datetime) -> tuple[Fact, ...]:
    """The journal of a case. Raises Refused("case_not_found", 404)."""
    return journal.facts(_case(number, actor, at).id)


def filing_problems(application: Application, *, actor: Principal, at: datetime) -> tuple[Problem, ...]:
    """Every fault that would keep an application from being filed, with pointers as `actions.file` gives them.

    Nothing is written. Raises Refused as `actions.file` does where the item or the channel is at fault.
    """
    version = opening.service_for(application, actor, at)
    return opening.check(application, version, actor, at)[1]


def open_steps(number: str, *, actor: Actor, at: datetime) -> tuple[Step, ...]:
    """The steps of a case that wait for somebody now, the decision among them; () before acceptance and after the
    decision. Raises Refused("case_not_found", 404)."""
    case = _case(number, actor, at)
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


def draft(number: str, *, actor: Principal, at: datetime) -> DraftSheet:
    """An application that is still being written, in clear, for whoever may save it.

    Raises Refused: case_not_found (404), not_a_draft (409), the codes of `rules.permit`.
    """
    of_package = bundle_draft(number, actor=actor, at=at)
    if of_package is not None:
        return of_package
    case = _case(number, actor, at)
    version = catalog.version(case.version_id)
    rules.permit(actor, LIFECYCLE["save_draft"], case.standing(at), version.procedure)
    return drafts.compose(case, actor, version, at)


def kept_correction(number: str, *, actor: Actor, at: datetime) -> Mended | None:
    """What has been mended so far, for whoever may send the correction; None if nothing is kept.

    Raises Refused: case_not_found (404), the codes of `rules.permit`.
    """
    case = _case(number, actor, at)
    if case.state.stage is not Stage.CORRECTING:
        return None
    procedure = catalog.version(case.version_id).procedure
    rules.permit(actor, LIFECYCLE["correct"], case.standing(at), procedure)
    return mending.kept(case)


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


def may_read_paper(ref: PaperRef, *, actor: Principal, at: datetime) -> bool:
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
        seen(case, actor, at)
    except Refused:
        return False
    if not agency.may_open(ref.kind, case, actor, at):
        return False
    return ref.kind is not PaperKind.RECEIPT or sheet.sees_code(case, actor, at)


def _case(number: str, actor: Actor, at: datetime) -> Locked:
    return seen(statements.read_by_number(number), actor, at)


def inbox(
    principal: Principal, *, at: datetime, turn: Turn | None = None, limit: int = 50, cursor: str = ""
) -> Page:
    """The cases whose next step is this principal's, by time left; those without a limit come last.

    `turn` narrows to what they wait for.
    """
    rows = finding.waiting(principal, turn)
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=True)


def inbox_counts(principal: Principal) -> dict[Turn, int]:
    """How many cases wait for this principal, by what they wait for; only what the roles are ever asked for.

    A case with two open turns counts in both. Counts go up to one more than `terms.MOST_COUNTED`.
    """
    return {turn: finding.counted(finding.waiting(principal, turn)) for turn in finding.turns_of(principal)}


def inbox_count(principal: Principal) -> int:
    """How many cases wait for this principal, up to one more than `terms.MOST_COUNTED`."""
    return finding.counted(finding.waiting(principal))


def cases(
    principal: Principal,
    *,
    at: datetime,
    asked: CaseFilter = ANY,
    by_due: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> Page:
    """The cases this principal may see that are asked for, newest first, or by time left with `by_due`."""
    rows = finding.narrowed(finding.everything(principal, at), asked, principal.tenant_id, at)
    few = finding.scattered(asked)
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=by_due, scattered=few)


def case_count(principal: Principal, *, at: datetime, asked: CaseFilter = ANY) -> int:
    """How many cases such a list holds, up to one more than `terms.MOST_COUNTED`."""
    return finding.counted(
        finding.narrowed(finding.everything(principal, at), asked, principal.tenant_id, at)
    )


def export(
    principal: Principal,
    *,
    at: datetime,
    place: str,
    asked: CaseFilter,
    told: Mapping[str, str],
    by_due: bool = False,
) -> tuple[CaseLine, ...]:
    """The lines of a list for a file, at most `MOST_EXPORTED`. That they leave the house is recorded first.

    `place` is the list, `told` what the record says of the conditions.
    """
    lines: list[CaseLine] = []
    cursor = ""
    while len(lines) < MOST_EXPORTED:
        size = min(MOST_A_PAGE, MOST_EXPORTED - len(lines))
        page = cases(principal, at=at, asked=asked, by_due=by_due, limit=size, cursor=cursor)
        lines += page.items
        cursor = page.next_cursor
        if not cursor:
            break
    _log(principal, list_exported(place=place, asked=told, rows=len(lines), at=at), at)
    return tuple(lines)


def reveal(number: str, *, principal: Principal, purpose: str, at: datetime) -> Revealed:
    """The applicant of a case, and who acts for them, in clear, for those who work on it; who looked, and why, is
    recorded first.

    Raises Refused: case_not_found (404), role_missing (403), purpose_missing.
    """
    reason = " ".join(purpose.split())
    case = _case(number, principal, at)
    if not principal.has(*rules.STAFF):
        words = "您的岗位不能查看申请人的完整信息，请由经办人员查看。"
        raise Refused("role_missing", words, status=403)
    if len(reason) not in PURPOSE_LENGTHS or not reason.isprintable():
        words = "查看完整信息须写明用途，请用 2 至 100 个字说明后再查看。"
        raise Refused("purpose_missing", words, errors=(Problem("/purpose", "purpose_missing", words),))
    with transaction.atomic():
        _log(principal, applicant_read(number=case.number, purpose=reason, at=at), at)
        content = enriching.application(case)
        who = filing.applicant_from(content.get("applicant", {}))
        return Revealed(who, agency.agent_from(content))


def _log(principal: Principal, fact: NewFact, at: datetime) -> None:
    """Write into the access log of a user and day."""
    journalling.append(
        stream_id=people_events.access_stream(
            tenant_id=principal.tenant_id, user_id=principal.user_id, at=at
        ),
        tenant_id=principal.tenant_id,
        stream_kind=people_events.ACCESS,
        principal=principal.key,
        at=at,
        facts=[fact],
        queue_up=True,
    )


def offers(numbers: Iterable[str], *, verb: str, principal: Principal) -> tuple[Offer, ...]:
    """Where a verb may be done to these cases, in their order: once for each step, or once with why not.

    Numbers of cases that this principal may not see are left out.
    """
    return finding.offers(numbers, verb, principal)


def own_cases(principal: Principal, *, at: datetime, limit: int = 50, cursor: str = "") -> Page:
    """The cases of which this account is the applicant, or the applicant's agent whose entrustment holds."""
    rows = Case.objects.filter(tenant_id=principal.tenant_id).filter(finding.own(principal, at))
    return page_of(rows, principal.tenant_id, at, limit, cursor, by_due=False)


def entrusted_cases(
    principal: Principal, entrustment: UUID, *, at: datetime, limit: int = 50, cursor: str = ""
) -> Page:
    """The cases done under an entrustment, as either party may see them."""
    rows = Case.objects.filter(tenant_id=principal.tenant_id, entrustment_id=entrustment)
    return page_of(
        rows.filter(finding.own(principal, at)), principal.tenant_id, at, limit, cursor, by_due=False
    )
