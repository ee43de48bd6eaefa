"""The life of a draft: opened, written, submitted, checked 编制, reviewed 法制, put into effect; or given up.

Whoever has written a draft does not review it. Every step is a fact in the stream of its item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from onedoor.core.identifiers import uuid7
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions, events
from onedoor.domain.catalog.documents import canonical, write_document
from onedoor.domain.catalog.models import Draft as Row
from onedoor.domain.catalog.models import Item, Version
from onedoor.domain.catalog.packages.actions import hold
from onedoor.domain.catalog.queries import version
from onedoor.domain.catalog.states import OPEN_DRAFTS, DraftState, Operation
from onedoor.domain.journal import actions as journal
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import sm3

from . import rules as draft_rules
from . import successions
from .queries import concerns, editable, view
from .terms import WRITTEN, Draft

__all__ = [
    "abandon",
    "apply_due",
    "approve",
    "check",
    "open_draft",
    "put_back",
    "save",
    "submit",
    "withdraw",
]

#: Drafts that take effect in one run of the task.
AT_ONCE = 50


@transaction.atomic
def open_draft(
    *,
    actor: Principal,
    code: str,
    operation: Operation,
    reason: str,
    at: datetime,
    content: Mapping[str, Any] | None = None,
    successors: Sequence[str] = (),
    merged: Sequence[str] = (),
) -> Draft:
    """Begin a draft: of a new item with its first facts in `content`, or of what is to become of a known one.

    `successors` are codes of the items that take the place of one that goes: any of those in force for one that is
    cancelled, two at least for a split, one for a merge, where they may be in the making too. `merged` are codes of the
    further items that a merge takes out of force.
    Raises Refused: reason_missing, unknown_item, item_exists, item_not_in_force, item_in_force, draft_open,
    not_your_department, unknown_successor, unknown_merged, item_code_invalid.
    """
    why = draft_rules.reason_given(
        reason, "请写明为什么要办这次" + draft_rules.named(operation) + "，例如依据的文件。"
    )
    hold(actor.tenant_id)
    last = _last(actor.tenant_id, code)
    draft_rules.check_begin(operation, code, last is not None, last is not None and last.retired_at is None)
    draft_rules.check_size(content or {})
    document = dict(content or {}) | {"code": code} if last is None else write_document(version(last.pk))
    if not editable(actor, str(document.get("department", ""))):
        raise Refused(
            "not_your_department", "您不负责这个部门的事项，请由该部门的事项管理员办理。", status=403
        )
    item = _item(actor.tenant_id, code, at)
    if item.drafts.filter(state__in=[each.value for each in OPEN_DRAFTS]).exists():
        raise Refused("draft_open", "这个事项已有一份没有办完的草案，请先办完或作废那一份。", status=409)
    row = Row.objects.create(
        tenant_id=actor.tenant_id,
        item=item,
        base=last,
        operation=operation.value,
        content=document,
        reason=why,
        successors=_successors(actor.tenant_id, code, operation, successors),
        merged=_merged(actor, code, operation, merged, successors),
        author=actor.key,
        writers=[actor.key],
        changed_at=at,
        changed_by=actor.key,
    )
    _note(row, events.DRAFT_OPENED, actor.key, at, reason=why, **_beside(row))
    return view(row)


@transaction.atomic
def save(
    *, actor: Principal, draft_id: int, revision: int, content: Mapping[str, Any], at: datetime
) -> Draft:
    """Put another content into a draft that is being written; one with faults is kept all the same.

    Raises Refused: unknown_draft, draft_changed if it is no longer the `revision` that was seen, draft_state,
    not_your_department, document_too_large.
    """
    row = _own(actor, draft_id, revision, DraftState.DRAFTING)
    draft_rules.check_size(content)
    if Operation(row.operation) not in WRITTEN:
        raise Refused("nothing_to_write", "暂停、取消、拆分和合并事项不改内容，只写明原因。", status=409)
    if not editable(actor, str(content.get("department", ""))):
        raise Refused(
            "not_your_department", "您不负责改成的这个部门，请由两个部门都负责的事项管理员办理。", status=403
        )
    row.content = draft_rules.consistent(content, row.content, row.item.code)
    row.writers = [*row.writers, *([actor.key] if actor.key not in row.writers else [])]
    _moved(row, actor.key, at)
    return view(row)


@transaction.atomic
def submit(
    *, actor: Principal, draft_id: int, revision: int, at: datetime, effective_on: date | None = None
) -> Draft:
    """Hand a draft on to be checked; `effective_on` is the day from which it is to hold, None for the day of approval.

    Raises Refused: item_invalid with all faults, nothing_changed, effective_passed, and those of `save`.
    """
    row = _own(actor, draft_id, revision, DraftState.DRAFTING)
    found = view(row)
    draft_rules.check_complete(found)
    draft_rules.check_day(effective_on, civil_date(at))
    row.state, row.effective_on, row.fault = DraftState.CHECKING.value, effective_on, ""
    _moved(row, actor.key, at)
    day = effective_on.isoformat() if effective_on else ""
    _note(row, events.DRAFT_SUBMITTED, actor.key, at, digest=_digest(row), effective_on=day)
    return view(row)


@transaction.atomic
def check(*, actor: Principal, draft_id: int, revision: int, at: datetime, reason: str = "") -> Draft:
    """编制核对: the office that compiled it stands for its being complete; the draft goes on to 法制审核."""
    why = draft_rules.note_given(reason)
    row = _own(actor, draft_id, revision, DraftState.CHECKING)
    draft_rules.check_complete(view(row))
    row.state, row.checker = DraftState.REVIEWING.value, actor.key
    _moved(row, actor.key, at)
    _note(row, events.DRAFT_CHECKED, actor.key, at, reason=why, digest=_digest(row))
    return view(row)


@transaction.atomic
def approve(*, actor: Principal, draft_id: int, revision: int, at: datetime, reason: str = "") -> Draft:
    """法制审核 passed. The draft takes effect now, or on its day if that is still to come.

    Raises Refused("reviewed_by_writer") for whoever has written or checked it, and those of `check` and of publishing.
    """
    why = draft_rules.note_given(reason)
    row = _own(actor, draft_id, revision, DraftState.REVIEWING)
    if actor.key in (*row.writers, row.checker, row.author):
        raise Refused(
            "reviewed_by_writer",
            "起草、修改或核对过这份草案的人不能审核，请由另一位事项管理员审核。",
            status=403,
        )
    draft_rules.check_complete(view(row))
    row.state, row.reviewer = DraftState.APPROVED.value, actor.key
    _moved(row, actor.key, at)
    day = row.effective_on.isoformat() if row.effective_on else ""
    _note(row, events.DRAFT_APPROVED, actor.key, at, reason=why, digest=_digest(row), effective_on=day)
    if (row.effective_on is None or row.effective_on <= civil_date(at)) and not successions.awaited(row):
        _apply(row, at)
    return view(row)


@transaction.atomic
def put_back(*, actor: Principal, draft_id: int, revision: int, at: datetime, reason: str) -> Draft:
    """Give a draft back to its writers, saying what is to be mended. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明哪里要改、怎么改。")
    row = _own(actor, draft_id, revision, DraftState.CHECKING, DraftState.REVIEWING)
    _back(row, why, actor.key, at)
    _note(row, events.DRAFT_RETURNED, actor.key, at, reason=why)
    return view(row)


@transaction.atomic
def withdraw(*, actor: Principal, draft_id: int, revision: int, at: datetime, reason: str) -> Draft:
    """Take back a draft that was handed on and is not in effect yet. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明为什么撤回。")
    row = _own(actor, draft_id, revision, DraftState.CHECKING, DraftState.REVIEWING, DraftState.APPROVED)
    _back(row, "", actor.key, at)
    _note(row, events.DRAFT_WITHDRAWN, actor.key, at, reason=why)
    return view(row)


@transaction.atomic
def abandon(*, actor: Principal, draft_id: int, revision: int, at: datetime, reason: str) -> Draft:
    """Give a draft up for good. Raises Refused("reason_missing")."""
    why = draft_rules.reason_given(reason, "请写明为什么作废。")
    row = _own(actor, draft_id, revision, DraftState.DRAFTING)
    row.state = DraftState.ABANDONED.value
    _moved(row, actor.key, at)
    _note(row, events.DRAFT_ABANDONED, actor.key, at, reason=why)
    return view(row)


def apply_due(*, at: datetime) -> int:
    """Put into effect every approved draft whose day has come; how many. One that cannot take effect any more goes
    back to its writers with the reason."""
    # One without a day has waited for a split or merge that was given up.
    due = Row.objects.filter(state=DraftState.APPROVED.value, batch__isnull=True).filter(
        Q(effective_on__lte=civil_date(at)) | Q(effective_on__isnull=True)
    )
    waiting = list(due.order_by("effective_on", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for draft_id in waiting:
        try:
            _apply_one(draft_id, at)
        except Refused as refused:
            _give_back(draft_id, refused.detail, at)
    return len(waiting)


@transaction.atomic
def _apply_one(draft_id: int, at: datetime) -> None:
    row = _locked(draft_id)
    if row is not None and row.state == DraftState.APPROVED.value and not successions.awaited(row):
        _apply(row, at)


@transaction.atomic
def _give_back(draft_id: int, why: str, at: datetime) -> None:
    row = _locked(draft_id)
    if row is None or row.state != DraftState.APPROVED.value:
        return
    reviewer = row.reviewer
    _back(row, f"到施行日未能施行：{why}"[:500], reviewer, at)
    _note(row, events.DRAFT_RETURNED, reviewer, at, reason=row.fault)


def _apply(row: Row, at: datetime) -> None:
    """What was approved takes effect, in the name of whoever approved it."""
    operation = Operation(row.operation)
    hold(row.tenant_id)
    last = _last(row.tenant_id, row.item.code)
    draft_rules.check_base(
        row.base_id, last.pk if last else None, last is not None and last.retired_at is None, operation
    )
    if operation in WRITTEN:
        actions.publish(tenant_id=row.tenant_id, content=row.content, principal=row.reviewer, at=at)
    else:
        if operation.value in successions.REPLACING:
            for beside in successions.held_back(row):
                _apply(beside, at)
        why = draft_rules.why_gone(operation, row.reason, row.successors)
        for code in (row.item.code, *row.merged):
            actions.retire(tenant_id=row.tenant_id, code=code, reason=why, principal=row.reviewer, at=at)
    row.state = DraftState.DONE.value
    _moved(row, row.reviewer, at)
    _note(row, events.DRAFT_APPLIED, row.reviewer, at, reason=row.reason, **_beside(row))


def _own(actor: Principal, draft_id: int, revision: int, *states: DraftState) -> Row:
    """The draft, locked, as whoever acts has seen it and in a state in which this may be done."""
    row = _locked(draft_id, tenant_id=actor.tenant_id)
    if row is None or not concerns(actor, row):
        raise Refused("unknown_draft", "没有这份事项草案，请回到事项列表重新选择。", status=404)
    draft_rules.check_alone(row.batch.name if row.batch else "")
    draft_rules.check_revision(row.revision, revision)
    draft_rules.check_state(DraftState(row.state), states)
    return row


def _locked(draft_id: int, **also: int) -> Row | None:
    return (
        Row.objects.select_for_update(of=("self",)).select_related("item").filter(pk=draft_id, **also).first()
    )


def _moved(row: Row, principal: str, at: datetime) -> None:
    row.revision += 1
    row.changed_at, row.changed_by = at, principal
    row.save()


def _back(row: Row, fault: str, principal: str, at: datetime) -> None:
    row.state, row.fault = DraftState.DRAFTING.value, fault
    row.checker = row.reviewer = ""
    _moved(row, principal, at)


def _last(tenant_id: int, code: str) -> Version | None:
    """The newest version of an item, in force or not."""
    rows = Version.objects.filter(tenant_id=tenant_id, item__code=code)
    return rows.defer("content").order_by("-number").first()


def _item(tenant_id: int, code: str, at: datetime) -> Item:
    """The item with this code; one that is new has a stream from its first draft on."""
    found = Item.objects.filter(tenant_id=tenant_id, code=code).first()
    return found or Item.objects.create(tenant_id=tenant_id, code=code, stream_id=uuid7(at), created_at=at)


def _successors(tenant_id: int, code: str, operation: Operation, named: Sequence[str]) -> list[str]:
    wanted = draft_rules.listed(named)
    known = successions.in_force(tenant_id, wanted)
    if operation.value in successions.REPLACING:
        known |= successions.coming(tenant_id, wanted)
    draft_rules.check_successors(code, operation, wanted, known)
    return wanted


def _merged(
    actor: Principal, code: str, operation: Operation, named: Sequence[str], successors: Sequence[str]
) -> list[str]:
    """The further items that a merge takes away; each must be this editor's to change."""
    wanted = draft_rules.listed(named)
    rows = Version.objects.filter(tenant_id=actor.tenant_id, item__code__in=wanted, retired_at__isnull=True)
    known = {
        item
        for item, department in rows.values_list("item__code", "department")
        if editable(actor, department)
    }
    draft_rules.check_merged(operation, wanted, known - {code, *draft_rules.listed(successors)})
    return wanted


def _beside(row: Row) -> dict[str, list[str]]:
    """The other items that a draft concerns, as facts name them."""
    return {"successors": list(row.successors), "merged": list(row.merged)}


def _digest(row: Row) -> str:
    return sm3(canonical(row.content)).hex()


def _note(row: Row, kind: str, principal: str, at: datetime, **more: Any) -> None:
    fact = events.draft_moved(
        kind=kind, code=row.item.code, draft=row.pk, operation=row.operation, at=at, **more
    )
    journal.append(
        stream_id=row.item.stream_id,
        tenant_id=row.tenant_id,
        stream_kind=events.STREAM_KIND,
        principal=principal,
        at=at,
        facts=[fact],
    )
