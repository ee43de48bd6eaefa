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
from onedoor.domain.people.terms import Act

from . import schemas
from .clocks import MOST_EXTENSION
from .terms import Kind, Stage


class Relation(StrEnum):
    """How the one who acts must stand to the case."""

    OWN = "own"  # the applicant's own case
    AGENT = "agent"  # an agent of the applicant, whose entrustment names the act
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
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    START_DELIVERY = "start_delivery"
    STOP = "stop"


CLOCK_EFFECT_NAMES: Mapping[ClockEffect, str] = MappingProxyType(
    {
        ClockEffect.NONE: "不影响计时",
        ClockEffect.START_ACCEPTANCE: "开始计算 5 个工作日的受理期限",
        ClockEffect.STOP_ACCEPTANCE: "受理期限停止，等待申请人补正",
        ClockEffect.START_DECISION: "受理期限停止，开始计算办结时限",
        ClockEffect.PAUSE: "暂停计时，特别程序所需的时间不计入办结时限",
        ClockEffect.RESUME: "恢复计时，到期日按暂停的天数后移",
        ClockEffect.EXTEND: "承诺和法定办结时限的到期日各后移同样的工作日",
        ClockEffect.START_DELIVERY: "办结时限停止，开始计算 10 个工作日的送达期限",
        ClockEffect.STOP: "全部时限停止",
    }
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the law. `paper` is the kind of document the act produces; `payload` is a JSON Schema; `entrusted`
    is what an entrustment must name for an agent to do it."""

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
    entrusted: Act | None = None


_APPLICANT = Right(Role.APPLICANT, Relation.OWN)
_AGENT = Right(Role.APPLICANT, Relation.AGENT)
_CLERK = Right(Role.CLERK, Relation.LEAD)
_TOWN = Right(Role.TOWN, Relation.LEAD)
_COUNTER = (_CLERK, _TOWN)
#: Who may stop the clocks: whoever examines for the lead department, since all limits stand still at once.
_EXAMINERS = tuple(Right(role, Relation.LEAD) for role in (Role.REVIEWER, Role.DECIDER, Role.HEAD))


def _stages(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_ROWS = (
    Verb(
        "save_draft",
        "保存草稿",
        _stages(Stage.NEW, Stage.DRAFT),
        (_APPLICANT, _AGENT, *_COUNTER),
        Kind.DRAFT_SAVED,
        ClockEffect.NONE,
        schemas.payload(
            {
                "applicant": schemas.APPLICANT_PART,
                "agent": schemas.AGENT_PART,
                "form": schemas.FORM,
                "materials": schemas.MATERIALS,
            }
        ),
        "",
        entrusted=Act.APPLY,
    ),
    Verb(
        "submit",
        "提交申请",
        _stages(Stage.NEW, Stage.DRAFT),
        (_APPLICANT, _AGENT, *_COUNTER),
        Kind.SUBMITTED,
        ClockEffect.START_ACCEPTANCE,
        schemas.payload(
            {
                "applicant": schemas.APPLICANT_PART,
                "agent": schemas.AGENT_PART,
                "form": schemas.FORM,
                "materials": schemas.MATERIALS,
            }
        ),
        "行政许可法第二十九条",
        paper="receipt",
        entrusted=Act.APPLY,
    ),
    Verb(
        "accept",
        "受理",
        _stages(Stage.SUBMITTED),
        _COUNTER,
        Kind.ACCEPTED,
        ClockEffect.START_DECISION,
        schemas.payload({"note": schemas.text("受理意见", least=0)}),
        "行政许可法第三十二条第一款第五项",
        paper="acceptance",
    ),
    Verb(
        "decline",
        "不予受理",
        _stages(Stage.SUBMITTED, Stage.CORRECTING),
        _COUNTER,
        Kind.DECLINED,
        ClockEffect.STOP,
        schemas.payload({"reasons": schemas.text("不予受理的理由")}, "reasons"),
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
        schemas.payload(
            {
                "items": {
                    "type": "array",
                    "title": "补正内容",
                    "minItems": 1,
                    "maxItems": 60,
                    "items": schemas.CORRECTION_ITEM,
                },
                "days": schemas.CORRECTION_TERM,
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
        (_APPLICANT, _AGENT, *_COUNTER),
        Kind.CORRECTED,
        ClockEffect.START_ACCEPTANCE,
        schemas.payload({"form": schemas.FORM, "materials": schemas.MATERIALS}),
        "行政许可法第三十二条第一款第五项",
        entrusted=Act.CORRECT,
    ),
    Verb(
        "review",
        "审查",
        _stages(Stage.ACCEPTED),
        (Right(Role.REVIEWER, Relation.STEP), Right(Role.HEAD, Relation.STEP)),
        Kind.REVIEWED,
        ClockEffect.NONE,
        schemas.payload(
            {
                "outcome": schemas.choice("审查结论", **{"pass": "通过", "object": "不同意"}),
                "opinion": schemas.text("审查意见"),
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
        schemas.payload(
            {
                "outcome": schemas.choice("决定", approve="准予", refuse="不予"),
                "opinion": schemas.text("决定意见", least=0),
                "reasons": schemas.text("不予的理由", least=0),
            },
            "outcome",
        ),
        "行政许可法第三十七、三十八条",
        paper="approval",
        at_step=True,
    ),
    Verb(
        "suspend",
        "进入特别程序",
        _stages(Stage.ACCEPTED),
        _EXAMINERS,
        Kind.SUSPENDED,
        ClockEffect.PAUSE,
        schemas.payload(
            {
                "kind": schemas.SPECIAL,
                "days": schemas.days("所需时间（工作日）", schemas.MOST_SPECIAL_DAYS),
                "reason": schemas.text("特别程序的理由", most=500),
            },
            "kind",
            "days",
            "reason",
        ),
        "行政许可法第四十五条",
        paper="special",
    ),
    Verb(
        "resume",
        "结束特别程序",
        _stages(Stage.SUSPENDED),
        _EXAMINERS,
        Kind.RESUMED,
        ClockEffect.RESUME,
        schemas.payload({"result": schemas.text("特别程序的结果", most=500)}, "result"),
        "行政许可法第四十五条",
    ),
    Verb(
        "extend",
        "延长办理期限",
        _stages(Stage.ACCEPTED),
        (Right(Role.HEAD, Relation.LEAD),),
        Kind.EXTENDED,
        ClockEffect.EXTEND,
        schemas.payload(
            {
                "days": schemas.days("延长的工作日", MOST_EXTENSION),
                "reasons": schemas.text("延期的理由", most=500),
            },
            "days",
            "reasons",
        ),
        "行政许可法第四十二条",
        paper="extension",
    ),
    Verb(
        "issue",
        "制证",
        _stages(Stage.APPROVED),
        (Right(Role.ISSUER, Relation.STEP),),
        Kind.ISSUED,
        ClockEffect.NONE,
        schemas.NO_PAYLOAD,
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
        schemas.payload(
            {
                "method": schemas.METHOD,
                "receiver": schemas.text("领取人", most=60),
                "courier_number": schemas.text("寄递单号", most=40, least=0),
            },
            "method",
            "receiver",
        ),
        "行政许可法第四十四条",
        paper="delivery",
    ),
    Verb(
        "withdraw",
        "撤回申请",
        _stages(Stage.DRAFT, Stage.SUBMITTED, Stage.CORRECTING, Stage.ACCEPTED, Stage.SUSPENDED),
        (_APPLICANT, _AGENT, *_COUNTER),
        Kind.WITHDRAWN,
        ClockEffect.STOP,
        schemas.payload({"reason": schemas.text("撤回原因", most=500, least=0)}),
        "",
        entrusted=Act.WITHDRAW,
    ),
    Verb(
        "rate",
        "评价",
        _stages(Stage.DELIVERED, Stage.DECLINED),
        (_APPLICANT, _AGENT, Right(Role.APPLICANT, Relation.HOLDER)),
        Kind.RATED,
        ClockEffect.NONE,
        schemas.payload(
            {
                "level": {"type": "integer", "title": "满意度", "minimum": 1, "maximum": 5},
                "text": schemas.text("评价内容", most=500, least=0),
            },
            "level",
        ),
        "GB/T 39734",
        entrusted=Act.APPLY,
    ),
)

#: Every verb by its code, in the order of a case's life.
LIFECYCLE: Mapping[str, Verb] = MappingProxyType({row.code: row for row in _ROWS})


def verbs_from(stage: Stage) -> tuple[Verb, ...]:
    """The verbs that a stage allows, whoever asks."""
    return tuple(row for row in _ROWS if stage in row.stages)
