"""Sealing and opening what was written in a case.

A dossier version is canonical JSON with a random salt, encrypted under the case's own key. The fact that belongs
to it carries the salted SM3, so that a change is seen although the fact says nothing about a person.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from onedoor.plumbing.crypto import Keyring, open_, seal, sm3

from .models import Dossier
from .statements import DossierRow

SALT_BYTES = 16
#: The dossier kind that holds the application; every other kind is named after its verb.
APPLICATION = "application"


def enclose(
    *, case_id: UUID, wrapped_key: bytes, version: int, kind: str, content: Mapping[str, Any]
) -> tuple[DossierRow, dict[str, Any]]:
    """Encrypt one version; returns the row and what the fact says of it: `{version, kind, digest}`."""
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    plaintext = secrets.token_bytes(SALT_BYTES) + body
    key = Keyring.current().unwrap(wrapped_key)
    row = DossierRow(version, kind, seal(key, plaintext, _place(case_id, version)))
    return row, {"version": version, "kind": kind, "digest": sm3(plaintext).hex()}


def disclose(*, case_id: UUID, wrapped_key: bytes, versions: set[int] | None = None) -> dict[int, Any]:
    """Decrypt versions of a case's dossier (all of them for None), by version."""
    rows = Dossier.objects.filter(case_id=case_id)
    if versions is not None:
        rows = rows.filter(version__in=versions)
    key = Keyring.current().unwrap(wrapped_key)
    return {
        row.version: opened(key, case_id, row.version, bytes(row.sealed)) for row in rows.order_by("version")
    }


def digest_of(*, case_id: UUID, wrapped_key: bytes, version: int) -> str | None:
    """The salted SM3 of a stored version in hexadecimal, to compare with its fact; None if it is gone."""
    row = Dossier.objects.filter(case_id=case_id, version=version).first()
    if row is None:
        return None
    key = Keyring.current().unwrap(wrapped_key)
    return sm3(open_(key, bytes(row.sealed), _place(case_id, version))).hex()


def opened(key: bytes, case_id: UUID, version: int, sealed: bytes) -> Any:
    """What is sealed in a version of this case or bundle."""
    plaintext = open_(key, sealed, _place(case_id, version))
    return json.loads(plaintext[SALT_BYTES:])


def _place(case_id: UUID, version: int) -> bytes:
    """Binds a ciphertext to its case and version, so that rows cannot be exchanged."""
    return case_id.bytes + version.to_bytes(4, "big")
