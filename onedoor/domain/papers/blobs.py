"""Where file contents lie: content-addressed by SM3, encrypted, and safe on disk before anything commits.

A stored file is an envelope: the data key wrapped by the home's master key, then the content sealed with that
data key and bound to its digest. So a file can be moved, copied and backed up without being readable, and one
that was changed, swapped or cut does not open.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from onedoor.domain.papers.terms import BlobDamaged
from onedoor.plumbing.crypto import Keyring, Unreadable, new_data_key, open_, seal, sm3
from onedoor.plumbing.home import Home

#: Opens every envelope; the last byte is the layout's version.
_MAGIC: Final = b"ODB\x01"
_LENGTH_BYTES: Final = 2


class BlobStore(Protocol):
    """Keeps opaque bytes under a hex digest. `put` returns only when they would survive a power cut."""

    def put(self, digest: str, envelope: bytes) -> None:
        """Store, replacing what lay there (equal digests have equal contents)."""
        ...

    def get(self, digest: str) -> bytes | None:
        """What was put, or None if nothing lies there."""
        ...

    def delete(self, digest: str) -> None:
        """Forget; nothing happens if nothing lies there."""
        ...


class DirectoryStore:
    """A `BlobStore` in one directory tree, two levels deep so that no directory grows too wide."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, digest: str, envelope: bytes) -> None:
        """Write beside the goal, flush to disk, then move into place and flush the directories."""
        path = self._path(digest)
        self._make_directories(path.parent)
        temporary = path.with_name(f".{digest}.{secrets.token_hex(8)}")
        try:
            _write_through(temporary, envelope)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _flush_directory(path.parent)

    def get(self, digest: str) -> bytes | None:
        """The stored envelope, or None."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, digest: str) -> None:
        """Remove the file and make the removal durable."""
        path = self._path(digest)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _flush_directory(path.parent)

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("a digest has 64 lower-case hex digits")
        return self.root / digest[:2] / digest[2:4] / digest

    def _make_directories(self, directory: Path) -> None:
        """A new directory is durable only once its parent has been flushed."""
        missing = [each for each in (self.root, directory.parent, directory) if not each.is_dir()]
        for each in missing:
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            _flush_directory(each.parent)


def _write_through(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def current_store() -> BlobStore:
    """The store of this process's home."""
    return _directory_store(Home.current().blobs)


@lru_cache(maxsize=4)
def _directory_store(root: Path) -> DirectoryStore:
    return DirectoryStore(root)


def enclose(content: bytes, bound_to: bytes) -> bytes:
    """Encrypt under a fresh data key that travels along, wrapped; `bound_to` ties it to its place."""
    data_key = new_data_key()
    wrapped = Keyring.current().wrap(data_key)
    return _MAGIC + len(wrapped).to_bytes(_LENGTH_BYTES) + wrapped + seal(data_key, content, bound_to)


def disclose(envelope: bytes, bound_to: bytes) -> bytes:
    """The content of an envelope. Raises `Unreadable` unless bytes, key and place are the same."""
    start = len(_MAGIC) + _LENGTH_BYTES
    if len(envelope) < start or not envelope.startswith(_MAGIC):
        raise Unreadable("not an envelope of this house")
    end = start + int.from_bytes(envelope[len(_MAGIC) : start])
    return open_(Keyring.current().unwrap(envelope[start:end]), envelope[end:], bound_to)


def keep(content: bytes) -> str:
    """Store `content` durably and return its hex digest."""
    digest = sm3(content).hex()
    current_store().put(digest, enclose(content, bytes.fromhex(digest)))
    return digest


def fetch(digest: str) -> bytes:
    """The content stored under a digest. Raises `BlobDamaged` if it is missing or not what was stored."""
    envelope = current_store().get(digest)
    if envelope is None:
        raise BlobDamaged(digest, "missing from the store")
    try:
        content = disclose(envelope, bytes.fromhex(digest))
    except Unreadable as fault:
        raise BlobDamaged(digest, str(fault)) from fault
    if sm3(content).hex() != digest:
        raise BlobDamaged(digest, "the content has another digest")
    return content
