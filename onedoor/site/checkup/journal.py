"""The journal at work: what waits for its place, how far the followers are, how old the anchors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from onedoor.core.instants import page_instant
from onedoor.domain.journal import queries
from onedoor.plumbing.home import Home
from onedoor.site.checkup.database import asked
from onedoor.site.checkup.findings import Finding, since
from onedoor.site.supervisor import running

#: Facts without a position, or unread by a follower, that are no longer a moment's backlog.
BACKLOG: Final = 1000
#: Longest that a fact may wait for its position while the worker lives.
LAG: Final = timedelta(minutes=1)
ANCHOR_LATE: Final = timedelta(hours=1)

_OLDEST: Final = """
    SELECT (SELECT count(*) FROM journal_outbox),
           (SELECT f.recorded_at FROM (SELECT stream_id, seq FROM journal_outbox ORDER BY id LIMIT 1) o
            JOIN journal_fact f USING (stream_id, seq))"""


def at_rest() -> bool:
    """Whether the product is stopped, so that nothing is expected to move."""
    return running(Home.current()) is None


def worker_log() -> str:
    """Where the worker writes what went wrong."""
    return str(Home.current().logs / "worker.jsonl")


def outbox() -> Iterator[Finding]:
    """待排序记录"""
    waiting, oldest = asked(_OLDEST)
    lag = max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest else 0.0
    resting = at_rest()
    mend = f"后台任务可能没有运行，请看日志 {worker_log()}。"
    if resting:
        mend = "onedoor up 启动后会自动处理。"
    many, late = waiting > BACKLOG, lag > LAG.total_seconds() and not resting
    yield Finding("待排序记录", f"{waiting} 条", mend if many else "", can_wait=resting, figure=waiting)
    detail = f"最早的一条等了 {lag:.0f} 秒" if waiting else "没有"
    yield Finding("记录等待", detail, mend if late else "", can_wait=not many, figure=lag)


def followers() -> Iterator[Finding]:
    """后续处理"""
    for status in queries.follower_status():
        stuck = status.failures > 0 or status.behind > BACKLOG
        detail = f"到第 {status.position} 条，落后 {status.behind} 条"
        if status.failures:
            detail += f"，连续失败 {status.failures} 次"
        mend = f"请看日志 {worker_log()}。" if stuck else ""
        # Without a failure it is catching up; a worker that does nothing is a fault of its own.
        yield Finding(
            f"后续处理 {status.name}", detail, mend, can_wait=not status.failures, figure=status.behind
        )


def anchors() -> Finding:
    """锚点"""
    status = queries.anchor_status()
    if not queries.anchors_agree(Home.current().anchors_file):
        mend = (
            "请先运行 onedoor journal verify 查明原因。如果确实是恢复了较早的备份，"
            "用 onedoor journal resume 登记后继续签锚。"
        )
        return Finding("锚点", "锚点文件比数据库新，签锚已停止", mend)
    newest = status.newest
    if newest is None:
        return Finding("锚点", f"还没有，已有 {status.uncovered} 条记录")
    at = datetime.now(UTC)
    age, when = at - newest.at, f"{page_instant(newest.at)}（{since(newest.at, at)}）"
    detail = f"最近一次 {when}，其后 {status.uncovered} 条记录"
    late = age > ANCHOR_LATE and status.uncovered
    mend = "一小时以上没有签锚，请确认后台任务在运行（onedoor up）。" if late else ""
    return Finding("锚点", detail, mend, can_wait=at_rest(), figure=age.total_seconds())
