"""What one process leaves in the home for others to read: the worker's heartbeat, the last backup, the last drill.

A trace is a small JSON object in `Home.state`, replaced as a whole. It is news, not truth: whoever finds none, or
one that cannot be read, knows nothing more than that.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from onedoor.plumbing.home import Home

WORKER, BACKUP, DRILL, KEYS, UPGRADE = "worker", "backup", "drill", "keys", "upgrade"


def leave(home: Home, name: str, found: dict[str, Any], *, at: datetime) -> None:
    """Replace the trace `name`. A disk without room leaves the former one; nobody's work stops for it."""
    path = home.state / f"{name}.json"
    draft = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps({"at": at.isoformat(), **found}, ensure_ascii=False), "utf-8")
        draft.chmod(0o600)
        draft.replace(path)


def trace(home: Home, name: str) -> dict[str, Any] | None:
    """The trace `name` with its instant as `at` (aware), or None."""
    try:
        found: dict[str, Any] = json.loads((home.state / f"{name}.json").read_text("utf-8"))
        found["at"] = datetime.fromisoformat(found["at"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found
