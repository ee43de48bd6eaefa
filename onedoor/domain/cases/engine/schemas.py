"""What verbs ask for, as JSON Schemas: the pieces that the rows of the lifecycle table put together."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def text(title: str, *, most: int = 2000, least: int = 1) -> dict[str, Any]:
    """What a person writes; with `least` at least one letter of it must be ink."""
    return {
        "type": "string",
        "title": title,
        "minLength": least,
        "maxLength": most,
        "pattern": r"\S" if least else "",
    }


def payload(properties: dict[str, Any], *required: str) -> Mapping[str, Any]:
    """The whole of what a verb asks for; names in `required` may not be left out."""
    for schema in properties.values():
        if schema.get("pattern") == "":
            del schema["pattern"]
    return MappingProxyType(
        {
            "type": "object",
            "properties": properties,
            "required": list(required),
            "additionalProperties": False,
        }
    )


def choice(title: str, **options: str) -> dict[str, Any]:
    """One of these codes; their words are `x-labels`."""
    return {"title": title, "enum": list(options), "x-labels": options}


def days(title: str, most: int) -> dict[str, Any]:
    """A number of days, at least one."""
    return {"type": "integer", "title": title, "minimum": 1, "maximum": most}


MATERIALS = {
    "type": "array",
    "title": "材料",
    "maxItems": 100,
    "items": {
        "type": "object",
        "properties": {
            "code": {"type": "string", "title": "材料编码", "minLength": 1, "maxLength": 40},
            "provided": {
                "title": "提供方式",
                "enum": ["upload", "original", "licence", "data", "deferred"],
            },
            "uploads": {
                "type": "array",
                "title": "上传的文件",
                "maxItems": 20,
                "items": {"type": "string", "format": "uuid"},
            },
        },
        "required": ["code", "provided"],
        "additionalProperties": False,
    },
}
FORM = {"type": "object", "title": "表单", "maxProperties": 200}
APPLICANT_PART = {
    "type": "object",
    "title": "申请人",
    "properties": {
        "kind": {"title": "申请人类型", "enum": ["person", "organization"]},
        "name": {"type": "string", "title": "姓名或单位名称", "maxLength": 120},
        "id_type": {"title": "证件类型", "enum": ["resident_id", "uscc"]},
        "id_number": {"type": "string", "title": "证件号码", "maxLength": 40},
        "phone": {"type": "string", "title": "手机号码", "maxLength": 40},
    },
    "required": ["kind", "name", "id_type", "id_number", "phone"],
    "additionalProperties": False,
}
#: Who acts for the applicant: either all of it, or `entrustment`, which tells the rest. Empty: nobody does.
AGENT_PART = {
    "type": "object",
    "title": "代办人",
    "properties": {
        "name": {"type": "string", "title": "代办人姓名", "maxLength": 120},
        "id_number": {"type": "string", "title": "代办人身份证号码", "maxLength": 40},
        "phone": {"type": "string", "title": "代办人手机号码", "maxLength": 40},
        "capacity": {"title": "与申请人的关系", "enum": ["guardian", "entrusted", "staff"]},
        "until": {"type": "string", "title": "代办到哪一天", "maxLength": 10},
        "acts": {
            "type": "array",
            "title": "代办权限",
            "maxItems": 4,
            "items": {"enum": ["apply", "correct", "withdraw", "receive"]},
        },
        "notify": {
            "type": "array",
            "title": "消息发给谁",
            "maxItems": 2,
            "items": {"enum": ["principal", "agent"]},
        },
        "entrustment": {"type": "string", "title": "委托编号", "maxLength": 36},
    },
    "required": [],
    "additionalProperties": False,
}
CORRECTION_ITEM = {
    "type": "object",
    "properties": {
        "target": {"type": "string", "title": "材料或填写项", "pattern": r"^(material|field):.{1,60}$"},
        "reason": text("存在的问题", most=500),
        "mend": text("如何补正", most=500),
    },
    "required": ["target", "reason", "mend"],
    "additionalProperties": False,
}
#: Art. 45: what takes time that does not count.
SPECIAL = choice(
    "特别程序",
    hearing="听证",
    tender="招标",
    auction="拍卖",
    inspection="检验",
    testing="检测",
    quarantine="检疫",
    appraisal="鉴定",
    expert_review="专家评审",
)
METHOD = choice("送达方式", window="窗口领取", courier="邮政寄递", electronic="电子送达")
SPECIAL_NAMES: Mapping[str, str] = MappingProxyType(SPECIAL["x-labels"])
METHOD_NAMES: Mapping[str, str] = MappingProxyType(METHOD["x-labels"])
#: The longest time that a special procedure may be told to take, in working days.
MOST_SPECIAL_DAYS = 250
#: The term of a correction in working days: no statute sets one, so the office does, and this where it says nothing.
CORRECTION_DAYS = 15
CORRECTION_TERM = {**days("补正期限（工作日）", 60), "default": CORRECTION_DAYS}
NO_PAYLOAD = payload({})
