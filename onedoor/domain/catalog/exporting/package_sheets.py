"""The sheets of packages 一件事: the packages, and a row each for their items and questions."""

from __future__ import annotations

from . import words
from .item_sheets import limit_columns
from .layout import Column, Kind, Sheet

_N, _F, _C = Kind.NUMBER, Kind.FLAG, Kind.CHOICE

KEY = Column("一件事编码", "", names=("package_code",), required=True, width=24)

PACKAGES = Sheet(
    "一件事",
    "",
    (
        Column("一件事编码", "code", names=("package_code",), required=True, width=24),
        Column("名称", "name", required=True, width=30),
        Column("通俗名称", "plain_name", width=30),
        Column("简介", "summary", width=40),
        Column("服务对象", "audience", Kind.CHOICES, (), words.AUDIENCE, words.AUDIENCE_ALSO),
        Column("主题", "themes", Kind.TEXTS, hint="每行一个"),
        Column("人生大事或经营阶段", "occasions", Kind.TEXTS, hint="每行一个"),
        Column("搜索用词", "keywords", Kind.TEXTS, hint="每行一个"),
        Column("牵头部门编码", "lead", required=True, width=14),
        Column("牵头部门名称", "lead_name", width=28),
        *limit_columns("承诺时限", "promised_limit"),
        Column("到现场次数", "visits", _N, default=1, width=12),
        Column("可以申请", "ready", _F, default=True, width=10),
    ),
    about="一行一件一件事；包含哪些事项写在“联办事项”表。",
)
MEMBERS = Sheet(
    "联办事项",
    "members",
    (
        Column("事项编码", "service", width=24),
        Column("事项名称", "name", width=30),
        Column("部门名称", "department_name", width=28),
        Column("可选", "optional", _F, default=False, width=8),
        Column("什么情况下办", "when", width=24),
        Column("为什么要办", "why", width=36),
        Column("前置事项", "after", Kind.TEXTS, hint="先办好的事项编码，每行一个"),
    ),
)
CONDITIONS = Sheet("一件事条件", "conditions", (Column("条件", "", required=True, width=60),), plain=True)
QUESTIONS = Sheet(
    "一件事问题",
    "questions",
    (
        Column("问题代码", "code", required=True, width=18),
        Column("数据元", "element", required=True, width=24),
        Column("问题", "label", required=True, width=30),
        Column(
            "类型",
            "type",
            _C,
            (),
            {code: name for code, name in words.FIELD.items() if code != "group"},
            default="text",
            width=14,
        ),
        Column("必填", "required", _F, default=True, width=8),
        Column("提示", "hint", width=28),
        Column("最多字数", "max_length", _N, default=200, width=10),
        Column("什么情况下问", "when", width=24),
        Column("最多几组", "most", _N, default=20, width=10),
    ),
)
OPTIONS = Sheet(
    "一件事选项",
    "options",
    (
        Column("问题代码", "field", required=True, width=18),
        Column("值", "value", required=True, width=18),
        Column("显示为", "label", required=True, width=30),
    ),
)

SHEETS = (PACKAGES, MEMBERS, CONDITIONS, QUESTIONS, OPTIONS)
