"""Who sends a request: session or token, account and grants, in one statement."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from onedoor.plumbing.database.prepared import fetch_one

from . import policy, rules
from .terms import APPLICANTS_WAYS, TWO_FACTORS, Grant, Principal, Role

_PRINCIPAL: Final = """
SELECT u.id, u.tenant_id, u.name, u.username,
       coalesce(json_agg(json_build_array(g.role, g.department, g.place)) FILTER (WHERE g.id IS NOT NULL), '[]'),
       {more}
FROM {table} s
JOIN offices_user u ON u.id = s.user_id
LEFT JOIN offices_rolegrant g ON g.user_id = u.id
WHERE s.digest = %s AND u.is_active AND {holds}
GROUP BY u.id, s.digest
"""
#: Parameters: digest, now, the latest instant at which a session that has idled for too long was seen.
_BY_SESSION: Final = _PRINCIPAL.format(
    table="offices_session",
    more="s.seen_at, s.entered, u.must_change_password, coalesce(u.password_set_at, u.created_at)",
    holds="s.expires_at > %s AND s.seen_at > %s",
)
#: Parameters: digest, now.
_BY_TOKEN: Final = _PRINCIPAL.format(
    table="offices_apitoken", more="s.used_at", holds="(s.expires_at IS NULL OR s.expires_at > %s)"
)


def principal_by_session(secret: str, *, at: datetime) -> Principal | None:
    """The account behind a session cookie, with its grants, in one query; None if it does not hold any more."""
    asked = policy.current()
    row = fetch_one(_BY_SESSION, [rules.digest(secret), at, at - asked.longest_idle])
    if row is None:
        return None
    seen_at, entered, must_change, set_at = row[5:]
    idle = asked.idle(applicant=entered in APPLICANTS_WAYS)
    if at - seen_at >= idle:
        return None
    grants = _grants(row[4])
    duty = None
    if entered and entered != "phone":
        duty = rules.duty_of(
            asked,
            must_change=must_change,
            set_at=set_at,
            two_factors=entered in TWO_FACTORS,
            roles={grant.role for grant in grants},
            at=at,
        )
    stale = at - seen_at > min(rules.SEEN_PAUSE, idle / 6)
    return Principal(row[0], row[1], row[2], row[3], grants, "session", duty, stale)


def principal_by_token(secret: str, *, at: datetime) -> Principal | None:
    """The account behind an API token, with its grants, in one query."""
    row = fetch_one(_BY_TOKEN, [rules.digest(secret), at])
    if row is None:
        return None
    stale = row[5] is None or at - row[5] > rules.SEEN_PAUSE
    return Principal(row[0], row[1], row[2], row[3], _grants(row[4]), "token", None, stale)


def _grants(found: Any) -> tuple[Grant, ...]:
    listed = json.loads(found) if isinstance(found, str) else found
    return tuple(Grant(Role(role), department, place) for role, department, place in listed)
