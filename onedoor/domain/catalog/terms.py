"""The words of the catalogue: a published service version as other rooms and pages see it.

A version's content is one immutable document (`content` in the table). These frozen types are its parsed
form; `parse_content` in `rules.py` makes them and refuses what is not well-formed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .item_terms import NO_DETAILS, Details, Origin
from .states import EX_OFFICIO


class CaseKind(StrEnum):
    """办件类型."""

    INSTANT = "instant"  # 即办件
    COMMITTED = "committed"  # 承诺件
    UNKNOWN = "unknown"  # 尚未明确: only on a version that is not ready


class Hall(StrEnum):
    """进驻大厅: whether an item is handled in the government service hall."""

    UNSTATED = ""  # 没有填写
    IN = "in"  # 已进驻
    OUT = "out"  # 应进驻，还没有进驻
    EXEMPT = "exempt"  # 不宜进驻: secret, tied to a site, or otherwise excused


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
    """A time limit as the catalogue writes it: `unit` is working, calendar, hours or working-hours.

    An empty unit means that the limit is not yet known; only a version that is not ready has such limits.
    """

    amount: int
    unit: str = "working"
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether the catalogue says how long it takes."""
        return bool(self.unit)


#: The limit of a version that does not say how long it takes.
UNKNOWN_LIMIT = LimitTerm(0, "")


@dataclass(frozen=True, slots=True)
class Basis:
    """设定依据: a statute and its article."""

    title: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """申请材料. `when` is a CEL condition over the form's answers by field code; "" means always.

    `blank_form` 空白表格 and `sample` 示例样表 are addresses; `issuer` is who issues it, `proves` what it is asked for.
    """

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
    kind: str = ""  # 材料类型, in words
    origin: Origin = Origin.UNSTATED
    origin_note: str = ""
    issuer: str = ""
    proves: str = ""
    paper_size: str = ""  # 规格
    accept_standard: str = ""  # 受理标准
    fill_note: str = ""  # 填报须知
    blank_form: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a choice field."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A question of the form, bound to a data element 数据元 (`element`, such as `person.name`).

    `type` is one of text, textarea, choice, choices, date, number, money, phone, id_number, uscc, address,
    boolean, group. `when` is a CEL condition over earlier answers; "" means always asked.

    A group 填写组 is a list of up to `most` rows that are all asked the same `fields` (从业人员, 股东); a required
    one has at least one row. A condition inside a row sees the row's own earlier answers too.
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
    fields: tuple[Field, ...] = ()
    most: int = 20


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
    """办理结果. `kind` is licence, approval or reply; `validity_months` 0 means without an end.

    An empty name means that the result is not yet known.
    """

    name: str
    kind: str = "licence"
    validity_months: int = 0
    sample: str = ""  # 结果样本, an address


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
    basic_code: str = ""  # 基本编码 of the directory entry the item belongs to
    main_item: str = ""  # 主项: the name under which business items are grouped
    hall: Hall = Hall.UNSTATED
    details: Details = NO_DETAILS
    published_at: datetime | None = None
    digest: bytes = field(default=b"")

    @property
    def ex_officio(self) -> bool:
        """Whether the office acts by itself, and nobody applies for it."""
        return self.type in EX_OFFICIO

    @property
    def unknown(self) -> tuple[str, ...]:
        """The official names of what this version does not say yet; () when nothing is open."""
        parts = (
            ("服务对象", bool(self.audience)),
            ("办件类型", self.case_kind is not CaseKind.UNKNOWN),
            ("法定办结时限", self.statutory_limit.known),
            ("承诺办结时限", self.promised_limit.known),
            ("设定依据", bool(self.basis)),
            ("受理条件", bool(self.conditions)),
            ("申请材料", self.ready or bool(self.materials)),
            ("办理流程", bool(self.procedure.steps)),
            ("收费情况", bool(self.fee)),
            ("办理结果", bool(self.result.name)),
            ("办理地点", bool(self.location)),
            ("办理时间", bool(self.hours)),
            ("咨询电话", bool(self.phone)),
        )
        told = {"设定依据", "咨询电话"} if self.ex_officio else {name for name, _ in parts}
        return tuple(name for name, known in parts if not known and name in told)


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """What a list shows of a version in force."""

    version_id: int
    code: str
    number: int
    name: str
    plain_name: str
    type: str
    department: str
    department_name: str
    audience: tuple[str, ...]
    themes: tuple[str, ...]
    case_kind: CaseKind
    promised_limit: LimitTerm
    visits: int
    ready: bool

    @property
    def ex_officio(self) -> bool:
        """Whether the office acts by itself, and nobody applies for it."""
        return self.type in EX_OFFICIO


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `next_cursor` is opaque, None on the last page; `total` counts the whole list."""

    items: tuple[ServiceCard, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many versions in force a department or theme has. `key` is the department code or the theme."""

    key: str
    name: str
    count: int


class Outcome(StrEnum):
    """What an import did with one row."""

    ADDED = "added"  # 新增
    CHANGED = "changed"  # 变更
    UNCHANGED = "unchanged"  # 未变
    REFUSED = "refused"  # 有误


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One fault of a row: where (column heading or JSON pointer), a stable code, and how to mend it.

    In a table `cell` names the cell, such as C7, and in a workbook of several sheets `sheet` the sheet it is on.
    """

    column: str
    code: str
    detail: str
    sheet: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row of an import: `row` is its line in the file (or its place in a list of documents, from 1).

    `notes` say what the importer had to translate, such as a promise in half days.
    """

    row: int
    code: str
    name: str
    type: str
    outcome: Outcome
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)  # the row as it stood, by heading
    sheet: str = ""  # the sheet of a workbook, if it has several


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import, one line a row. Nothing was written if `refused` or on a dry run.

    `notes` say what was left aside in the whole file, such as columns that the catalogue does not know.
    """

    rows: tuple[RowResult, ...]
    dry_run: bool
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether any row has a fault, so that nothing was imported."""
        return any(row.outcome is Outcome.REFUSED for row in self.rows)

    def count(self, outcome: Outcome) -> int:
        """How many rows had this outcome."""
        return sum(row.outcome is outcome for row in self.rows)

    def types(self) -> Mapping[str, int]:
        """How many accepted rows each item type has, in order of the type code."""
        accepted = (row.type for row in self.rows if row.outcome is not Outcome.REFUSED)
        return dict(sorted(Counter(accepted).items()))
