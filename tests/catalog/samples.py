"""Item documents for the tests of the catalogue."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import ServiceVersion

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

#: Published lists and guides that lie beside the repository of those who have them.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

_FOOD: dict[str, Any] = {
    "code": "SCJG-FOOD-NEW",
    "name": "食品经营许可新办",
    "plain_name": "卖吃的之前要办的证",
    "type": "01",
    "level": "4",
    "department": "scjg",
    "department_name": "县市场监督管理局",
    "audience": ["person", "organization"],
    "themes": ["开店经营"],
    "basis": [{"title": "《食品安全法》", "article": "第三十五条"}],
    "case_kind": "committed",
    "statutory_limit": {"amount": 20, "unit": "working"},
    "promised_limit": {"amount": 8, "unit": "working"},
    "materials": [
        {"code": "m1", "name": "申请书"},
        {
            "code": "m2",
            "name": "营业执照",
            "source": "licence",
            "licence_type": "营业执照",
            "form": "electronic",
            "originals": 0,
        },
        {"code": "m3", "name": "冷藏设备说明", "necessity": "conditional", "when": 'cold == "yes"'},
        {"code": "m4", "name": "健康证明", "necessity": "deferrable"},
        {"code": "m5", "name": "现场核查记录", "source": "made"},
    ],
    "sections": [
        {
            "code": "premises",
            "title": "经营场所",
            "fields": [
                {"code": "shop", "element": "org.name", "label": "店名", "max_length": 20},
                {
                    "code": "cold",
                    "element": "food.cold",
                    "label": "是否制售冷食",
                    "type": "choice",
                    "options": [{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}],
                },
                {
                    "code": "fridge",
                    "element": "food.fridge",
                    "label": "冷藏设备台数",
                    "type": "number",
                    "when": 'cold == "yes"',
                },
            ],
        }
    ],
    "procedure": [
        {"code": "check", "name": "现场核查", "kind": "review", "department": "scjg", "role": "reviewer"},
        {"code": "fire", "name": "消防意见", "kind": "opinion", "department": "xfjy", "role": "reviewer"},
        {
            "code": "decide",
            "name": "决定",
            "kind": "decision",
            "department": "scjg",
            "role": "decider",
            "after": ["check", "fire"],
        },
        {
            "code": "make",
            "name": "制证",
            "kind": "making",
            "department": "scjg",
            "role": "issuer",
            "after": ["decide"],
        },
    ],
    "result": {"name": "食品经营许可证", "kind": "licence", "validity_months": 60},
    "keywords": ["饭店", "餐馆"],
}

#: One field of every type, none of them under a condition.
_EVERY_FIELD = [
    {"code": "f_text", "type": "text", "max_length": 30},
    {"code": "f_textarea", "type": "textarea", "max_length": 60},
    {"code": "f_choice", "type": "choice"},
    {"code": "f_choices", "type": "choices"},
    {"code": "f_date", "type": "date"},
    {"code": "f_number", "type": "number"},
    {"code": "f_money", "type": "money"},
    {"code": "f_phone", "type": "phone"},
    {"code": "f_id_number", "type": "id_number"},
    {"code": "f_uscc", "type": "uscc"},
    {"code": "f_address", "type": "address"},
    {"code": "f_boolean", "type": "boolean"},
]


def food(**changes: Any) -> dict[str, Any]:
    """A full item; `changes` replace keys of the document, None removes one."""
    document = {**deepcopy(_FOOD), **changes}
    return {key: value for key, value in document.items() if value is not None}


def every_field() -> ServiceVersion:
    """A version whose form asks one question of every type."""
    options = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
    fields = [
        {"element": "test.value", "label": field["type"], **field}
        | ({"options": options} if str(field["type"]).startswith("choice") else {})
        for field in _EVERY_FIELD
    ]
    section = {"code": "all", "title": "全部", "fields": fields}
    return parse_content(food(sections=[section], materials=[]))
