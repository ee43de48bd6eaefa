"""Batches as pages show them: one under review, one whose file is faulty, one whose file waits for being read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from onedoor.domain.catalog import tasks
from onedoor.domain.catalog.batches import actions, queries
from tests.catalog.samples import food
from tests.factories.cases import staff

BRINGS, OTHER = "shixiang", "fazhi"


def brought(who: str, content: object) -> UUID:
    """A file that has been taken in."""
    data = json.dumps(content, ensure_ascii=False).encode()
    return actions.take_in(
        actor=staff(who), name="事项目录.json", size=len(data), chunks=[data], at=datetime.now(UTC)
    )


def under_review() -> tuple[UUID, int]:
    """A batch of two new items that waits for 法制审核, and the draft of one of them."""
    actor, batch = staff(BRINGS), brought(BRINGS, [food(code="NEW-1"), food(code="NEW-2", name="新的事项")])
    tasks.work_batches(datetime.now(UTC))
    for act, more in ((actions.hand_in, {"reason": "省里统一调整"}), (actions.check, {})):
        revision = queries.batch(actor, batch).revision
        act(actor=actor, batch_id=batch, revision=revision, at=datetime.now(UTC), **more)
    return batch, queries.entries(queries.batch(actor, batch))[0][0].draft


def faulty() -> UUID:
    """A file with a row that cannot be taken over."""
    batch = brought(OTHER, [food(code="NEW-3"), food(code="NEW-4", type="99")])
    tasks.work_batches(datetime.now(UTC))
    return batch


class Batches:
    """All three, and the values of their addresses."""

    def __init__(self) -> None:
        self.reviewed, self.draft = under_review()
        self.faulty = faulty()
        self.waiting = brought(BRINGS, [food(code="NEW-5")])

    def values(self, route: str) -> Iterator[dict[str, Any]]:
        """What the parts of an address may be, for each kind of page."""
        shown = (
            (self.faulty,) if route.endswith("faults.xlsx") else (self.reviewed, self.faulty, self.waiting)
        )
        for batch in shown if "draft_id" not in route else (self.reviewed,):
            yield {"batch_id": batch, "draft_id": self.draft, "kind": "add", "verb": "check"}
