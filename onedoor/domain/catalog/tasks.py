"""Doors of periodic jobs."""

from __future__ import annotations

from datetime import datetime

from .drafts.actions import apply_due
from .search.vocabulary import forget_misses

__all__ = ["apply_drafts", "tidy"]


def tidy(at: datetime) -> int:
    """Forget queries that found nothing and that nobody has repeated in a long time; how many."""
    return forget_misses(at=at)


def apply_drafts(at: datetime) -> int:
    """Put approved drafts of items into effect whose day has come; how many."""
    return apply_due(at=at)
