"""`onedoor logs`: the end of a log, in lines a person can read."""

from __future__ import annotations

import argparse

from onedoor.plumbing.home import Home
from onedoor.site.logs import tail

NAMES = {"web": "网站", "worker": "后台任务"}


def run(argv: list[str]) -> int:
    """Print it."""
    options = parser().parse_args(argv)
    path = Home.current().logs / f"{options.name}.jsonl"
    found = tail(path, options.lines, level="error" if options.errors else "")
    print("\n".join(found) if found else f"{path} 里没有{'错误' if options.errors else '内容'}。")
    return 0


def parser() -> argparse.ArgumentParser:
    """What `onedoor logs` takes."""
    made = argparse.ArgumentParser(
        "onedoor logs", description="查看日志的最后几行。日志里没有姓名、证件号码和手机号。"
    )
    made.add_argument("name", choices=NAMES, metavar="名称", help="web 网站，worker 后台任务")
    made.add_argument("--lines", type=int, default=50, metavar="行数", help="默认 50")
    made.add_argument("--errors", action="store_true", help="只看错误")
    return made
