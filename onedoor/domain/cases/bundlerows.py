"""Reading and writing the rows of bundles, and what is sealed with them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from onedoor.core.numbers import normalise_query_code
from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import queries as people
from onedoor.domain.people.terms import Agency
from onedoor.plumbing.crypto import Keyring

from . import rules
from .bundles import BundleState, Noted, fold, member_from_json, member_to_json
from .dossiers import APPLICATION, enclose, opened
from .events import BUNDLE_STREAM
from .models import Bundle, BundleDossier
from .terms import BundleStage, Holder, Once

#: What stands in a bundle's number where a case has the letters of its department.
PREFIX: Final = "YJS"
_PREFIX_AT: Final = slice(14, 14 + len(PREFIX))


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle as its row tells it."""

    id: UUID
    tenant_id: int
    number: str
    query_hash: bytes
    package_code: str
    package_name: str
    state: BundleState
    lead_department: str
    departments: tuple[str, ...]
    place_code: str
    channel: str
    applicant_user_id: int | None
    subject_id: int | None
    entrustment_id: UUID | None
    created_by: str
    wrapped_key: bytes
    dossier_version: int
    saved_at: datetime
    agency: Agency | None = None

    def standing(self, at: datetime) -> rules.Standing:
        """What permission depends on at `at`; an entrustment that has ended gives none."""
        holds = self.agency is not None and self.agency.ended_by(at) is None
        draft = self.state.stage in (BundleStage.DRAFT, BundleStage.WITHDRAWN)
        return rules.Standing(
            self.tenant_id,
            self.lead_department,
            self.departments,
            self.place_code,
            self.applicant_user_id,
            self.created_by if draft else None,
            self.agency if holds else None,
        )


def looks_like(number: str) -> bool:
    """Whether a number has the shape of a bundle's; one that has it need not be one."""
    return number[_PREFIX_AT] == PREFIX


def read(number: str) -> BundleRow | None:
    """A bundle by its number."""
    return _row(Bundle.objects.filter(number=number).first()) if looks_like(number) else None


def lock(number: str) -> BundleRow | None:
    """A bundle by its number, locked for an act."""
    return _row(Bundle.objects.select_for_update().filter(number=number).first())


def read_by_id(bundle_id: UUID) -> BundleRow | None:
    """A bundle by its id."""
    return _row(Bundle.objects.filter(pk=bundle_id).first())


def lock_by_id(bundle_id: UUID) -> BundleRow | None:
    """A bundle by its id, locked for what is learned of a member."""
    return _row(Bundle.objects.select_for_update().filter(pk=bundle_id).first())


def row_of(found: Bundle) -> BundleRow:
    """A bundle as read from its table."""
    return BundleRow(
        id=found.id,
        tenant_id=found.tenant_id,
        number=found.number,
        query_hash=bytes(found.query_hash),
        package_code=found.package_code,
        package_name=found.package_name,
        state=BundleState(
            seq=found.seq,
            stage=BundleStage(found.stage),
            package_number=found.package_number,
            members=tuple(member_from_json(member) for member in found.members),
            filed_at=found.filed_at,
            concluded_at=found.concluded_at,
            entrustment=str(found.entrustment_id or ""),
        ),
        lead_department=found.lead_department,
        departments=tuple(found.departments),
        place_code=found.place_code,
        channel=found.channel,
        applicant_user_id=found.applicant_user_id,
        subject_id=found.subject_id,
        entrustment_id=found.entrustment_id,
        created_by=found.created_by,
        wrapped_key=bytes(found.wrapped_key),
        dossier_version=found.dossier_version,
        saved_at=found.saved_at,
        agency=_agency(found.entrustment_id) if found.entrustment_id else None,
    )


def _agency(entrustment: UUID) -> Agency | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {people.AGENCY_SQL.format('%s')}", [entrustment])
        (found,) = cursor.fetchone()
    return people.agency_from(found)


def _row(found: Bundle | None) -> BundleRow | None:
    return row_of(found) if found is not None else None


def seen(bundle: BundleRow | None, actor: Principal | Holder, at: datetime) -> BundleRow:
    """The bundle, if it exists for this actor at `at`. Raises Refused("case_not_found", 404)."""
    if bundle is not None:
        if isinstance(actor, Holder):
            if holds_code(bundle, actor.query_code):
                return bundle
        elif rules.may_see(actor, bundle.standing(at)):
            return bundle
    raise Refused("case_not_found", "没有找到这个办件，请核对办件编号。", status=404)


def holds_code(bundle: BundleRow, query_code: str) -> bool:
    """Whether this is the bundle's query code; compared in constant time."""
    try:
        code = normalise_query_code(query_code)
    except Refused:
        return False
    given = Keyring.current().blind("query-code", bundle.number + code)
    return hmac.compare_digest(given, bundle.query_hash)


@dataclass(frozen=True, slots=True)
class Writing:
    """Who is recorded for facts of a bundle, when, and the command they answer."""

    principal: str
    recorded_at: datetime
    once: Once | None = None


def write(
    bundle: BundleRow,
    facts: Sequence[Noted],
    by: Writing,
    *,
    content: Mapping[str, Any] | None = None,
    **columns: Any,
) -> BundleState:
    """Append facts to a bundle that is locked or new, with a new version of its application, if there is one, and
    bring the row up to date; `columns` are those that facts do not tell."""
    noted: dict[str, Any] = {}
    if content is not None:
        row, told = enclose(
            case_id=bundle.id,
            wrapped_key=bundle.wrapped_key,
            version=bundle.dossier_version + 1,
            kind=APPLICATION,
            content=content,
        )
        BundleDossier.objects.create(
            bundle_id=bundle.id, version=row.version, kind=row.kind, sealed=row.sealed
        )
        noted = {"dossier": told}
        columns |= {"dossier_version": row.version, "saved_at": by.recorded_at}
    rows = journal.append(
        stream_id=bundle.id,
        tenant_id=bundle.tenant_id,
        stream_kind=BUNDLE_STREAM,
        principal=by.principal,
        at=by.recorded_at,
        facts=[
            NewFact(fact.kind, {**fact.data, **(noted if at == 0 else {})}, fact.effective_at)
            for at, fact in enumerate(facts)
        ],
        command_id=by.once.command_id if by.once else None,
        command_hash=by.once.command_hash if by.once else None,
    )
    state = fold(facts, bundle.state)
    Bundle.objects.filter(pk=bundle.id).update(head_hash=rows[-1].hash, **derived(state), **columns)
    return state


def derived(state: BundleState) -> dict[str, Any]:
    """The columns of a row that its facts tell."""
    return {
        "seq": state.seq,
        "stage": state.stage.value,
        "package_number": state.package_number,
        "members": [member_to_json(member) for member in state.members],
        "filed_at": state.filed_at,
        "concluded_at": state.concluded_at,
        "entrustment_id": UUID(state.entrustment) if state.entrustment else None,
    }


def application(bundle: BundleRow) -> dict[str, Any]:
    """The latest application of a bundle, in clear."""
    row = BundleDossier.objects.filter(bundle_id=bundle.id).order_by("-version").first()
    if row is None:
        return {}
    content: dict[str, Any] = opened(
        Keyring.current().unwrap(bundle.wrapped_key), bundle.id, row.version, bytes(row.sealed)
    )
    return content
