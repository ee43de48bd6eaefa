"""`onedoor due`: the legal clock on the command line, with the shipped calendar.

Loads no Django and reads no database, so it answers at once and anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date

from onedoor.core.calendar import seed_calendar
from onedoor.core.due import DayStatus, Due, ExplainedDay, Limit, Pause, Unit, due, explain
from onedoor.core.instants import format_instant, parse_civil, parse_date, weekday_name
from onedoor.core.refusals import Refused

SUMMARY = "计算办理期限"

_HELP = """\
用法：onedoor due --accepted 日期 --days 数量 [--unit 单位] [--pause 起:止]... [--explain] [--json]

按国务院放假通知计算办理期限的到期日：受理当日不计，次日起算，调休上班日计入。

  --accepted 日期   受理日期，如 2026-09-30；按小时计算时写到分钟，如 2026-09-30T10:30
  --days 数量       时限的数量，0 表示当日到期
  --unit 单位       working 工作日（默认）、calendar 自然日、hours 小时、working-hours 工作小时
  --pause 起:止     暂停：起日之后至止日（含）不计，可写多次；还没恢复时只写“起:”
  --explain         逐日列出是否计入及原因
  --json            输出 JSON
  -h, --help        显示本说明

通知尚未发布的年份按法定节假日推算，到期日标注“暂定”。"""

_STATUS_NAMES = {
    DayStatus.COUNTED: "计入",
    DayStatus.WEEKEND: "周末，不计",
    DayStatus.HOLIDAY: "节假日，不计",
    DayStatus.MAKE_UP: "调休上班，计入",
    DayStatus.PAUSED: "暂停，不计",
}


def run(argv: Sequence[str]) -> int:
    """Print the due date. Exit status 0, or 2 when the question cannot be understood."""
    try:
        options = _options(argv)
        print(_HELP if options.help else _answer(options))
    except Refused as refused:
        print(f"错误：{refused.detail}", file=sys.stderr)
        print(
            "用法示例：onedoor due --accepted 2026-09-30 --days 5，加 --help 查看全部参数。", file=sys.stderr
        )
        return 2
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    """The words on the command line as text; what they mean is read by `_answer`."""
    parser = argparse.ArgumentParser("onedoor due", add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--accepted", default="")
    parser.add_argument("--days", default="")
    parser.add_argument("--unit", default=Unit.WORKING_DAY.value)
    parser.add_argument("--pause", action="append", default=[])
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    try:
        options, unknown = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise Refused("argument_malformed", f"参数 {error.argument_name} 的值缺失或多余，请改正。") from None
    if unknown:
        raise Refused("argument_unknown", f"无法识别“{unknown[0]}”，请删去或改正。")
    return options


def _answer(options: argparse.Namespace) -> str:
    if not options.accepted or not options.days:
        raise Refused("argument_missing", "请用 --accepted 写明受理日期，用 --days 写明时限的数量。")
    start, limit = _moment(options.accepted), Limit(_amount(options.days), _unit(options.unit))
    pauses, calendar = tuple(map(_pause, options.pause)), seed_calendar()
    answer = due(start, limit=limit, calendar=calendar, pauses=pauses)
    days = (
        explain(start, limit=limit, calendar=calendar, pauses=pauses)
        if options.explain or options.json
        else ()
    )
    return _as_json(answer, limit.unit, days) if options.json else _as_text(answer, limit.unit, days)


def _as_json(answer: Due, unit: Unit, days: Sequence[ExplainedDay]) -> str:
    return json.dumps(
        {
            "due": _written(answer, unit),
            "provisional": answer.provisional,
            "calendar_version": answer.calendar_version,
            "days": [{"date": day.date.isoformat(), "status": day.status.value} for day in days],
        },
        ensure_ascii=False,
    )


def _as_text(answer: Due, unit: Unit, days: Sequence[ExplainedDay]) -> str:
    written = _written(answer, unit) or "暂停中，恢复后才能确定到期日"
    mark = "（暂定：该年放假通知尚未发布）" if answer.provisional else ""
    rows = [f"{day.date} {weekday_name(day.date)} {_STATUS_NAMES[day.status]}" for day in days]
    return "\n".join([written + mark, *rows])


def _written(answer: Due, unit: Unit) -> str | None:
    """The due day, or for limits of hours the due instant; None while a pause is open."""
    if answer.date is None or answer.instant is None:
        return None
    if unit in (Unit.HOUR, Unit.WORKING_HOUR):
        return format_instant(answer.instant)
    return answer.date.isoformat()


def _moment(text: str) -> date:
    return parse_civil(text) if "T" in text or " " in text.strip() else parse_date(text)


def _amount(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refused("amount_malformed", f"--days 的值“{text}”不是整数，请改正。") from None


def _unit(text: str) -> Unit:
    try:
        return Unit(text)
    except ValueError:
        known = "、".join(Unit)
        raise Refused("unit_unknown", f"没有“{text}”这个单位，--unit 可写 {known}。") from None


def _pause(text: str) -> Pause:
    start, colon, end = text.partition(":")
    if not colon:
        raise Refused("pause_malformed", f"暂停“{text}”应写成 起:止，如 2026-09-10:2026-09-17。")
    return Pause(parse_date(start), parse_date(end) if end.strip() else None)
