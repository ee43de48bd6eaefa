"""How much memory an installation takes: what its processes hold alone, and their part of what they share (PSS)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.home import Home
from onedoor.site.children import TOKEN_VARIABLE, survivors
from onedoor.site.supervisor import running

_PROC = Path("/proc")


def installation_bytes(home: Home) -> int:
    """Bytes of everything that runs in this home: supervisor, web, worker, embedded database. 0 when at rest."""
    return sum(proportional(pid) for pids in processes(home).values() for pid in pids)


def processes(home: Home) -> dict[str, list[int]]:
    """Process ids by part: `product` (supervisor, web, worker and what they started) and `database`."""
    record = running(home)
    product = {int(record["pid"]), *survivors(record["token"])} if record else set()
    if record and os.environ.get(TOKEN_VARIABLE) == record["token"]:
        product.add(os.getpid())
    postmaster = EmbeddedCluster(home).pid() if home.pg.is_dir() else None
    database = [postmaster, *children(postmaster)] if postmaster else []
    return {"product": sorted(product - set(database)), "database": database}


def children(parent: int) -> Iterator[int]:
    """Process ids whose parent is `parent`."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
                if int(stat[1]) == parent:
                    yield int(entry.name)


def proportional(pid: int) -> int:
    """The proportional set size of one process in bytes; 0 for one that is gone or not ours to look at."""
    with suppress(OSError, ValueError, StopIteration):
        lines = (_PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024
    return 0


def machine_available() -> int:
    """Bytes the machine can still give without swapping."""
    for line in (_PROC / "meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
