"""Beginning a clean-up: its scope, and the items in force as they stand on that day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from onedoor.core.identifiers import uuid7
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog.campaign_models import Campaign, CampaignEntry
from onedoor.domain.catalog.documents import TYPES, canonical
from onedoor.domain.catalog.models import Version
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.states import EntryState
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import events, rules
from .queries import view_of
from .rows import note_facts
from .terms import CampaignView


@transaction.atomic
def open_campaign(
    *,
    actor: Principal,
    name: str,
    opens_on: date,
    closes_on: date,
    at: datetime,
    basis: str = "",
    departments: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> CampaignView:
    """Begin a clean-up of the items in force at `at`, of some departments and kinds; () leaves nothing out.

    Raises Refused: not_allowed (403), campaign_invalid with all problems, nothing_to_clean.
    """
    if not rules.may_run(actor):
        raise Refused("not_allowed", "只有全县的事项管理员可以开展清理，请联系事项管理员。", status=403)
    problems = tuple(_opening_problems(actor.tenant_id, name, basis, opens_on, closes_on, departments, kinds))
    if problems:
        raise Refused("campaign_invalid", problems[0].detail, errors=problems)
    versions = _snapshot(actor.tenant_id, departments, kinds, at)
    if not versions:
        raise Refused("nothing_to_clean", "所选的部门和类型没有在用的事项，请放宽范围。")
    row = Campaign.objects.create(
        id=uuid7(at),
        tenant_id=actor.tenant_id,
        name=name.strip(),
        basis=basis.strip(),
        departments=list(departments),
        kinds=list(kinds),
        opens_on=opens_on,
        closes_on=closes_on,
        opened_at=at,
        opened_by=actor.key,
    )
    _enter(row, versions)
    listed = [[v.item.code, v.number, bytes(v.digest).hex()] for v in versions]
    fact = events.campaign_opened(
        name=row.name,
        basis=row.basis,
        departments=departments,
        kinds=kinds,
        since=opens_on,
        until=closes_on,
        items=len(versions),
        digest=sm3(canonical({"items": listed})),
        at=at,
    )
    note_facts(row, [fact], actor, at)
    return view_of(row)


def _opening_problems(
    tenant_id: int,
    name: str,
    basis: str,
    opens_on: date,
    closes_on: date,
    departments: Sequence[str],
    kinds: Sequence[str],
) -> list[Problem]:
    found = []
    if not name.strip() or len(name.strip()) > 100 or has_control(name):
        found.append(Problem("/name", "name_missing", "请给这次清理起个名字，100 字以内。"))
    if Campaign.objects.filter(tenant_id=tenant_id, name=name.strip(), published_at=None).exists():
        detail = f"正在进行的清理里已有“{name.strip()}”，请换个名字，或从列表进入那一次。"
        found.append(Problem("/name", "duplicate_name", detail))
    if len(basis.strip()) > 300 or has_control(basis):
        found.append(Problem("/basis", "too_long", "依据的文件最多写 300 字，请改短。"))
    if closes_on < opens_on:
        found.append(Problem("/closes_on", "period_reversed", "自查截止日期不能早于开始日期，请调整。"))
    known = offices.departments(tenant_id)
    if any(code not in known for code in departments):
        found.append(Problem("/departments", "unknown_department", "有本县没有的部门，请重新选择。"))
    if any(kind not in TYPES for kind in kinds):
        found.append(Problem("/kinds", "unknown_kind", "有不认识的事项类型，请重新选择。"))
    return found


def _snapshot(
    tenant_id: int, departments: Sequence[str], kinds: Sequence[str], at: datetime
) -> list[Version]:
    rows = Version.objects.filter(tenant_id=tenant_id, published_at__lte=at).filter(
        Q(retired_at__isnull=True) | Q(retired_at__gt=at)
    )
    if departments:
        rows = rows.filter(department__in=departments)
    if kinds:
        rows = rows.filter(type__in=kinds)
    return list(rows.select_related("item").defer("content").order_by("item__code"))


def _enter(row: Campaign, versions: Sequence[Version]) -> None:
    names = {code: view.name for code, view in offices.departments(row.tenant_id).items()}
    CampaignEntry.objects.bulk_create(
        [
            CampaignEntry(
                campaign=row,
                tenant_id=row.tenant_id,
                version=version,
                number=version.number,
                code=version.item.code,
                name=version.name,
                type=version.type,
                department=version.department,
                department_name=names.get(version.department)
                or version.department_name
                or version.department,
                state=EntryState.OPEN.value,
            )
            for version in versions
        ],
        batch_size=500,
    )
