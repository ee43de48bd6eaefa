"""`onedoor county`: sets up the county that this installation is to serve."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from onedoor.core.refusals import Refused
from onedoor.site.commands._django import database

TEMPLATE = Path(__file__).parent.parent / "demo" / "county.yaml"


def run(argv: list[str]) -> int:
    """Print a template, or set up the county of a file."""
    options = _parser().parse_args(argv)
    if options.verb == "template":
        print(TEMPLATE.read_text("utf-8").split("\nstaff:")[0])
        return 0
    document = _read(options.file)
    with database():
        from onedoor.site.county import check_county, set_up_county

        if options.dry_run:
            problems = check_county(document)
            for problem in problems:
                print(f"{problem.pointer}：{problem.detail}")
            print(f"共 {len(problems)} 处问题。" if problems else "没有问题，可以导入。")
            return 1 if problems else 0
        set_up_county(document, principal="command", at=datetime.now(UTC))
    print("已建立本县。接着用 onedoor user add 建立管理员，用 onedoor catalog import 导入事项。")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "onedoor county", description="建立本县：部门、区划、大厅窗口和工作日历。"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    verbs.add_parser("template", help="打印一份可以照着改的样例（YAML）")
    load = verbs.add_parser("load", help="从文件建立本县")
    load.add_argument("file", type=Path, metavar="文件", help="YAML 文件，格式见 onedoor county template")
    load.add_argument("--dry-run", action="store_true", help="只检查，不导入")
    return parser


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise Refused("unreadable_file", f"读不到文件 {path}（{error.strerror}），请核对路径。") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused("not_yaml", f"{path} 不是 UTF-8 编码的 YAML，请对照样例修改。") from error
