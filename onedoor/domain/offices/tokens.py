"""Bearer tokens for programs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from onedoor.core.refusals import Refused

from . import events, rules
from .accounts import account, record
from .models import ApiToken, User

MOST_TOKENS = 20


@transaction.atomic
def issue_token(
    *, username: str, principal: str, at: datetime, days: int = rules.TOKEN_DAYS, name: str = ""
) -> str:
    """Make an API token of an account that holds for `days`; shown once.

    Raises Refused: unknown_user, token_days_out_of_range, too_many_tokens.
    """
    user = User.objects.filter(username=username, is_active=True).first() or account(username)
    if not user.is_active:
        raise Refused("account_disabled", f"用户“{username}”已停用，请先启用。", status=403)
    if not 1 <= days <= rules.MOST_TOKEN_DAYS:
        detail = f"令牌的有效期为 1 到 {rules.MOST_TOKEN_DAYS} 天，请修改。"
        raise Refused("token_days_out_of_range", detail)
    if ApiToken.objects.filter(user=user, expires_at__gt=at).count() >= MOST_TOKENS:
        raise Refused("too_many_tokens", f"一个账号最多 {MOST_TOKENS} 个令牌，请先停用不用的。")
    secret = rules.new_secret()
    until = at + timedelta(days=days)
    ApiToken.objects.create(
        digest=rules.digest(secret), user=user, name=name.strip()[:60], created_at=at, expires_at=until
    )
    record(
        user, events.TOKEN_ISSUED, principal=principal, at=at, name=name.strip()[:60], until=until.isoformat()
    )
    return secret


@transaction.atomic
def revoke_token(*, user_id: int, handle: str, principal: str, at: datetime) -> None:
    """End a token of an account by its handle. Raises Refused("unknown_token", 404)."""
    for token in ApiToken.objects.filter(user_id=user_id).select_related("user"):
        if rules.handle(bytes(token.digest)) == handle:
            token.delete()
            record(token.user, events.TOKEN_REVOKED, principal=principal, at=at, name=token.name)
            return
    raise Refused("unknown_token", "没有这个令牌，可能已经停用，请刷新页面。", status=404)


def touch_token(*, secret: str, at: datetime) -> None:
    """Mark a token as used."""
    ApiToken.objects.filter(digest=rules.digest(secret)).update(used_at=at)
