"""Streams to test with, and a home for their anchors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from onedoor.domain.journal import actions
from onedoor.domain.journal.terms import FactRow, NewFact
from onedoor.plumbing.home import Home

AT = datetime(2026, 10, 13, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    """The instant at which everything happens unless a test says otherwise."""
    return AT


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own for keys and anchors; the database is the test run's."""
    return Home(tmp_path / "home").ensure()


@pytest.fixture
def append() -> Callable[..., list[FactRow]]:
    """Append facts numbered in their data to a stream, a new one unless given."""

    def append(count: int = 1, *, stream_id: UUID | None = None, **more: Any) -> list[FactRow]:
        stream_id = stream_id or uuid4()
        facts = [
            NewFact("case.reviewed", {"n": number, "意见": "同意"}, AT) for number in range(1, count + 1)
        ]
        values = {"tenant_id": 1, "stream_kind": "case", "principal": "user:1", "at": AT, "facts": facts}
        return actions.append(stream_id=stream_id, **(values | more))

    return append
