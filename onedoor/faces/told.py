"""Which messages concern whoever is signed in, and how many of them wait to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import CaseLine
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import queries as people
from onedoor.faces.access import now, principal_of

#: The newest cases whose messages are looked at.
MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about: a case, or what was filed as one."""

    id: UUID
    number: str
    service_name: str


def subjects(principal: Principal, at: datetime) -> dict[str, About]:
    """One's own newest cases, and what they were filed with, by how messages name them: those to an agent are apart
    from those to the applicant."""
    page = cases.own_cases(principal, at=at, limit=MOST_CASES)
    lines = [line for line in page.items if line.stage != "draft"]
    acts = any(line.entrustment for line in lines)
    held = people.entrustments_held(principal.user_id, at=at) if acts else ()
    wholes = {line.bundle: line for line in lines if line.bundle is not None}
    known = cases.bundle_briefs(wholes, principal.tenant_id) if wholes else {}
    found = {_name(line, line.id, held): About(line.id, line.number, line.service_name) for line in lines}
    return found | {
        _name(wholes[brief.id], brief.id, held): About(brief.id, brief.number, brief.package_name)
        for brief in known.values()
    }


def _name(line: CaseLine, stream: UUID, held: tuple[UUID, ...]) -> str:
    return f"{'agent' if line.entrustment in held else 'case'}:{stream}"


def unread(request: HttpRequest) -> int | str:
    """How many messages wait to be read, "" for none; counted once for a page. A page that tells of a fault is drawn
    without it."""
    principal = principal_of(request)
    if principal is None:
        return ""
    if not hasattr(request, "_unread"):
        try:
            about = tuple(subjects(principal, now()))
            count = notices.unread(principal.tenant_id, about, owner=principal.key)
        except DatabaseError:
            count = 0
        request._unread = count  # type: ignore[attr-defined]
    return request._unread or ""  # type: ignore[attr-defined]


def all_read(request: HttpRequest) -> None:
    """The page that is about to be drawn shows the messages themselves."""
    request._unread = 0  # type: ignore[attr-defined]
