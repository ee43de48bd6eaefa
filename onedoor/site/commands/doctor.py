"""`onedoor doctor`: everything looked at, each fault named with its mend."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.commands._django import database

if TYPE_CHECKING:
    from onedoor.site.checkup import Finding, Section

MARKS = {"well": "✓", "notice": "！", "fault": "✗"}


def run(argv: list[str]) -> int:
    """Look at everything; 1 if anything needs mending."""
    parser = argparse.ArgumentParser("onedoor doctor", description="逐项检查系统，指出问题和解决办法。")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument(
        "--port", type=int, default=8000, help="网站没有运行时检查这个端口是否空闲，默认 8000"
    )
    options = parser.parse_args(argv)
    sections = _look(Home.current(), options.port)
    findings = [finding for section in sections for finding in section.findings]
    if options.json:
        shown = [_as_json(section, finding) for section in sections for finding in section.findings]
        print(json.dumps(shown, ensure_ascii=False))
    else:
        for section in sections:
            print(f"{section.name}\n" + "\n".join(map(_as_text, section.findings)) + "\n")
        print(_summary(findings))
    return 0 if all(finding.well for finding in findings) else 1


def _look(home: Home, port: int) -> list[Section]:
    from onedoor.site.checkup import Finding, Section, database_sections, home_sections

    sections = list(home_sections(home))
    try:
        with database():
            sections += database_sections()
    except HomeFault as fault:
        return [*sections, Section("数据库", (Finding("数据库", "不可用", str(fault)),))]
    return [*sections, Section("网站", (_web(home, port),))]


def _web(home: Home, port: int) -> Finding:
    from onedoor.site.checkup import Finding
    from onedoor.site.supervisor import Plan, healthy, port_fault, running

    record = running(home)
    if record is None:
        fault = port_fault(Plan(host="127.0.0.1", port=port))
        return Finding(
            "网站", f"没有运行（onedoor up 启动），端口 {port} {'不可用' if fault else '空闲'}", fault, True
        )
    if healthy(record["url"]):
        return Finding("网站", f"{record['url']} 正常")
    log = home.logs / "web.log"
    return Finding("网站", f"{record['url']} 没有回应", f"请看日志 {log}，必要时重新启动。")


def _as_json(section: Section, finding: Finding) -> dict[str, object]:
    return {
        "section": section.name,
        "name": finding.name,
        "level": finding.level.value,
        "well": finding.well,
        "detail": finding.detail,
        "mend": finding.mend,
        "figure": finding.figure,
    }


def _as_text(finding: Finding) -> str:
    line = f"  {MARKS[finding.level]} {finding.name}：{finding.detail}"
    return f"{line}\n      → {finding.mend}" if finding.mend else line


def _summary(findings: list[Finding]) -> str:
    faults = sum(not finding.well for finding in findings)
    notices = sum(finding.level == "notice" for finding in findings)
    return f"发现 {faults} 处故障、{notices} 处注意。" if faults or notices else "一切正常。"
