"""The server, its durability, the tables, the rights, the clock: what the database itself answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection

from onedoor.site.checkup.findings import Finding, size_zh

#: How far two clocks may differ.
SLACK: Final = timedelta(minutes=2)
#: Settings without which a power cut loses what was acknowledged.
DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
#: Share of the server's connections in use at which others may soon be turned away.
CROWDED: Final = 0.8

_LAST: Final = """
    SELECT greatest(
        (SELECT max(f.recorded_at) FROM (SELECT stream_id, seq FROM journal_position ORDER BY position DESC LIMIT 100) p
         JOIN journal_fact f USING (stream_id, seq)),
        (SELECT max(f.recorded_at) FROM (SELECT stream_id, seq FROM journal_outbox ORDER BY id DESC LIMIT 100) o
         JOIN journal_fact f USING (stream_id, seq)))"""


def asked(statement: str, *parameters: str | int) -> tuple[Any, ...]:
    """The one row that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        return tuple(cursor.fetchone())


def server() -> Finding:
    """数据库服务器"""
    number, version, encoding = asked(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
        " current_setting('server_encoding')"
    )
    if number < 150000:
        return Finding("数据库服务器", f"PostgreSQL {version}", "版本太旧，请升级到 PostgreSQL 15 或更新。")
    if encoding != "UTF8":
        return Finding("数据库服务器", f"编码 {encoding}", "请用 UTF8 编码重建数据库。")
    return Finding("数据库服务器", f"PostgreSQL {version}")


def durability() -> Finding:
    """断电保护"""
    values = asked(f"SELECT {', '.join(f'current_setting({name!r})' for name in DURABLE)}")
    off = [name for name, value in zip(DURABLE, values, strict=True) if value in ("off", "local")]
    if off:
        return Finding("断电保护", f"{'、'.join(off)} 已关闭", "断电会丢数据，请在数据库配置中打开。")
    return Finding("断电保护", "已打开")


def clock() -> Finding:
    """系统时钟"""
    here = datetime.now(UTC)
    (there,) = asked("SELECT clock_timestamp()")
    (last,) = asked(_LAST)
    if last is not None and last - here > SLACK:
        hours = (last - here).total_seconds() / 3600
        mend = "时钟可能被拨回过。请校准系统时间（建议启用 NTP）后重新启动；在此之前不要办理业务。"
        return Finding("系统时钟", f"比最后一条记录早 {hours:.1f} 小时", mend)
    if abs(there - here) > SLACK:
        seconds = abs(there - here).total_seconds()
        return Finding("系统时钟", f"与数据库服务器相差 {seconds:.0f} 秒", "请让两台机器都与 NTP 校时。")
    return Finding("系统时钟", "正常")


def migrations() -> Finding:
    """数据表"""
    from onedoor.site.migrations import standing

    found = standing()
    if found.unknown:
        names = "、".join(found.unknown[:3])
        mend = "请换回升级后的程序；旧程序不能用在新数据上。"
        return Finding("数据表", f"比程序新：有 {len(found.unknown)} 项升级本程序不认识（{names}）", mend)
    if found.waiting:
        mend = "请运行 onedoor upgrade。"
        return Finding("数据表", f"有 {len(found.waiting)} 项升级没有执行", mend)
    return Finding("数据表", "已是当前版本")


def rights() -> Finding:
    """记录保护"""
    (loose,) = asked(
        "SELECT bool_or(has_table_privilege(c.oid, right_name))"
        " FROM pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name"
        " WHERE c.relname = 'journal_fact' AND c.relnamespace = 'public'::regnamespace"
    )
    if loose is None:
        return Finding("记录保护", "还没有数据表", "请运行 onedoor migrate。")
    if loose:
        return Finding("记录保护", "应用可以改动办件过程记录", "请运行 onedoor migrate 重新设置权限。")
    return Finding("记录保护", "应用只能追加，不能改动")


def size() -> Finding:
    """数据库大小"""
    (held,) = asked("SELECT pg_database_size(current_database())")
    return Finding("数据库大小", size_zh(held), figure=held)


def connections() -> Finding:
    """数据库连接"""
    used, most = asked(
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
        " current_setting('max_connections')::int"
    )
    mend = "连接快用完了，请减少网站进程数，或调大数据库的 max_connections。" if used > most * CROWDED else ""
    return Finding("数据库连接", f"{used} 个，上限 {most}", mend, can_wait=True, figure=used)
