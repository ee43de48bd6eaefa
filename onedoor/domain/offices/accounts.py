"""What every change of an account begins and ends with: finding it, and its fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from onedoor.core.refusals import Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.journal.terms import NewFact

from .models import ApiToken, HalfwaySignIn, Session, User

#: The stream kind of facts about accounts.
ACCOUNT = "account"


def account_stream(user_id: int) -> UUID:
    """The stream of facts about one account."""
    return uuid5(NAMESPACE_OID, f"onedoor:account:{user_id}")


def record(user: User, kind: str, *, principal: str, at: datetime, **data: Any) -> None:
    """Append a fact about an account. Writers wait for one another, since many act on one account at a time."""
    content: Mapping[str, Any] = {"user": user.pk, **data}
    journal.append(
        stream_id=account_stream(user.pk),
        stream_kind=ACCOUNT,
        tenant_id=user.tenant_id,
        facts=[NewFact(kind, content, at)],
        principal=principal,
        at=at,
        queue_up=True,
    )


def account(username: str) -> User:
    """The staff account with this name. Raises Refused("unknown_user")."""
    user = User.objects.filter(username=username, phone_index=None).first()
    if user is None:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    return user


def end_sessions(user_id: int, *, keep: bytes = b"") -> int:
    """End the sessions of an account, save the one with the digest `keep`; returns how many ended."""
    HalfwaySignIn.objects.filter(user_id=user_id).delete()
    return Session.objects.filter(user_id=user_id).exclude(digest=keep).delete()[0]


def end_everything(user_id: int) -> None:
    """End every session and token of an account."""
    end_sessions(user_id)
    ApiToken.objects.filter(user_id=user_id).delete()
