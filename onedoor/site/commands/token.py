"""`onedoor token USER`: an API token, printed once."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from onedoor.site.commands._django import database
from onedoor.site.commands.user import PRINCIPAL


def run(argv: list[str]) -> int:
    """Make the token and print nothing else on stdout."""
    parser = argparse.ArgumentParser(
        "onedoor token",
        description="为用户签发接口令牌。令牌只显示这一次，请妥善保管；在网页的“我的账号”里可以查看和停用。",
    )
    parser.add_argument("user", metavar="用户名")
    parser.add_argument("--days", type=int, default=90, metavar="天数", help="有效天数，默认 90，最多 366")
    parser.add_argument("--name", default="", metavar="用途", help="给哪个程序用")
    options = parser.parse_args(argv)
    with database():
        from onedoor.domain.offices import actions

        token = actions.issue_token(
            username=options.user,
            principal=PRINCIPAL,
            at=datetime.now(UTC),
            days=options.days,
            name=options.name,
        )
        print(token)
    return 0
