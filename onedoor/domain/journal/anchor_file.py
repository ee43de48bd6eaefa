"""The file outside the database to which every anchor is appended: one JSON object a line, oldest first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from onedoor.domain.journal.canonical import encode, stamp
from onedoor.domain.journal.terms import Anchor

#: Longer than any line, so that the end of the file suffices to read the newest anchor.
_TAIL_BYTES = 4096


def payload(anchor: Anchor) -> bytes:
    """What is signed: canonical JSON of every value but the signature."""
    return encode(_signed_values(anchor)).encode()


def lines(path: Path) -> Iterator[Anchor | None]:
    """The anchors of the file in order, None for a line that is none; nothing if there is no file.

    A last line without its end is a write that was cut off before its anchor became valid, and is left out.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _parse(line)


def newest(path: Path) -> Anchor | None:
    """The last complete anchor of the file, None if there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        complete = file.read().split(b"\n")[:-1]
    return _parse(complete[-1]) if complete else None


def append(path: Path, anchor: Anchor) -> None:
    """Add an anchor durably: it is on the disk when this returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    created = not path.exists()
    with path.open("r+b" if not created else "x+b") as file:
        _drop_torn_line(file.fileno())
        file.seek(0, os.SEEK_END)
        file.write(_line(anchor))
        file.flush()
        os.fsync(file.fileno())
    if created:
        _sync_folder(path.parent)


def _line(anchor: Anchor) -> bytes:
    return encode(_signed_values(anchor) | {"signature": anchor.signature.hex()}).encode() + b"\n"


def _signed_values(anchor: Anchor) -> dict[str, Any]:
    return {
        "number": anchor.number,
        "at": stamp(anchor.at),
        "position": anchor.position,
        "leaves": anchor.leaves,
        "root": anchor.root.hex(),
        "previous_root": anchor.previous_root.hex(),
    }


def _parse(line: bytes) -> Anchor | None:
    try:
        values = json.loads(line)
        return Anchor(
            number=int(values["number"]),
            at=datetime.fromisoformat(values["at"]),
            position=int(values["position"]),
            leaves=int(values["leaves"]),
            root=bytes.fromhex(values["root"]),
            previous_root=bytes.fromhex(values["previous_root"]),
            signature=bytes.fromhex(values["signature"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _drop_torn_line(handle: int) -> None:
    """Cut off what a crash left of a line, so that the next one starts at its own."""
    size = os.fstat(handle).st_size
    start = max(0, size - _TAIL_BYTES)
    tail = os.pread(handle, _TAIL_BYTES, start)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, start + tail.rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
