"""The parts of an item as its editor sees them: which questions each page asks, and where in the document they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onedoor.domain.catalog.drafts.differences import (
    FIELD_TYPE_NAMES,
    HALL_NAMES,
    JOIN_NAMES,
    KIND_NAMES,
    SOURCE_NAMES,
)
from onedoor.domain.catalog.drafts.edits import LISTS
from onedoor.domain.catalog.guides.guide import (
    AUDIENCE_NAMES,
    CASE_KIND_NAMES,
    CHANNEL_NAMES,
    FORM_NAMES,
    LEVEL_NAMES,
    NECESSITY_NAMES,
    TYPE_NAMES,
    UNIT_NAMES,
)
from onedoor.domain.catalog.item_terms import (
    ACT_NAMES,
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    ORIGIN_NAMES,
    REACH_NAMES,
)
from onedoor.domain.catalog.terms import StepKind
from onedoor.domain.offices.terms import ROLE_NAMES, Role

STEP_KIND_NAMES = {
    StepKind.REVIEW: "审查",
    StepKind.OPINION: "征求意见",
    StepKind.SURVEY: "联合踏勘",
    StepKind.MEETING: "联席预审",
    StepKind.PUBLICITY: "公示",
    StepKind.DECISION: "决定",
    StepKind.MAKING: "制证",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of the editor. `key` is where its answer goes, with a dot where that is one level down.

    `kind` is text, textarea, number, lines (a list, one a line), select, picks (several of `choices`), flag, options,
    when, element, department, after or given. `default` is what the document leaves out, unless it is `required`.
    """

    key: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    required: bool = False
    most: int = 200
    default: Any = ""

    @property
    def name(self) -> str:
        """What its control is called."""
        return self.key.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the document with a page of its own. One that is a list has the questions of a row for each depth."""

    slug: str
    title: str
    asks: tuple[Ask, ...] = ()
    rows: tuple[tuple[Ask, ...], ...] = ()
    nouns: tuple[str, ...] = ()
    hint: str = ""

    @property
    def listed(self) -> bool:
        """Whether it is a list of rows."""
        return bool(self.rows)


def _pairs(names: Mapping[Any, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(getattr(key, "value", key)), name) for key, name in names.items())


_UNITS = _pairs(UNIT_NAMES)
#: The channels of a document that names none.
CHANNELS = ["window", "web", "mobile"]
#: Who may be named for a step; which of them fits is said by the kind of the step.
_ACTING = (Role.REVIEWER, Role.HEAD, Role.DECIDER, Role.ISSUER)


def _limit(key: str, label: str) -> tuple[Ask, ...]:
    return (
        Ask(f"{key}.amount", label, "number", required=True, hint="当场办结的填 0"),
        Ask(f"{key}.unit", f"{label}的单位", "select", _UNITS, default="working"),
        Ask(f"{key}.note", f"{label}的说明", hint="例如 不含听证、检验所需时间"),
    )


_WHEN = "先从表单里已有的选择题中挑；复杂的在“更多”里自己写"
BASICS = Part(
    "basics",
    "基本信息",
    (
        Ask("name", "事项名称", required=True),
        Ask("plain_name", "通俗名称", hint="群众怎么说这件事，例如 开饭店要办的证"),
        Ask("type", "事项类型", "select", _pairs(TYPE_NAMES), required=True),
        Ask("level", "行使层级", "select", _pairs(LEVEL_NAMES), required=True),
        Ask("department", "实施部门", "department", required=True),
        Ask("audience", "服务对象", "picks", _pairs(AUDIENCE_NAMES), required=True),
        Ask("themes", "主题", "lines", hint="一行一个，例如 开店经营", most=30),
        Ask("keywords", "关键词", "lines", hint="一行一个；群众会搜的词", most=30),
        Ask("main_item", "主项", hint="同一主项的业务办理项排在一起"),
        Ask("national_code", "实施编码", hint="国家编码，31 位", most=40),
        Ask("basic_code", "基本编码", most=40),
        Ask("hall", "进驻大厅", "select", _pairs(HALL_NAMES)),
    ),
)
HANDLING = Part(
    "handling",
    "时限、收费和结果",
    (
        Ask(
            "ready",
            "能否在本系统申请办理",
            "flag",
            (("true", "能申请办理"), ("false", "只公布信息")),
            default=True,
        ),
        Ask("case_kind", "办件类型", "select", _pairs(CASE_KIND_NAMES), required=True),
        *_limit("statutory_limit", "法定办结时限"),
        *_limit("promised_limit", "承诺办结时限"),
        Ask("visits", "到现场次数", "number", hint="网上能全程办的填 0", default=1),
        Ask("channels", "办理渠道", "picks", _pairs(CHANNEL_NAMES), required=True, default=CHANNELS),
        Ask("fee", "收费", "textarea", hint="不收费的写“不收费”；收费的写明标准和依据", most=500),
        Ask("result.name", "办理结果名称", required=True),
        Ask("result.kind", "结果形式", "select", _pairs(KIND_NAMES), default="licence"),
        Ask("result.validity_months", "有效期（月）", "number", hint="长期有效的填 0", default=0),
        Ask("result.sample", "结果样本地址", hint="http 开头的地址，或本站以 / 开头的地址"),
    ),
)
PLACES = Part(
    "places",
    "地点、时间和电话",
    (
        Ask("location", "办理地点"),
        Ask("hours", "办理时间"),
        Ask("phone", "咨询电话", most=60),
        Ask("complaint_phone", "投诉电话", most=60),
    ),
)
CONDITIONS = Part(
    "conditions",
    "受理条件",
    (Ask("conditions", "受理条件", "lines", hint="一行一条", most=500),),
)
BASIS = Part(
    "basis",
    "设定依据",
    rows=((Ask("title", "文件名称", required=True), Ask("article", "条款", hint="例如 第三十五条")),),
    nouns=("依据",),
)
MATERIALS = Part(
    "materials",
    "申请材料",
    rows=(
        (
            Ask("name", "材料名称", required=True),
            Ask("necessity", "要求", "select", _pairs(NECESSITY_NAMES), default="required"),
            Ask("when", "什么情形下要交", "when", hint=_WHEN),
            Ask("source", "由谁提供", "select", _pairs(SOURCE_NAMES), default="applicant"),
            Ask("licence_type", "证照类型", hint="核验电子证照的，写明是哪种证照", most=60),
            Ask("form", "材料形式", "select", _pairs(FORM_NAMES), default="original"),
            Ask("originals", "原件份数", "number", default=1),
            Ask("copies", "复印件份数", "number", default=0),
            Ask("basis", "依据", hint="凭什么要这份材料"),
            Ask("note", "说明", "textarea", hint="写给申请人看的", most=500),
            Ask("proves", "证明什么"),
            Ask("issuer", "由谁出具"),
            Ask("origin", "来源渠道", "select", _pairs(ORIGIN_NAMES)),
            Ask("origin_note", "来源渠道说明"),
            Ask("kind", "材料类型"),
            Ask("paper_size", "规格", hint="例如 A4"),
            Ask("accept_standard", "受理标准"),
            Ask("fill_note", "填报须知"),
            Ask("blank_form", "空白表格地址", hint="http 开头的地址，或本站以 / 开头的地址"),
            Ask("sample", "示例样表地址", hint="http 开头的地址，或本站以 / 开头的地址"),
        ),
    ),
    nouns=("材料",),
    hint="能核验电子证照、能共享数据的，不要申请人交。",
)


def _question(*, in_group: bool) -> tuple[Ask, ...]:
    types = tuple(pair for pair in _pairs(FIELD_TYPE_NAMES) if not in_group or pair[0] != "group")
    group = () if in_group else (Ask("most", "填写组最多几组", "number", default=20),)
    return (
        Ask("label", "问题", required=True, most=100),
        Ask(
            "type", "怎样回答", "select", types, hint="能选的不要填：优先用单选、多选、是或否", default="text"
        ),
        Ask("options", "选项", "options", hint="单选、多选题才有；一行一个"),
        Ask("required", "是否必填", "flag", (("true", "必填"), ("false", "选填")), default=True),
        Ask(
            "element",
            "数据元",
            "element",
            hint="同一个数据元只问一次，一件事里也只填一遍；没有合适的选“本事项自用”",
        ),
        Ask("when", "什么情形下问", "when", hint=_WHEN),
        Ask("hint", "提示", hint="写在问题下面的一句话"),
        Ask("max_length", "最多多少字", "number", hint="文字题才有", default=200),
        *group,
    )


FORM = Part(
    "form",
    "表单",
    rows=(
        (Ask("title", "分组名称", hint="例如 经营场所", required=True, most=60),),
        _question(in_group=False),
        _question(in_group=True),
    ),
    nouns=("分组", "问题", "组内问题"),
    hint="一个分组是申请人看到的一页。多做选择题，少做填空题。",
)
STEPS = Part(
    "steps",
    "办理流程",
    rows=(
        (
            Ask("name", "环节名称", required=True, most=60),
            Ask("kind", "环节类型", "select", _pairs(STEP_KIND_NAMES), required=True, default="review"),
            Ask("department", "办理部门", "department", required=True),
            Ask(
                "role",
                "办理角色",
                "select",
                tuple((role.value, ROLE_NAMES[role]) for role in _ACTING),
                hint="决定由审批决定人员或部门负责人办，制证由出件人员办，其他由审查人员或部门负责人办",
                required=True,
            ),
            Ask("after", "在哪些环节之后", "after", hint="不选的，受理后就开始；几个环节互不在后的，同时办"),
            Ask("join", "前面有几个环节时", "select", _pairs(JOIN_NAMES), default="all"),
            Ask("quorum", "需要的数量", "number", hint="选“前面达到数量后开始”才填", default=0),
            Ask("limit.amount", "本环节时限", "number", hint="不单设的不填"),
            Ask("limit.unit", "本环节时限的单位", "select", _UNITS, default="working"),
            Ask("when", "什么情形下办", "when", hint=_WHEN),
        ),
    ),
    nouns=("环节",),
    hint="收件、受理和送达由窗口办，不用写。必须有一个决定环节；制证排在决定之后。",
)
ANSWERS = Part(
    "answers",
    "常见问题",
    rows=(
        (
            Ask("question", "问题", required=True),
            Ask("answer", "回答", "textarea", required=True, most=2000),
        ),
    ),
    nouns=("问答",),
)
_CAN = (("true", "可以"), ("false", "不可以"))
MORE = Part(
    "more",
    "更多信息",
    (
        Ask("details.sub_item", "子项"),
        Ask("details.local_code", "地方编码"),
        Ask("details.handling_code", "业务办理项编码", hint="33 位"),
        Ask("details.power_source", "权力来源"),
        Ask("details.body_nature", "实施主体性质", "select", _pairs(BODY_NATURES)),
        Ask("details.entrusted_by", "委托部门"),
        Ask("details.joint", "联办机构", "lines", hint="一行一个"),
        Ask("details.applicant_kinds", "服务对象分类", "picks", _pairs(APPLICANT_KINDS)),
        Ask("details.quota", "数量限制"),
        Ask("details.visit_reason", "必须到现场的原因"),
        Ask("details.depth", "网上办理深度"),
        Ask("details.reach", "通办范围", "select", _pairs(REACH_NAMES)),
        Ask("details.appointment", "预约办理", "flag", _CAN, default=False),
        Ask("details.by_post", "寄件申请", "flag", _CAN, default=False),
        Ask("details.result_by_post", "结果寄送", "flag", _CAN, default=False),
        Ask("details.pay_online", "网上支付", "flag", _CAN, default=False),
        Ask("details.consult_address", "咨询地址"),
        Ask("details.mobile_url", "移动端地址"),
    ),
    hint="国家和省里的事项目录要的内容，申请人不一定用得上；没有的不填。",
)
FEES = Part(
    "fees",
    "收费项目",
    rows=(
        (
            Ask("name", "收费项目", required=True),
            Ask("standard", "收费标准", required=True),
            Ask("basis", "收费依据"),
            Ask(
                "reducible", "能否减免", "flag", (("true", "可以减免"), ("false", "不能减免")), default=False
            ),
            Ask("reduction", "减免依据", hint="可以减免的才填"),
        ),
    ),
    nouns=("收费项目",),
)
SITUATIONS = Part(
    "situations",
    "情形",
    rows=(
        (
            Ask("name", "情形名称", hint="群众认得出的说法，例如 开奶茶店", required=True),
            Ask("note", "说明"),
            Ask("answers", "这种情形下的回答", "given", hint="每个问题最多选一个；材料按这些回答列出"),
        ),
    ),
    nouns=("情形",),
    hint="情形把几个问题的回答定下来，告知单只列这种情形要的材料。",
)
SPECIAL = Part(
    "special",
    "特别程序",
    rows=(
        (
            Ask("name", "名称", hint="例如 听证", required=True),
            Ask("duration", "需要多久"),
            Ask("basis", "依据"),
        ),
    ),
    nouns=("特别程序",),
)
INTERMEDIARIES = Part(
    "intermediaries",
    "中介服务",
    rows=((Ask("name", "名称", required=True), Ask("basis", "依据"), Ask("note", "说明")),),
    nouns=("中介服务",),
)
DELEGATIONS = Part(
    "delegations",
    "下沉到乡镇、村",
    rows=(
        (
            Ask("level", "下沉到", "select", _pairs(DELEGATED_LEVELS), required=True),
            Ask("acts", "办什么", "picks", _pairs(ACT_NAMES), required=True),
            Ask("places", "哪些乡镇、村", "lines", hint="12 位区划代码，一行一个；都办的不填"),
            Ask("seal", "审批专用章", "flag", (("true", "使用"), ("false", "不使用")), default=False),
            Ask("basis", "委托依据"),
        ),
    ),
    nouns=("下沉",),
)
PARTS: Mapping[str, Part] = {
    part.slug: part
    for part in (
        BASICS,
        HANDLING,
        PLACES,
        CONDITIONS,
        BASIS,
        MATERIALS,
        FORM,
        STEPS,
        ANSWERS,
        SITUATIONS,
        FEES,
        SPECIAL,
        INTERMEDIARIES,
        DELEGATIONS,
        MORE,
    )
}
assert set(LISTS) == {part.slug for part in PARTS.values() if part.listed}


def part_of(steps: Sequence[str]) -> Part | None:
    """The part that a pointer, cut into its steps, leads into."""
    for part in PARTS.values():
        keys = [LISTS[part.slug][0]] if part.listed else [ask.key for ask in part.asks]
        if any(list(steps[: len(key.split("."))]) == key.split(".") for key in keys):
            return part
    asked = (part for part in PARTS.values() for ask in part.asks if ask.key.partition(".")[0] == steps[0])
    return next(asked, None)
