"""`onedoor keys export|import`: the keys of a home, to be kept where the backup is not."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site import traces
from onedoor.site.commands._django import database

FORMAT = "onedoor-keys-1"


def run(argv: list[str]) -> int:
    """Write the keys out, or give them to a home that has none."""
    parser = argparse.ArgumentParser("onedoor keys", description="导出或导入密钥。密钥请与备份分开保管。")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    export = verbs.add_parser("export", help="导出主密钥、签锚密钥和数据库密码", description="导出密钥。")
    export.add_argument("--out", type=Path, metavar="文件", help="写入文件（仅本人可读）；不写则显示在屏幕上")
    verbs.add_parser("monitoring", help="显示监控令牌", description="显示读取 /metrics 用的监控令牌。")
    verbs.add_parser(
        "check", help="试着打开加密的内容", description="随机抽取办件和文件，看本机的密钥能不能打开。"
    )
    entry = verbs.add_parser("import", help="把导出的密钥放进一个新的数据目录", description="导入密钥。")
    entry.add_argument("file", type=Path, metavar="文件")
    options = parser.parse_args(argv)
    if options.verb == "export":
        return _export(Home.current(), options.out)
    if options.verb == "monitoring":
        print(Home.current().secret("monitoring"))
        return 0
    if options.verb == "check":
        return _check()
    return _import(Home.current(), options.file)


def _export(home: Home, out: Path | None) -> int:
    if not home.master_key.exists():
        raise HomeFault(f"{home.root} 还没有密钥。请先运行 onedoor up，或检查环境变量 ONEDOOR_HOME。")
    content = {"format": FORMAT, "master": home.master().hex(), "database": home.passwords()}
    if home.anchor_key.exists():
        content["anchor"] = home.anchor_key.read_bytes().hex()
    text = json.dumps(content, indent=2)
    if out is None:
        print(text)
        _note(home)
        return 0
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    except FileExistsError as error:
        raise HomeFault(f"{out} 已存在，不会覆盖。请换一个文件名。") from error
    _note(home)
    print(f"密钥已写入 {out}。请存放到安全的地方，不要与数据备份放在一起。", file=sys.stderr)
    return 0


def _check() -> int:
    with database():
        from onedoor.site.keycheck import try_keys

        found = try_keys()
    print(
        f"办件 {found.cases_opened}/{found.cases} 个、文件 {found.files_opened}/{found.files} 个能打开。"
        + ("" if found.all else "密钥与数据不符，或文件已损坏。")
    )
    return 0 if found.all else 1


def _note(home: Home) -> None:
    """Remember that these keys have been exported; `onedoor doctor` asks."""
    traces.leave(home, traces.KEYS, {"mark": home.secret("export-mark")[:16]}, at=datetime.now(UTC))


def _import(home: Home, source: Path) -> int:
    if home.master_key.exists():
        raise HomeFault(f"{home.root} 已有密钥，不会覆盖。请用环境变量 ONEDOOR_HOME 指定一个新的数据目录。")
    try:
        content = json.loads(source.read_text("ascii"))
        if content["format"] != FORMAT:
            raise ValueError(content["format"])
        files = {
            home.master_key: bytes.fromhex(content["master"]),
            home.database_passwords: json.dumps(content["database"], indent=2).encode(),
        }
        if "anchor" in content:
            files[home.anchor_key] = bytes.fromhex(content["anchor"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HomeFault(f"{source} 不是 onedoor keys export 导出的文件。") from error
    home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, secret in files.items():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
    home.ensure()
    print(f"密钥已放入 {home.keys}。")
    return 0
