"""What every staff page shares: who may enter, the navigation, where somebody belongs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onedoor.domain.cases import queries as cases
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import STAFF_ROLES, Access, principal_of

SIGN_IN = "/desk/login"
#: Everybody who works here; what may be seen and done is decided case by case.
STAFF = Access(roles=STAFF_ROLES, sign_in=SIGN_IN)
#: Those who receive applications.
COUNTER_ROLES = frozenset({Role.CLERK, Role.TOWN})
COUNTER = Access(roles=COUNTER_ROLES, sign_in=SIGN_IN)
#: Those who watch over time limits.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.DIRECTOR, Role.AUDITOR})
OVERSIGHT = Access(roles=OVERSEERS, sign_in=SIGN_IN)
#: Those who move cases on.
WORKERS = COUNTER_ROLES | {Role.REVIEWER, Role.DECIDER, Role.HEAD, Role.ISSUER}


def home_of(principal: Principal) -> str:
    """Where somebody begins: at the inbox, or over the limits if that is all their work."""
    return "/watch/" if principal.has(*OVERSEERS) and not principal.has(*WORKERS) else "/desk/"


def page(request: HttpRequest, template: str, words: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A staff page with its navigation."""
    principal = principal_of(request)
    if principal is not None:
        words = {
            **words,
            "receives": principal.has(*COUNTER_ROLES),
            "works": principal.has(*WORKERS),
            "watches": principal.has(*OVERSEERS),
            "operates": principal.has(Role.ADMIN),
            "waiting": cases.inbox_count(principal) if principal.has(*WORKERS) else None,
        }
    return render(request, template, words, status=status)
