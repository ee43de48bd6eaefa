"""The reference pages of commands, settings and roles, drawn from the code. `generate-docs.py` writes them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest.mock import patch

from onedoor.domain.cases.engine.lifecycle import LIFECYCLE, Relation, Verb
from onedoor.domain.cases.engine.terms import STAGE_NAMES, Stage
from onedoor.domain.offices.terms import ROLE_NAMES, Role
from onedoor.site.cli import COMMANDS
from onedoor.site.environment import VARIABLES, Variable

RELATIONS = {
    Relation.OWN: "本人的办件",
    Relation.LEAD: "授权范围内部门主办的办件",
    Relation.STEP: "授权范围内部门的环节",
}


class _Caught(Exception):
    """A command has asked its parser to read the words."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def parsers(name: str) -> list[argparse.ArgumentParser]:
    """The parsers of a command: the one it reads its words with, and one for each way of its own."""
    module = import_module(f"onedoor.site.commands.{name}")

    def caught(self: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        raise _Caught(self)

    with (
        patch.object(argparse.ArgumentParser, "parse_args", caught),
        patch.object(argparse.ArgumentParser, "parse_known_args", caught),
    ):
        try:
            module.run([])
        except _Caught as found:
            first = found.parser
        else:
            raise AssertionError(f"onedoor {name} reads no words")
    further = [getattr(module, made)() for made in dir(module) if made.endswith("_parser") and made[0] != "_"]
    return [first, *further]


def commands() -> Iterator[str]:
    """docs/reference/commands.md"""
    yield "# 命令"
    yield ""
    yield (
        "本页由 `scripts/generate-docs.py` 从代码生成，请不要手工修改。"
        "命令在 `.venv/bin/onedoor`；成功返回 0，有问题返回 1，用法不对返回 2。"
        "数据目录由环境变量 `ONEDOOR_HOME` 指定，见[设置](settings.md)。"
    )
    yield ""
    yield "| 命令 | 作用 |"
    yield "|---|---|"
    for name, summary in COMMANDS.items():
        yield f"| [`onedoor {name}`](#onedoor-{name}) | {_cell(summary)} |"
    for name in COMMANDS:
        yield ""
        yield f"## onedoor {name}"
        for parser in parsers(name):
            yield from _parser(parser, level=3, title=parser.prog != f"onedoor {name}")


def _parser(parser: argparse.ArgumentParser, *, level: int, title: bool) -> Iterator[str]:
    if title:
        yield ""
        yield f"{'#' * level} {parser.prog}"
    if parser.description:
        yield ""
        yield parser.description
    rows = [row for action in parser._actions if (row := _row(action))]
    if rows:
        yield ""
        yield "| 参数 | 含义 |"
        yield "|---|---|"
        yield from rows
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action.choices.values():
                yield from _parser(choice, level=level, title=True)


def _row(action: argparse.Action) -> str:
    """One argument; "" for those that are no argument of their own."""
    if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
        return ""
    shown = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    words = "、".join(f"`{word}`" for word in action.option_strings) or f"`{shown}`"
    if action.option_strings and action.nargs != 0:
        words += f" {shown}"
    meaning = (action.help or "").replace("%%", "%")
    if action.choices and action.metavar is not None:
        meaning += f"（{'、'.join(f'`{choice}`' for choice in action.choices)}）"
    if action.option_strings and action.required:
        meaning += "。必填"
    return f"| {words} | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def settings() -> Iterator[str]:
    """docs/reference/settings.md"""
    yield "# 设置"
    yield ""
    yield (
        "本页由 `scripts/generate-docs.py` 从代码生成，请不要手工修改。"
        "设置都是环境变量，启动时读取；启动的参数见[命令](commands.md#onedoor-up)。"
    )
    yield from _table("由人设置", [each for each in VARIABLES if not each.inner])
    yield ""
    yield (
        "含密码的变量（"
        + "、".join(f"`{each.name}`" for each in VARIABLES if each.secret)
        + "）不要写在服务文件里，写进只有运行用户可读的文件，用 systemd 的 `EnvironmentFile=` 引用。"
    )
    yield from _table("由系统自己设置", [each for each in VARIABLES if each.inner])


def _table(heading: str, listed: list[Variable]) -> Iterator[str]:
    yield ""
    yield f"## {heading}"
    yield ""
    yield "| 变量 | 含义 | 不设时 |"
    yield "|---|---|---|"
    for each in listed:
        yield f"| `{each.name}` | {_cell(each.meaning)} | {_cell(each.default)} |"


def roles() -> Iterator[str]:
    """docs/reference/roles.md"""
    yield "# 角色"
    yield ""
    yield (
        "本页由 `scripts/generate-docs.py` 从代码中的操作表生成，请不要手工修改。"
        "一个人可以有几个角色，每个角色可以限定部门和区划，用 `onedoor user add` 授予。"
        "每项操作的条件和效果见[办件操作清单](lifecycle.md)。"
    )
    yield ""
    yield "系统管理员、安全管理员、审计管理员互相排斥，不能是同一个人。"
    yield ""
    yield "## 谁能办什么"
    yield ""
    yield "| 操作 | " + " | ".join(ROLE_NAMES[role] for role in _acting()) + " |"
    yield "|---|" + "---|" * len(_acting())
    for verb in LIFECYCLE.values():
        marks = ("✓" if _may(verb, role) else "" for role in _acting())
        yield f"| {verb.name} `{verb.code}` | " + " | ".join(marks) + " |"
    for role in Role:
        yield ""
        yield f"## {ROLE_NAMES[role]} `{role.value}`"
        yield ""
        yield from _role(role)


def _acting() -> list[Role]:
    return [role for role in Role if any(_may(verb, role) for verb in LIFECYCLE.values())]


def _may(verb: Verb, role: Role) -> bool:
    return any(right.role is role for right in verb.rights)


def _role(role: Role) -> Iterator[str]:
    verbs = [verb for verb in LIFECYCLE.values() if _may(verb, role)]
    if not verbs:
        yield "不直接办理办件。"
        return
    yield "| 操作 | 状态 | 范围 |"
    yield "|---|---|---|"
    for verb in verbs:
        stages = "、".join(STAGE_NAMES[stage].replace("，", "·") for stage in Stage if stage in verb.stages)
        scopes = "；".join(
            dict.fromkeys(RELATIONS.get(r.relation, "持有查询码") for r in verb.rights if r.role is role)
        )
        yield f"| {verb.name} | {stages} | {scopes} |"
