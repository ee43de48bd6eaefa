"""`onedoor user`: accounts from the command line, among them those of the three administrators."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from onedoor.core.divisions import full_code, significant_prefix
from onedoor.core.refusals import Refused
from onedoor.domain.offices.terms import ROLE_NAMES, AccountView, Grant, Role
from onedoor.site.commands._django import database

#: How facts name whoever works at the command line.
PRINCIPAL = "command"


def run(argv: list[str]) -> int:
    """Do one thing to an account, or list them."""
    options = _parser().parse_args(argv)
    with database():
        do: Callable[[argparse.Namespace], None] = options.do
        do(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    roles = "、".join(f"{role.value} {name}" for role, name in ROLE_NAMES.items())
    parser = argparse.ArgumentParser("onedoor user", description="管理工作人员的账号。")
    verbs = parser.add_subparsers(required=True, metavar="操作")
    add = _verb(verbs, "add", "建立用户", _add, f"建立用户并授予一个角色。角色：{roles}。")
    _scope(add)
    add.add_argument("--display-name", metavar="姓名", help="页面上显示的姓名，默认同用户名")
    add.add_argument("--password-stdin", action="store_true", help="从标准输入读取密码")
    _scope(_verb(verbs, "grant", "再授予一个角色", _grant, f"再授予一个角色。角色：{roles}。"))
    _scope(_verb(verbs, "revoke", "撤销角色", _revoke, "撤销一个角色；范围要和授予时一样。"))
    _verb(verbs, "disable", "停用：立即退出，令牌失效", _disable)
    _verb(verbs, "enable", "重新启用", _enable)
    _verb(verbs, "reset-password", "重置密码，显示一次", _reset_password)
    _verb(verbs, "reset-factor", "解除两步验证（手机丢失时）", _reset_factor)
    _verb(verbs, "unlock", "解除登录锁定", _unlock)
    listing = verbs.add_parser("list", help="列出账号", description="列出账号和角色。")
    listing.set_defaults(do=_list)
    return parser


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    words: str,
    do: Callable[[argparse.Namespace], None],
    description: str = "",
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=words, description=description or f"{words}。")
    verb.add_argument("name", metavar="用户名")
    verb.set_defaults(do=do)
    return verb


def _scope(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--role", required=True, choices=[role.value for role in Role], metavar="角色")
    verb.add_argument("--department", metavar="部门编码", help="角色只在这个部门有效；不写则全县有效")
    verb.add_argument("--place", default="", metavar="区划代码", help="角色只在这个乡镇或村有效")


def _given(options: argparse.Namespace) -> Grant:
    return Grant(Role(options.role), options.department, options.place)


def _password(from_stdin: bool) -> str | None:
    """As typed twice at a terminal, or as piped in; None where neither is wanted."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        return None
    password = getpass.getpass("密码：")
    if getpass.getpass("再输一遍：") != password:
        raise Refused("passwords_differ", "两次输入的密码不一致，请重新运行命令。")
    return password


def _add(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions, queries

    tenant = queries.first_tenant()
    if tenant is None:
        raise Refused("no_tenant", "还没有县（市、区）的数据。请先运行 onedoor county load 建立本县。")
    password, at = _password(options.password_stdin), datetime.now(UTC)
    name, grant = options.display_name or options.name, _given(options)
    first = ""
    if password is None:
        first = actions.open_account(
            tenant_id=tenant.id, username=options.name, name=name, grant=grant, principal=PRINCIPAL, at=at
        )
    else:
        actions.add_user(
            tenant_id=tenant.id,
            username=options.name,
            name=name,
            password=password,
            grants=(grant,),
            principal=PRINCIPAL,
            at=at,
        )
    print(f"已建立用户 {options.name}（{ROLE_NAMES[grant.role]}）。")
    if first:
        _show(first)


def _show(password: str) -> None:
    print(f"初始密码（只显示这一次，3 天内有效，首次登录后必须修改）：{password}")


def _grant(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    actions.grant_role(
        username=options.name, grant=_given(options), principal=PRINCIPAL, at=datetime.now(UTC)
    )
    print(f"已授予 {options.name}：{ROLE_NAMES[Role(options.role)]}。")


def _revoke(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    account, wanted = _known(options.name), _given(options)
    # Places are kept without the zeros that stand for everything below them.
    place = significant_prefix(full_code(wanted.place)) if wanted.place else ""
    wanted = replace(wanted, place=place)
    found = [held for held in account.grants if held.grant == wanted]
    if not found:
        held_words = "、".join(_words(held.grant) for held in account.grants) or "没有角色"
        raise Refused("unknown_grant", f"“{options.name}”没有这个角色和范围。现有：{held_words}。")
    actions.revoke_role(
        username=options.name, grant_id=found[0].id, principal=PRINCIPAL, at=datetime.now(UTC)
    )
    print(f"已撤销 {options.name} 的{_words(found[0].grant)}。")


def _known(username: str) -> AccountView:
    from onedoor.domain.offices import queries

    found = queries.account_of(username)
    if found is None:
        raise Refused("unknown_user", f"没有用户“{username}”，请核对用户名。", status=404)
    return found


def _disable(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    actions.disable_user(username=options.name, principal=PRINCIPAL, at=datetime.now(UTC))
    print(f"已停用 {options.name}，其登录和令牌全部失效。")


def _enable(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    actions.enable_user(username=options.name, principal=PRINCIPAL, at=datetime.now(UTC))
    print(f"已启用 {options.name}。")


def _reset_password(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    password = actions.reset_password(username=options.name, principal=PRINCIPAL, at=datetime.now(UTC))
    print(f"已重置 {options.name} 的密码，其登录和令牌全部失效。")
    _show(password)


def _reset_factor(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    actions.reset_factor(username=options.name, principal=PRINCIPAL, at=datetime.now(UTC))
    print(f"已解除 {options.name} 的两步验证，请本人登录后重新设置。")


def _unlock(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import actions

    actions.unlock_user(username=options.name, principal=PRINCIPAL, at=datetime.now(UTC))
    print(f"已解除 {options.name} 的登录锁定。")


def _list(options: argparse.Namespace) -> None:
    from onedoor.domain.offices import queries

    tenant = queries.first_tenant()
    after = ""
    while tenant is not None and (found := queries.accounts(tenant.id, after=after)):
        after = found[-1].username
        for row in found:
            roles = "、".join(_words(held.grant) for held in row.grants) or "没有角色"
            state = "在用" if row.active else "已停用"
            print(f"{row.username}\t{row.name}\t{state}\t{'两步验证' if row.has_factor else '-'}\t{roles}")


def _words(grant: Grant) -> str:
    scope = "，".join(part for part in (grant.department, grant.place) if part)
    return f"{ROLE_NAMES[grant.role]}（{scope}）" if scope else ROLE_NAMES[grant.role]
