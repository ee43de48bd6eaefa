"""Run every test, the long ones too: first what may run two at a time, then alone what must; one summary, one verdict.

Further arguments go to pytest. The reports, in JUnit's form, stay in .cache/nightly.
"""

from __future__ import annotations

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Name, what pytest is told. Together they select every test once: `-m` takes the place of the one in pyproject.
PARTS = (
    # In the order of the files, in which the longest come early, not by their number of tests.
    (
        "together",
        "两个两个一起",
        ("-m", "not alone", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"),
    ),
    ("alone", "一个一个单独", ("-m", "alone", "-p", "no:xdist", "-v", "-rP")),
)
REPORTS = Path(".cache/nightly")
SLOWEST = 15


@dataclass
class Part:
    """What one part came to; `status` is pytest's own."""

    title: str
    status: int
    seconds: float
    outcomes: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    durations: list[tuple[float, str]] = field(default_factory=list)

    def read(self, report: Path) -> None:
        """Take in the report of the tests; a run that broke off has left none."""
        if not report.exists():
            self.bad.append(f"{self.title}：没有跑完，没有报告")
            return
        for case in ET.parse(report).iter("testcase"):  # noqa: S314  written by ourselves a moment ago
            name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
            kind = next((part.tag for part in case if part.tag in ("failure", "error", "skipped")), "passed")
            self.outcomes[kind] += 1
            self.durations.append((float(case.get("time", 0)), name))
            if kind in ("failure", "error"):
                self.bad.append(name)

    def told(self) -> str:
        """The part in a line."""
        counts = [
            f"{self.outcomes[kind]} 项{word}"
            for kind, word in (
                ("passed", "通过"),
                ("failure", "失败"),
                ("error", "出错"),
                ("skipped", "跳过"),
            )
            if self.outcomes[kind]
        ]
        return f"{self.title}：{'，'.join(counts) or '没有测试'}，{self.seconds / 60:.1f} 分钟"


def run(name: str, title: str, options: Sequence[str], more: Sequence[str]) -> Part:
    """One part, to its end."""
    report = (REPORTS / f"{name}.xml").resolve()
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    print(f"== {title}：pytest {' '.join([*options, *more])}", flush=True)
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", *more]
    part = Part(title, subprocess.run(command, check=False).returncode, time.monotonic() - begun)
    part.read(report)
    return part


def main() -> int:
    """Both parts, whatever becomes of the first; 1 unless both are good."""
    parts = [run(*part, sys.argv[1:]) for part in PARTS]
    print(f"\n== 最慢的 {SLOWEST} 项")
    for seconds, name in sorted((each for part in parts for each in part.durations), reverse=True)[:SLOWEST]:
        print(f"{seconds:8.1f} 秒  {name}")
    print("\n== 小结")
    for part in parts:
        print(part.told())
        for name in part.bad:
            print(f"  未通过：{name}")
    good = not any(part.status for part in parts)
    print(f"合计 {sum(part.seconds for part in parts) / 60:.1f} 分钟：{'全部通过' if good else '没有通过'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
