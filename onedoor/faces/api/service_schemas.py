"""What the interface gives of an item, as its OpenAPI document shows it.

Everything that a version says stands here under the name it has in the item document; beside a code stands its
official word (`…_name`). What the catalogue leaves open is an empty text, an empty list or null.
"""

from __future__ import annotations

from typing import Any

from ninja import Schema

from .schemas import Instant, LimitOut


class NotedLimitOut(LimitOut):
    """A time limit with its explanation; an empty `unit` means that it is not known."""

    note: str


class BasisOut(Schema):
    """设定依据: a statute and its article."""

    title: str
    article: str


class ItemMaterialOut(Schema):
    """申请材料. `when` is CEL over the form's answers, `when_words` says it in Chinese; both empty: always.

    `proves` is what it is asked for, `basis` where it is laid down, `blank_form` and `sample` are addresses.
    """

    code: str
    name: str
    necessity: str
    necessity_name: str
    when: str
    when_words: str
    source: str
    way: str
    licence_type: str
    form: str
    form_name: str
    originals: int
    copies: int
    basis: str
    note: str
    kind: str
    origin: str
    origin_name: str
    origin_note: str
    issuer: str
    proves: str
    paper_size: str
    accept_standard: str
    fill_note: str
    blank_form: str
    sample: str


class StepOut(Schema):
    """A step of the procedure; `after` are the codes of those before it. `when` as for materials."""

    code: str
    name: str
    kind: str
    department: str
    department_name: str
    role: str
    after: list[str]
    join: str
    quorum: int
    limit: NotedLimitOut | None
    when: str
    when_words: str


class ProcedureOut(Schema):
    """办理流程."""

    steps: list[StepOut]


class ItemResultOut(Schema):
    """办理结果; `validity_months` 0 means without an end, `sample` is an address."""

    name: str
    kind: str
    validity_months: int
    sample: str


class AnsweredOut(Schema):
    """常见问题."""

    question: str
    answer: str


class FeeOut(Schema):
    """收费项目; `reduction` is the basis for reducing it."""

    name: str
    standard: str
    basis: str
    reducible: bool
    reduction: str


class SpecialProcedureOut(Schema):
    """特别程序."""

    name: str
    basis: str
    duration: str


class DelegationOut(Schema):
    """下沉: what towns or villages do; without `places` (12-digit codes) all of them. `seal` is the 审批专用章."""

    level: str
    level_name: str
    acts: list[str]
    act_names: list[str]
    places: list[str]
    seal: bool
    basis: str


class IntermediaryOut(Schema):
    """中介服务."""

    name: str
    basis: str
    note: str


class GivenAnswerOut(Schema):
    """An answer that a situation takes as given."""

    field: str
    value: str


class SituationOut(Schema):
    """情形. Its answers call for the materials in `bring` and, without handing in, those in `free`; those in
    `perhaps` hang on what it leaves open, those in `spared` fall away. `notice` gives the same in full."""

    code: str
    name: str
    note: str
    answers: list[GivenAnswerOut]
    bring: list[str]
    free: list[str]
    perhaps: list[str]
    spared: list[str]
    notice: str


class DetailsOut(Schema):
    """What a directory says of an item beyond what an application needs."""

    sub_item: str
    local_code: str
    handling_code: str
    power_source: str
    body_nature: str
    body_nature_name: str
    entrusted_by: str
    joint: list[str]
    applicant_kinds: list[str]
    applicant_kind_names: list[str]
    quota: str
    special: list[SpecialProcedureOut]
    visit_reason: str
    depth: str
    by_post: bool
    result_by_post: bool
    pay_online: bool
    appointment: bool
    reach: str
    reach_name: str
    delegations: list[DelegationOut]
    intermediaries: list[IntermediaryOut]
    fees: list[FeeOut]
    situations: list[SituationOut]
    consult_address: str
    mobile_url: str


class CodesOut(Schema):
    """The codes of an item side by side: here, in the nation (事项基本编码, 实施编码, 业务办理项编码), and locally."""

    code: str
    basic: str
    national: str
    handling: str
    local: str


class ServiceLinksOut(Schema):
    """Where the rest of it is."""

    page: str
    form: str
    notice: str
    guide_pdf: str
    notice_pdf: str
    card_pdf: str


class ServiceOut(Schema):
    """An item in full. `unknown` names what its version does not say yet."""

    code: str
    codes: CodesOut
    version: int
    name: str
    plain_name: str
    main_item: str
    national_code: str
    basic_code: str
    type: str
    type_name: str
    level: str
    level_name: str
    department: str
    department_name: str
    audience: list[str]
    audience_names: list[str]
    themes: list[str]
    keywords: list[str]
    case_kind: str
    case_kind_name: str
    statutory_limit: NotedLimitOut
    promised_limit: NotedLimitOut
    visits: int
    channels: list[str]
    channel_names: list[str]
    hall: str
    hall_name: str
    fee: str
    location: str
    hours: str
    phone: str
    complaint_phone: str
    basis: list[BasisOut]
    conditions: list[str]
    materials: list[ItemMaterialOut]
    procedure: ProcedureOut
    result: ItemResultOut
    questions: list[AnsweredOut]
    details: DetailsOut
    ready: bool
    unknown: list[str]
    links: ServiceLinksOut
    published_at: Instant | None
    digest: str


class NoticeOptionOut(Schema):
    """A choice."""

    value: str
    label: str


class NoticeQuestionOut(Schema):
    """A question on which materials or steps hang."""

    code: str
    label: str
    type: str
    options: list[NoticeOptionOut]
    answered: bool


class NoticeMaterialsOut(Schema):
    """Materials to bring, free of handing in, wanted perhaps, and spared; their `when` is in words here."""

    bring: list[ItemMaterialOut]
    free: list[ItemMaterialOut]
    perhaps: list[ItemMaterialOut]
    spared: list[ItemMaterialOut]


class NoticeStepOut(Schema):
    """A step; `needed` is null while that hangs on what is not answered."""

    code: str
    name: str
    kind: str
    department: str
    department_name: str
    limit: NotedLimitOut | None
    when_words: str
    needed: bool | None


class NoticeOut(Schema):
    """一次性告知: what some answers call for. `complete` tells that nothing hangs on what is still open."""

    service: str
    version: int
    name: str
    answers: dict[str, Any]
    questions: list[NoticeQuestionOut]
    situations: list[SituationOut]
    materials: NoticeMaterialsOut
    steps: list[NoticeStepOut]
    complete: bool
    page: str
    notice_pdf: str
    card_pdf: str
