"""`onedoor demo`: sets up the demo county in an installation that has no county yet."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from onedoor.site.commands._django import database


def run(argv: list[str]) -> int:
    """Load the demo county unless there is one; what is there is never changed."""
    parser = argparse.ArgumentParser(
        "onedoor demo", description="准备演示县（虚构的明渠县）。已有县（市、区）数据时什么也不做。"
    )
    parser.parse_args(argv)
    with database():
        from onedoor.site.demo.loader import load_demo

        load_demo(at=datetime.now(UTC))
    return 0
