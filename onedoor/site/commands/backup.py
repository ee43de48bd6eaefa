"""`onedoor backup DIR`: a verified copy of everything but the keys; `onedoor backup drill DIR`: the proof."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home
from onedoor.site import traces
from onedoor.site.commands._django import database


def run(argv: list[str]) -> int:
    """Back up and say what was kept, or restore a backup elsewhere to prove it."""
    if argv[:1] == ["drill"]:
        return _drill(drill_parser().parse_args(argv[1:]).folder)
    options = parser().parse_args(argv)
    return _back_up(options.folder, options.keep)


def parser() -> argparse.ArgumentParser:
    """What `onedoor backup` takes."""
    made = argparse.ArgumentParser(
        "onedoor backup",
        description="备份数据库、文书和锚点，并核对备份。恢复演练见 onedoor backup drill --help。",
    )
    made.add_argument("folder", type=Path, metavar="目录", help="备份放在这个目录下的新文件夹里")
    made.add_argument(
        "--keep", type=_at_least_one, metavar="份数", help="备份成功后只保留最新的这么多份，旧的删除"
    )
    return made


def drill_parser() -> argparse.ArgumentParser:
    """What `onedoor backup drill` takes."""
    made = argparse.ArgumentParser(
        "onedoor backup drill",
        description="恢复演练：把备份恢复到临时的空目录，逐项核对后删除。不影响正在运行的系统。",
    )
    made.add_argument("folder", type=Path, metavar="目录", help="一份备份，或放备份的目录（取最新一份）")
    return made


def _at_least_one(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("至少保留 1 份")
    return count


def _back_up(folder: Path, keep: int | None) -> int:
    home, began = Home.current(), time.monotonic()
    with _noted(home, traces.BACKUP) as left, database():
        from onedoor.site.backup import back_up, prune, verify_files

        made = back_up(home, folder, at=datetime.now(UTC))
        manifest = verify_files(made)
        gone = prune(folder, keep) if keep else []
        contents = manifest["contents"]
        left |= {"folder": str(made.absolute()), "facts": contents["rows"]["journal_fact"]}
        left |= {"files": manifest["blobs"]["count"], "seconds": round(time.monotonic() - began)}
    print(f"已备份到 {made}")
    print(f"  办件过程 {left['facts']} 条，{contents['streams']} 条链；文件 {left['files']} 个")
    for path in gone:
        print(f"  已删除旧备份 {path.name}")
    print("密钥不在备份里。请用 onedoor keys export 导出密钥，与备份分开保管。")
    return 0


def _drill(folder: Path) -> int:
    home = Home.current()
    with _noted(home, traces.DRILL) as left:
        from onedoor.site.drill import drill

        done = drill(home, folder)
        proof = done.proof
        left |= {"folder": str(done.source.absolute()), "facts": proof.facts, "seconds": done.seconds}
    print(f"恢复演练通过：{done.source.name}，用时 {done.seconds} 秒")
    print(f"  逐表核对一致；{proof.streams} 条记录链、{proof.facts} 条记录、{proof.anchors} 个锚点核验通过")
    print(f"  派生数据与办件过程一致；文件 {done.files} 个与备份一致")
    print(f"  抽查能打开：办件 {proof.cases_opened} 个，文件 {proof.files_opened} 个")
    return 0


@contextmanager
def _noted(home: Home, name: str) -> Iterator[dict[str, Any]]:
    """Leave a trace of what was done, or of the fault."""
    left: dict[str, Any] = {}
    try:
        yield left
    except (Refused, OSError) as error:
        fault = error.detail if isinstance(error, Refused) else str(error.strerror)
        if home.root.is_dir():
            traces.leave(home, name, {"fault": fault[:300]}, at=datetime.now(UTC))
        raise
    traces.leave(home, name, left, at=datetime.now(UTC))
