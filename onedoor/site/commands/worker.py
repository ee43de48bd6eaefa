"""`onedoor worker`: the background jobs, in a process of their own."""

from __future__ import annotations

import argparse
import os
import sys

from onedoor.site.commands._django import database


def run(argv: list[str]) -> int:
    """Work until told to stop."""
    parser = argparse.ArgumentParser(
        "onedoor worker", description="运行后台任务：排序记录、生成文书、发送短信、检查期限。按 Ctrl-C 停止。"
    )
    parser.add_argument("--once", action="store_true", help="每项任务只做一遍就退出")
    parser.add_argument(
        "--only", default="", metavar="任务", help="与 --once 合用：只做这一项，如 catalog.batches"
    )
    options = parser.parse_args(argv)
    if options.only and not options.once:
        parser.error("--only 要和 --once 一起用。")
    if options.once:
        if options.only:
            # It is done beside the work of others, who wait for an answer.
            os.nice(10)
        with database():
            from onedoor.site.worker import run_once

            print(f"完成 {run_once(only=options.only)} 项。")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    import django

    django.setup()
    from onedoor.site.logs import last_word
    from onedoor.site.worker import work

    sys.excepthook = last_word
    work()
    return 0
