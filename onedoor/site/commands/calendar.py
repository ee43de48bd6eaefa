"""`onedoor calendar`: the working calendar, and loading the yearly notice."""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from onedoor.core.calendar import DayKind
from onedoor.core.refusals import Problem, Refused
from onedoor.site.commands._django import database

_KINDS = {
    "holiday": DayKind.HOLIDAY,
    "make_up": DayKind.MAKE_UP,
    "makeup_workday": DayKind.MAKE_UP,
    "假日": DayKind.HOLIDAY,
    "补班": DayKind.MAKE_UP,
}


def run(argv: list[str]) -> int:
    """Show the calendar in force, or put a new edition in force."""
    options = _parser().parse_args(argv)
    if options.verb == "show":
        with database():
            return _show()
    days = read_days(options.file)
    with database():
        version = _load(days)
    years = "、".join(str(year) for year in sorted({day.year for day in days}))
    print(f"已启用第 {version} 版日历（更新了 {years} 年）。正在办理的办件会在一分钟内重新计算期限。")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("onedoor calendar", description="查看、更新工作日历。")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    verbs.add_parser("show", help="现行日历各年的放假和补班天数")
    load = verbs.add_parser(
        "load",
        help="导入放假通知",
        description="CSV 文件，两列 date,kind；kind 为 假日 或 补班。文件里出现的年份整年以文件为准。",
    )
    load.add_argument("file", type=Path, metavar="文件")
    return parser


def _show() -> int:
    from onedoor.domain.offices import queries

    tenant = queries.first_tenant()
    if tenant is None:
        raise Refused("no_tenant", "还没有县（市、区）的数据。请先运行 onedoor county load。")
    calendar = queries.current_calendar(tenant.id)
    print(f"第 {calendar.version} 版")
    counted = Counter((day.year, kind) for day, kind in calendar.exceptions.items())
    for year in sorted(calendar.known_years):
        print(
            f"{year} 年：放假 {counted[year, DayKind.HOLIDAY]} 天，补班 {counted[year, DayKind.MAKE_UP]} 天"
        )
    print("其他年份没有放假通知，期限标为暂定。")
    return 0


def read_days(path: Path) -> dict[date, DayKind]:
    """The days of a notice. Raises Refused("invalid_calendar") with one problem a faulty line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise Refused("unreadable_file", f"读不到文件 {path}（{error.strerror}），请核对路径。") from error
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"{path} 不是 UTF-8 编码，请另存为 UTF-8 后再导入。") from error
    days: dict[date, DayKind] = {}
    problems = []
    for line, row in enumerate(rows, start=2):
        kind = _KINDS.get((row.get("kind") or "").strip())
        try:
            day = date.fromisoformat((row.get("date") or "").strip())
        except ValueError:
            day = None
        if kind is None or day is None or day in days:
            detail = "日期应写成 2026-10-01 且不重复，kind 应为 假日 或 补班。"
            problems.append(Problem(f"第 {line} 行", "invalid_day", detail))
        else:
            days[day] = kind
    if problems or not days:
        detail = "日历文件有误，请按提示修改后再导入。" if problems else "日历文件里没有日期，请核对。"
        raise Refused("invalid_calendar", detail, errors=tuple(problems))
    return days


def _load(days: dict[date, DayKind]) -> int:
    from onedoor.domain.offices import actions, queries

    tenant = queries.first_tenant()
    if tenant is None:
        raise Refused("no_tenant", "还没有县（市、区）的数据。请先运行 onedoor county load。")
    present = queries.current_calendar(tenant.id)
    years = frozenset(day.year for day in days)
    kept = {day: kind for day, kind in present.exceptions.items() if day.year not in years}
    return actions.amend_calendar(
        tenant_id=tenant.id,
        exceptions={**kept, **days},
        years=present.known_years | years,
        principal="command",
        at=datetime.now(UTC),
    )
