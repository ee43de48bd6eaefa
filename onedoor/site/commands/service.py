"""`onedoor service install|uninstall|status`: kept running by systemd."""

from __future__ import annotations

import argparse
import os
import sys

from onedoor.plumbing.home import Home, HomeFault
from onedoor.site.service import NAME, Service, place, service_of, systemctl, systemd_runs


def run(argv: list[str]) -> int:
    """Install, remove or ask after the service."""
    options, passed_on = parser().parse_known_args(argv)
    if passed_on[:1] == ["--"]:
        passed_on = passed_on[1:]
    of_user = options.user or (options.verb != "install" and os.geteuid() != 0)
    if options.verb == "install":
        _check(passed_on)
        return _install(
            service_of(Home.current(), passed_on, of_user=of_user, user=options.run_as), options.print
        )
    if passed_on:
        raise HomeFault(f"不认识参数 {' '.join(passed_on)}。")
    return _uninstall(of_user) if options.verb == "uninstall" else _status(of_user)


def parser() -> argparse.ArgumentParser:
    """What `onedoor service` takes."""
    made = argparse.ArgumentParser(
        "onedoor service", description="作为系统服务运行：开机启动，故障后自动重启。"
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="操作")
    install = verbs.add_parser(
        "install",
        help="安装服务",
        description="安装 systemd 服务。其余参数原样交给 onedoor up，例如 --host 0.0.0.0 --port 443。",
    )
    install.add_argument("--print", action="store_true", help="只显示服务文件，不安装")
    install.add_argument(
        "--run-as", default="", metavar="用户", help="以哪个用户运行，默认为数据目录的所有者"
    )
    uninstall = verbs.add_parser("uninstall", help="停止并删除服务，数据不动", description="停止并删除服务。")
    status = verbs.add_parser("status", help="服务是否在运行", description="服务是否在运行。")
    for verb in (install, uninstall, status):
        verb.add_argument("--user", action="store_true", help="当前用户自己的服务，不需要管理员权限")
    return made


def _check(passed_on: list[str]) -> None:
    """Refuse what `onedoor up` would refuse, before it stands in a unit."""
    from onedoor.site.commands.up import checked

    checked(passed_on)
    if "--demo" in passed_on:
        print("提示：--demo 会装入演示县，正式使用请去掉。", file=sys.stderr)


def _install(service: Service, only_print: bool) -> int:
    unit, path = service.unit(), place(service.of_user)
    if only_print:
        print(unit, end="")
        return 0
    if not systemd_runs():
        print(unit)
        print(
            f"本机没有运行 systemd，没有安装。请把上面的内容存为 {path}（有 systemd 的机器），"
            "或用本机的服务管理程序在开机时执行其中 ExecStart 一行，并设好 Environment 各行的环境变量。",
            file=sys.stderr,
        )
        return 1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit, "utf-8")
    except PermissionError as error:
        raise HomeFault(f"无权写 {path}。请用管理员运行，或加 --user 装成当前用户的服务。") from error
    for words in (("daemon-reload",), ("enable", "--now", NAME)):
        done = systemctl(service.of_user, *words)
        if done.returncode:
            raise HomeFault(f"systemctl {' '.join(words)} 没有成功：{done.stderr.strip()}")
    print(f"已安装并启动：{path}")
    print(f"查看：onedoor service status{' --user' if service.of_user else ''}；日志：journalctl -u onedoor")
    if service.of_user:
        print("要在不登录时也运行，请让管理员执行：loginctl enable-linger 用户名")
    return 0


def _uninstall(of_user: bool) -> int:
    path = place(of_user)
    if not path.exists():
        raise HomeFault(f"没有安装服务（{path} 不存在）。")
    if systemd_runs():
        systemctl(of_user, "disable", "--now", NAME)
    path.unlink()
    if systemd_runs():
        systemctl(of_user, "daemon-reload")
    print("已停止并删除服务。数据没有动。")
    return 0


def _status(of_user: bool) -> int:
    path = place(of_user)
    if not path.exists():
        print("没有安装服务。")
        return 1
    if not systemd_runs():
        print(f"服务文件 {path} 在，但本机没有运行 systemd。")
        return 1
    state = systemctl(of_user, "is-active", NAME).stdout.strip()
    print(f"服务{'正在运行' if state == 'active' else f'没有运行（{state}）'}：{path}")
    return 0 if state == "active" else 1
