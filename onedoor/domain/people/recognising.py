"""Knowing an applicant again by the identity number."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Final

from onedoor.plumbing.crypto import Keyring
from onedoor.plumbing.database.prepared import fetch_one

from . import rules
from .terms import SubjectRef

_KNOWN: Final = """
    SELECT id, name = %s AND phone_index = %s::bytea FROM people_subject
    WHERE tenant_id = %s AND id_index = %s::bytea AND id_type = %s AND kind = %s"""

_WRITE: Final = """
    INSERT INTO people_subject AS known (tenant_id, kind, name, id_type, id_cipher, id_index, id_tail_index,
                                         phone_cipher, phone_index, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, id_index, id_type, kind) DO UPDATE
    SET name = excluded.name, phone_cipher = excluded.phone_cipher, phone_index = excluded.phone_index,
        updated_at = excluded.updated_at
    WHERE %s OR NOT EXISTS (SELECT 1 FROM people_verification v WHERE v.subject_id = known.id)
    RETURNING id"""


def recognise(
    *,
    tenant_id: int,
    kind: str,
    name: str,
    id_type: str,
    id_number: str,
    phone: str,
    at: datetime,
    vouched: bool = False,
) -> SubjectRef:
    """The subject with this identity number, made if it is new; its name and telephone become those given.

    A subject for whom an identity service has vouched keeps them, unless it vouches now.
    A subject that is known as given is only read, so that many cases of one body do not wait for each other.
    Raises Refused("identity_malformed") with one problem for each faulty value.
    """
    who = rules.identity(kind=kind, name=name, id_type=id_type, id_number=id_number, phone=phone)
    keyring = Keyring.current()
    indexes = rules.id_index(keyring, who.id_number), rules.phone_index(keyring, who.phone)
    known = fetch_one(
        _KNOWN, [who.name, indexes[1], tenant_id, indexes[0], who.id_type.value, who.kind.value]
    )
    if known and known[1]:
        return SubjectRef(known[0], new=False)
    kept = rules.sealed(keyring, who)
    written = fetch_one(
        _WRITE,
        [tenant_id, who.kind.value, who.name, who.id_type.value, *asdict(kept).values(), at, at, vouched],
    )
    found = written or known
    assert found is not None, "what is not written anew was there"
    return SubjectRef(found[0], new=known is None)
