"""`onedoor token USER`: an API token, printed once."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from onedoor.site.commands._django import database
from onedoor.site.commands.user import PRINCIPAL


def run(argv: list[str]) -> int:
    """Make the token and print nothing else on stdout."""
    parser = argparse.ArgumentParser(
        "onedoor token", description="为用户签发接口令牌。令牌只显示这一次，请妥善保管。"
    )
    parser.add_argument("user", metavar="用户名")
    options = parser.parse_args(argv)
    with database():
        from onedoor.domain.offices import actions

        print(actions.issue_token(username=options.user, principal=PRINCIPAL, at=datetime.now(UTC)))
    return 0
