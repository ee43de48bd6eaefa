"""Processor time of whole process trees, and of everybody else, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Process:
    """One line of /proc: `used` is its own time, `reaped` that of children it has waited for, in ticks."""

    parent: int
    used: int
    reaped: int


def tree_seconds(root: int) -> float:
    """User and system time that a process and all its descendants have used, ended ones included."""
    table = dict(_processes())
    family, found = {root}, True
    while found:
        more = {pid for pid, process in table.items() if process.parent in family} - family
        family |= more
        found = bool(more)
    return sum(table[pid].used + table[pid].reaped for pid in family if pid in table) * _TICK


def machine_seconds() -> float:
    """Time that all processors together have not been idle, time stolen by other guests included."""
    fields = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, irq, soft_irq, stolen = map(int, fields)
    return (user + nice + system + irq + soft_irq + stolen) * _TICK


def _processes() -> Iterator[tuple[int, _Process]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                text = Path(entry.path, "stat").read_text("utf-8", "replace")
                fields = text.rpartition(")")[2].split()
                used, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
                yield int(entry.name), _Process(int(fields[1]), used, reaped)
