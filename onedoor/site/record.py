"""Which supervisor holds a home: a lock while it lives, and beside it a record of what it serves."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

from onedoor.plumbing.home import Home


def running(home: Home) -> dict[str, Any] | None:
    """What runs in this home: `{"pid", "url", "token"}`, or None. Also None for a supervisor that was killed."""
    try:
        with (home.root / "up.lock").open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return record(home)
    except OSError:
        return None
    return None


def record_path(home: Home) -> Path:
    return home.root / "up.json"


def record(home: Home) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(record_path(home).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def write_record(home: Home, told: dict[str, Any]) -> None:
    path = record_path(home)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(told), "utf-8")
    draft.chmod(0o600)
    draft.replace(path)
