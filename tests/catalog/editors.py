"""Editors of the catalogue and what they do with drafts, for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts.terms import Draft
from onedoor.domain.catalog.states import Operation
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Grant, Principal, Role
from tests.catalog.samples import AT, food

FOOD = "SCJG-FOOD-NEW"


def editor(tenant: int, number: int = 7, department: str | None = None) -> Principal:
    """Somebody who keeps the items of a department, or of all."""
    return Principal(number, tenant, f"编辑{number}", f"editor{number}", (Grant(Role.EDITOR, department),))


def published(tenant: int, at: datetime = AT, **changes: Any) -> ServiceVersion:
    """An item in force."""
    return actions.publish(tenant_id=tenant, content=food(**changes), principal="user:1", at=at)


def begun(
    tenant: int, operation: Operation = Operation.CHANGE, at: datetime = AT, code: str = FOOD, **more: Any
) -> Draft:
    """A draft of editor 7."""
    return drafting.open_draft(
        actor=editor(tenant), code=code, operation=operation, reason="省里统一下调时限", at=at, **more
    )


def saved(draft: Draft, number: int = 7, at: datetime = AT, **changes: Any) -> Draft:
    """The same draft with other keys of its document."""
    return drafting.save(
        actor=editor(draft.tenant_id, number),
        draft_id=draft.id,
        revision=draft.revision,
        content={**draft.content, **changes},
        at=at,
    )


def step(draft: Draft, verb: str, number: int = 7, at: datetime = AT, **more: Any) -> Draft:
    """One step of a draft by one editor."""
    act = getattr(drafting, verb)
    found: Draft = act(
        actor=editor(draft.tenant_id, number), draft_id=draft.id, revision=draft.revision, at=at, **more
    )
    return found


def reviewed(draft: Draft, at: datetime = AT, **more: Any) -> Draft:
    """Submitted and checked by editor 7, approved by editor 8."""
    return step(step(step(draft, "submit", at=at, **more), "check", at=at), "approve", 8, at=at)
