"""Drafts of items of the demo county, as its editors make them."""

from __future__ import annotations

from datetime import UTC, datetime

from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.states import Operation
from tests.factories.cases import staff


def item_draft(code: str) -> int:
    """A change of an item, begun a moment ago by its editor, with a fault, a doubt and a difference; its id."""
    actor, at = staff("shixiang"), datetime.now(UTC)
    draft = drafting.open_draft(actor=actor, code=code, operation=Operation.CHANGE, reason="压减时限", at=at)
    content = {**draft.content, "promised_limit": {"amount": 90, "unit": "working"}, "visits": 2}
    drafting.save(actor=actor, draft_id=draft.id, revision=draft.revision, content=content, at=at)
    return draft.id
