"""The law as one table: every verb that can be done to a case.

Buttons, API endpoints, the permission matrix, payload checks, tests and documentation are generated from LIFECYCLE;
nothing else says who may do what, when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from onedoor.domain.offices.terms import Role

from .terms import Kind, Stage


class Relation(StrEnum):
    """How the one who acts must stand to the case."""

    OWN = "own"  # the applicant's own case
    HOLDER = "holder"  # whoever holds the case number and its query code
    LEAD = "lead"  # a grant that covers the lead department and the place of the case
    STEP = "step"  # a grant that covers the department of the step


@dataclass(frozen=True, slots=True)
class Right:
    """A role that may do a verb in this relation to the case."""

    role: Role
    relation: Relation


class ClockEffect(StrEnum):
    """What a verb does to the running limits."""

    NONE = "none"
    START_ACCEPTANCE = "start_acceptance"
    STOP_ACCEPTANCE = "stop_acceptance"
    START_DECISION = "start_decision"
    START_DELIVERY = "start_delivery"
    STOP = "stop"


CLOCK_EFFECT_NAMES: Mapping[ClockEffect, str] = MappingProxyType(
    {
        ClockEffect.NONE: "不影响计时",
        ClockEffect.START_ACCEPTANCE: "开始计算 5 个工作日的受理期限",
        ClockEffect.STOP_ACCEPTANCE: "受理期限停止，等待申请人补正",
        ClockEffect.START_DECISION: "受理期限停止，开始计算办结时限",
        ClockEffect.START_DELIVERY: "办结时限停止，开始计算 10 个工作日的送达期限",
        ClockEffect.STOP: "全部时限停止",
    }
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the law. `paper` is the kind of document the act produces; `payload` is a JSON Schema."""

    code: str
    name: str
    stages: frozenset[Stage]
    rights: tuple[Right, ...]
    kind: Kind
    clock: ClockEffect
    payload: Mapping[str, Any]
    basis: str
    paper: str = ""
    at_step: bool = False


def _text(title: str, *, most: int = 2000, least: int = 1) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "minLength": least,
        "maxLength": most,
        "pattern": r"\S" if least else "",
    }


def _payload(properties: dict[str, Any], *required: str) -> Mapping[str, Any]:
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


def _choice(title: str, **options: str) -> dict[str, Any]:
    return {"title": title, "enum": list(options), "x-labels": options}


_MATERIALS = {
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
_FORM = {"type": "object", "title": "表单", "maxProperties": 200}
_APPLICANT_PART = {
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
_CORRECTION_ITEM = {
    "type": "object",
    "properties": {
        "target": {"type": "string", "title": "材料或填写项", "pattern": r"^(material|field):.{1,60}$"},
        "reason": _text("存在的问题", most=500),
        "mend": _text("如何补正", most=500),
    },
    "required": ["target", "reason", "mend"],
    "additionalProperties": False,
}
_NO_PAYLOAD = _payload({})

_APPLICANT = Right(Role.APPLICANT, Relation.OWN)
_CLERK = Right(Role.CLERK, Relation.LEAD)
_TOWN = Right(Role.TOWN, Relation.LEAD)
_COUNTER = (_CLERK, _TOWN)


def _stages(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_ROWS = (
    Verb(
        "save_draft",
        "保存草稿",
        _stages(Stage.NEW, Stage.DRAFT),
        (_APPLICANT, *_COUNTER),
        Kind.DRAFT_SAVED,
        ClockEffect.NONE,
        _payload({"applicant": _APPLICANT_PART, "form": _FORM, "materials": _MATERIALS}),
        "",
    ),
    Verb(
        "submit",
        "提交申请",
        _stages(Stage.NEW, Stage.DRAFT),
        (_APPLICANT, *_COUNTER),
        Kind.SUBMITTED,
        ClockEffect.START_ACCEPTANCE,
        _payload({"applicant": _APPLICANT_PART, "form": _FORM, "materials": _MATERIALS}),
        "行政许可法第二十九条",
        paper="receipt",
    ),
    Verb(
        "accept",
        "受理",
        _stages(Stage.SUBMITTED),
        _COUNTER,
        Kind.ACCEPTED,
        ClockEffect.START_DECISION,
        _payload({"note": _text("受理意见", least=0)}),
        "行政许可法第三十二条第一款第五项",
        paper="acceptance",
    ),
    Verb(
        "decline",
        "不予受理",
        _stages(Stage.SUBMITTED),
        _COUNTER,
        Kind.DECLINED,
        ClockEffect.STOP,
        _payload({"reasons": _text("不予受理的理由")}, "reasons"),
        "行政许可法第三十二条第一款第一、二项",
        paper="decline",
    ),
    Verb(
        "notify_correction",
        "一次性告知补正",
        _stages(Stage.SUBMITTED),
        _COUNTER,
        Kind.CORRECTION_NOTIFIED,
        ClockEffect.STOP_ACCEPTANCE,
        _payload(
            {
                "items": {
                    "type": "array",
                    "title": "补正内容",
                    "minItems": 1,
                    "maxItems": 60,
                    "items": _CORRECTION_ITEM,
                }
            },
            "items",
        ),
        "行政许可法第三十二条第一款第四项",
        paper="correction",
    ),
    Verb(
        "correct",
        "提交补正",
        _stages(Stage.CORRECTING),
        (_APPLICANT, *_COUNTER),
        Kind.CORRECTED,
        ClockEffect.START_ACCEPTANCE,
        _payload({"form": _FORM, "materials": _MATERIALS}),
        "行政许可法第三十二条第一款第五项",
    ),
    Verb(
        "review",
        "审查",
        _stages(Stage.ACCEPTED),
        (Right(Role.REVIEWER, Relation.STEP), Right(Role.HEAD, Relation.STEP)),
        Kind.REVIEWED,
        ClockEffect.NONE,
        _payload(
            {
                "outcome": _choice("审查结论", **{"pass": "通过", "object": "不同意"}),
                "opinion": _text("审查意见"),
            },
            "outcome",
            "opinion",
        ),
        "行政许可法第三十四条",
        at_step=True,
    ),
    Verb(
        "decide",
        "作出决定",
        _stages(Stage.ACCEPTED),
        (Right(Role.DECIDER, Relation.STEP), Right(Role.HEAD, Relation.STEP)),
        Kind.DECIDED,
        ClockEffect.START_DELIVERY,
        _payload(
            {
                "outcome": _choice("决定", approve="准予", refuse="不予"),
                "opinion": _text("决定意见", least=0),
                "reasons": _text("不予的理由", least=0),
            },
            "outcome",
        ),
        "行政许可法第三十七、三十八条",
        paper="approval",
        at_step=True,
    ),
    Verb(
        "issue",
        "制证",
        _stages(Stage.APPROVED),
        (Right(Role.ISSUER, Relation.STEP),),
        Kind.ISSUED,
        ClockEffect.NONE,
        _NO_PAYLOAD,
        "行政许可法第三十九条",
        paper="licence",
        at_step=True,
    ),
    Verb(
        "deliver",
        "送达",
        _stages(Stage.APPROVED, Stage.REFUSED, Stage.ISSUED),
        (Right(Role.ISSUER, Relation.LEAD), *_COUNTER),
        Kind.DELIVERED,
        ClockEffect.STOP,
        _payload(
            {
                "method": _choice("送达方式", window="窗口领取", courier="邮政寄递", electronic="电子送达"),
                "receiver": _text("领取人", most=60),
                "courier_number": _text("寄递单号", most=40, least=0),
            },
            "method",
            "receiver",
        ),
        "行政许可法第四十四条",
    ),
    Verb(
        "withdraw",
        "撤回申请",
        _stages(Stage.DRAFT, Stage.SUBMITTED, Stage.CORRECTING, Stage.ACCEPTED),
        (_APPLICANT, *_COUNTER),
        Kind.WITHDRAWN,
        ClockEffect.STOP,
        _payload({"reason": _text("撤回原因", most=500, least=0)}),
        "",
    ),
    Verb(
        "rate",
        "评价",
        _stages(Stage.DELIVERED, Stage.DECLINED),
        (_APPLICANT, Right(Role.APPLICANT, Relation.HOLDER)),
        Kind.RATED,
        ClockEffect.NONE,
        _payload(
            {
                "level": {"type": "integer", "title": "满意度", "minimum": 1, "maximum": 5},
                "text": _text("评价内容", most=500, least=0),
            },
            "level",
        ),
        "GB/T 39734",
    ),
)

#: Every verb by its code, in the order of a case's life.
LIFECYCLE: Mapping[str, Verb] = MappingProxyType({row.code: row for row in _ROWS})


def verbs_from(stage: Stage) -> tuple[Verb, ...]:
    """The verbs that a stage allows, whoever asks."""
    return tuple(row for row in _ROWS if stage in row.stages)
