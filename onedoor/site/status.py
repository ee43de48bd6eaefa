"""What the status page shows: the checks, looked at afresh at most every few seconds however many watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from onedoor.plumbing.home import Home
from onedoor.site.checkup import Section, sections

#: An answer this young is given again.
FRESH: Final = timedelta(seconds=8)

_last: tuple[datetime, tuple[Section, ...]] | None = None


def look() -> tuple[datetime, tuple[Section, ...]]:
    """When this process last looked, and what it found."""
    global _last
    at = datetime.now(UTC)
    if _last is None or not timedelta(0) <= at - _last[0] < FRESH:
        _last = (at, sections(Home.current()))
    return _last
