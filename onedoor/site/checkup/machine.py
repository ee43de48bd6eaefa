"""The home, the keys, the disk, the certificate, the memory, the processes: what needs no database."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from onedoor import __version__
from onedoor.plumbing.home import Home, HomeFault
from onedoor.site import traces
from onedoor.site.checkup.findings import Finding, since, size_zh
from onedoor.site.memory import installation_bytes, machine_available
from onedoor.site.supervisor import running

#: Free space below which an installation is at risk, and below which it is time to think, in bytes.
LEAST_FREE: Final = 2 * 1024**3
LOW_FREE: Final = 5 * 1024**3
#: Memory of the machine below which the next busy hour may not find enough, in bytes.
LEAST_MEMORY: Final = 256 * 1024**2
#: Without a beat for so long the worker is taken for dead.
SILENT: Final = timedelta(seconds=60)
CERTIFICATE_SOON, CERTIFICATE_NOW = timedelta(days=30), timedelta(days=7)
BACKUP_OLD: Final = timedelta(hours=50)
DRILL_OLD: Final = timedelta(days=100)
STATIC: Final = Path(__file__).resolve().parents[2] / "faces" / "static" / "dist"


def folders(home: Home) -> Finding:
    """数据目录"""
    if not home.root.is_dir():
        return Finding("数据目录", f"{home.root} 不存在", "请运行 onedoor up，或检查环境变量 ONEDOOR_HOME。")
    secret = [path for path in home.keys.glob("*") if path.is_file()] if home.keys.is_dir() else []
    loose = [
        path
        for path in (home.keys, home.blobs, home.anchors, home.logs, home.state, *secret)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if loose:
        return Finding(
            "数据目录", f"其他用户可读：{'、'.join(map(str, loose))}", f"请执行：chmod -R go-rwx {home.root}"
        )
    return Finding("数据目录", str(home.root))


def master_key(home: Home) -> Finding:
    """主密钥"""
    if not home.master_key.exists():
        return Finding("主密钥", "没有主密钥", "请运行 onedoor up 建立，或从备份恢复 keys 目录。")
    try:
        home.master()
        home.passwords()
    except (HomeFault, ValueError) as fault:
        return Finding("主密钥", "不可用", str(fault))
    return Finding("主密钥", "可用")


def keys_exported(home: Home, at: datetime) -> Finding:
    """密钥备份"""
    left = traces.trace(home, traces.KEYS)
    current = home.secret("export-mark")[:16] if home.master_key.exists() else ""
    mend = "请运行 onedoor keys export --out 文件，与数据备份分开保管；没有密钥，备份打不开。"
    if left is None or left.get("mark") != current:
        return Finding("密钥备份", "没有导出过", mend, can_wait=True)
    return Finding("密钥备份", f"{since(left['at'], at)}导出过")


def disk(home: Home) -> Finding:
    """磁盘空间"""
    free = shutil.disk_usage(home.root if home.root.exists() else "/").free
    detail = f"剩余 {size_zh(free)}"
    if free >= LOW_FREE:
        return Finding("磁盘空间", detail, figure=free)
    mend = "请清理磁盘或扩容，至少留出 2 GB；空间用尽时系统停止受理。"
    return Finding("磁盘空间", detail, mend, can_wait=free >= LEAST_FREE, figure=free)


def pages() -> Finding:
    """页面文件"""
    if not STATIC.is_dir() or not any(STATIC.iterdir()):
        return Finding("页面文件", "还没有生成", "请在源码目录执行 make static。")
    return Finding("页面文件", "已生成")


def versions() -> Finding:
    """版本"""
    python = ".".join(map(str, sys.version_info[:3]))
    return Finding("版本", f"一扇门 {__version__}，Python {python}，Django {version('django')}")


def memory(home: Home) -> Finding:
    """内存"""
    used = installation_bytes(home)
    available = machine_available()
    detail = f"本系统占用 {size_zh(used)}，本机可用 {size_zh(available)}"
    mend = "" if available >= LEAST_MEMORY else "可用内存太少，请关闭别的程序或增加内存。"
    return Finding("内存", detail, mend, can_wait=True, figure=used)


def certificate(home: Home, at: datetime) -> Finding:
    """证书"""
    record = running(home)
    if record is None:
        return Finding("证书", "网站没有运行")
    path = record.get("tls_cert")
    if not path:
        if record.get("behind_proxy"):
            return Finding("证书", "由前面的反向代理负责")
        if record.get("loopback", True):
            return Finding("证书", "只在本机提供服务，没有使用 HTTPS")
        mend = "请用 --tls-cert、--tls-key 提供证书，或在前面设反向代理并加 --behind-proxy。"
        return Finding("证书", "在网络上提供服务，却没有使用 HTTPS", mend, can_wait=True)
    return _expiry(Path(path), at)


def _expiry(path: Path, at: datetime) -> Finding:
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return Finding("证书", f"读不到证书 {path}", "请核对 --tls-cert 指定的文件。")
    left = ends - at
    detail = f"{ends:%Y-%m-%d} 到期，还有 {left.days} 天" if left > timedelta(0) else "已经过期"
    mend = "请换上新证书，然后重新启动。" if left < CERTIFICATE_SOON else ""
    return Finding("证书", detail, mend, can_wait=left >= CERTIFICATE_NOW, figure=left.total_seconds())


def backups(home: Home, at: datetime, *, scheduled: bool) -> Iterator[Finding]:
    """最近备份"""
    left = traces.trace(home, traces.BACKUP)
    how = "请运行 onedoor backup 目录，或设置 ONEDOOR_BACKUP_DIR 每夜自动备份。"
    if left is None:
        yield Finding("最近备份", "没有备份过", how, can_wait=True)
    elif left.get("fault"):
        yield Finding("最近备份", f"{since(left['at'], at)}没有成功：{left['fault']}", how)
    else:
        age = at - left["at"]
        detail = f"{since(left['at'], at)}，{left['folder']}"
        mend = how if age > BACKUP_OLD else ""
        yield Finding("最近备份", detail, mend, can_wait=not scheduled, figure=age.total_seconds())
    yield _drill(traces.trace(home, traces.DRILL), at)


def _drill(left: dict[str, Any] | None, at: datetime) -> Finding:
    mend = "请运行 onedoor backup drill 备份目录，证明备份能恢复。"
    if left is None:
        return Finding("恢复演练", "没有演练过", mend, can_wait=True)
    if left.get("fault"):
        return Finding(
            "恢复演练", f"{since(left['at'], at)}没有通过：{left['fault']}", "请换一份备份再演练。"
        )
    age = at - left["at"]
    old = mend if age > DRILL_OLD else ""
    return Finding(
        "恢复演练", f"{since(left['at'], at)}通过，用时 {left['seconds']} 秒", old, True, age.total_seconds()
    )


def worker(home: Home, at: datetime) -> Finding:
    """后台任务"""
    if running(home) is None:
        return Finding("后台任务", "没有运行（onedoor up 启动）")
    left, log = traces.trace(home, traces.WORKER), home.logs / "worker.jsonl"
    if left is None:
        return Finding("后台任务", "没有心跳", f"请看日志 {log}，必要时重新启动。")
    age = at - left["at"]
    detail = f"心跳 {since(left['at'], at)}"
    if age > SILENT:
        return Finding("后台任务", detail, f"后台任务没有响应，请看日志 {log}，必要时重新启动。")
    failing = [f"{name} 连续失败 {count} 次" for name, count in left.get("failing", {}).items()]
    mend = f"请看日志 {log}。" if failing else ""
    return Finding("后台任务", "；".join([detail, *failing]), mend, figure=age.total_seconds())


def upgraded(home: Home, at: datetime) -> Iterator[Finding]:
    """升级"""
    left = traces.trace(home, traces.UPGRADE)
    with suppress(KeyError, TypeError):
        if left and left.get("fault"):
            yield Finding("升级", f"{since(left['at'], at)}没有成功：{left['fault']}", left["way_back"])


def now() -> datetime:
    """The clock of the checks."""
    return datetime.now(UTC)
