"""Reviewing what departments report in a clean-up, and publishing what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry, CampaignResult
from onedoor.domain.catalog.documents import canonical
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.states import EntryState
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import events, rules
from .queries import entry_of, view_of
from .rows import ACTIVE, lock, note_facts, write


@transaction.atomic
def review(
    *,
    actor: Principal,
    campaign_id: UUID,
    entry_ids: Collection[int],
    confirmed: bool,
    at: datetime,
    note: str = "",
) -> int:
    """Confirm what was reported of some items, or return it with a note; how many. All or none.

    Raises Refused: not_allowed (403), own_report (403), nothing_chosen, not_reported (409), note_missing.
    """
    row = lock(actor, campaign_id)
    if not rules.may_run(actor):
        raise Refused("not_allowed", "只有全县的事项管理员可以审核，请联系事项管理员。", status=403)
    if not confirmed and not note.strip():
        problem = Problem("/note", "note_missing", "请写明退回的原因，让部门知道怎么改。")
        raise Refused("note_missing", problem.detail, errors=(problem,))
    if len(note.strip()) > 300 or has_control(note, lines=True):
        problem = Problem("/note", "note_too_long", "退回的原因最多 300 字，不能有不可见的字符，请改短。")
        raise Refused("note_too_long", problem.detail, errors=(problem,))
    entries = list(row.entries.filter(ACTIVE, pk__in=entry_ids).order_by("pk"))
    if not entries:
        raise Refused("nothing_chosen", "请先勾选要审核的事项。")
    known = {EntryState.REPORTED} if confirmed else {EntryState.REPORTED, EntryState.CONFIRMED}
    for entry in entries:
        if entry.state not in known:
            raise Refused("not_reported", f"“{entry.name}”还没有报来处理意见，请去掉后再审核。", status=409)
        if confirmed and entry.reported_by == actor.key:
            detail = f"“{entry.name}”是您自己报的，不能由您确认，请换一个账号审核。"
            raise Refused("own_report", detail, status=403)
    note_facts(row, [_judge(entry, confirmed, note.strip(), actor, at) for entry in entries], actor, at)
    return len(entries)


def _judge(entry: CampaignEntry, confirmed: bool, note: str, actor: Principal, at: datetime) -> NewFact:
    entry.state = (EntryState.CONFIRMED if confirmed else EntryState.RETURNED).value
    entry.note, entry.reviewed_by, entry.reviewed_at = note, actor.key, at
    write(entry)
    return events.item_reviewed(
        entry=entry.pk, code=entry.code, name=entry.name, confirmed=confirmed, note=note, at=at
    )


@transaction.atomic
def publish(*, actor: Principal, campaign_id: UUID, at: datetime) -> None:
    """Put the result out, for good.

    Raises Refused: not_allowed (403), campaign_closed (409), campaign_unfinished (409), merged_into_nothing (409).
    """
    row = lock(actor, campaign_id)
    if not rules.may_run(actor):
        raise Refused("not_allowed", "只有全县的事项管理员可以公布结果，请联系事项管理员。", status=403)
    ordered = row.entries.filter(ACTIVE).order_by("department", "type", "code", "id")
    entries = [entry_of(entry) for entry in ordered]
    counts = rules.count(entries)
    left = sum(entry.state is not EntryState.CONFIRMED for entry in entries)
    if left:
        detail = f"还有 {left} 项没有确认，全部确认后才能公布。"
        raise Refused("campaign_unfinished", detail, status=409)
    faults = tuple(rules.merge_faults(entries))
    if faults:
        raise Refused("merged_into_nothing", faults[0].detail, errors=faults, status=409)
    published = replace(view_of(row), published_at=at)
    content = rules.compose(published, entries)
    digest = sm3(canonical(content))
    CampaignResult.objects.create(
        campaign=row, tenant_id=row.tenant_id, content=content, digest=digest, published_at=at
    )
    Campaign.objects.filter(pk=row.pk).update(published_at=at, published_by=actor.key)
    note_facts(row, [events.campaign_published(digest=digest, counts=counts, at=at)], actor, at)
