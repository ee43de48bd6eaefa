"""The one byte form of a fact, over which its hash is taken.

The form is a JSON array without spaces, keys sorted, characters unescaped, in UTF-8:
`[stream_id, seq, tenant_id, stream_kind, kind, version, effective_at, recorded_at, principal, command_id,
command_hash, data, prev_hash]`; instants in UTC with microseconds, hashes in hex. It must never change: every
stored hash depends on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from onedoor.core.refusals import Refused
from onedoor.plumbing.crypto import sm3

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode

#: The usual classes of values, which need no closer look.
_PLAIN = frozenset((str, int, bool, type(None)))

#: How the encoder writes the NUL character, which PostgreSQL text cannot hold.
_NUL = "\\u0000"


def encode_data(data: Mapping[str, Any]) -> str:
    """Canonical JSON of a fact's data.

    Raises TypeError for what has no canonical form (floats, keys that are no text, foreign types) and
    `Refused` for text that cannot be stored (NUL, unpaired surrogates).
    """
    _check(data)
    body = encode(data)
    _check_text(data, body)
    return body


def encode(data: Any) -> str:
    """Canonical JSON of data that is known to be well-formed, as data read back is."""
    return _encode(data)


def stamp(at: datetime) -> str:
    """An aware instant in UTC with microseconds."""
    if at.tzinfo is None:
        raise TypeError("an instant of the journal must be aware")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def fact_hash(
    *,
    stream_id: UUID,
    seq: int,
    tenant_id: int,
    stream_kind: str,
    kind: str,
    version: int,
    effective_at: datetime,
    recorded_at: datetime,
    principal: str,
    command_id: str | None,
    command_hash: bytes | None,
    body: str,
    prev_hash: bytes,
) -> bytes:
    """SM3 of the canonical form; `body` is the canonical JSON of the data."""
    head = _encode(
        (
            str(stream_id),
            seq,
            tenant_id,
            stream_kind,
            kind,
            version,
            stamp(effective_at),
            stamp(recorded_at),
            principal,
            command_id,
            command_hash.hex() if command_hash is not None else None,
        )
    )
    return sm3(f'{head[:-1]},{body},"{prev_hash.hex()}"]'.encode())


def _check(value: Any) -> None:
    """Only text, whole numbers, truth values, None, lists and text-keyed dicts."""
    if isinstance(value, dict):
        for key in value:
            if key.__class__ is not str and not isinstance(key, str):
                raise TypeError("keys of a fact's data must be text")
        _check_all(value.values())
    elif isinstance(value, (list, tuple)):
        _check_all(value)
    elif not (value is None or isinstance(value, (str, int))):
        raise TypeError(f"{type(value).__name__} has no canonical form; write it as text")


def _check_all(values: Iterable[Any]) -> None:
    for value in values:
        if value.__class__ not in _PLAIN:
            _check(value)


def _check_text(data: Mapping[str, Any], body: str) -> None:
    """Refuse characters that cannot be stored. The cheap look at `body` nearly always suffices."""
    try:
        body.encode()
    except UnicodeEncodeError as fault:
        raise _unwritable() from fault
    if _NUL in body and "\0" in "".join(_texts(data)):
        raise _unwritable()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, (list, tuple)):
        return [text for part in value for text in _texts(part)]
    return []


def _unwritable() -> Refused:
    return Refused("unwritable_text", "内容里有系统无法保存的字符，请删去看不见的特殊字符后重新提交。")
