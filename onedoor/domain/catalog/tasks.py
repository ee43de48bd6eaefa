"""Doors of periodic jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from .batches import actions as batches
from .drafts.actions import apply_due
from .search.vocabulary import forget_misses

__all__ = ["apply_drafts", "batches_wait", "tidy", "work_batches"]


def tidy(at: datetime) -> int:
    """Forget queries that found nothing and that nobody has repeated in a long time, and files that were checked and
    that nobody has handed in; how many."""
    return forget_misses(at=at) + batches.tidy(at=at)


def apply_drafts(at: datetime) -> int:
    """Put approved drafts of items into effect whose day has come; how many."""
    return apply_due(at=at)


def batches_wait(at: datetime) -> bool:
    """Whether a file waits for being read, or a batch for taking effect."""
    return batches.due(at) or batches.waiting(at)


def work_batches(at: datetime) -> int:
    """Put approved batches into effect, and read files that were taken in, until there is nothing left; how many.

    A large one takes a minute, so this runs in a process of its own.
    """
    done = 0
    while batches.apply_next(at=max(at, _clock())) or batches.read_next(at=max(at, _clock()), clock=_clock):
        done += 1
    return done


def _clock() -> datetime:
    return datetime.now(UTC)
