"""What the desk may read of a county's guided questions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.models import QuestionsDraft, Version

from . import guidance
from .question_faults import InForce, faults
from .questions import Choice, at, read_tree, walk
from .terms import GuidedStep, QuestionFault, QuestionsState

__all__ = ["draft", "faults_of", "holding", "leads_to", "previewed"]

holding = guidance.holding


def draft(tenant_id: int) -> QuestionsState | None:
    """The questions in work, None if there are none."""
    row = QuestionsDraft.objects.filter(tenant_id=tenant_id).first()
    if row is None:
        return None
    return QuestionsState(
        row.content,
        own=True,
        revision=row.revision,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def faults_of(tenant_id: int, content: dict[str, Any] | Any) -> tuple[QuestionFault, ...]:
    """What is wrong with a tree of questions as the catalogue stands now."""
    tree = read_tree(content)
    leading = guidance.Leading(tenant_id, tree)
    named = {code for _, each in walk(tree) for code in each.items}
    known = InForce(
        items=leading.items_in_force(),
        packages=leading.packages_in_force(),
        gone=_gone(tenant_id, named - leading.items_in_force()),
        finds=lambda query: bool(leading.finds(query)),
    )
    return faults(tree, known)


def _gone(tenant_id: int, codes: Collection[str]) -> dict[str, tuple[str, datetime]]:
    rows = (
        Version.objects.filter(item__tenant_id=tenant_id, item__code__in=codes, retired_at__isnull=False)
        .order_by("number")
        .values_list("item__code", "name", "retired_at")
    )
    return {code: (name, since) for code, name, since in rows if since is not None}


def leads_to(tenant_id: int, content: Any, path: str) -> GuidedStep:
    """What a citizen would be shown at an answer, by its path in the tree. Raises Refused("unknown_step", 404)."""
    tree = read_tree(content)
    leading = guidance.Leading(tenant_id, tree)
    found = at(tree, path)
    return GuidedStep(found.ask, (), (), leading.items(found), found.together, leading.packages(found))


def previewed(tenant_id: int, steps: str) -> GuidedStep:
    """A step of the questions in work, as a citizen would see it.

    Raises Refused("no_draft", 404), Refused("unknown_step", 404).
    """
    found = draft(tenant_id)
    if found is None:
        raise Refused("no_draft", "没有正在修改的问题，请先开始修改。", status=404)
    return guidance.guided(tenant_id, steps, _tree(found))


def _tree(state: QuestionsState) -> Choice:
    return read_tree(state.content)
