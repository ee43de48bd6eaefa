"""The checks of `onedoor doctor`: each looks at one thing, and names the mend where something is wrong."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.supervisor import running

#: Free space below which an installation is at risk, in bytes.
LEAST_FREE = 2 * 1024**3
#: Facts without a position, or unread by a follower, that are no longer a moment's backlog.
BACKLOG = 1000
STATIC = Path(__file__).resolve().parent.parent / "faces" / "static" / "dist"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `mend` is empty when all is well. What `can_wait` is a reminder, not yet a fault."""

    name: str
    detail: str
    mend: str = ""
    can_wait: bool = False

    @property
    def well(self) -> bool:
        return not self.mend or self.can_wait


def home_checks(home: Home) -> Iterator[Finding]:
    """Folders, keys, disk and pages; needs no database."""
    yield _folders(home)
    yield _key(home)
    yield _disk(home)
    yield _pages()


def database_checks(home: Home) -> Iterator[Finding]:
    """Server, tables, rights, the journal's followers, the calendar; the database must be reachable."""
    checks: tuple[Callable[[], Finding], ...] = (
        _server,
        _migrations,
        _rights,
        _outbox,
        _anchors,
        _calendar,
    )
    for check in checks:
        yield _guarded(check)
    yield from _guarded_followers()


def _guarded(check: Callable[[], Finding]) -> Finding:
    """A check that cannot be made is itself a finding."""
    try:
        return check()
    except Exception as error:
        name = (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")
        return Finding(
            name, f"无法检查（{type(error).__name__}）", "请先解决上面的问题，再运行 onedoor doctor。"
        )


def _folders(home: Home) -> Finding:
    if not home.root.is_dir():
        return Finding("数据目录", f"{home.root} 不存在", "请运行 onedoor up，或检查环境变量 ONEDOOR_HOME。")
    loose = [
        path
        for path in (home.keys, home.blobs, home.anchors, home.logs, home.master_key, home.database_passwords)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        return Finding(
            "数据目录", f"其他用户可读：{'、'.join(map(str, loose))}", f"请执行：chmod -R go-rwx {home.root}"
        )
    return Finding("数据目录", str(home.root))


def _key(home: Home) -> Finding:
    if not home.master_key.exists():
        return Finding("主密钥", "没有主密钥", "请运行 onedoor up 建立，或从备份恢复 keys 目录。")
    try:
        home.master()
        home.passwords()
    except (HomeFault, ValueError) as fault:
        return Finding("主密钥", "不可用", str(fault))
    return Finding("主密钥", "可用。请用 onedoor keys export 另行备份")


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(home.root if home.root.exists() else "/").free
    detail = f"剩余 {free / 1024**3:.1f} GB"
    return Finding("磁盘空间", detail, "" if free >= LEAST_FREE else "请清理磁盘或扩容，至少留出 2 GB。")


def _pages() -> Finding:
    if not STATIC.is_dir() or not any(STATIC.iterdir()):
        return Finding("页面文件", "还没有生成", "请在源码目录执行 make static。")
    return Finding("页面文件", "已生成")


def _server() -> Finding:
    """数据库服务器"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
            " current_setting('server_encoding'), current_setting('fsync')"
        )
        number, version, encoding, fsync = cursor.fetchone()
    if number < 150000:
        return Finding("数据库服务器", f"PostgreSQL {version}", "版本太旧，请升级到 PostgreSQL 15 或更新。")
    if encoding != "UTF8":
        return Finding("数据库服务器", f"编码 {encoding}", "请用 UTF8 编码重建数据库。")
    if fsync != "on":
        return Finding("数据库服务器", "fsync 已关闭", "断电会丢数据，请在数据库配置中打开 fsync。")
    return Finding("数据库服务器", f"PostgreSQL {version}")


def _migrations() -> Finding:
    """数据表"""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("数据表", f"有 {len(waiting)} 项升级没有执行", "请运行 onedoor migrate。")
    return Finding("数据表", "已是当前版本")


def _rights() -> Finding:
    """记录保护"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_table_privilege(c.oid, right_name))"
            " FROM pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name"
            " WHERE c.relname = 'journal_fact' AND c.relnamespace = 'public'::regnamespace"
        )
        (loose,) = cursor.fetchone()
    if loose is None:
        return Finding("记录保护", "还没有数据表", "请运行 onedoor migrate。")
    if loose:
        return Finding("记录保护", "应用可以改动办件过程记录", "请运行 onedoor migrate 重新设置权限。")
    return Finding("记录保护", "应用只能追加，不能改动")


def _outbox() -> Finding:
    """待排序记录"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_outbox")
        (waiting,) = cursor.fetchone()
    if waiting <= BACKLOG:
        return Finding("待排序记录", f"{waiting} 条")
    if _at_rest():
        return Finding("待排序记录", f"{waiting} 条", "onedoor up 启动后会自动处理。", can_wait=True)
    log = Home.current().logs / "worker.log"
    return Finding("待排序记录", f"{waiting} 条", f"后台任务可能没有运行，请看日志 {log}。")


def _at_rest() -> bool:
    """Whether the product is stopped, so that nothing is expected to move."""
    return running(Home.current()) is None


def _anchors() -> Finding:
    """锚点"""
    from onedoor.core.instants import page_instant
    from onedoor.domain.journal import queries

    status = queries.anchor_status()
    when = f"最近一次 {page_instant(status.newest.at)}" if status.newest else "还没有"
    late = (
        status.newest and (datetime.now(UTC) - status.newest.at).total_seconds() > 3600 and status.uncovered
    )
    mend = "一小时以上没有签锚，请确认后台任务在运行（onedoor up）。" if late else ""
    return Finding("锚点", f"{when}，其后 {status.uncovered} 条记录", mend, can_wait=_at_rest())


def _calendar() -> Finding:
    """工作日历"""
    from onedoor.core.instants import civil_date
    from onedoor.domain.offices import queries

    tenant = queries.first_tenant()
    if tenant is None:
        return Finding(
            "工作日历",
            "还没有县（市、区）的数据",
            "请用 onedoor county load 建立本县，或运行 onedoor up --demo 试用。",
        )
    today = civil_date(datetime.now(UTC))
    wanted = {today.year} | ({today.year + 1} if today.month >= 11 else set())
    missing = sorted(wanted - set(queries.current_calendar(tenant.id).known_years))
    if missing:
        years = "、".join(map(str, missing))
        mend = "请按国务院办公厅通知用 onedoor calendar load 导入放假和调休日期，此前的期限标注“暂定”。"
        return Finding("工作日历", f"缺 {years} 年的放假安排", mend, can_wait=today.year not in missing)
    return Finding("工作日历", f"第 {tenant.calendar_version} 版")


def _guarded_followers() -> Iterator[Finding]:
    try:
        from onedoor.domain.journal import queries

        for status in queries.follower_status():
            stuck = status.failures > 0 or status.behind > BACKLOG
            detail = f"落后 {status.behind} 条" + (
                f"，连续失败 {status.failures} 次" if status.failures else ""
            )
            log = Home.current().logs / "worker.log"
            mend = f"请看日志 {log}。" if stuck else ""
            can_wait = status.failures == 0 and _at_rest()
            yield Finding(f"后续处理 {status.name}", detail, mend, can_wait=can_wait)
    except Exception as error:
        yield Finding("后续处理", f"无法检查（{type(error).__name__}）", "请先解决上面的问题。")
