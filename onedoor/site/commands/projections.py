"""`onedoor projections check`: derives every derived table anew and compares it with the live one."""

from __future__ import annotations

import argparse

from onedoor.site.commands._django import database

MOST_SHOWN = 50


def run(argv: list[str]) -> int:
    """Compare; exit status 1 on any difference."""
    parser = argparse.ArgumentParser(
        "onedoor projections", description="从办件过程重新推算每个办件，与现有数据逐项比较。"
    )
    parser.add_argument("action", choices=["check"], help="check：核对，有差异时返回 1")
    parser.parse_args(argv)
    with database():
        return _check()


def _check() -> int:
    from onedoor.domain.cases.queries import differences

    found = 0
    for difference in differences():
        found += 1
        if found <= MOST_SHOWN:
            print(
                f"{difference.number} {difference.column}：现为 {difference.kept}，应为 {difference.derived}"
            )
    print(f"共 {found} 处差异。" if found else "全部一致。")
    return 1 if found else 0
