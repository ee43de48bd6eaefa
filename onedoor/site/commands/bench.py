"""`onedoor bench NAME`: one figure beside its reference, measured in one run."""

from __future__ import annotations

import argparse
import json
import os
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any

from onedoor.plumbing.home import HomeFault
from onedoor.site import bench


def run(argv: list[str]) -> int:
    """Measure and print."""
    names = available()
    parser = argparse.ArgumentParser(
        "onedoor bench", description="性能测试：每个数字旁边是同一次运行里的参照。"
    )
    parser.add_argument("name", metavar="名称", help="、".join(names))
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--quick", action="store_true", help="一分钟内完成")
    options = parser.parse_args(argv)
    if options.name not in names:
        raise HomeFault(f"没有名为“{options.name}”的性能测试。可用的有：{'、'.join(names)}。")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    module = f"{options.name}_" if iskeyword(options.name) else options.name
    result = import_module(f"onedoor.site.bench.{module}").run(quick=options.quick)
    print(json.dumps(result, ensure_ascii=False) if options.json else table(result))
    return 0


def available() -> list[str]:
    """Names of the benchmarks there are: public modules of `onedoor.site.bench`; one named like a word of Python has
    an underscore behind."""
    folder = Path(bench.__path__[0])
    return sorted(path.stem.rstrip("_") for path in folder.glob("*.py") if not path.stem.startswith("_"))


def table(result: dict[str, Any]) -> str:
    """The same as lines a person can read."""
    lines = [f"{result['bench']}（参照：{result['reference']}）", f"  比值 {result['ratio']}"]
    rest = {k: v for k, v in result.items() if k not in ("bench", "reference", "ratio", "figures")}
    lines += [f"  {name}: {value}" for name, value in {**rest, **result["figures"]}.items()]
    return "\n".join(lines)
