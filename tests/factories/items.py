"""Drafts of items of the demo county, as its editors make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from onedoor.domain.catalog import actions as publishing
from onedoor.domain.catalog.documents import write_document
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.states import Operation
from onedoor.domain.catalog.terms import ServiceVersion
from tests.factories.cases import FOOD, staff, version_of


def item_draft(code: str) -> int:
    """A change of an item, begun a moment ago by its editor, with a fault, a doubt and a difference; its id."""
    actor, at = staff("shixiang"), datetime.now(UTC)
    draft = drafting.open_draft(actor=actor, code=code, operation=Operation.CHANGE, reason="压减时限", at=at)
    content = {**draft.content, "promised_limit": {"amount": 90, "unit": "working"}, "visits": 2}
    drafting.save(actor=actor, draft_id=draft.id, revision=draft.revision, content=content, at=at)
    return draft.id


def published_again(code: str = FOOD, *, at: datetime | None = None, **changes: Any) -> ServiceVersion:
    """The next version of an item, in force from `at` (a moment ago), with these parts of its document changed."""
    when = at or datetime.now(UTC)
    former = version_of(code, when)
    content = write_document(former) | changes
    return publishing.publish(tenant_id=former.tenant_id, content=content, principal="user:1", at=when)
