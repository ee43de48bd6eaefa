"""Doors of periodic jobs."""

from __future__ import annotations

from datetime import datetime

from .vocabulary import forget_misses

__all__ = ["tidy"]


def tidy(at: datetime) -> int:
    """Forget queries that found nothing and that nobody has repeated in a long time; how many."""
    return forget_misses(at=at)
