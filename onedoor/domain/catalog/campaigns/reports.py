"""What departments report of their items in a clean-up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.models import Item
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal

from . import events, rules
from .queries import entry_of, view_of
from .rows import ACTIVE, codes_of, lock, note_facts, own, write
from .terms import Addition, Declaration, EntryView

#: The most additions of one clean-up.
MOST_ADDED = 500


@transaction.atomic
def report(
    *, actor: Principal, campaign_id: UUID, entry_id: int, declared: Declaration, at: datetime
) -> EntryView:
    """Say what is to become of an item; again, until a reviewer has confirmed it.

    Raises Refused: unknown_campaign, unknown_entry (404), campaign_closed, not_in_time, already_confirmed (409),
    report_invalid with all problems.
    """
    row = lock(actor, campaign_id)
    entry = own(actor, row, entry_id)
    problems = problems_of_report(actor, row, entry_of(entry), declared, codes_of(row), at)
    if problems:
        raise Refused("report_invalid", problems[0].detail, errors=problems)
    note_facts(row, [keep(entry, declared, actor, at)], actor, at)
    return entry_of(entry)


def problems_of_report(
    actor: Principal,
    row: Campaign,
    entry: EntryView,
    declared: Declaration,
    codes: dict[str, str],
    at: datetime,
) -> tuple[Problem, ...]:
    """Why a report cannot be taken; () if it can."""
    if entry.state is EntryState.CONFIRMED:
        return (Problem("", "already_confirmed", f"“{entry.name}”已经确认，要改请先由审核人退回。"),)
    late = not rules.may_run(actor) and not rules.in_time(view_of(row), entry.state, civil_date(at))
    if late:
        since, until = row.opens_on.isoformat(), row.closes_on.isoformat()
        return (Problem("", "not_in_time", f"自查申报的时间是 {since} 至 {until}，请联系事项管理员。"),)
    return tuple(rules.problems_of(declared, code=entry.code, added=entry.added, codes=codes))


def keep(entry: CampaignEntry, declared: Declaration, actor: Principal, at: datetime) -> NewFact:
    """Write a report into its row; gives the fact."""
    entry.decision = declared.decision.value
    entry.basis, entry.reason = declared.basis, declared.reason
    entry.target, entry.places = declared.target, list(declared.places)
    entry.state, entry.note = EntryState.REPORTED.value, ""
    entry.reported_by, entry.reported_at = actor.key, at
    entry.reviewed_by, entry.reviewed_at = "", None
    write(entry)
    return events.item_reported(entry=entry.pk, code=entry.code, name=entry.name, declared=declared, at=at)


@transaction.atomic
def add(
    *, actor: Principal, campaign_id: UUID, addition: Addition, declared: Declaration, at: datetime
) -> EntryView:
    """Report an item that the catalogue does not have yet.

    Raises Refused: unknown_campaign, campaign_closed, report_invalid with all problems.
    """
    row = lock(actor, campaign_id)
    problems = problems_of_addition(actor, row, addition, declared, at)
    if problems:
        raise Refused("report_invalid", problems[0].detail, errors=problems)
    made, fact = make_addition(row, addition, declared, actor, at)
    note_facts(row, [fact], actor, at)
    return entry_of(made)


def problems_of_addition(
    actor: Principal, row: Campaign, addition: Addition, declared: Declaration, at: datetime
) -> tuple[Problem, ...]:
    """Why an addition cannot be taken; () if it can."""
    found = list(_addition_problems(actor, row, addition))
    if not rules.may_run(actor) and not rules.in_time(view_of(row), EntryState.OPEN, civil_date(at)):
        found.append(Problem("", "not_in_time", "现在不在自查申报的时间里，请联系事项管理员。"))
    rows = row.entries.filter(ACTIVE)
    if addition.code and (
        rows.filter(code=addition.code).exists()
        or Item.objects.filter(tenant_id=row.tenant_id, code=addition.code).exists()
    ):
        found.append(
            Problem("/code", "duplicate_code", f"编码“{addition.code[:64]}”已经有事项在用，请换一个或留空。")
        )
    if rows.filter(version=None, department=addition.department, name=addition.name).exists():
        found.append(Problem("/name", "duplicate_name", f"已经报过新增“{addition.name}”，不用再报。"))
    if rows.filter(version=None).count() >= MOST_ADDED:
        found.append(Problem("", "too_many", f"一次清理最多新增 {MOST_ADDED} 项，请分次开展。"))
    found += rules.problems_of(declared, code=addition.code, added=True, codes={})
    return tuple(found)


def _addition_problems(actor: Principal, row: Campaign, addition: Addition) -> list[Problem]:
    found = []
    if not addition.name or len(addition.name) > 200 or has_control(addition.name):
        found.append(Problem("/name", "required", "请写明新增事项的名称，200 字以内。"))
    if addition.type not in (row.kinds or TYPES):
        found.append(Problem("/type", "unknown_kind", "事项类型不在这次清理的范围里，请改选。"))
    known = offices.departments(row.tenant_id)
    inside = addition.department in known and (not row.departments or addition.department in row.departments)
    if not inside or not rules.reports_for(actor, addition.department):
        found.append(
            Problem("/department", "unknown_department", "只能为自己负责的部门新增事项，请改选部门。")
        )
    if addition.code and not (
        len(addition.code) <= 64 and addition.code.replace("-", "").isalnum() and addition.code.isascii()
    ):
        found.append(Problem("/code", "wrong_format", "编码只能用字母、数字和短横线，请修改或留空。"))
    return found


def make_addition(
    row: Campaign, addition: Addition, declared: Declaration, actor: Principal, at: datetime
) -> tuple[CampaignEntry, NewFact]:
    """Write an addition; gives its row and fact."""
    made = CampaignEntry.objects.create(
        campaign=row,
        tenant_id=row.tenant_id,
        code=addition.code,
        name=addition.name,
        type=addition.type,
        department=addition.department,
        department_name=offices.departments(row.tenant_id)[addition.department].name,
        decision=Decision.ADD.value,
        basis=declared.basis,
        reason=declared.reason,
        state=EntryState.REPORTED.value,
        reported_by=actor.key,
        reported_at=at,
    )
    fact = events.item_reported(entry=made.pk, code=made.code, name=made.name, declared=declared, at=at)
    return made, fact


@transaction.atomic
def drop(*, actor: Principal, campaign_id: UUID, entry_id: int, at: datetime) -> None:
    """Take an addition back that is not confirmed.

    Raises Refused: unknown_campaign, unknown_entry (404), campaign_closed, not_an_addition, already_confirmed (409).
    """
    row = lock(actor, campaign_id)
    entry = own(actor, row, entry_id)
    if entry.version_id is not None:
        raise Refused("not_an_addition", "目录里已有的事项不能撤回，请改报处理意见。")
    if entry.state == EntryState.CONFIRMED:
        raise Refused("already_confirmed", "已经确认的新增不能撤回，请先由审核人退回。", status=409)
    entry.state = EntryState.DROPPED.value
    write(entry)
    note_facts(row, [events.item_dropped(entry=entry.pk, name=entry.name, at=at)], actor, at)
