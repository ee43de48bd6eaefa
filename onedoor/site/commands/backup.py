"""`onedoor backup DIR`: a verified copy of everything but the keys, while the product goes on working."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from onedoor.plumbing.home import Home
from onedoor.site.commands._django import database


def run(argv: list[str]) -> int:
    """Back up and say what was kept."""
    parser = argparse.ArgumentParser("onedoor backup", description="备份数据库、文书和锚点，并核对备份。")
    parser.add_argument("folder", type=Path, metavar="目录", help="备份放在这个目录下的新文件夹里")
    options = parser.parse_args(argv)
    with database():
        from onedoor.site.backup import back_up, verify_files

        made = back_up(Home.current(), options.folder, at=datetime.now(UTC))
        manifest = verify_files(made)
    contents = manifest["contents"]
    print(f"已备份到 {made}")
    facts = f"办件过程 {contents['rows']['journal_fact']} 条，{contents['streams']} 条链"
    print(f"  {facts}；文件 {manifest['blobs']['count']} 个")
    print("密钥不在备份里。请用 onedoor keys export 导出密钥，与备份分开保管。")
    return 0
