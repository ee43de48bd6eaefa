"""What an applicant has mended so far in a correction that has not been sent.

It is no act: the office sees nothing of it, no fact tells of it, and it is gone with the correction. So it lies beside
the dossier, one row a case, sealed under the case's own key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Keyring, open_, seal

from .engine.terms import Stage
from .filing import materials_from
from .models import Case, KeptCorrection
from .statements import Locked
from .terms import MaterialGiven

#: The longest that is kept, in characters of JSON.
MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Mended:
    """Answers as they were typed, by field code, and materials with their files. Nothing of it has been checked."""

    form: Mapping[str, Any]
    materials: tuple[MaterialGiven, ...]
    saved_at: datetime


def keep(case: Locked, version: ServiceVersion, given: Mapping[str, Any], at: datetime) -> None:
    """Keep what is `given` (as in the payload of `correct`) in place of the same parts kept before.

    Answers and materials that the version does not know are left out. Raises Refused("correction_too_long").
    """
    fields = {field.code for section in version.sections for field in section.fields}
    codes = {material.code for material in version.materials}
    former = _content(case)
    materials = {entry["code"]: entry for entry in former.get("materials", ())}
    materials |= {entry["code"]: entry for entry in given.get("materials", ())}
    content = {
        "form": {
            code: value
            for code, value in {**former.get("form", {}), **given.get("form", {})}.items()
            if code in fields
        },
        "materials": [entry for code, entry in materials.items() if code in codes],
    }
    text = json.dumps(content, ensure_ascii=False)
    if len(text) > MOST:
        raise Refused("correction_too_long", "填写的内容太长，没有保存，请精简后再填。")
    sealed = seal(Keyring.current().unwrap(case.wrapped_key), text.encode(), _place(case.id))
    kept = {"sealed": sealed, "saved_at": at}
    KeptCorrection.objects.update_or_create(case_id=case.id, defaults=kept)


def kept(case: Locked) -> Mended | None:
    """What is kept of this case's correction; None if nothing is."""
    row = KeptCorrection.objects.filter(case_id=case.id).first()
    if row is None:
        return None
    content = _opened(case, row)
    return Mended(content["form"], materials_from(content["materials"]), row.saved_at)


def correction_terms(principal: Principal, numbers: Iterable[str]) -> dict[str, date]:
    """By when cases of this county are to be corrected, by number; those that wait for no correction are left out."""
    rows = Case.objects.filter(
        tenant_id=principal.tenant_id,
        number__in=list(numbers),
        stage=Stage.CORRECTING.value,
        engine__correct_by__isnull=False,
    )
    found = rows.values_list("number", "engine__correct_by")
    return {number: date.fromisoformat(last) for number, last in found}


def forget(case_id: UUID) -> None:
    """Drop what is kept: the correction is over."""
    KeptCorrection.objects.filter(case_id=case_id).delete()


def _content(case: Locked) -> dict[str, Any]:
    row = KeptCorrection.objects.filter(case_id=case.id).first()
    return _opened(case, row) if row else {}


def _opened(case: Locked, row: KeptCorrection) -> dict[str, Any]:
    key = Keyring.current().unwrap(case.wrapped_key)
    content: dict[str, Any] = json.loads(open_(key, bytes(row.sealed), _place(case.id)))
    return content


def _place(case_id: UUID) -> bytes:
    """Binds the ciphertext to its case and keeps it apart from the versions of the dossier."""
    return case_id.bytes + b"correction"
