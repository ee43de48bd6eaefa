"""The list of cases that the desk and the watch share: narrowed as the address asks, a page at a time."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from onedoor.domain.cases import queries as cases
from onedoor.domain.offices.terms import Principal

from . import casefilters
from .casework import listed, onward
from .staff import count_words

#: Rows on a page.
PAGE = 50


def asked_list(
    request: HttpRequest,
    principal: Principal,
    place: str,
    at: datetime,
    departments: dict[str, str] | None = None,
) -> dict[str, object]:
    """What the template of a list needs: newest first, what presses by time left. Raises Refused: date_malformed."""
    asked, cursor = casefilters.read(request, principal, at), request.GET.get("cursor", "")
    urgent = casefilters.by_due(asked)
    found = cases.cases(principal, at=at, asked=asked.filter, by_due=urgent, limit=PAGE, cursor=cursor)
    return {
        **casefilters.controls(asked, principal),
        "tabs": casefilters.tabs(asked, principal, place),
        "kept": asked.kept,
        "amount": count_words(cases.case_count(principal, at=at, asked=asked.filter)),
        "rows": listed(found.items, departments, tenant_id=principal.tenant_id),
        "caption": "在办的办件，按剩余时间排列" if urgent else "办件，新的在前",
        "next_url": onward(
            casefilters.PLACES[place], {**asked.given, "filter": asked.kept}, found.next_cursor
        ),
        "first_url": casefilters.onto(place, **asked.given, filter=asked.kept) if cursor else "",
    }
