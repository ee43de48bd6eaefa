"""Job doors of the papers room."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from uuid import UUID

from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions, queries

_LOG = logging.getLogger(__name__)


def render_outstanding(limit: int = 200) -> tuple[UUID, ...]:
    """Render papers that have no PDF yet, oldest first, and return those that could not be.

    One that is refused (a character without a glyph) is logged by its id and reason code and does not hold up
    the others; it is tried again at the next call.
    """
    failed = []
    for paper_id in queries.unrendered(limit):
        try:
            actions.render(paper_id, datetime.now(UTC))
        except Refused as refusal:
            _LOG.error("paper %s was not rendered: %s", paper_id, refusal.code)
            failed.append(paper_id)
    return tuple(failed)
