"""The reading of clean-ups: what somebody may see of one, and the published results that everybody may see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry, CampaignResult
from onedoor.domain.catalog.models import Version
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.journal import queries as journal
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices.terms import Principal

from . import rules
from .rules import may_run, reports_for, seen_by
from .terms import GONE, CampaignView, Counts, EntryFilter, EntryView, FollowUp, Tally, TrailLine
from .terms import CampaignResult as Result

__all__ = [
    "campaign",
    "campaigns",
    "entries",
    "entry",
    "follow_ups",
    "may_run",
    "reports_for",
    "result",
    "results",
    "seen_by",
    "tallies",
    "trail",
]


def campaigns(actor: Principal) -> tuple[CampaignView, ...]:
    """The clean-ups that somebody has to do with, the newest first."""
    seen = seen_by(actor)
    rows = Campaign.objects.filter(tenant_id=actor.tenant_id)
    if seen is not None:
        rows = rows.filter(Q(departments=[]) | Q(departments__overlap=sorted(seen))) if seen else rows.none()
    return tuple(view_of(row) for row in rows.order_by("-opened_at", "-id"))


def campaign(actor: Principal, campaign_id: UUID) -> CampaignView:
    """One clean-up. Raises Refused("unknown_campaign", 404) also for one that is none of theirs."""
    found = next((view for view in campaigns(actor) if view.id == campaign_id), None)
    if found is None:
        raise Refused("unknown_campaign", "没有这次清理，请从清理列表进入。", status=404)
    return found


def entries(actor: Principal, campaign_id: UUID, asked: EntryFilter | None = None) -> tuple[EntryView, ...]:
    """The items of a clean-up that somebody sees, by department, kind and code."""
    campaign(actor, campaign_id)
    rows = _seen(actor, campaign_id)
    if asked is not None:
        rows = _narrowed(rows, asked)
    return tuple(entry_of(row) for row in rows)


def entry(actor: Principal, campaign_id: UUID, entry_id: int) -> EntryView:
    """One item of a clean-up. Raises Refused("unknown_entry", 404)."""
    campaign(actor, campaign_id)
    row = _seen(actor, campaign_id).filter(pk=entry_id).first()
    if row is None:
        raise Refused("unknown_entry", "这次清理里没有这个事项，请从清单进入。", status=404)
    return entry_of(row)


def _seen(actor: Principal, campaign_id: UUID) -> QuerySet[CampaignEntry]:
    seen = seen_by(actor)
    rows = CampaignEntry.objects.filter(tenant_id=actor.tenant_id, campaign_id=campaign_id)
    if seen is not None:
        rows = rows.filter(department__in=seen)
    return rows.order_by("department", "type", "code", "id")


def _narrowed(rows: QuerySet[CampaignEntry], asked: EntryFilter) -> QuerySet[CampaignEntry]:
    exact = {
        "department": asked.department,
        "type": asked.kind,
        "state": asked.state,
        "decision": asked.decision,
    }
    rows = rows.filter(**{key: value for key, value in exact.items() if value})
    return rows.filter(Q(name__icontains=asked.q) | Q(code__icontains=asked.q)) if asked.q else rows


def tallies(found: tuple[EntryView, ...]) -> tuple[Counts, tuple[Tally, ...], tuple[Tally, ...]]:
    """The figures of some items of a clean-up: all together, by department, by kind."""
    return rules.count(found), *rules.tallies(found)


def trail(actor: Principal, campaign_id: UUID, entry_id: int) -> tuple[TrailLine, ...]:
    """What happened to an item of a clean-up, the newest first, as its stream has it."""
    entry(actor, campaign_id, entry_id)
    found = [fact for fact in journal.facts(campaign_id) if fact.data.get("entry") == entry_id]
    return tuple(_trail_line(fact) for fact in reversed(found))


def _trail_line(fact: Fact) -> TrailLine:
    data = fact.data
    decision = Decision(data["decision"]) if "decision" in data else None
    told = data.get("note") or data.get("reason") or ""
    return TrailLine(fact.effective_at, fact.principal, decision, data.get("confirmed"), told)


def follow_ups(actor: Principal, campaign_id: UUID, *, at: datetime) -> tuple[FollowUp, ...]:
    """What a published clean-up leaves to be done in the catalogue, and what of it is done at `at`."""
    if not campaign(actor, campaign_id).published:
        return ()
    wanted = [
        each
        for each in entries(actor, campaign_id)
        if each.counts and each.decision and each.decision is not Decision.KEEP
    ]
    numbers, names = _in_force(actor.tenant_id, wanted, at)
    return tuple(_follow_up(each, numbers, names) for each in wanted)


def _in_force(
    tenant_id: int, wanted: list[EntryView], at: datetime
) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """The numbers of the versions in force by code, and the items in force by department and name."""
    rows = (
        Version.objects.filter(tenant_id=tenant_id, published_at__lte=at)
        .filter(Q(retired_at__isnull=True) | Q(retired_at__gt=at))
        .filter(Q(item__code__in=[e.code for e in wanted]) | Q(name__in=[e.name for e in wanted]))
        .values_list("item__code", "number", "department", "name")
    )
    found = list(rows)
    return {code: number for code, number, _, _ in found}, {(row[2], row[3]) for row in found}


def _follow_up(each: EntryView, numbers: dict[str, int], names: set[tuple[str, str]]) -> FollowUp:
    assert each.decision is not None
    number = numbers.get(each.code) if each.code else None
    if each.decision in GONE:
        task, done = "取消事项", number is None
        if each.decision is Decision.MERGE:
            task = f"取消事项，内容并入 {each.target}"
        elif each.decision is Decision.HAND_OVER:
            task = f"取消事项：{each.target}"
    elif each.decision is Decision.ADD:
        task, done = "发布新事项", number is not None or (each.department, each.name) in names
    else:
        task = f"发布新版本，修改 {len(each.places)} 处"
        done = number is not None and number > (each.number or 0)
    return FollowUp(each.code, each.name, each.department_name, each.decision, task, done)


def results(tenant_id: int) -> tuple[CampaignView, ...]:
    """The published clean-ups of a county, the newest first; open to everyone."""
    rows = Campaign.objects.filter(tenant_id=tenant_id, published_at__isnull=False)
    return tuple(view_of(row) for row in rows.order_by("-published_at", "-id"))


def result(tenant_id: int, campaign_id: UUID) -> Result:
    """A published result; open to everyone. Raises Refused("unknown_campaign", 404) before it is out."""
    row = CampaignResult.objects.filter(tenant_id=tenant_id, campaign_id=campaign_id).first()
    if row is None:
        raise Refused("unknown_campaign", "没有这次清理的结果，它可能还没有公布。", status=404)
    content: dict[str, Any] = row.content
    return Result(
        id=row.campaign_id,
        name=content["name"],
        basis=content["basis"],
        opens_on=date.fromisoformat(content["opens_on"]),
        closes_on=date.fromisoformat(content["closes_on"]),
        published_at=row.published_at,
        digest=bytes(row.digest),
        counts=Counts(**content["counts"]),
        departments=tuple(rules.read_tally(each) for each in content["departments"]),
        kinds=tuple(rules.read_tally(each) for each in content["kinds"]),
        lines=tuple(rules.read_line(each) for each in content["lines"]),
    )


def view_of(row: Campaign) -> CampaignView:
    """A clean-up's row as others see it."""
    return CampaignView(
        id=row.id,
        name=row.name,
        basis=row.basis,
        departments=tuple(row.departments),
        kinds=tuple(row.kinds),
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        opened_at=row.opened_at,
        published_at=row.published_at,
    )


def entry_of(row: CampaignEntry) -> EntryView:
    """An item's row as others see it."""
    return EntryView(
        id=row.pk,
        code=row.code,
        number=row.number,
        name=row.name,
        type=row.type,
        department=row.department,
        department_name=row.department_name,
        state=EntryState(row.state),
        decision=Decision(row.decision) if row.decision else None,
        basis=row.basis,
        reason=row.reason,
        target=row.target,
        places=tuple(row.places),
        note=row.note,
        reported_by=row.reported_by,
        reported_at=row.reported_at,
        reviewed_at=row.reviewed_at,
    )
