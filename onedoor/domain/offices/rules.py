"""Pure decisions of the offices room: who may hold which roles, how secrets are made and compared."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from onedoor.core.divisions import full_code, significant_prefix
from onedoor.core.refusals import Refused

from .terms import Grant, Role

SESSION_LIFE = timedelta(hours=12)
PHONE_CODE_LIFE = timedelta(minutes=5)
#: Wrong guesses at one code from anywhere, and at one telephone's codes from one address within 15 minutes: the
#: second is the smaller, so that a stranger is shut out before the owner's code is used up.
PHONE_CODE_TRIES = 20
PHONE_GUESSES = 5
#: Codes that one address may have sent to one telephone, and to any, within 15 minutes.
PHONE_CODES = 5
PHONE_CODES_OF_ADDRESS = 30
PHONE_CODE_PAUSE = timedelta(seconds=60)
MINIMUM_PASSWORD = 10

SEPARATED = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})


def digest(secret: str) -> bytes:
    """What is stored in place of a random secret of at least 128 bits."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret() -> str:
    """A random secret of 256 bits for a session or an API token."""
    return secrets.token_urlsafe(32)


def new_phone_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def check_password_quality(password: str, username: str) -> None:
    """Refuse a password that is short or holds the user's name. Raises Refused."""
    if len(password) < MINIMUM_PASSWORD:
        raise Refused("password_too_short", f"密码至少 {MINIMUM_PASSWORD} 个字符，请加长后再设置。")
    if username.lower() in password.lower():
        raise Refused("password_holds_username", "密码不能包含用户名，请换一个密码。")


def check_separation(grants: tuple[Grant, ...]) -> None:
    """系统、安全、审计管理员 exclude one another (GB/T 22239, 三权分立). Raises Refused."""
    held = {grant.role for grant in grants} & SEPARATED
    if len(held) > 1:
        raise Refused(
            "roles_exclude_each_other", "系统管理员、安全管理员和审计管理员不能由同一人担任，请分别设置账号。"
        )


def place_prefix(place: str) -> str:
    """A grant's place as it is stored: the significant prefix of a code given in full, "" for everywhere.

    Raises Refused when it is no place code.
    """
    return significant_prefix(full_code(place)) if place else ""
