"""Pure decisions of the offices room: who may hold which roles, how secrets are made and compared."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from string import ascii_lowercase, digits, punctuation
from typing import Final

from onedoor.core.divisions import full_code, significant_prefix
from onedoor.core.refusals import Refused

from .terms import ADMINISTRATORS, AccountPolicy, Duty, Grant, PasswordProfile, Role

SESSION_LIFE = timedelta(hours=12)
#: A session or token that has not been marked as seen for so long is marked again; a session that may idle for a short
#: time only after a sixth of it, lest somebody at work be signed out between two marks.
SEEN_PAUSE = timedelta(minutes=5)
#: How long the right password waits for its second factor.
HALFWAY_LIFE = timedelta(minutes=10)
#: How long after showing password or code one may change factors, passwords and grants.
CONFIRMED_FOR = timedelta(minutes=10)
#: A password that somebody else has set must be used within this time.
ONE_TIME_LIFE = timedelta(days=3)
#: A place from which an account has signed in is its usual one for so long.
USUAL_FOR = timedelta(days=90)
#: Wrong passwords of one account from all unusual places together within a day.
WRONG_ANYWHERE = 100
#: Wrong passwords from one address, whatever the account, within 15 minutes.
WRONG_FROM_ADDRESS = 60
#: Wrong codes of one account within 15 minutes from one place, and within a day from unusual places.
WRONG_CODES = 5
WRONG_CODES_ANYWHERE = 30
TOKEN_DAYS = 90
MOST_TOKEN_DAYS = 366
PHONE_CODE_LIFE = timedelta(minutes=5)
#: Wrong guesses at one code from where nobody asked for it, all together; and at one telephone's codes from one
#: address within 15 minutes, also where they were asked for.
PHONE_CODE_TRIES = 10
PHONE_GUESSES = 5
#: Codes that one address may have sent to one telephone, and to any, within 15 minutes; and that all addresses from
#: which its owner has never signed in may have sent to one telephone within a day. Together with the tries above
#: this is 300 guesses of a million in a day.
PHONE_CODES = 5
PHONE_CODES_OF_ADDRESS = 30
PHONE_CODES_A_DAY = 20
PHONE_CODE_PAUSE = timedelta(seconds=60)

#: Letters and digits that nobody takes for one another when they are read out.
_PLAIN: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_RECOVERY: Final = "23456789abcdefghjkmnpqrstuvwxyz"
#: Beginnings of common passwords that the usual English lists lack.
_LOCAL: Final = frozenset(
    [
        "woaini",
        "woaiwojia",
        "aini",
        "wodemima",
        "mima",
        "zhongguo",
        "beijing",
        "admin",
        "administrator",
        "root",
        "guanliyuan",
        "zhengwu",
        "zwfw",
        "zwzx",
        "dating",
        "chuangkou",
        "onedoor",
        "yishanmen",
        "test",
        "demo",
        "user",
        "guest",
    ]
)
_WALKS: Final = tuple(
    row[::step]
    for row in (
        "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", ascii_lowercase, "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "!@#$%^&*()",
    )
    for step in (1, -1)
)  # fmt: skip
_USERNAME: Final = re.compile(r"[^\W_][\w.-]{0,59}")
_LEET: Final = str.maketrans("@4031!$5", "aaoeiiss")


def digest(secret: str) -> bytes:
    """What is stored in place of a random secret of at least 128 bits."""
    return hashlib.sha256(secret.encode()).digest()


def handle(stored: bytes) -> str:
    """What a session or token is called on pages: enough of its digest to tell it from its owner's others."""
    return stored.hex()[:16]


def new_secret() -> str:
    """A random secret of 256 bits for a session or an API token."""
    return secrets.token_urlsafe(32)


def new_phone_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_password() -> str:
    """A random password that can be read out: four groups with every kind of character."""
    while True:
        text = "-".join("".join(secrets.choice(_PLAIN) for _ in range(4)) for _ in range(4))
        if _kinds(text) == 4:
            return text


def new_recovery_code() -> str:
    """Ten characters that are easily told apart, in two groups: 49 random bits."""
    return "-".join("".join(secrets.choice(_RECOVERY) for _ in range(5)) for _ in range(2))


def normal_code(text: str) -> str:
    """A code as typed, without spaces and hyphens, in lower case."""
    return "".join(text.split()).replace("-", "").lower()


def check_password_quality(
    password: str, *, words: Iterable[str], profile: PasswordProfile, common: Collection[str]
) -> None:
    """Refuse a password that breaks the profile or that guessers try first.

    `words` are the account's own (user name, name, office), `common` the passwords found most often. Raises
    Refused: password_too_short, password_lacks_kinds, password_holds_username, password_common.
    """
    if len(password) < profile.minimum:
        raise Refused("password_too_short", f"密码至少 {profile.minimum} 个字符，请加长后再设置。")
    if _kinds(password) < profile.kinds:
        detail = f"密码要有大写字母、小写字母、数字、符号中的至少 {profile.kinds} 种，请补充。"
        raise Refused("password_lacks_kinds", detail)
    lowered = password.lower()
    for word in words:
        if len(word) > 1 and word.lower() in lowered:
            raise Refused("password_holds_username", f"密码不能包含“{word}”，请换一个密码。")
    if _common(lowered, common):
        detail = "这个密码太常见，容易被猜中，请换一个。可以用几个不相关的词连起来。"
        raise Refused("password_common", detail)


def _kinds(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    return sum(any(test(character) for character in password) for test in tests)


def _common(lowered: str, common: Collection[str]) -> bool:
    """Whether guessers come to it soon: a common word with digits around it, a walk, a repetition, a number."""
    cores = {lowered}
    for text in (lowered, lowered.translate(_LEET)):
        cores |= {text.strip(digits + punctuation), text.rstrip(digits + punctuation)}
    if "" in cores or any(core in common or core in _LOCAL for core in cores):
        return True
    return len(set(lowered)) < 5 or lowered in (lowered * 2)[1:-1] or len(_without_walks(lowered)) < 4


def _without_walks(text: str) -> str:
    """What is left without runs of four or more along the alphabet or the keyboard."""
    left, at = "", 0
    while at < len(text):
        end = at
        while end < len(text) and any(text[at : end + 1] in walk for walk in _WALKS):
            end += 1
        if end - at >= 4:
            at = end
        else:
            left, at = left + text[at], at + 1
    return left


def duty_of(
    policy: AccountPolicy,
    *,
    must_change: bool,
    set_at: datetime | None,
    two_factors: bool,
    roles: Collection[Role],
    at: datetime,
) -> Duty | None:
    """What the holder of a session must do first. `set_at` is when the password was chosen, None without one."""
    age = policy.profile.age
    if must_change or (age is not None and set_at is not None and at >= set_at + age):
        return Duty.NEW_PASSWORD
    if not two_factors and not policy.factor_roles.isdisjoint(roles):
        return Duty.SECOND_FACTOR
    return None


def check_username(username: str) -> None:
    """Refuse a user name that cannot be typed or told apart. Raises Refused("username_malformed")."""
    if not _USERNAME.fullmatch(username) or username.startswith("phone-"):
        detail = "用户名为 1 到 60 个字母、数字、汉字，可以含点、横线、下划线，不能以“phone-”开头，请修改。"
        raise Refused("username_malformed", detail)


def check_separation(grants: Iterable[Grant]) -> None:
    """系统、安全、审计管理员 exclude one another (GB/T 22239, 三权分立). Raises Refused."""
    held = {grant.role for grant in grants} & ADMINISTRATORS
    if len(held) > 1:
        raise Refused(
            "roles_exclude_each_other", "系统管理员、安全管理员和审计管理员不能由同一人担任，请分别设置账号。"
        )


def place_prefix(place: str) -> str:
    """A grant's place as it is stored: the significant prefix of a code given in full, "" for everywhere.

    Raises Refused when it is no place code.
    """
    return significant_prefix(full_code(place)) if place else ""
