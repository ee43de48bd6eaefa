"""The second factor: codes of an authenticator (RFC 6238) and recovery codes for its loss."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

import pyotp
from django.db import transaction

from onedoor.core.refusals import Refused
from onedoor.plumbing.crypto import Keyring

from . import attempts, events, policy, rules
from .accounts import end_sessions, record
from .models import Passkey, RecoveryCode, RoleGrant, TotpFactor, User
from .sessions import renew_session
from .terms import Enrolled, Entered, Role

#: Seconds of a time step, and how many steps a clock may be off.
STEP: Final = 30
SKEW: Final = 1
RECOVERY_CODES: Final = 10


def enrolled(user_id: int) -> bool:
    """Whether signing in asks for a code."""
    return TotpFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()


@transaction.atomic
def begin_totp(*, user_id: int, at: datetime) -> None:
    """Make a secret for an authenticator; it counts once `confirm_totp` has seen a code of it."""
    secret = Keyring.current().seal("offices.totp", pyotp.random_base32(), bound_to=_row(user_id))
    TotpFactor.objects.update_or_create(
        user_id=user_id, confirmed_at=None, defaults={"secret": secret, "created_at": at}
    )


def confirm_totp(*, user_id: int, session: str, code: str, at: datetime) -> Enrolled:
    """Take a new authenticator into use; other sessions end, this one gets a new secret.

    Raises Refused: not_enrolling, wrong_code, too_many_attempts (429).
    """
    # Outside the transaction: a refusal takes back what has been written, and the count must stay.
    attempts.count_attempt(key=f"enrol:{user_id}", limit=20, at=at)
    return _take_into_use(user_id, session, code, at)


@transaction.atomic
def _take_into_use(user_id: int, session: str, code: str, at: datetime) -> Enrolled:
    row = TotpFactor.objects.select_for_update().filter(user_id=user_id, confirmed_at=None).first()
    if row is None:
        raise Refused("not_enrolling", "设置已经完成或已经取消，请回到账号页面查看。", status=409)
    step = _step_of(_opened(row), code, at)
    if step is None:
        detail = "验证码不正确。请核对手机的时间是否准确，输入身份验证器现在显示的 6 位数字。"
        raise Refused("wrong_code", detail)
    TotpFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).delete()
    TotpFactor.objects.filter(pk=row.pk).update(confirmed_at=at, last_step=step)
    codes = _new_recovery_codes(user_id)
    secret = renew_session(secret=session, at=at, entered=Entered.TOTP)
    end_sessions(user_id, keep=rules.digest(secret))
    record(row.user, events.FACTOR_ENROLLED, principal=f"user:{user_id}", at=at, factor="totp")
    return Enrolled(secret, codes)


@transaction.atomic
def new_recovery_codes(*, user_id: int, at: datetime) -> tuple[str, ...]:
    """Fresh recovery codes in place of the old ones; shown once. Raises Refused("no_factor")."""
    if not enrolled(user_id):
        raise Refused("no_factor", "还没有启用两步验证，请先设置。")
    user = User.objects.get(pk=user_id)
    record(user, events.FACTOR_ENROLLED, principal=f"user:{user_id}", at=at, factor="recovery")
    return _new_recovery_codes(user_id)


@transaction.atomic
def remove_factor(*, user_id: int, at: datetime) -> None:
    """Do without codes again. Raises Refused("factor_required") where one's role demands them."""
    needed = policy.current().factor_roles
    if any(
        Role(role) in needed
        for role in RoleGrant.objects.filter(user_id=user_id).values_list("role", flat=True)
    ):
        raise Refused("factor_required", "您的岗位必须使用两步验证，不能关闭；可以换一台手机重新设置。")
    TotpFactor.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.filter(user_id=user_id).delete()
    record(User.objects.get(pk=user_id), events.FACTOR_REMOVED, principal=f"user:{user_id}", at=at)


def forget_factors(user_id: int) -> int:
    """Remove authenticators, recovery codes and passkeys; returns how many of the first and last there were.

    The password counts again, lest nothing open the account.
    """
    passkeys = Passkey.objects.filter(user_id=user_id).delete()[0]
    User.objects.filter(pk=user_id).update(passkey_only=False)
    RecoveryCode.objects.filter(user_id=user_id).delete()
    return passkeys + TotpFactor.objects.filter(user_id=user_id).delete()[0]


def spend(user: User, code: str, *, at: datetime) -> Entered | None:
    """How this code lets its owner in; None if it does not. Every code is good once, also of two tries at once."""
    typed = rules.normal_code(code)
    if len(typed) == 6 and typed.isdecimal():
        return Entered.TOTP if _spend_totp(user.pk, typed, at) else None
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user.pk, typed), used_at=None)
    return Entered.RECOVERY if unused.update(used_at=at) else None


def _spend_totp(user_id: int, code: str, at: datetime) -> bool:
    row = TotpFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    step = _step_of(_opened(row), code, at) if row else None
    if row is None or step is None:
        return False
    return bool(TotpFactor.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step))


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, among the present one and its neighbours."""
    typed, now = rules.normal_code(code).encode(), int(at.timestamp()) // STEP
    made = pyotp.TOTP(secret)
    found = None
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), typed):
            found = step
    return found


def _opened(row: TotpFactor) -> str:
    return opened_secret(row.user_id, bytes(row.secret))


def opened_secret(user_id: int, sealed: bytes) -> str:
    """The secret of an authenticator in clear."""
    return Keyring.current().open_("offices.totp", sealed, bound_to=_row(user_id))


def _row(user_id: int) -> bytes:
    return str(user_id).encode()


def _new_recovery_codes(user_id: int) -> tuple[str, ...]:
    codes = tuple(rules.new_recovery_code() for _ in range(RECOVERY_CODES))
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=_digest(user_id, rules.normal_code(code))) for code in codes
    )
    return codes


def _digest(user_id: int, typed: str) -> bytes:
    return Keyring.current().blind("offices.recovery_code", f"{user_id}:{typed}")
