"""Staff accounts: opening and closing them, giving and taking roles, helping their owners.

Whoever works at the command line of the machine may do all of it. At the desk the three administrators are
separated (三权分立): `admin` opens and closes accounts, gives roles and resets passwords; `security` lifts locks,
resets second factors, ends sessions and tokens. Neither changes an own account or, as `admin`, another administrator's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from onedoor.core.refusals import Refused

from . import attempts, events, factors, passwords, rules, tokens
from .accounts import account, end_everything, end_sessions, record
from .models import Department, Place, RoleGrant, User
from .terms import ADMINISTRATORS, NOT_AT_DESK, ROLE_NAMES, Grant, Principal, Role

#: Who acts: somebody at the desk, or what works at the command line, by its name in facts.
Actor = Principal | str


@transaction.atomic
def add_user(
    *,
    tenant_id: int,
    username: str,
    name: str,
    grants: Sequence[Grant],
    principal: Actor,
    at: datetime,
    password: str | None = None,
    password_hash: str = "",
    must_change: bool = False,
) -> int:
    """Open a staff account and return its id; without password or hash nobody can sign in to it yet.

    Raises Refused: username_malformed, username_taken, roles_exclude_each_other, unknown_department,
    unknown_place, what `permit` raises, and what a poor password raises.
    """
    rules.check_username(username)
    rules.check_separation(grants)
    _permit(principal, Role.ADMIN)
    for grant in grants:
        _check_grant(tenant_id, grant, principal)
    if password is not None:
        passwords.check_quality(password, username=username, name=name, tenant_id=tenant_id)
    if User.objects.filter(username=username).exists():
        raise Refused("username_taken", f"用户名“{username}”已被使用，请换一个。")
    user = User.objects.create(
        tenant_id=tenant_id,
        username=username,
        name=name,
        password=password_hash or make_password(password),
        password_set_at=at,
        must_change_password=must_change,
        created_at=at,
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=g.role.value, department=g.department, place=rules.place_prefix(g.place))
        for g in grants
    )
    listed = [[g.role.value, g.department, g.place] for g in grants]
    record(user, events.USER_ADDED, principal=_key(principal), at=at, username=username, grants=listed)
    return user.pk


@transaction.atomic
def open_account(
    *, tenant_id: int, username: str, name: str, grant: Grant, principal: Actor, at: datetime
) -> str:
    """Open a staff account with a random password for the first sign-in; returns it, to be shown once."""
    password = rules.new_password()
    add_user(
        tenant_id=tenant_id,
        username=username,
        name=name,
        grants=(grant,),
        principal=principal,
        at=at,
        password_hash=make_password(password),
        must_change=True,
    )
    return password


@transaction.atomic
def disable_user(*, username: str, principal: Actor, at: datetime) -> None:
    """Close an account: its sessions and tokens stop at once."""
    user = _subject(username, principal, Role.ADMIN)
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_everything(user.pk)
    record(user, events.USER_DISABLED, principal=_key(principal), at=at)


@transaction.atomic
def enable_user(*, username: str, principal: Actor, at: datetime) -> None:
    """Open a closed account again; its password and roles are what they were."""
    user = _subject(username, principal, Role.ADMIN)
    User.objects.filter(pk=user.pk).update(is_active=True)
    record(user, events.USER_ENABLED, principal=_key(principal), at=at)


@transaction.atomic
def grant_role(*, username: str, grant: Grant, principal: Actor, at: datetime) -> None:
    """Give an account a role; its sessions end, so that nobody keeps a secret from before.

    Raises Refused: unknown_user, grant_exists, roles_exclude_each_other, unknown_department, unknown_place.
    """
    user = _subject(username, principal, Role.ADMIN)
    _check_grant(user.tenant_id, grant, principal)
    User.objects.select_for_update().get(pk=user.pk)
    held = [Grant(Role(g.role), g.department, g.place) for g in user.grants.all()]
    place = rules.place_prefix(grant.place)
    if Grant(grant.role, grant.department, place) in held:
        raise Refused("grant_exists", f"“{username}”已经有这个角色和范围，不用再授予。")
    rules.check_separation((*held, grant))
    RoleGrant.objects.create(user=user, role=grant.role.value, department=grant.department, place=place)
    end_sessions(user.pk)
    record(
        user,
        events.ROLE_GRANTED,
        principal=_key(principal),
        at=at,
        **_scope(grant.role, grant.department, place),
    )


@transaction.atomic
def revoke_role(*, username: str, grant_id: int, principal: Actor, at: datetime) -> None:
    """Take a role away; from the next request on it gives no right. Raises Refused("unknown_grant", 404)."""
    user = _subject(username, principal, Role.ADMIN)
    held = RoleGrant.objects.filter(user=user, pk=grant_id).first()
    if held is None:
        raise Refused("unknown_grant", "这个角色已经撤销，请刷新页面。", status=404)
    held.delete()
    end_sessions(user.pk)
    scope = _scope(Role(held.role), held.department, held.place)
    record(user, events.ROLE_REVOKED, principal=_key(principal), at=at, **scope)


@transaction.atomic
def reset_password(*, username: str, principal: Actor, at: datetime) -> str:
    """A random password for one sign-in in place of a forgotten one; returns it, to be shown once."""
    user = _subject(username, principal, Role.ADMIN)
    return passwords.reset(user, principal=_key(principal), at=at)


@transaction.atomic
def reset_factor(*, username: str, principal: Actor, at: datetime) -> None:
    """Remove the second factors of somebody who has lost them; sessions end. Raises Refused("no_factor")."""
    user = _subject(username, principal, Role.SECURITY)
    if not factors.forget_factors(user.pk):
        raise Refused("no_factor", f"“{username}”没有启用两步验证，不用解除。")
    end_sessions(user.pk)
    record(user, events.FACTOR_RESET, principal=_key(principal), at=at)


@transaction.atomic
def unlock_user(*, username: str, principal: Actor, at: datetime) -> None:
    """Forget wrong passwords and codes, so that the owner may try again at once."""
    user = _subject(username, principal, Role.SECURITY)
    for name in (f"sign-in:{username[:60]}", f"factor:{user.pk}", f"confirm:{user.pk}"):
        attempts.forget_attempts(key=name)
        attempts.forget_attempts_at(prefix=f"{name}:")
    record(user, events.LOCK_LIFTED, principal=_key(principal), at=at)


@transaction.atomic
def end_user_sessions(*, username: str, principal: Actor, at: datetime) -> int:
    """Sign somebody out everywhere; returns how many sessions ended."""
    user = _subject(username, principal, Role.SECURITY)
    ended = end_sessions(user.pk)
    record(user, events.SESSIONS_ENDED, principal=_key(principal), at=at, ended=ended)
    return ended


@transaction.atomic
def revoke_user_token(*, username: str, handle: str, principal: Actor, at: datetime) -> None:
    """End one token of somebody, who keeps the others. Raises Refused("unknown_token", 404)."""
    user = _subject(username, principal, Role.SECURITY)
    tokens.revoke_token(user_id=user.pk, handle=handle, principal=_key(principal), at=at)


def _key(actor: Actor) -> str:
    return actor if isinstance(actor, str) else actor.key


def _permit(actor: Actor, role: Role) -> None:
    if isinstance(actor, Principal) and not actor.has(role):
        raise Refused("role_missing", f"这项操作由{ROLE_NAMES[role]}办理，您的岗位没有权限。", status=403)


def _subject(username: str, actor: Actor, role: Role) -> User:
    """The account to be changed. Raises Refused: unknown_user, role_missing, own_account, administrators_account."""
    _permit(actor, role)
    user = account(username)
    if isinstance(actor, str):
        return user
    if user.tenant_id != actor.tenant_id:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    if user.pk == actor.user_id:
        detail = "不能这样改自己的账号。改自己的密码和两步验证请到“我的账号”，其他请由另一位管理员办理。"
        raise Refused("own_account", detail, status=403)
    held = {Role(name) for name in user.grants.values_list("role", flat=True)}
    if role is Role.ADMIN and held & ADMINISTRATORS:
        detail = "系统、安全、审计管理员的账号只能在服务器上用 onedoor user 命令管理。"
        raise Refused("administrators_account", detail, status=403)
    return user


def _check_grant(tenant_id: int, grant: Grant, actor: Actor) -> None:
    if isinstance(actor, Principal) and grant.role in NOT_AT_DESK:
        detail = f"“{ROLE_NAMES[grant.role]}”不能在页面上授予，请在服务器上用 onedoor user 命令办理。"
        raise Refused("role_not_at_desk", detail, status=403)
    if grant.department is not None:
        codes = Department.objects.filter(tenant_id=tenant_id).order_by("code").values_list("code", flat=True)
        if grant.department not in codes:
            known = "、".join(codes)
            detail = f"没有编码为“{grant.department}”的部门。已有：{known or '（无）'}。"
            raise Refused("unknown_department", detail)
    if grant.place and isinstance(actor, Principal):
        known_place = Place.objects.filter(tenant_id=tenant_id, code=grant.place).exists()
        if not known_place:
            raise Refused("unknown_place", "没有这个乡镇或村，请从列表中选择。")


def _scope(role: Role, department: str | None, place: str) -> dict[str, str | None]:
    return {"role": role.value, "department": department, "place": place}
