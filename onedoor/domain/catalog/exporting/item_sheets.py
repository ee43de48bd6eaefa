"""The sheets of items: 事项 and, a row each, what belongs to an item. Names of the national exchange are headings
too."""

from __future__ import annotations

from . import words
from .layout import Column, Kind, Sheet

_T, _N, _F, _C = Kind.TEXT, Kind.NUMBER, Kind.FLAG, Kind.CHOICE

#: The column that says whose row it is.
KEY = Column("事项编码", "", names=("code", "item_code", "local_task_code"), required=True, width=24)
#: By which code a row of others says it, where it does not know ours.
NATIONAL_KEY = "task_code"


def limit_columns(
    what: str, path: str, names: tuple[tuple[str, ...], ...] = ((), (), ())
) -> tuple[Column, ...]:
    """The three columns of a limit: how many, of what, and an explanation."""
    return (
        Column(what, f"{path}.amount", _N, names[0], width=12, hint="整数，例如 20；不清楚就空着"),
        Column(
            f"{what}单位",
            f"{path}.unit",
            _C,
            names[1],
            words.UNIT,
            words.UNIT_ALSO,
            default="working",
            width=12,
        ),
        Column(f"{what}说明", f"{path}.note", _T, names[2]),
    )


ITEMS = Sheet(
    "事项",
    "",
    (
        Column("事项编码", "code", names=(*KEY.names, "事项代码", "编码"), required=True, width=24,
               hint="本系统里的编码，字母、数字和连字符，最长 64 位"),
        Column("事项名称", "name", names=("name", "task_name", "业务办理项名称", "名称"), required=True, width=36),
        Column("通俗名称", "plain_name", names=("plain_name",), width=30, hint="群众怎么说，例如 开饭店要办的证"),
        Column("国家实施编码", "national_code", names=("national_code", "task_code", "实施编码"), width=36,
               hint="31 位"),
        Column("业务办理项编码", "details.handling_code", names=("task_handle_item",), width=36, hint="33 位"),
        Column("地方编码", "details.local_code", names=("local_catalog_code",), width=24),
        Column("基本编码", "basic_code", names=("basic_code", "catalog_code", "local_basic_code"), width=18),
        Column("主项", "main_item", names=("main_item", "主项名称"), width=24),
        Column("子项", "details.sub_item", names=("sub_item", "子项名称"), width=24),
        Column("事项类型", "type", _C, ("type", "task_type", "类型"), words.TYPE, words.TYPE_ALSO, required=True),
        Column("行使层级", "level", _C, ("level", "use_level"), words.LEVEL, words.LEVEL_ALSO, width=14),
        Column("部门编码", "department", names=("dept_code", "department_code", "实施主体编码"), width=14),
        Column("部门名称", "department_name", names=("dept_name", "department", "部门", "实施主体"), width=28),
        Column("实施主体性质", "details.body_nature", _C, ("dept_type",), words.NATURE, width=14),
        Column("权力来源", "details.power_source", names=("power_source",)),
        Column("委托部门", "details.entrusted_by", names=("entrust_name",)),
        Column("联办机构", "details.joint", Kind.TEXTS, ("other_dept",), hint="每行一个"),
        Column("服务对象", "audience", Kind.CHOICES, ("audience",), words.AUDIENCE, words.AUDIENCE_ALSO,
               hint="个人、法人和其他组织，可以写两个"),
        Column("服务对象分类", "details.applicant_kinds", Kind.CHOICES, ("server_type",), words.APPLICANT),
        Column("主题", "themes", Kind.TEXTS, ("themes", "主题分类"), hint="每行一个"),
        Column("搜索用词", "keywords", Kind.TEXTS, ("keywords",), hint="每行一个，群众会用来搜的词"),
        Column("办件类型", "case_kind", _C, ("case_kind", "project_type"), words.CASE_KIND, words.CASE_KIND_ALSO,
               width=12),
        *limit_columns("法定办结时限", "statutory_limit",
                       (("anticipate_day",), ("anticipate_type",), ("anticipate_explain",))),
        *limit_columns("承诺办结时限", "promised_limit", (("promise_day",), ("promise_type",), ("promise_explain",))),
        Column("收费说明", "fee", names=("fee",), hint="一句话，例如 不收费；收费项目写在“收费”表"),
        Column("到现场次数", "visits", _N, ("visits", "limit_scene_num", "到办事现场次数"), default=1, width=12),
        Column("必须现场办理的原因", "details.visit_reason", names=("limit_scene_explain",)),
        Column("办理渠道", "channels", Kind.CHOICES, ("channels", "handle_type", "办理形式"), words.CHANNEL,
               words.CHANNEL_ALSO, default=("window", "web", "mobile"), empty=True, hint="可以写几个，用顿号隔开"),
        Column("网上办理深度", "details.depth", names=("online_handle_depth", "网办深度")),
        Column("寄件申请", "details.by_post", _F, default=False, width=10),
        Column("结果寄送", "details.result_by_post", _F, ("is_express", "物流快递"), default=False, width=10),
        Column("网上支付", "details.pay_online", _F, ("is_pay_online",), default=False, width=10),
        Column("预约办理", "details.appointment", _F, ("is_schedule",), default=False, width=10),
        Column("进驻大厅", "hall", _C, ("is_entry_center", "是否进驻政务大厅"), words.HALL, words.HALL_ALSO, width=14),
        Column("通办范围", "details.reach", _C, ("handle_area",), words.REACH, words.REACH_ALSO, width=12),
        Column("数量限制", "details.quota", names=("limit_explain",)),
        Column("办理地点", "location", names=("location", "transact_addr"), width=28),
        Column("办理时间", "hours", names=("hours", "transact_time"), width=28),
        Column("咨询电话", "phone", names=("phone", "link_way", "咨询方式")),
        Column("咨询地址", "details.consult_address", names=("link_addr",)),
        Column("投诉电话", "complaint_phone", names=("complaint_phone", "supervise_way", "监督投诉方式")),
        Column("移动端地址", "details.mobile_url", names=("mobile_terminal_url",)),
        Column("可以申请", "ready", _F, ("ready",), default=True, width=10,
               hint="写否的只列出来，不能申请；没有这一列时，写了环节的算可以申请"),
        Column("受理条件", "conditions", Kind.TEXTS, ("accept_condition",), written=False),
        Column("设定依据", "~basis", Kind.TEXTS, ("by_law",), written=False),
        Column("结果名称", "result.name", _T, ("result_name",), written=False),
        Column("结果类型", "result.kind", _C, ("result_type",), words.RESULT, words.RESULT_ALSO, written=False),
    ),
    names=("up_task_general_basic",),
    about="一行一个事项。",
)  # fmt: skip

MATERIALS = Sheet(
    "材料",
    "materials",
    (
        Column("材料代码", "code", names=("material_code",), width=12, hint="小写字母开头；空着就按次序编为 m1、m2……"),
        Column("材料名称", "name", names=("material_name",), required=True, width=36),
        Column("必要性", "necessity", _C, ("is_need",), words.NECESSITY, words.NECESSITY_ALSO, default="required",
               width=12),
        Column("什么情况下要", "when", hint="视情形的要写条件，例如 cold == \"yes\"", width=24),
        Column("由谁提供", "source", _C, ("source",), words.SOURCE, words.SOURCE_ALSO, default="applicant", width=14),
        Column("电子证照类型", "licence_type", hint="由电子证照核验的要写"),
        Column("材料形式", "form", _C, ("material_format",), words.FORM, words.FORM_ALSO, default="original", width=12),
        Column("原件份数", "originals", _N, ("page_num", "份数"), default=1, width=10),
        Column("复印件份数", "copies", _N, default=0, width=10),
        Column("要求提供的依据", "basis", names=("by_law",), width=28),
        Column("说明", "note", width=28),
        Column("材料类型", "kind", names=("material_type",)),
        Column("来源渠道", "origin", _C, ("source_type",), words.ORIGIN, words.ORIGIN_ALSO, width=14),
        Column("来源渠道说明", "origin_note", names=("source_explain",)),
        Column("核发单位", "issuer"),
        Column("证明什么", "proves"),
        Column("规格", "paper_size", names=("page_format",), width=10),
        Column("受理标准", "accept_standard", names=("accept_stand",)),
        Column("填报须知", "fill_note", names=("fill_explain",)),
        Column("空白表格地址", "blank_form", hint="http 开头的地址，或本站以 / 开头的地址"),
        Column("示例样表地址", "sample"),
    ),
    names=("up_task_general_material",),
)  # fmt: skip

FIELDS = Sheet(
    "表单",
    "sections",
    (
        Column("分组代码", "section", required=True, width=14),
        Column("分组标题", "title", required=True),
        Column("所在填写组", "group", width=14, hint="填写组里面的问题，写填写组的代码"),
        Column("填写项代码", "code", width=18, hint="小写字母开头，整个事项里不重复"),
        Column("数据元", "element", width=24, hint="例如 person.name"),
        Column("问题", "label", width=30),
        Column("类型", "type", _C, (), words.FIELD, default="text", width=14),
        Column("必填", "required", _F, default=True, width=8),
        Column("提示", "hint", width=28),
        Column("最多字数", "max_length", _N, default=200, width=10),
        Column("什么情况下问", "when", width=24),
        Column("最多几组", "most", _N, default=20, width=10),
    ),
    about="一行一个问题，按次序。单选、多选的选项写在“选项”表。",
)
OPTIONS = Sheet(
    "选项",
    "options",
    (
        Column("填写项代码", "field", required=True, width=18),
        Column("值", "value", required=True, width=18),
        Column("显示为", "label", required=True, width=30),
    ),
)
STEPS = Sheet(
    "环节",
    "procedure",
    (
        Column("环节代码", "code", required=True, width=14),
        Column("环节名称", "name", required=True, width=24),
        Column("种类", "kind", _C, (), words.STEP, default="review", required=True, width=12),
        Column("部门编码", "department", required=True, width=14),
        Column("办理角色", "role", _C, (), words.ROLE, required=True, width=16),
        Column("前置环节", "after", Kind.TEXTS, hint="前面环节的代码，每行一个"),
        Column("汇合方式", "join", _C, (), words.JOIN, default="all", width=12),
        Column("通过数", "quorum", _N, default=0, width=10),
        *limit_columns("环节时限", "limit"),
        Column("什么情况下走", "when", width=24),
    ),
)  # fmt: skip
RESULTS = Sheet(
    "结果",
    "result",
    (
        Column("结果名称", "name", required=True, width=30),
        Column("结果类型", "kind", _C, (), words.RESULT, words.RESULT_ALSO, default="licence", width=12),
        Column("有效期（月）", "validity_months", _N, default=0, width=12, hint="0 为长期"),
        Column("结果样本地址", "sample"),
    ),
    single=True,
)
CONDITIONS = Sheet("受理条件", "conditions", (Column("条件", "", required=True, width=60),), plain=True)
BASIS = Sheet(
    "设定依据",
    "basis",
    (Column("名称", "title", required=True, width=40), Column("条款", "article", width=24)),
)
FEES = Sheet(
    "收费",
    "details.fees",
    (
        Column("收费项目", "name", names=("fee_name",), required=True, width=28),
        Column("收费标准", "standard", names=("fee_stand",), required=True, width=28),
        Column("收费依据", "basis", names=("by_law",), width=28),
        Column("允许减免", "reducible", _F, ("is_desc",), default=False, width=10),
        Column("减免依据", "reduction", names=("desc_explain",)),
    ),
    names=("up_task_general_fee_project",),
)
QUESTIONS = Sheet(
    "常见问题",
    "questions",
    (Column("问", "question", required=True, width=36), Column("答", "answer", required=True, width=60)),
)
SITUATIONS = Sheet(
    "情形",
    "details.situations",
    (
        Column("情形代码", "code", required=True, width=14),
        Column("情形名称", "name", required=True, width=28),
        Column("说明", "note", width=36),
        Column("预先回答", "answers", Kind.PAIRS, width=28,
               hint="每行一个，写成 填写项代码=值；是非题写 true 或 false"),
    ),
)  # fmt: skip
SPECIAL = Sheet(
    "特别程序",
    "details.special",
    (
        Column("特别程序", "name", required=True),
        Column("依据", "basis", width=28),
        Column("时间", "duration"),
    ),
)
DELEGATIONS = Sheet(
    "下沉",
    "details.delegations",
    (
        Column("下沉到", "level", _C, (), words.DELEGATED, required=True, width=16),
        Column("权限", "acts", Kind.CHOICES, (), words.ACT, default=("accept",), empty=True),
        Column("区划代码", "places", Kind.TEXTS, hint="12 位，每行一个；空着表示全部"),
        Column("审批专用章", "seal", _F, default=False, width=12),
        Column("依据", "basis", width=28),
    ),
)
INTERMEDIARIES = Sheet(
    "中介服务",
    "details.intermediaries",
    (
        Column("中介服务", "name", required=True, width=28),
        Column("依据", "basis", width=28),
        Column("说明", "note", width=36),
    ),
)

#: Every sheet of items in the order of our files; 事项 first.
SHEETS = (
    ITEMS,
    MATERIALS,
    FIELDS,
    OPTIONS,
    STEPS,
    RESULTS,
    CONDITIONS,
    BASIS,
    FEES,
    QUESTIONS,
    SITUATIONS,
    SPECIAL,
    DELEGATIONS,
    INTERMEDIARIES,
)
