"""How people and offices of the virtual county behave, in numbers. Shares are of 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from onedoor.domain.catalog.terms import CaseKind, LimitTerm, ServiceVersion, Step, StepKind

ONLINE_SHARE: Final = 0.3
MOBILE_SHARE: Final = 0.45
#: Of those who come, so many come for a package, which makes several cases.
TOGETHER_SHARE: Final = 0.04
#: Of every so many packages one has a member that is refused.
PARTLY_REFUSED_ONE_IN: Final = 3
#: So many come on a day on which the office is closed, all of them online.
CLOSED_DAY_SHARE: Final = 0.15
DRAFT_SHARE: Final = 0.12
DRAFT_FINISHED: Final = 0.5
MISSING_SHARE: Final = 0.11
DECLINED_SHARE: Final = 0.03
#: Applications made online that nobody looks at in time; the law then takes them as accepted.
FORGOTTEN_SHARE: Final = 0.03
CORRECTED_SHARE: Final = 0.78
GIVEN_UP_SHARE: Final = 0.1
WITHDRAWN_SHARE: Final = 0.02
OBJECTION_SHARE: Final = 0.02
#: Of what is not settled at once: an expert, a laboratory or a hearing is needed first.
SPECIAL_SHARE: Final = 0.14
#: Of what comes to the last day of its limit, where the department has a head.
EXTENDED_SHARE: Final = 0.5
NEVER_FETCHED: Final = 0.04
#: Nobody hurries to fetch a refusal.
REFUSAL_WAITS: Final = 4
RATING_SHARE: Final = 0.55
#: One department in so many is late as a habit, by this factor.
SLOW_ONE_IN: Final = 8
SLOWNESS: Final = 2.4
#: How much more often than others an item is wanted.
OPENING: Final = 1.6
BUSIEST: Final = 2.8
INSTANT: Final = 1.4
#: Papers lie on a decider's desk a little longer than elsewhere, measured by the limit.
DECIDING: Final = 1.5
#: Five minutes past the due instant: the evening sweep has been through.
LATE_MINUTES: Final = 5

_LEVELS: Final = (5, 4, 3, 2, 1)
_WHEN_IN_TIME: Final = (80, 14, 4, 1.2, 0.8)
_WHEN_LATE: Final = (38, 26, 18, 10, 8)

METHODS: Final[Mapping[str, float]] = MappingProxyType({"window": 0.6, "courier": 0.2, "electronic": 0.2})
OPENING_THEME: Final = "开店经营"
OPINIONS: Final = (
    "申请材料齐全，与现场情况相符，同意。",
    "经核查，符合规定条件。",
    "已核对材料和系统数据，未发现问题。",
    "现场布局合理，设施到位，建议准予。",
)
OBJECTIONS: Final = (
    "现场疏散通道被占用，不符合安全要求。",
    "场所面积达不到规定条件。",
    "提交的情况与核查结果不一致。",
)
DECLINE_REASONS: Final = (
    "申请事项不属于本机关职权范围，请向市级主管部门申请。",
    "该事项依法不需要取得许可，可以直接开展。",
    "申请人不符合本事项规定的申请资格。",
)
SPECIAL_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "inspection": "申请事项依法需要检验，样品已送检验机构。",
        "testing": "场所和设备依法需要检测，由有资质的机构出具报告。",
        "expert_review": "申请事项技术性强，需要组织专家评审。",
        "hearing": "利害关系人要求听证。",
        "appraisal": "提交的证明需要鉴定真伪。",
    }
)
SPECIAL_RESULT: Final = "程序已经结束，结论符合规定，恢复办理。"
EXTENSIONS: Final = ("情况复杂，需要补充核查。", "需要征求上级主管部门的意见。")
UNCLEAR: Final = ("复印件不清晰", "缺少签字盖章", "内容与申请表不一致", "已过有效期")
WITHDRAWALS: Final = ("暂时不办了", "经营计划有变化", "想换一个地方再办")
COMPLAINTS: Final = ("等的时间太长。", "跑了两趟。", "没有说清楚要带什么。")

_MINUTES: Final = {"working": 420, "calendar": 290, "hours": 20, "working-hours": 60}


def slow_departments(departments: list[str], seed: int) -> frozenset[str]:
    """The departments that are late as a habit."""
    amount = max(1, len(departments) // SLOW_ONE_IN)
    return frozenset(Random(f"{seed}:slow").sample(sorted(departments), min(amount, len(departments))))


def popularity(versions: list[ServiceVersion], seed: int) -> dict[str, float]:
    """Item code → how often it is applied for, as a weight: a few often, many seldom.

    Opening a business, the department with most items and what is settled at once bring most people.
    """
    ranked = sorted(versions, key=lambda version: version.code)
    Random(f"{seed}:popularity").shuffle(ranked)
    ((busiest, _),) = Counter(version.department for version in ranked).most_common(1)
    return {v.code: _pull(v, busiest) / (rank + 4) ** 0.9 for rank, v in enumerate(ranked)}


def _pull(version: ServiceVersion, busiest: str) -> float:
    opening = OPENING if OPENING_THEME in version.themes else 1.0
    busy = BUSIEST if version.department == busiest else 1.0
    return opening * busy * (INSTANT if version.case_kind is CaseKind.INSTANT else 1.0)


def minutes_at(step: Step, version: ServiceVersion, slow: bool, rng: Random) -> float:
    """Working minutes until a step that has opened is done."""
    if version.case_kind is CaseKind.INSTANT:
        return rng.uniform(4, 35)
    limit = _minutes(step.limit) if step.limit else _minutes(version.promised_limit) / 3
    share = rng.lognormvariate(-0.8, 0.55)
    if step.kind is StepKind.DECISION:
        share *= DECIDING
    return limit * share * (SLOWNESS if slow else 1)


def minutes_until_opened(rng: Random) -> float:
    """Working minutes until an application made online is looked at."""
    return min(rng.lognormvariate(5.0, 0.9), 1300)


def level(late: bool, rng: Random) -> int:
    """How content somebody is, 1 to 5."""
    return rng.choices(_LEVELS, _WHEN_LATE if late else _WHEN_IN_TIME)[0]


def _minutes(limit: LimitTerm) -> float:
    return limit.amount * _MINUTES[limit.unit]
