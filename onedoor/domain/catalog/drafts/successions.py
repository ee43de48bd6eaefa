"""Items that are split 拆分, merged 合并 or cancelled, and those that take their place."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.models import Draft, Version
from onedoor.domain.catalog.states import OPEN_DRAFTS, DraftState, Operation

#: Operations that put others in an item's place in the same instant.
REPLACING = (Operation.SPLIT.value, Operation.MERGE.value)
_OPEN = [each.value for each in OPEN_DRAFTS]
#: Successions that are followed one after another.
_MOST_FOLLOWED = 20


def in_force(tenant_id: int, codes: Collection[str]) -> set[str]:
    """Which of these items are in force."""
    rows = Version.objects.filter(tenant_id=tenant_id, item__code__in=codes, retired_at__isnull=True)
    return set(rows.values_list("item__code", flat=True))


def coming(tenant_id: int, codes: Collection[str]) -> set[str]:
    """Which of these items are not in force and have a draft that would put them there."""
    rows = Draft.objects.filter(
        tenant_id=tenant_id, item__code__in=codes, state__in=_OPEN, batch__isnull=True
    )
    started = rows.filter(operation__in=[Operation.ADD.value, Operation.RESUME.value])
    return set(started.values_list("item__code", flat=True))


def awaited(row: Draft) -> bool:
    """Whether an open split or merge will put the item of this draft into force together with itself."""
    if row.operation not in (Operation.ADD.value, Operation.RESUME.value):
        return False
    rows = Draft.objects.filter(tenant_id=row.tenant_id, state__in=_OPEN, operation__in=REPLACING)
    return rows.filter(successors__contains=[row.item.code]).exists()


def held_back(row: Draft) -> list[Draft]:
    """The approved drafts, locked, that take effect together with this split or merge; items in force need none.

    Raises Refused("successor_not_ready") if an item is neither in force nor approved.
    """
    missing = [code for code in row.successors if code not in in_force(row.tenant_id, row.successors)]
    drafts = (
        Draft.objects.select_for_update(of=("self",))
        .select_related("item")
        .filter(tenant_id=row.tenant_id, item__code__in=missing, state=DraftState.APPROVED.value)
        .filter(batch__isnull=True, operation__in=[Operation.ADD.value, Operation.RESUME.value])
        .order_by("pk")
    )
    found = {draft.item.code: draft for draft in drafts}
    waiting = [code for code in missing if code not in found]
    if waiting:
        shown = "、".join(waiting[:5])
        raise Refused(
            "successor_not_ready",
            f"承接的事项“{shown}”还没有施行，草案也没有审核通过。请先审核它们的草案，它们会和这一份同时施行。",
            status=409,
        )
    return list(found.values())


def successors_of(tenant_id: int, code: str) -> tuple[str, ...]:
    """The items in force that stand in the place of one that is out of force, followed from item to item."""
    found: list[str] = []
    seen, ahead = {code}, [code]
    for _ in range(_MOST_FOLLOWED):
        if not ahead:
            break
        step = [each for gone in ahead for each in _named(tenant_id, gone) if each not in seen]
        seen.update(step)
        running = in_force(tenant_id, step)
        found += [each for each in dict.fromkeys(step) if each in running]
        ahead = [each for each in dict.fromkeys(step) if each not in running]
    return tuple(found)


def _named(tenant_id: int, code: str) -> Sequence[str]:
    """The successors that the last draft named which took an item out of force."""
    rows = Draft.objects.filter(tenant_id=tenant_id, state=DraftState.DONE.value)
    gone = rows.filter(Q(item__code=code) | Q(merged__contains=[code]))
    last = gone.exclude(successors=[]).order_by("-changed_at").values_list("successors", flat=True).first()
    return last or ()
