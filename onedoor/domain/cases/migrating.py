"""改按现行版本办理: a running case goes on under the version of its item that is in force.

It never happens by itself. Whoever decides in the leading department does it to a case, with a written reason; the
fact names both versions, and from it on the case is judged by the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.journal.actions import chain
from onedoor.domain.journal.terms import FactRow, NewFact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal

from . import bundlerows, dossiers, enriching, finding, moves, rules, statements
from .engine.evolve import fold_all
from .engine.lapse import lapse
from .engine.procedure import stage_name
from .engine.terms import Happened, State
from .events import STREAM, migrated
from .lines import Page, page_of
from .models import Case
from .statements import Locked
from .terms import Answer, BundleStage, CaseFilter, Moveable

#: The dossier kind of the reason for which a case was moved.
REASON: Final = "migrate"
#: How long that reason may be.
REASON_LENGTHS: Final = range(4, 301)
#: Who is recorded for what time alone has brought about.
_LAW: Final = "law"


def reason_given(text: str) -> str:
    """The reason as it is kept. Raises Refused("reason_missing")."""
    reason = " ".join(text.split())
    if len(reason) not in REASON_LENGTHS or not reason.isprintable():
        words = f"请用 {REASON_LENGTHS[0]} 至 {REASON_LENGTHS[-1]} 个字写明为什么改按现行版本办理。"
        raise Refused("reason_missing", words, errors=(Problem("/reason", "reason_missing", words),))
    return reason


@transaction.atomic
def migrate(*, number: str, to: int, reason: str, actor: Principal, at: datetime) -> Answer:
    """Let one case go on under the version in force, which must be number `to`, as the actor has seen it.

    Raises Refused: reason_missing, case_not_found (404), role_missing (403), version_not_in_force (409) if another
    version is in force by now, may_not_move (409) with the reason.
    """
    why = reason_given(reason)
    case = statements.lock_by_number(number)
    if case is None or not rules.may_see(actor, case.standing(at)):
        raise Refused("case_not_found", "没有找到这个办件，请核对办件编号。", status=404)
    if not moves.may_move(actor, case.standing(at)):
        words = "只有主办部门的审批负责人和部门负责人可以改按现行版本办理，请由他们办理。"
        raise Refused("role_missing", words, status=403)
    old = catalog.version(case.version_id)
    new = _in_force(actor.tenant_id, old.code, at)
    if new is None or new.number != to:
        raise Refused(
            "version_not_in_force",
            f"第 {to} 版现在不是现行版本，请刷新页面，核对现行版本后再办理。",
            status=409,
        )
    standpoint, lapsed = _standpoint(case, old, at)
    refusal = moves.why_not(standpoint, old, new)
    if refusal:
        raise Refused("may_not_move", f"这个办件不能改按第 {new.number} 版办理：{refusal}", status=409)
    return _write(case, standpoint.state, lapsed, (old, new), why, actor, at)


def _write(
    case: Locked,
    state: State,
    lapsed: Sequence[Happened],
    versions: tuple[ServiceVersion, ServiceVersion],
    why: str,
    actor: Principal,
    at: datetime,
) -> Answer:
    """Facts, dossier, row, in the transaction that holds the case."""
    old, new = versions
    row, noted = dossiers.enclose(
        case_id=case.id,
        wrapped_key=case.wrapped_key,
        version=case.dossier_version + 1,
        kind=REASON,
        content={"reason": why},
    )
    rows = _chained(case, [NewFact(f.kind, f.data, f.effective_at) for f in lapsed], _LAW, at)
    fact = migrated(old=(old.number, old.id), new=(new.number, new.id), dossier=noted, at=at)
    rows += _chained(case, [fact], actor.key, at, rows[-1] if rows else None)
    state = fold_all([Happened(fact.kind, fact.data, at)], state)
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    derived = rules.derive(state, new, calendar, case.lead_department)
    statements.write(case, rows, [row], derived)
    Case.objects.filter(tenant_id=case.tenant_id, pk=case.id).update(
        version_id=new.id, service_name=new.name, departments=list(rules.departments_of(new))
    )
    words = stage_name(state, new.procedure)
    return Answer(case.number, state.stage.value, words, rows[-1].seq, derived.due_at, case.id)


def _chained(
    case: Locked, facts: list[NewFact], principal: str, at: datetime, last: FactRow | None = None
) -> list[FactRow]:
    return chain(
        stream_id=case.id,
        seq=last.seq if last else case.seq,
        prev_hash=last.hash if last else case.head_hash,
        tenant_id=case.tenant_id,
        stream_kind=STREAM,
        principal=principal,
        recorded_at=at,
        facts=facts,
    )


def _in_force(tenant_id: int, code: str, at: datetime) -> ServiceVersion | None:
    """The version in force, if cases can be handled by it."""
    found = catalog.in_force(tenant_id, code, at)
    return found if found is not None and found.ready else None


def _standpoint(
    case: Locked, version: ServiceVersion, at: datetime
) -> tuple[moves.Standpoint, tuple[Happened, ...]]:
    """The case as its move is judged, and what time has brought about in it that is not written yet."""
    calendar = offices.calendar(case.tenant_id, case.calendar_version)
    limits = rules.limits_of(version)
    lapsed = lapse(case.state, procedure=version.procedure, limits=limits, calendar=calendar, at=at)
    state = fold_all(lapsed, case.state)
    standpoint = moves.Standpoint(
        state=state,
        lead=case.lead_department,
        application=enriching.application(case),
        bundled=_bundled(case),
        calendar=calendar,
        at=at,
    )
    return standpoint, lapsed


def _bundled(case: Locked) -> bool:
    """Whether the case is a member of a bundle that is still in hand."""
    rows = Case.objects.filter(tenant_id=case.tenant_id, pk=case.id)
    parent = rows.values_list("parent_id", flat=True).first()
    bundle = bundlerows.read_by_id(parent) if parent else None
    return bundle is not None and bundle.state.stage is BundleStage.IN_HAND


def moveable(
    principal: Principal, service: str, number: int, *, at: datetime, limit: int = 50, cursor: str = ""
) -> tuple[Page, tuple[Moveable, ...]]:
    """The running cases on a version of an item that this principal may see, newest first, each with why it may not go
    on under the version in force, "" if it may."""
    asked = CaseFilter(service=service, version=number, in_hand=True)
    rows = finding.narrowed(finding.everything(principal, at), asked, principal.tenant_id, at)
    page = page_of(rows, principal.tenant_id, at, limit, cursor, by_due=False, scattered=True)
    new = _in_force(principal.tenant_id, service, at)
    found = []
    for line in page.items:
        case = statements.read_by_number(line.number)
        if case is not None:
            found.append(Moveable(line.number, _why_not(case, new, principal, at)))
    return page, tuple(found)


def _why_not(case: Locked, new: ServiceVersion | None, principal: Principal, at: datetime) -> str:
    if new is None:
        return "这个事项已经停办，没有现行版本。"
    if not moves.may_move(principal, case.standing(at)):
        return "由主办部门的审批负责人或部门负责人办理。"
    old = catalog.version(case.version_id)
    return moves.why_not(_standpoint(case, old, at)[0], old, new)
