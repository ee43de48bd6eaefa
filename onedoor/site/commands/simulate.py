"""`onedoor simulate`: a virtual county lives some days in the demo county, through the real actions."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from onedoor.core.instants import civil_date, end_of_day, parse_date
from onedoor.core.refusals import Refused
from onedoor.site.commands._django import database

if TYPE_CHECKING:
    from onedoor.simulation.tally import Tally
    from onedoor.simulation.world import Plan

#: Seconds between two lines of progress.
PROGRESS_SECONDS = 2.0
MOST_DAYS, MOST_CASES = 3660, 100_000
EARLIEST = date(2000, 1, 1)


def run(argv: list[str]) -> int:
    """Live, tell how far it is every two seconds, and what was done at the end."""
    options = _parser().parse_args(argv)
    now = datetime.now(UTC)
    last = options.until or civil_date(now)
    if not EARLIEST <= last <= civil_date(now):
        raise Refused("until_out_of_range", f"--until 应在 {EARLIEST} 至今天（{civil_date(now)}）之间。")
    with database():
        from onedoor.simulation.county import live
        from onedoor.site.wiring import FOLLOWERS

        progress = _Progress()
        plan = _plan(options, last, now)
        tally = live(plan, watching=progress, following=FOLLOWERS["cases.bundles"])
        print("\n".join(_summary(tally, progress.seconds)))
    return 0


def _plan(options: argparse.Namespace, last: date, now: datetime) -> Plan:
    """The plan of the options: whole days up to the last, which ends now if it is today."""
    from onedoor.domain.offices import queries as offices
    from onedoor.simulation.world import Plan

    tenant = offices.first_tenant()
    if tenant is None:
        raise Refused("no_county", "还没有县（市、区）的数据。请先运行 onedoor demo 准备演示县。")
    return Plan(
        tenant_id=tenant.id,
        first=last - timedelta(days=options.days - 1),
        end=min(now, end_of_day(last)),
        cases_per_day=options.cases_per_day,
        seed=options.seed,
    )


@dataclass(slots=True)
class _Progress:
    """Says now and then how far the county has come."""

    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def __call__(self, at: datetime, tally: Tally) -> None:
        if time.monotonic() - self.told < PROGRESS_SECONDS:
            return
        self.told = time.monotonic()
        rate = tally.cases / self.seconds
        print(f"{civil_date(at)}　收件 {tally.filed}，办理 {tally.acts} 次，每秒 {rate:.0f} 件", flush=True)


def _summary(tally: Tally, seconds: float) -> list[str]:
    """A table of what was done: one line a figure, the words in one column."""
    mean = tally.mean_working_days
    rows = {
        "收件": f"{tally.filed}（其中网上 {tally.online}）",
        "一件事": f"{tally.together} 件（各事项都算在收件里）",
        "留下草稿": tally.drafts,
        "受理": f"{tally.accepted}（另有视为受理 {tally.deemed}）",
        "补正": tally.corrected,
        "不予受理": tally.declined,
        "撤回": tally.withdrawn,
        "特别程序": tally.suspended,
        "延期": tally.extended,
        "决定": f"{tally.decided}（其中不予许可 {tally.refused}）",
        "办结": tally.delivered,
        "有超时": tally.overdue,
        "评价": f"{tally.rated}（{'，'.join(f'{level} 分 {tally.levels[level]}' for level in range(5, 0, -1))}）",
        "平均用时": f"{mean:.1f} 个工作日（受理到决定）" if mean is not None else "还没有决定",
    }
    if tally.left:
        rows["由他人接手"] = tally.left
    width = max(map(len, rows))
    lines = [f"{name.ljust(width, '　')}　{figure}" for name, figure in rows.items()]
    return [*lines, f"用时 {seconds:.1f} 秒，每秒 {tally.cases / max(seconds, 0.001):.0f} 件。"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "onedoor simulate", description="让演示县过几天日子：虚构的申请人和工作人员，按真实的流程办件。"
    )
    parser.add_argument(
        "--days", type=_amount(MOST_DAYS), required=True, metavar="N", help="过多少天（含周末）"
    )
    parser.add_argument(
        "--cases-per-day",
        type=_amount(MOST_CASES),
        required=True,
        metavar="M",
        help="每个工作日大约多少件申请",
    )
    parser.add_argument("--seed", type=int, default=1, help="随机数种子，默认 1；种子和日期相同，经过就相同")
    parser.add_argument("--until", type=parse_date, metavar="日期", help="最后一天，如 2026-09-30；默认今天")
    return parser


def _amount(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to `most`."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"应为 1 到 {most} 的整数")
        return int(text)

    return read
