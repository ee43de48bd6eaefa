"""Files on their way into the catalogue: sealed piece by piece under a key of their own, and gone when they are done.

A file is the wrapped key, then pieces, each with its length before it and bound to its file, its place and whether it
is the last: one that was cut, swapped or changed does not open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from onedoor.plumbing.crypto import Keyring, Unreadable, new_data_key, open_, seal
from onedoor.plumbing.home import Home

#: What lies here of a batch: the file itself, and its faulty rows as a workbook.
TAKEN, FAULTS = "taken", "faults"
_PIECE = 1 << 20
_LENGTH = 4


def folder() -> Path:
    """Where the files lie."""
    return Home.current().state / "imports"


def keep(batch: UUID, kind: str, chunks: Iterable[bytes]) -> None:
    """Write a file, whole or not at all."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(batch, kind)
    draft = path.with_suffix(".part")
    key = new_data_key()
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            wrapped = Keyring.current().wrap(key)
            file.write(len(wrapped).to_bytes(_LENGTH) + wrapped)
            for place, (piece, last) in enumerate(_pieces(chunks)):
                sealed = seal(key, piece, _bound(batch, kind, place, last))
                file.write(len(sealed).to_bytes(_LENGTH) + sealed)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def fetch(batch: UUID, kind: str) -> bytes | None:
    """What was kept, None if it is gone. Raises `Unreadable` if it is not what was kept."""
    try:
        with _path(batch, kind).open("rb") as file:
            key = Keyring.current().unwrap(_next(file))
            pieces: list[bytes] = []
            sealed = _next(file)
            while sealed:
                following = _next(file)
                pieces.append(open_(key, sealed, _bound(batch, kind, len(pieces), not following)))
                sealed = following
    except FileNotFoundError:
        return None
    if not pieces:
        raise Unreadable("a file without pieces")
    return b"".join(pieces)


def drop(batch: UUID, *kinds: str) -> None:
    """Take files of a batch away, all of them unless some are named."""
    for kind in kinds or (TAKEN, FAULTS):
        _path(batch, kind).unlink(missing_ok=True)


def lying(before: datetime) -> Iterator[UUID]:
    """The batches of which something has lain here since before this instant."""
    if not folder().is_dir():
        return
    for path in list(folder().iterdir()):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                try:
                    yield UUID(path.name.partition(".")[0])
                except ValueError:
                    path.unlink()


def _path(batch: UUID, kind: str) -> Path:
    return folder() / f"{batch}.{kind}"


def _bound(batch: UUID, kind: str, place: int, last: bool) -> bytes:
    return b"/".join((b"imports", batch.bytes, kind.encode(), str(place).encode(), b"last" if last else b""))


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The content in pieces of one size, and whether each is the last; one empty piece of nothing."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        while len(rest) > _PIECE:
            yield rest[:_PIECE], False
            rest = rest[_PIECE:]
    yield rest, True


def _next(file: IO[bytes]) -> bytes:
    """The next piece as it lies there, b"" at the end."""
    length = file.read(_LENGTH)
    return file.read(int.from_bytes(length)) if len(length) == _LENGTH else b""
