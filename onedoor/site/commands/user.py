"""`onedoor user add`: the first administrator, and everyone added from the command line."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from datetime import UTC, datetime

from onedoor.core.refusals import Refused
from onedoor.domain.offices.terms import ROLE_NAMES, Grant, Role
from onedoor.site.commands._django import database

#: How facts name whoever works at the command line.
PRINCIPAL = "command"


def run(argv: list[str]) -> int:
    """Open the account and print its password if none was typed."""
    options = _parser().parse_args(argv)
    role = Role(options.role)
    with database():
        password = _password(options.password_stdin)
        _add(options, role, password)
    print(f"已建立用户 {options.name}（{ROLE_NAMES[role]}）。")
    if not (options.password_stdin or sys.stdin.isatty()):
        print(f"初始密码（只显示这一次）：{password}")
    return 0


def _parser() -> argparse.ArgumentParser:
    roles = "、".join(f"{role.value} {name}" for role, name in ROLE_NAMES.items())
    parser = argparse.ArgumentParser("onedoor user", description="管理用户。")
    verbs = parser.add_subparsers(required=True, metavar="操作")
    add = verbs.add_parser("add", help="建立用户", description=f"建立用户并授予一个角色。角色：{roles}。")
    add.add_argument("name", metavar="用户名")
    add.add_argument("--role", required=True, choices=[role.value for role in Role], metavar="角色")
    add.add_argument("--department", metavar="部门编码", help="角色只在这个部门有效；不写则全县有效")
    add.add_argument("--place", default="", metavar="区划代码", help="角色只在这个乡镇或村有效")
    add.add_argument("--display-name", metavar="姓名", help="页面上显示的姓名，默认同用户名")
    add.add_argument("--password-stdin", action="store_true", help="从标准输入读取密码")
    return parser


def _password(from_stdin: bool) -> str:
    """As typed twice at a terminal, as piped in, or a random one."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        return secrets.token_urlsafe(12)
    password = getpass.getpass("密码：")
    if getpass.getpass("再输一遍：") != password:
        raise Refused("passwords_differ", "两次输入的密码不一致，请重新运行命令。")
    return password


def _add(options: argparse.Namespace, role: Role, password: str) -> None:
    from onedoor.domain.offices import actions, queries

    tenant = queries.first_tenant()
    if tenant is None:
        raise Refused("no_tenant", "还没有县（市、区）的数据。请先运行 onedoor county load 建立本县。")
    if options.department and queries.department(tenant.id, options.department) is None:
        known = "、".join(queries.departments(tenant.id))
        raise Refused(
            "unknown_department", f"没有编码为“{options.department}”的部门。已有：{known or '（无）'}。"
        )
    actions.add_user(
        tenant_id=tenant.id,
        username=options.name,
        name=options.display_name or options.name,
        password=password,
        grants=(Grant(role, options.department, options.place),),
        principal=PRINCIPAL,
        at=datetime.now(UTC),
    )
