"""Passwords: choosing, setting, changing."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.db import transaction

from . import events, policy, rules
from .accounts import account, end_everything, record
from .models import Tenant, User


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """The twenty thousand passwords found most often, in lower case."""
    return frozenset(CommonPasswordValidator().passwords)


@lru_cache(maxsize=1)
def nobodys_password() -> str:
    """A hash of the same cost, so that an unknown username takes as long as a wrong password."""
    return make_password("no account has this password")


def hashed(password: str) -> str:
    """A password as it is stored; for setting up many accounts with one."""
    return make_password(password)


def check_quality(password: str, *, username: str, name: str, tenant_id: int) -> None:
    """Refuse a password that breaks the rules of this installation; see `rules.check_password_quality`."""
    office = Tenant.objects.filter(pk=tenant_id).values_list("name", flat=True).first() or ""
    words = [word for word in (username, name, office) if word]
    rules.check_password_quality(password, words=words, profile=policy.current().profile, common=_common())


@transaction.atomic
def set_password(*, username: str, password: str, principal: str, at: datetime) -> None:
    """Give an account a new password; its sessions and tokens end. Raises Refused("unknown_user")."""
    user = account(username)
    check_quality(password, username=username, name=user.name, tenant_id=user.tenant_id)
    store(user, password, at=at, must_change=False)
    record(user, events.PASSWORD_RESET, principal=principal, at=at)


def reset(user: User, *, principal: str, at: datetime) -> str:
    """Give an account a random password that must be changed at the first sign-in; returns it, to be shown once."""
    password = rules.new_password()
    store(user, password, at=at, must_change=True)
    record(user, events.PASSWORD_RESET, principal=principal, at=at)
    return password


def store(user: User, password: str, *, at: datetime, must_change: bool) -> None:
    """Write the hash; whatever the old password opened ends."""
    User.objects.filter(pk=user.pk).update(
        password=make_password(password), password_set_at=at, must_change_password=must_change
    )
    end_everything(user.pk)
