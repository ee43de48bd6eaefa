"""`onedoor up`: everything, started and kept running in the foreground."""

from __future__ import annotations

import argparse
from pathlib import Path

from onedoor.plumbing.home import Home, HomeFault


def run(argv: list[str]) -> int:
    """Check what was asked, then hand over to the supervisor."""
    options = checked(argv)
    from onedoor.site.supervisor import Plan, up

    plan = Plan(
        host=options.host,
        port=options.port,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        behind_proxy=options.behind_proxy,
        demo=options.demo,
        workers=options.workers,
    )
    return up(plan, Home.current())


def checked(argv: list[str]) -> argparse.Namespace:
    """The options, as far as they can be checked without starting anything."""
    options = _parser().parse_args(argv)
    if (options.tls_cert is None) != (options.tls_key is None):
        raise HomeFault("--tls-cert 和 --tls-key 必须同时给出。")
    if options.tls_cert:
        if options.behind_proxy:
            raise HomeFault("--tls-cert 和 --behind-proxy 只能选一个：证书放在反向代理上时用后者。")
        _check_tls(options.tls_cert, options.tls_key)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "onedoor up", description="启动全部服务并保持运行，按 Ctrl-C 停止。首次启动会自动建立数据库。"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1（仅本机）；0.0.0.0 为全部网卡"
    )
    parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    parser.add_argument("--tls-cert", type=Path, metavar="文件", help="HTTPS 证书（PEM）")
    parser.add_argument("--tls-key", type=Path, metavar="文件", help="HTTPS 私钥（PEM，PKCS#8）")
    parser.add_argument("--behind-proxy", action="store_true", help="前面有反向代理负责 HTTPS")
    parser.add_argument("--demo", action="store_true", help="准备演示县，并显示每种角色的演示账号")
    parser.add_argument("--workers", type=int, default=2, help="网站进程数，默认 2，一般与 CPU 核数相同")
    return parser


def _check_tls(cert: Path, key: Path) -> None:
    """Refuse files the web server could not use, before anything is started."""
    for option, path in (("--tls-cert", cert), ("--tls-key", key)):
        try:
            text = path.read_text("ascii", "replace")
        except OSError as error:
            raise HomeFault(f"读不到 {option} 指定的文件 {path}（{error.strerror}）。") from error
        if "-----BEGIN" not in text:
            raise HomeFault(f"{path} 不是 PEM 格式。请向证书颁发机构索取 PEM 格式的文件。")
    if "-----BEGIN PRIVATE KEY-----" not in key.read_text("ascii", "replace"):
        raise HomeFault(
            f"私钥 {key} 不是未加密的 PKCS#8 格式。"
            f"请转换后再用：openssl pkcs8 -topk8 -nocrypt -in {key} -out onedoor.key"
        )
