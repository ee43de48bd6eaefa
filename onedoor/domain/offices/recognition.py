"""Who sends a request: session or token, account and grants, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from onedoor.plumbing.database.prepared import fetch_one

from . import policy, rules
from .terms import APPLICANTS_WAYS, TWO_FACTORS, Grant, Principal, Role

_PRINCIPAL: Final = """
SELECT u.id, u.tenant_id, u.name, u.username,
       ARRAY(SELECT ARRAY[g.role, g.department, g.place] FROM offices_rolegrant g WHERE g.user_id = u.id),
       {more}
FROM {table} s JOIN offices_user u ON u.id = s.user_id
WHERE s.digest = %s AND u.is_active AND {holds}
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


@dataclass(frozen=True, slots=True)
class Recognition:
    """A way to be recognised by a secret, for other rooms' statements: `sql` gives one row of `width` columns for
    who is recognised, with `parameters`; `principal` reads it."""

    sql: str
    width: int
    parameters: Callable[[str, datetime], list[Any]]
    principal: Callable[[Sequence[Any], datetime], Principal | None]


def principal_by_session(secret: str, *, at: datetime) -> Principal | None:
    """The account behind a session cookie, with its grants, in one query; None if it does not hold any more."""
    return _recognised(BY_SESSION, secret, at)


def principal_by_token(secret: str, *, at: datetime) -> Principal | None:
    """The account behind an API token, with its grants, in one query."""
    return _recognised(BY_TOKEN, secret, at)


def _recognised(way: Recognition, secret: str, at: datetime) -> Principal | None:
    row = fetch_one(way.sql, way.parameters(secret, at))
    return None if row is None else way.principal(row, at)


def _session_parameters(secret: str, at: datetime) -> list[Any]:
    return [rules.digest(secret), at, at - policy.current().longest_idle]


def _of_session(row: Sequence[Any], at: datetime) -> Principal | None:
    asked = policy.current()
    seen_at, entered, must_change, set_at = row[5:9]
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


def _token_parameters(secret: str, at: datetime) -> list[Any]:
    return [rules.digest(secret), at]


def _of_token(row: Sequence[Any], at: datetime) -> Principal:
    stale = row[5] is None or at - row[5] > rules.SEEN_PAUSE
    return Principal(row[0], row[1], row[2], row[3], _grants(row[4]), "token", None, stale)


def _grants(found: Sequence[Sequence[Any]]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(role), department, place) for role, department, place in found)


BY_SESSION: Final = Recognition(_BY_SESSION, 9, _session_parameters, _of_session)
BY_TOKEN: Final = Recognition(_BY_TOKEN, 6, _token_parameters, _of_token)
