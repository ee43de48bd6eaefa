"""The words of the catalogue: a published service version as other rooms and pages see it.

A version's content is one immutable document (`content` in the table). These frozen types are its parsed form;
`parse_content` in `rules.py` makes them and refuses what is not well-formed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CaseKind(StrEnum):
    """办件类型."""

    INSTANT = "instant"  # 即办件
    COMMITTED = "committed"  # 承诺件


class Necessity(StrEnum):
    """Whether a material must be handed in."""

    REQUIRED = "required"  # 必要
    CONDITIONAL = "conditional"  # 视情形
    DEFERRABLE = "deferrable"  # 可容缺


class Source(StrEnum):
    """Who provides a material."""

    APPLICANT = "applicant"  # 申请人自备
    LICENCE = "licence"  # 电子证照核验
    RECORD = "record"  # 部门数据共享
    MADE = "made"  # 办理机构制作


class StepKind(StrEnum):
    """What is done at a step of the procedure."""

    REVIEW = "review"  # 审查
    OPINION = "opinion"  # 会签
    SURVEY = "survey"  # 联合踏勘
    MEETING = "meeting"  # 联席预审
    PUBLICITY = "publicity"  # 公示
    DECISION = "decision"  # 决定
    MAKING = "making"  # 制证


class Join(StrEnum):
    """When a step with several predecessors opens."""

    ALL = "all"
    ANY = "any"
    QUORUM = "quorum"


@dataclass(frozen=True, slots=True)
class LimitTerm:
    """A time limit as the catalogue writes it: `unit` is working, calendar, hours or working-hours."""

    amount: int
    unit: str = "working"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """设定依据: a statute and its article."""

    title: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """申请材料. `when` is a CEL condition over the form's answers by field code; "" means always."""

    code: str
    name: str
    necessity: Necessity = Necessity.REQUIRED
    when: str = ""
    source: Source = Source.APPLICANT
    licence_type: str = ""
    form: str = "original"  # original | copy | electronic
    originals: int = 1
    copies: int = 0
    basis: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a choice field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A question of the form, bound to a data element 数据元 (`element`, such as `person.name`).

    `type` is one of text, textarea, choice, choices, date, number, money, phone, id_number, uscc, address,
    boolean. `when` is a CEL condition over earlier answers; "" means always asked.
    """

    code: str
    element: str
    label: str
    type: str = "text"
    required: bool = True
    hint: str = ""
    max_length: int = 200
    options: tuple[Option, ...] = ()
    when: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the form."""

    code: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A node of the procedure. Steps whose predecessors (`after`) are done are open at the same time.

    `department` and `role` say who may act; `limit` is the step's own limit, None if it has none.
    """

    code: str
    name: str
    kind: StepKind
    department: str
    role: str
    after: tuple[str, ...] = ()
    join: Join = Join.ALL
    quorum: int = 0
    limit: LimitTerm | None = None
    when: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """办理流程: an acyclic graph with exactly one decision step, at most one making step after it."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """办理结果. `kind` is licence, approval or reply; `validity_months` 0 means without an end."""

    name: str
    kind: str = "licence"
    validity_months: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """常见问题."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ServiceVersion:
    """实施清单: one immutable version of a service item."""

    id: int
    tenant_id: int
    code: str
    number: int
    name: str
    plain_name: str
    national_code: str
    type: str  # 01 … 20, GB/T 39046 A.1
    level: str  # 1 … 7
    department: str  # department code
    department_name: str
    audience: tuple[str, ...]  # person, organization
    themes: tuple[str, ...]
    case_kind: CaseKind
    statutory_limit: LimitTerm
    promised_limit: LimitTerm
    procedure: Procedure
    result: Result
    basis: tuple[Basis, ...] = ()
    conditions: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    sections: tuple[Section, ...] = ()
    fee: str = ""
    visits: int = 1
    channels: tuple[str, ...] = ("window", "web", "mobile")
    location: str = ""
    hours: str = ""
    phone: str = ""
    complaint_phone: str = ""
    keywords: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    ready: bool = True  # False: listed, but without what an application needs (form, procedure)
    published_at: datetime | None = None
    digest: bytes = field(default=b"")
