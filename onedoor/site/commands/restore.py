"""`onedoor restore DIR`: fills an empty home from a backup and proves that it holds the same."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from onedoor.plumbing.database.embedded import EmbeddedCluster
from onedoor.plumbing.database.settings import uses_embedded
from onedoor.plumbing.home import Home
from onedoor.site.commands.migrate import grant_rights


def run(argv: list[str]) -> int:
    """Restore, give the application its rights, stop the database again."""
    parser = argparse.ArgumentParser(
        "onedoor restore", description="从备份恢复到一个空的数据目录。先用 onedoor keys import 导入密钥。"
    )
    parser.add_argument("folder", type=Path, metavar="备份目录", help="onedoor backup 生成的文件夹")
    options = parser.parse_args(argv)
    os.environ["ONEDOOR_DB_ROLE"] = "owner"
    home = Home.current()
    try:
        from onedoor.site.backup import restore

        contents = restore(home, options.folder)
        grant_rights()
    finally:
        if uses_embedded() and home.pg.is_dir():
            EmbeddedCluster(home).stop()
    print(f"已恢复到 {home.root}，与备份逐表核对一致：办件过程 {contents.rows['journal_fact']} 条。")
    print("请运行 onedoor up 启动，再用 onedoor journal verify 核验记录。")
    return 0
