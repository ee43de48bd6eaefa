"""Further words of an item, as directories of other platforms know them: bodies, fees, situations, delegation.

Everything here may be left open. What is left open does not stand in the document, so that a document without any of
it is the same, byte by byte, as one written before there was room for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """通办范围: from how far away the item can be handled."""

    UNSTATED = ""
    NATION = "nation"
    PROVINCES = "provinces"
    CITIES = "cities"
    COUNTIES = "counties"


class Origin(StrEnum):
    """来源渠道: where an applicant has a material from."""

    UNSTATED = ""
    APPLICANT = "applicant"
    GOVERNMENT = "government"
    INTERMEDIARY = "intermediary"
    OTHER = "other"


class DelegatedAct(StrEnum):
    """What a town or village does in the county's place."""

    ACCEPT = "accept"
    DECIDE = "decide"
    DELIVER = "deliver"


REACH_NAMES = {
    Reach.NATION: "全国通办",
    Reach.PROVINCES: "跨省通办",
    Reach.CITIES: "跨市通办",
    Reach.COUNTIES: "跨县通办",
}
ORIGIN_NAMES = {
    Origin.APPLICANT: "申请人自备",
    Origin.GOVERNMENT: "政府部门核发",
    Origin.INTERMEDIARY: "中介机构出具",
    Origin.OTHER: "其他",
}
ACT_NAMES = {
    DelegatedAct.ACCEPT: "受理",
    DelegatedAct.DECIDE: "审批",
    DelegatedAct.DELIVER: "发放结果",
}
#: 实施主体性质, GB/T 39046-2020 A.
BODY_NATURES = {"1": "法定机关", "2": "授权组织", "3": "受委托组织", "9": "其他"}
#: 服务对象, GB/T 39046-2020 A.
APPLICANT_KINDS = {
    "1": "自然人",
    "2": "企业法人",
    "3": "事业法人",
    "4": "社会组织法人",
    "5": "行政机关",
    "6": "其他组织",
}
#: Levels to which a county delegates 下沉.
DELEGATED_LEVELS = {"5": "乡镇（街道）", "6": "村（社区）"}


@dataclass(frozen=True, slots=True)
class Fee:
    """收费项目. `reduction` is the basis for reducing it; only a `reducible` one has any."""

    name: str
    standard: str
    basis: str = ""
    reducible: bool = False
    reduction: str = ""


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """特别程序 the item may need, such as a hearing; `duration` says in words how long it takes."""

    name: str
    basis: str = ""
    duration: str = ""


@dataclass(frozen=True, slots=True)
class Delegation:
    """下沉: what towns (`level` 5) or villages (6) do. Without `places` (12-digit codes) all of them do it.

    `seal` tells that they use a seal for approval 审批专用章 of their own; `basis` is the letter of entrustment.
    """

    level: str
    acts: tuple[DelegatedAct, ...] = (DelegatedAct.ACCEPT,)
    places: tuple[str, ...] = ()
    seal: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Intermediary:
    """中介服务 that an applicant needs before: a report, an appraisal. `note` says who offers it and what it costs."""

    name: str
    basis: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that a situation takes as given: `value` as text; true or false for a yes-or-no question."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Situation:
    """情形: a case of the item that people recognise. Its answers to questions of the form select the materials."""

    code: str
    name: str
    note: str = ""
    answers: tuple[GivenAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What a directory says of an item beyond what an application needs."""

    sub_item: str = ""  # 子项
    local_code: str = ""  # 地方编码, beside the national one
    handling_code: str = ""  # 业务办理项编码, 33 digits
    power_source: str = ""  # 权力来源
    body_nature: str = ""  # 实施主体性质, a key of BODY_NATURES
    entrusted_by: str = ""  # 委托部门
    joint: tuple[str, ...] = ()  # 联办机构, names
    applicant_kinds: tuple[str, ...] = ()  # 服务对象, keys of APPLICANT_KINDS
    quota: str = ""  # 数量限制
    special: tuple[SpecialProcedure, ...] = ()
    visit_reason: str = ""  # 必须现场办理的原因
    depth: str = ""  # 网上办理深度
    by_post: bool = False  # 可寄件申请
    result_by_post: bool = False  # 结果可寄送
    pay_online: bool = False  # 可网上支付
    appointment: bool = False  # 可预约
    reach: Reach = Reach.UNSTATED
    delegations: tuple[Delegation, ...] = ()
    intermediaries: tuple[Intermediary, ...] = ()
    fees: tuple[Fee, ...] = ()
    situations: tuple[Situation, ...] = ()
    consult_address: str = ""  # 咨询地址
    mobile_url: str = ""  # 移动端办理地址


#: An item of which nothing more is said.
NO_DETAILS = Details()
