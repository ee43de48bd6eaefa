"""Rows of clean-ups while they are changed: locked, checked for whose they are, written with their facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry
from onedoor.domain.catalog.states import EntryState
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices.terms import Principal

from . import events, rules

#: Items that are part of a clean-up still.
ACTIVE = ~Q(state=EntryState.DROPPED.value)


def lock(actor: Principal, campaign_id: UUID) -> Campaign:
    """The clean-up, for one change at a time. Raises Refused: unknown_campaign (404), campaign_closed (409)."""
    seen = rules.seen_by(actor)
    row = (
        Campaign.objects.select_for_update(no_key=True)
        .filter(tenant_id=actor.tenant_id, pk=campaign_id)
        .first()
    )
    if row is None or seen == frozenset():
        raise Refused("unknown_campaign", "没有这次清理，请从清理列表进入。", status=404)
    if row.published_at is not None:
        raise Refused("campaign_closed", "这次清理的结果已经公布，不能再改，请另开一次清理。", status=409)
    return row


def own(actor: Principal, row: Campaign, entry_id: int) -> CampaignEntry:
    """An item of a department that the actor reports for."""
    entry = row.entries.filter(ACTIVE, pk=entry_id).first()
    if entry is None or not rules.reports_for(actor, entry.department):
        raise Refused("unknown_entry", "这次清理里没有您负责的这个事项，请从清单进入。", status=404)
    return entry


def codes_of(row: Campaign) -> dict[str, str]:
    """The items of a clean-up by code."""
    return dict(row.entries.filter(ACTIVE).exclude(code="").values_list("code", "name"))


def note_facts(row: Campaign, facts: Sequence[NewFact], actor: Principal, at: datetime) -> None:
    journal.append(
        stream_id=row.id,
        tenant_id=row.tenant_id,
        stream_kind=events.CAMPAIGN_STREAM,
        principal=actor.key,
        at=at,
        facts=facts,
    )


def write(entry: CampaignEntry) -> None:
    columns = ("decision", "basis", "reason", "target", "places", "state", "note")
    CampaignEntry.objects.filter(pk=entry.pk).update(
        **{column: getattr(entry, column) for column in columns},
        reported_by=entry.reported_by,
        reported_at=entry.reported_at,
        reviewed_by=entry.reviewed_by,
        reviewed_at=entry.reviewed_at,
    )
