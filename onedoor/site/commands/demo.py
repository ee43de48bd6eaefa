"""`onedoor demo`: sets up the demo county in an installation that has no county yet."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from onedoor.site.commands._django import database


def run(argv: list[str]) -> int:
    """Load the demo county unless there is one, and let it live; what is there is never changed."""
    parser = argparse.ArgumentParser(
        "onedoor demo", description="准备演示县（虚构的明渠县）。已有县（市、区）数据时什么也不做。"
    )
    parser.add_argument("--empty", action="store_true", help="不要虚构的办件，从空白开始")
    options = parser.parse_args(argv)
    with database():
        from onedoor.domain.offices.queries import first_tenant
        from onedoor.site.demo.life import AGE, live_until
        from onedoor.site.demo.loader import load_demo

        if first_tenant() is not None:
            return 0
        at = datetime.now(UTC)
        tenant_id = load_demo(at=at - AGE)
        if not options.empty:
            live_until(at, tenant_id)
    return 0
