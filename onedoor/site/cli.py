"""The `onedoor` command: finds the subcommand's module and hands over.

Each command is a module of `onedoor.site.commands` with `run(argv) -> int`. Only the chosen one is imported,
so a command that needs no Django loads none.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

#: Command → one line of help, in the order `onedoor --help` shows them.
COMMANDS: dict[str, str] = {
    "up": "启动：数据库、升级数据表、后台任务、网站",
    "doctor": "体检：逐项检查，指出问题和解决办法",
    "migrate": "升级数据表（up 会自动做）",
    "county": "建立本县：部门、区划、窗口",
    "calendar": "查看、更新工作日历",
    "user": "建立用户并授予角色",
    "token": "为用户签发接口令牌",
    "backup": "备份数据库、文书和锚点",
    "restore": "从备份恢复到空的数据目录，并核对",
    "keys": "导出主密钥（用于备份）",
    "catalog": "导入、检查政务服务事项",
    "due": "计算办理期限",
    "journal": "核验办件过程记录是否被改动",
    "service": "作为系统服务运行（systemd）",
    "upgrade": "升级：备份、试演、升级数据表、核对",
    "logs": "查看日志",
    "projections": "核对派生数据与办件过程是否一致",
    "worker": "后台任务（up 会自动启动）",
    "demo": "准备演示县（up --demo 会自动做）",
    "simulate": "让演示县过几天日子，生成虚构的办件",
    "bench": "性能测试",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 fault, 2 wrong use, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if words else 2
    if words[0] == "--version":
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(version("onedoor"))
        except PackageNotFoundError:
            print("源码运行")
        return 0
    name = words[0]
    if name not in COMMANDS:
        print(f"没有“{name}”这个命令。\n\n{_help()}", file=sys.stderr)
        return 2
    return _run(name, words[1:])


def _run(name: str, argv: list[str]) -> int:
    """Import and run one command, turning known faults into one Chinese sentence each."""
    from onedoor.core.refusals import Refused
    from onedoor.plumbing.home import HomeFault

    try:
        command = import_module(f"onedoor.site.commands.{name}")
        return int(command.run(argv))
    except HomeFault as fault:
        print(f"错误：{fault}", file=sys.stderr)
        return 1
    except Refused as refusal:
        print(f"未办理：{refusal.detail}", file=sys.stderr)
        for problem in refusal.errors:
            print(f"  {problem.pointer}：{problem.detail}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130


def _help() -> str:
    lines = ["用法：onedoor 命令 [参数]", "", "一扇门政务服务系统。命令：", ""]
    lines += [f"  {name:<10}{summary}" for name, summary in COMMANDS.items()]
    lines += ["", "每个命令都可加 --help 查看参数。数据目录由环境变量 ONEDOOR_HOME 指定。"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
