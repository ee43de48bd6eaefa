"""Signed-in browsers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onedoor.core.refusals import Refused

from . import events, rules
from .accounts import end_sessions, record
from .models import Session, User
from .terms import Entered, Origin


@transaction.atomic
def open_session(
    *, user_id: int, at: datetime, origin: Origin | None = None, entered: Entered = Entered.PASSWORD
) -> str:
    """Start a session of an account whose holder has been recognised; returns the cookie's secret."""
    secret = rules.new_secret()
    Session.objects.filter(user_id=user_id, expires_at__lte=at).delete()
    Session.objects.create(
        digest=rules.digest(secret),
        user_id=user_id,
        created_at=at,
        expires_at=at + rules.SESSION_LIFE,
        seen_at=at,
        confirmed_at=at,
        entered=entered.value,
        address=origin.address[:45] if origin else "",
        agent=origin.agent[:80] if origin else "",
    )
    User.objects.filter(pk=user_id).update(last_login=at)
    return secret


def renew_session(*, secret: str, at: datetime, entered: Entered | None = None) -> str:
    """Give a session a new secret, now that its holder has been recognised again; the old one opens nothing.

    Raises Refused("sign_in_again") if it has ended meanwhile.
    """
    fresh = rules.new_secret()
    changes = {"digest": rules.digest(fresh), "confirmed_at": at, "seen_at": at}
    if entered is not None:
        changes["entered"] = entered.value
    if not Session.objects.filter(digest=rules.digest(secret)).update(**changes):
        raise Refused("sign_in_again", "登录已失效，请重新登录。", status=403)
    return fresh


def touch_session(*, secret: str, at: datetime) -> None:
    """Mark a session as used."""
    Session.objects.filter(digest=rules.digest(secret)).update(seen_at=at)


def sign_out(*, secret: str) -> None:
    """End a session."""
    Session.objects.filter(digest=rules.digest(secret)).delete()


@transaction.atomic
def end_session(*, user_id: int, handle: str, at: datetime) -> None:
    """End one of one's own sessions by its handle. Raises Refused("unknown_session", 404)."""
    for session in Session.objects.filter(user_id=user_id).select_related("user"):
        if rules.handle(bytes(session.digest)) == handle:
            Session.objects.filter(digest=session.digest).delete()
            record(session.user, events.SESSIONS_ENDED, principal=f"user:{user_id}", at=at, ended=1)
            return
    raise Refused("unknown_session", "这个登录已经结束，请刷新页面。", status=404)


@transaction.atomic
def end_other_sessions(*, user_id: int, secret: str, at: datetime) -> int:
    """End all of one's sessions but this one; returns how many ended."""
    ended = end_sessions(user_id, keep=rules.digest(secret))
    if ended:
        user = User.objects.get(pk=user_id)
        record(user, events.SESSIONS_ENDED, principal=f"user:{user_id}", at=at, ended=ended)
    return ended
