"""Signing in as a member of staff, and showing again who one is.

Wrong passwords are counted three ways: by account and place, which shuts out the guesser and not the owner; by
account from all places it has never been used from, which bounds many guessers together; and by address, which
bounds one guesser with many accounts. The owner at a usual place, an address or a browser that has signed in
before, meets the first bound only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import check_password
from django.db import transaction

from onedoor.core.refusals import Refused
from onedoor.plumbing.crypto import Keyring

from . import attempts, events, factors, policy, rules
from .accounts import record
from .models import HalfwaySignIn, Session, User, UsualPlace
from .passwords import check_quality, nobodys_password, store
from .sessions import open_session, renew_session
from .terms import Entered, Entrance, Origin

PASSKEY_ONLY: Final = (
    "这个账号只用通行密钥，不接受密码。请用通行密钥；设备丢了或坏了，请带证件找安全管理员解除两步验证。"
)


@dataclass(frozen=True, slots=True)
class _Stand:
    """A try at an account as it is counted: under which name, from which place, and whether that is a usual one."""

    name: str
    place: str
    usual: bool

    @property
    def key(self) -> str:
        return f"{self.name}:{self.place}"


def sign_in(*, username: str, password: str, origin: Origin, at: datetime) -> Entrance:
    """Check a staff password; with a second factor enrolled, the sign-in is only halfway after that.

    Raises Refused: wrong_credentials (the same for an unknown user), too_many_attempts (429), one_time_expired,
    passkey_only (403).
    """
    user = User.objects.filter(username=username, phone_index=None, is_active=True).first()
    stand = _stand(f"sign-in:{username[:60]}", user.pk if user else 0, origin, at)
    tries = policy.current().profile.tries
    try:
        # Looked at before anything is counted, so that whoever is not heard writes nothing.
        _check_strangers(stand, origin, rules.WRONG_ANYWHERE, at)
        attempts.count_attempt(key=stand.key, limit=tries, at=at)
    except Refused as refused:
        raise _locked(refused, stand) from None
    stored = user.password if user else nobodys_password()
    if not check_password(password, stored) or user is None:
        _failed(stand, origin, at)
        raise _wrong(user, stand, tries, origin, at)
    if user.passkey_only:
        # Still counted: whoever holds the password alone is no owner.
        record(user, events.PASSWORD_TURNED_AWAY, principal="visitor", at=at, address=origin.address)
        raise Refused("passkey_only", PASSKEY_ONLY, status=403)
    attempts.forget_attempts(key=stand.key)
    if (
        user.must_change_password
        and user.password_set_at
        and at >= user.password_set_at + rules.ONE_TIME_LIFE
    ):
        detail = "初始密码只在 3 天内有效，现在已过期，请联系系统管理员重新设置。"
        raise Refused("one_time_expired", detail)
    if factors.enrolled(user.pk):
        return Entrance(halfway=_halfway(user, at))
    return Entrance(session=enter(user, origin, Entered.PASSWORD, at))


def pass_factor(*, halfway: str, code: str, origin: Origin, at: datetime) -> str:
    """Finish a sign-in with a code of the authenticator or a recovery code; returns the session's secret.

    Raises Refused: sign_in_again, wrong_code, too_many_attempts (429).
    """
    user = halfway_user(halfway, at)
    if user is None:
        raise Refused("sign_in_again", "登录等待太久，已经失效，请重新输入用户名和密码。", status=403)
    stand = _stand(f"factor:{user.pk}", user.pk, origin, at)
    attempts.count_attempt(key=stand.key, limit=rules.WRONG_CODES, at=at)
    if not stand.usual:
        attempts.check_attempts(key=stand.name, limit=rules.WRONG_CODES_ANYWHERE, at=at, window=attempts.DAY)
    entered = factors.spend(user, code, at=at)
    if entered is None:
        attempts.record_failure(key=stand.name, at=at)
        detail = "验证码不正确或已用过，请等身份验证器显示下一个再输入；也可以输入一个恢复码。"
        raise Refused("wrong_code", detail)
    attempts.forget_attempts(key=stand.key)
    HalfwaySignIn.objects.filter(digest=rules.digest(halfway)).delete()
    return enter(user, origin, entered, at)


def halfway_user(halfway: str, at: datetime) -> User | None:
    """Whose sign-in this is; None when it has ended."""
    found = HalfwaySignIn.objects.filter(
        digest=rules.digest(halfway), expires_at__gt=at, user__is_active=True, user__passkey_only=False
    ).select_related("user")
    row = found.first()
    return row.user if row else None


def confirm(*, secret: str, shown: str, at: datetime) -> str:
    """Show again who one is, with the password or a code of the authenticator; returns the session's new secret.

    Raises Refused: sign_in_again, not_confirmed, passkey_only (403), too_many_attempts (429).
    """
    session = Session.objects.filter(digest=rules.digest(secret)).select_related("user").first()
    if session is None:
        raise Refused("sign_in_again", "登录已失效，请重新登录。", status=403)
    user, key = session.user, _confirming(session.user_id)
    if user.passkey_only:
        raise Refused("passkey_only", PASSKEY_ONLY, status=403)
    attempts.count_attempt(key=key, limit=policy.current().profile.tries, at=at)
    if not check_password(shown, user.password) and factors.spend(user, shown, at=at) is not Entered.TOTP:
        raise Refused("not_confirmed", "密码或验证码不正确，请重新输入。")
    attempts.forget_attempts(key=key)
    return renew_session(secret=secret, at=at)


def change_password(*, user_id: int, secret: str, old: str, new: str, origin: Origin, at: datetime) -> str:
    """Change one's own password: every session and token of the account ends; returns the secret of a new session.

    Raises Refused: wrong_password, password_unchanged, too_many_attempts, and what `check_quality` raises.
    """
    user, key = User.objects.get(pk=user_id), _confirming(user_id)
    former = Session.objects.filter(digest=rules.digest(secret)).first()
    attempts.count_attempt(key=key, limit=policy.current().profile.tries, at=at)
    if not check_password(old, user.password):
        raise Refused("wrong_password", "原密码不正确，请重新输入。")
    attempts.forget_attempts(key=key)
    if new == old:
        raise Refused("password_unchanged", "新密码和原密码相同，请换一个。")
    check_quality(new, username=user.username, name=user.name, tenant_id=user.tenant_id)
    with transaction.atomic():
        store(user, new, at=at, must_change=False)
        record(user, events.PASSWORD_CHANGED, principal=f"user:{user_id}", at=at)
        entered = Entered(former.entered) if former and former.entered else Entered.PASSWORD
        return open_session(user_id=user_id, at=at, origin=origin, entered=entered)


def _confirming(user_id: int) -> str:
    """Under which wrong passwords of somebody already signed in are counted."""
    return f"confirm:{user_id}"


def _stand(name: str, user_id: int, origin: Origin, at: datetime) -> _Stand:
    marks = {text: _mark(user_id, text) for text in (origin.device, origin.address) if text}
    known = UsualPlace.objects.filter(
        user_id=user_id, mark__in=list(marks.values()), seen_at__gt=at - rules.USUAL_FOR
    )
    usual = {bytes(mark) for mark in known.values_list("mark", flat=True)}
    own_device = bool(origin.device) and marks[origin.device] in usual
    return _Stand(name, marks[origin.device].hex()[:24] if own_device else origin.address, bool(usual))


def _mark(user_id: int, text: str) -> bytes:
    return Keyring.current().blind("offices.usual_place", f"{user_id}:{text}")


def _check_strangers(stand: _Stand, origin: Origin, limit: int, at: datetime) -> None:
    """The bounds that the owner at a usual place does not meet."""
    if stand.usual:
        return
    attempts.check_attempts(key=stand.name, limit=limit, at=at, window=attempts.DAY)
    attempts.check_attempts(key=_from(origin), limit=rules.WRONG_FROM_ADDRESS, at=at)


def _from(origin: Origin) -> str:
    return f"sign-in-from:{origin.address}"


def _failed(stand: _Stand, origin: Origin, at: datetime) -> None:
    if not stand.usual:
        attempts.record_failure(key=stand.name, at=at)
        attempts.record_failure(key=_from(origin), at=at)


def _locked(refused: Refused, stand: _Stand) -> Refused:
    """The refusal with what to do meanwhile."""
    where = "" if stand.usual else "，或换到您平时登录的电脑上登录"
    until = refused.detail.partition("，")[2]
    detail = f"登录失败次数过多，为保护账号暂时锁定。{until}急用请联系安全管理员解除锁定{where}。"
    return Refused(refused.code, detail, status=refused.status)


def _wrong(user: User | None, stand: _Stand, tries: int, origin: Origin, at: datetime) -> Refused:
    left = attempts.tries_left(key=stand.key, limit=tries, at=at)
    if left == 0 and user is not None:
        record(user, events.SIGN_IN_LOCKED, principal="visitor", at=at, address=origin.address)
    more = f"还可以再试 {left} 次。" if 0 < left <= 3 else ""
    return Refused("wrong_credentials", f"用户名或密码不正确，请核对后重新输入。{more}")


def _halfway(user: User, at: datetime) -> str:
    secret = rules.new_secret()
    HalfwaySignIn.objects.create(digest=rules.digest(secret), user=user, expires_at=at + rules.HALFWAY_LIFE)
    return secret


@transaction.atomic
def enter(user: User, origin: Origin, entered: Entered, at: datetime) -> str:
    """Open a session for a member of staff who has been recognised; the place is a usual one from now on."""
    for text in (origin.device, origin.address):
        if text:
            UsualPlace.objects.update_or_create(
                user=user, mark=_mark(user.pk, text), defaults={"seen_at": at}
            )
    record(
        user,
        events.SIGNED_IN,
        principal=f"user:{user.pk}",
        at=at,
        address=origin.address,
        agent=origin.agent,
        how=entered.value,
    )
    return open_session(user_id=user.pk, at=at, origin=origin, entered=entered)
