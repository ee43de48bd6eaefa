"""Accounts as their owners and their administrators see them."""

from __future__ import annotations

from datetime import datetime

import pyotp
from django.db.models import Exists, OuterRef, Q, QuerySet

from . import policy, rules
from .factors import opened_secret
from .models import ApiToken, HalfwaySignIn, Passkey, RecoveryCode, RoleGrant, Session, TotpFactor, User
from .terms import (
    APPLICANTS_WAYS,
    AccountPolicy,
    AccountView,
    Enrolment,
    Entered,
    FactorView,
    Grant,
    GrantView,
    PasskeyView,
    Role,
    SessionEnd,
    SessionView,
    TokenView,
)

#: Accounts on a page of the list.
PAGE = 50


def in_force() -> AccountPolicy:
    """What this installation asks of accounts."""
    return policy.current()


def sessions(user_id: int, *, secret: str, at: datetime) -> tuple[SessionView, ...]:
    """Where somebody is signed in, lately seen first; `secret` tells the browser that asks."""
    own = rules.digest(secret)
    asked = policy.current()
    idle = {way: asked.idle(applicant=way in APPLICANTS_WAYS) for way in (*Entered, "")}
    found = Session.objects.filter(user_id=user_id, expires_at__gt=at, seen_at__gt=at - asked.longest_idle)
    return tuple(
        SessionView(
            handle=rules.handle(bytes(row.digest)),
            agent=row.agent,
            address=row.address,
            created_at=row.created_at,
            seen_at=row.seen_at,
            entered=row.entered,
            current=bytes(row.digest) == own,
        )
        for row in found.order_by("-seen_at", "-created_at")
        if at - row.seen_at < idle[row.entered]
    )


def why_ended(secret: str, *, at: datetime) -> SessionEnd | None:
    """Why the session of this secret does not hold; None while it does."""
    row = Session.objects.filter(digest=rules.digest(secret), user__is_active=True).first()
    if row is None:
        return SessionEnd.ENDED
    if at >= row.expires_at:
        return SessionEnd.SPENT
    idle = policy.current().idle(applicant=row.entered in APPLICANTS_WAYS)
    return SessionEnd.IDLE if at - row.seen_at >= idle else None


def recently_confirmed(secret: str, *, at: datetime) -> bool:
    """Whether the holder of a session has shown who they are within the last minutes."""
    since = at - rules.CONFIRMED_FOR
    return Session.objects.filter(digest=rules.digest(secret), confirmed_at__gt=since).exists()


def signing_in(halfway: str, *, at: datetime) -> bool:
    """Whether a sign-in still waits for its second factor."""
    return HalfwaySignIn.objects.filter(
        digest=rules.digest(halfway), expires_at__gt=at, user__is_active=True, user__passkey_only=False
    ).exists()


def tokens(user_id: int, *, at: datetime) -> tuple[TokenView, ...]:
    """The tokens of an account that still hold, newest first."""
    found = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), user_id=user_id)
    return tuple(
        TokenView(rules.handle(bytes(row.digest)), row.name, row.created_at, row.expires_at, row.used_at)
        for row in found.order_by("-created_at")
    )


def factor(user_id: int) -> FactorView:
    """The second factor of an account."""
    row = TotpFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    left = RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()
    alone = User.objects.filter(pk=user_id, passkey_only=True).exists()
    return FactorView(row.confirmed_at if row else None, left, alone)


def passkeys(user_id: int) -> tuple[PasskeyView, ...]:
    """The passkeys of an account, oldest first."""
    found = Passkey.objects.filter(user_id=user_id).order_by("pk")
    return tuple(PasskeyView(row.pk, row.name, row.host, row.created_at, row.used_at) for row in found)


def enrolment(user_id: int) -> Enrolment | None:
    """The authenticator that somebody is setting up; None if that has not begun."""
    row = TotpFactor.objects.filter(user_id=user_id, confirmed_at=None).select_related("user__tenant").first()
    if row is None:
        return None
    secret = opened_secret(user_id, bytes(row.secret))
    uri = pyotp.TOTP(secret).provisioning_uri(name=row.user.username, issuer_name=row.user.tenant.name)
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return Enrolment(groups, uri)


def account(tenant_id: int, user_id: int) -> AccountView | None:
    """A staff account of the tenant by its id."""
    row = _listed(tenant_id).filter(pk=user_id).first()
    return _view(row) if row else None


def account_of(username: str) -> AccountView | None:
    """A staff account by its user name, for commands."""
    row = _with_factor(User.objects.filter(username=username, phone_index=None)).first()
    return _view(row) if row else None


def accounts(
    tenant_id: int, *, q: str = "", role: str = "", state: str = "", after: str = "", limit: int = PAGE
) -> tuple[AccountView, ...]:
    """Staff accounts in order of user name behind `after`.

    `q` is part of a user name or name, `role` a role's code, `state` is `active` or `disabled`.
    """
    found = _narrowed(_listed(tenant_id), q, role, state).filter(username__gt=after)
    return tuple(_view(row) for row in found.order_by("username")[:limit])


def accounts_counted(tenant_id: int, *, q: str = "", role: str = "", state: str = "") -> int:
    """How many staff accounts `accounts` would go through."""
    return _narrowed(_listed(tenant_id), q, role, state).count()


def _listed(tenant_id: int) -> QuerySet[User]:
    return _with_factor(User.objects.filter(tenant_id=tenant_id, phone_index=None))


def _with_factor(found: QuerySet[User]) -> QuerySet[User]:
    confirmed = TotpFactor.objects.filter(user_id=OuterRef("pk"), confirmed_at__isnull=False)
    return found.annotate(
        has_factor=Exists(confirmed) | Exists(Passkey.objects.filter(user_id=OuterRef("pk")))
    ).prefetch_related("grants")


def _narrowed(found: QuerySet[User], q: str, role: str, state: str) -> QuerySet[User]:
    if q:
        found = found.filter(Q(username__icontains=q) | Q(name__icontains=q))
    if role:
        found = found.filter(Exists(RoleGrant.objects.filter(user_id=OuterRef("pk"), role=role)))
    return found.filter(is_active=state == "active") if state else found


def _view(row: User) -> AccountView:
    held = tuple(
        GrantView(g.pk, Grant(Role(g.role), g.department, g.place))
        for g in sorted(row.grants.all(), key=lambda g: g.pk)
    )
    return AccountView(
        id=row.pk,
        username=row.username,
        name=row.name,
        active=row.is_active,
        grants=held,
        created_at=row.created_at,
        last_login=row.last_login,
        must_change_password=row.must_change_password,
        has_factor=bool(getattr(row, "has_factor", False)),
        passkey_only=row.passkey_only,
    )
