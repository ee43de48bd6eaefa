"""The hand-written statements of the action path: one locking read, one write.

Everything an act changes in the database is one statement, so that an act costs two round trips beside its
transaction. Reading rows of other rooms happens here only through what those rooms publish.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from onedoor.domain.journal.actions import APPEND_IF, append_cte, append_values
from onedoor.domain.journal.terms import FactRow
from onedoor.domain.offices.queries import CALENDAR_VERSION_SQL, Recognition
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people.queries import AGENCY_SQL, agency_from
from onedoor.domain.people.terms import Agency
from onedoor.plumbing.database.prepared import affected, fetch_one, prepared_cursor

from .engine.codec import state_from_json
from .engine.terms import Stage, State
from .rules import Derived, Standing

_COLUMNS = f"""c.id, c.tenant_id, c.number, c.version_id, c.service_name, c.seq, c.head_hash, c.engine,
       c.wrapped_key, c.dossier_version, c.lead_department, c.departments, c.place_code, c.applicant_user_id,
       c.query_hash, c.created_by, {CALENDAR_VERSION_SQL.format("c.tenant_id")},
       {AGENCY_SQL.format("c.entrustment_id")}"""
_LOCK_BY_NUMBER = f"SELECT {_COLUMNS} FROM cases_case c WHERE c.number = %s FOR UPDATE OF c"
_LOCK_BY_ID = f"SELECT {_COLUMNS} FROM cases_case c WHERE c.id = %s FOR UPDATE OF c SKIP LOCKED"
_READ_BY_NUMBER = f"SELECT {_COLUMNS} FROM cases_case c WHERE c.number = %s"

_SET = """SET
    stage = %s, seq = %s, head_hash = %s, engine = %s, work = %s, dossier_version = %s,
    calendar_version = %s, received_at = %s, accepted_at = %s, decided_at = %s, concluded_at = %s, due_at = %s,
    next_alarm_at = %s, overdue = %s"""
_UPDATE = f"UPDATE cases_case {_SET}\nWHERE id = %s"

#: The case, if it still is as it was read. It is locked before anything is written, so that an act and a sweep
#: never wait for each other.
_HELD = "held AS MATERIALIZED (SELECT id FROM cases_case WHERE id = %s AND seq = %s FOR UPDATE)"
_DOSSIER = "dossier AS (INSERT INTO cases_dossier (case_id, version, kind, sealed) {})"
_IF_UNMOVED = f"WITH {_HELD}, {APPEND_IF.format(source='held')}"
_UPDATE_HELD = f"UPDATE cases_case {_SET}\nFROM held WHERE cases_case.id = held.id"
_WRITE_IF_UNMOVED = f"{_IF_UNMOVED}\n{_UPDATE_HELD}"
_WRITE_IF_UNMOVED_WITH_DOSSIER = (
    f"{_IF_UNMOVED}, {_DOSSIER.format('SELECT id, %s, %s, %s FROM held')}\n{_UPDATE_HELD}"
)


@cache
def _write_statement(facts: int, dossier: int) -> str:
    """The one statement that writes so many facts and dossier versions."""
    parts = append_cte(facts)
    if dossier:
        rows = ", ".join(["(%s, %s, %s, %s)"] * dossier)
        parts += f", {_DOSSIER.format(f'VALUES {rows}')}"
    return f"WITH {parts}\n{_UPDATE}"


@dataclass(frozen=True, slots=True)
class Locked:
    """A case row as the action path reads it."""

    id: UUID
    tenant_id: int
    number: str
    version_id: int
    service_name: str
    seq: int
    head_hash: bytes
    state: State
    wrapped_key: bytes
    dossier_version: int
    lead_department: str
    departments: tuple[str, ...]
    place_code: str
    applicant_user_id: int | None
    query_hash: bytes
    created_by: str
    calendar_version: int
    agency: Agency | None = None

    def standing(self, at: datetime) -> Standing:
        """What permission depends on at `at`; an entrustment that has ended gives none."""
        holds = self.agency is not None and self.agency.ended_by(at) is None
        return Standing(
            self.tenant_id,
            self.lead_department,
            self.departments,
            self.place_code,
            self.applicant_user_id,
            self.created_by if self.state.stage is Stage.DRAFT else None,
            self.agency if holds else None,
        )


@dataclass(frozen=True, slots=True)
class DossierRow:
    """One encrypted version to be written."""

    version: int
    kind: str
    sealed: bytes


def lock_by_number(number: str) -> Locked | None:
    """Lock a case for an act."""
    return _one(_LOCK_BY_NUMBER, number)


def lock_by_id(case_id: UUID) -> Locked | None:
    """Lock a case for the sweep; None also when somebody else is acting on it."""
    return _one(_LOCK_BY_ID, case_id)


def read_by_number(number: str) -> Locked | None:
    """The same without a lock."""
    return _one(_READ_BY_NUMBER, number)


def met(way: Recognition, secret: str, number: str, at: datetime) -> tuple[Principal | None, Locked | None]:
    """Who is recognised by a secret, and the case of this number if anybody is, read at once."""
    row = fetch_one(_met_statement(way.sql), [*way.parameters(secret, at), number])
    if row is None or (who := way.principal(row, at)) is None:
        return None, None
    return who, _locked(row[way.width :]) if row[way.width] is not None else None


@cache
def _met_statement(who: str) -> str:
    return (
        f"SELECT who.*, found.* FROM ({who}) who"
        f" LEFT JOIN (SELECT {_COLUMNS} FROM cases_case c WHERE c.number = %s) found ON true"
    )


def _one(sql: str, key: str | UUID) -> Locked | None:
    row = fetch_one(sql, [key])
    return None if row is None else _locked(row)


def _locked(row: Sequence[Any]) -> Locked:
    engine = json.loads(row[7]) if isinstance(row[7], str) else row[7]
    return Locked(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        bytes(row[6]),
        state_from_json(engine),
        bytes(row[8]),
        row[9],
        row[10],
        tuple(row[11]),
        row[12],
        row[13],
        bytes(row[14]),
        row[15],
        row[16],
        agency_from(row[17]),
    )


def write(case: Locked, rows: Sequence[FactRow], dossier: Sequence[DossierRow], derived: Derived) -> None:
    """Facts, queue, dossier versions and the case row, in one statement; the case has been locked."""
    parameters = [
        *append_values(rows),
        *(value for entry in dossier for value in (case.id, entry.version, entry.kind, entry.sealed)),
        *_row_values(case, rows[-1], dossier, derived),
        case.id,
    ]
    affected(_write_statement(len(rows), len(dossier)), parameters)


def write_if_unmoved(case: Locked, row: FactRow, dossier: Sequence[DossierRow], derived: Derived) -> bool:
    """The same for one fact and one dossier version at most, of a case that was read without a lock; False, with
    nothing written, when it has moved on since.

    Raises django.db.IntegrityError for a command that the stream already holds.
    """
    parameters = [
        case.id,
        case.seq,
        *append_values([row]),
        *(value for entry in dossier for value in (entry.version, entry.kind, entry.sealed)),
        *_row_values(case, row, dossier, derived),
    ]
    return bool(affected(_WRITE_IF_UNMOVED_WITH_DOSSIER if dossier else _WRITE_IF_UNMOVED, parameters))


def _row_values(case: Locked, last: FactRow, dossier: Sequence[DossierRow], derived: Derived) -> list[Any]:
    """The parameters of `_SET`."""
    return [
        derived.stage,
        last.seq,
        last.hash,
        json.dumps(derived.engine, ensure_ascii=False),
        derived.work,
        dossier[-1].version if dossier else case.dossier_version,
        case.calendar_version,
        derived.received_at,
        derived.accepted_at,
        derived.decided_at,
        derived.concluded_at,
        derived.due_at,
        derived.next_alarm_at,
        derived.overdue,
    ]


_NAME_ON_ROW = """UPDATE cases_case SET applicant_kind = %s, applicant_name = %s,
    subject_id = coalesce(%s, subject_id), applicant_user_id = coalesce(%s, applicant_user_id)
WHERE id = %s"""


def name_on_row(case: Locked, kind: str, name: str, subject: int | None, account: int | None) -> None:
    """Let the row show who applies; None keeps the subject or account that is there."""
    with prepared_cursor() as cursor:
        cursor.execute(_NAME_ON_ROW, [kind, name, subject, account, case.id])


_UNDER_ENTRUSTMENT = "UPDATE cases_case SET entrustment_id = %s, applicant_user_id = %s WHERE id = %s"


def put_under(case: Locked, entrustment: UUID, owner: int | None) -> None:
    """Let an agent act in a case that is being handed in; `owner` is the account of the applicant, if any."""
    with prepared_cursor() as cursor:
        cursor.execute(_UNDER_ENTRUSTMENT, [entrustment, owner, case.id])


_REFRESH = """UPDATE cases_case SET calendar_version = %s, due_at = %s, next_alarm_at = %s
WHERE id = %s AND (calendar_version, due_at, next_alarm_at) IS DISTINCT FROM (%s, %s, %s)"""


def refresh(case: Locked, derived: Derived) -> None:
    """Bring the dates of a row up to date with the calendar edition in force; no fact, nothing happened."""
    dates = [case.calendar_version, derived.due_at, derived.next_alarm_at]
    with prepared_cursor() as cursor:
        cursor.execute(_REFRESH, [*dates, case.id, *dates])
