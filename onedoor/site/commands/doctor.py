"""`onedoor doctor`: everything looked at, each fault named with its mend."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.commands._django import database

if TYPE_CHECKING:
    from onedoor.site.checkup import Finding


def run(argv: list[str]) -> int:
    """Look at everything; 1 if anything needs mending."""
    parser = argparse.ArgumentParser("onedoor doctor", description="逐项检查系统，指出问题和解决办法。")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    options = parser.parse_args(argv)
    findings = _look(Home.current())
    if options.json:
        print(json.dumps([_as_json(finding) for finding in findings], ensure_ascii=False))
    else:
        print("\n".join(_as_text(finding) for finding in findings))
        faults = sum(not finding.well for finding in findings)
        print(f"\n发现 {faults} 处问题。" if faults else "\n一切正常。")
    return 0 if all(finding.well for finding in findings) else 1


def _look(home: Home) -> list[Finding]:
    from onedoor.site.checkup import Finding, database_checks, home_checks
    from onedoor.site.supervisor import healthy, running

    findings = list(home_checks(home))
    try:
        with database():
            findings += database_checks(home)
    except HomeFault as fault:
        return [*findings, Finding("数据库", "不可用", str(fault))]
    record = running(home)
    if record is None:
        findings.append(Finding("网站", "没有运行（onedoor up 启动）"))
    elif healthy(record["url"]):
        findings.append(Finding("网站", f"{record['url']} 正常"))
    else:
        log = home.logs / "web.log"
        findings.append(Finding("网站", f"{record['url']} 没有回应", f"请看日志 {log}，必要时重新启动。"))
    return findings


def _as_json(finding: Finding) -> dict[str, object]:
    return {"name": finding.name, "well": finding.well, "detail": finding.detail, "mend": finding.mend}


def _as_text(finding: Finding) -> str:
    mark = "✗" if not finding.well else "！" if finding.mend else "✓"
    line = f"{mark} {finding.name}：{finding.detail}"
    return f"{line}\n    → {finding.mend}" if finding.mend else line
