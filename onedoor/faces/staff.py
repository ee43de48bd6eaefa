"""What every staff page shares: who may enter, the navigation, where somebody belongs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import MOST_COUNTED
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import STAFF_ROLES, Access, principal_of

SIGN_IN = "/desk/login"
#: Everybody who works here; what may be seen and done is decided case by case.
STAFF = Access(roles=STAFF_ROLES, sign_in=SIGN_IN)
#: Those who receive applications.
COUNTER_ROLES = frozenset({Role.CLERK, Role.TOWN})
COUNTER = Access(roles=COUNTER_ROLES, sign_in=SIGN_IN)
#: Those who watch over time limits.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.DIRECTOR})
OVERSIGHT = Access(roles=OVERSEERS, sign_in=SIGN_IN)
#: Those who move cases on.
WORKERS = COUNTER_ROLES | {Role.REVIEWER, Role.DECIDER, Role.HEAD, Role.ISSUER}

#: Those who manage accounts, and those who read what everybody did with theirs.
ACCOUNT_KEEPERS = frozenset({Role.ADMIN, Role.SECURITY})
AUDITORS = frozenset({Role.AUDITOR})
#: Those who keep the catalogue and the words by which it is found.
EDITORS = frozenset({Role.EDITOR})


def home_of(principal: Principal) -> str:
    """Where somebody begins: at the inbox, or over the limits, the accounts or the log if that is all their work."""
    if not principal.has(*WORKERS, *OVERSEERS):
        for roles, place in (
            (ACCOUNT_KEEPERS, "/desk/staff"),
            (AUDITORS, "/desk/audit"),
            (EDITORS, "/desk/items"),
        ):
            if principal.has(*roles):
                return place
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
            "keeps_accounts": principal.has(*ACCOUNT_KEEPERS),
            "audits": principal.has(*AUDITORS),
            "home": home_of(principal),
            "operates": principal.has(Role.ADMIN),
            "keeps_words": principal.has(Role.EDITOR),
            "reads_catalogue": principal.has(Role.EDITOR, *OVERSEERS),
            "cleans": principal.has(Role.EDITOR, Role.HEAD, *OVERSEERS),
            "waiting": _waiting(principal, words),
        }
    return render(request, template, words, status=status)


def _waiting(principal: Principal, words: dict[str, Any]) -> str | None:
    """How many cases wait, as the navigation tells it; a page that has counted them says so itself."""
    if not principal.has(*WORKERS):
        return None
    return words["waiting"] if "waiting" in words else count_words(cases.inbox_count(principal))


def count_words(number: int) -> str:
    """A count as pages show it: beyond what is counted it says so."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else f"{number:,}"
