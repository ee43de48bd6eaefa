"""The Chinese words by which sheets name the codes of documents, and further words they are known by."""

from __future__ import annotations

from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.item_terms import (
    ACT_NAMES,
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    ORIGIN_NAMES,
    REACH_NAMES,
)
from onedoor.domain.catalog.terms import Hall
from onedoor.domain.offices.terms import ROLE_NAMES

TYPE = dict(TYPES)
TYPE_ALSO = {
    "其他类别事项": "10",
    "其他类别事项（其他行政权力）": "10",
    "公共服务事项": "20",
    "1": "01",
    "5": "05",
    "7": "07",
    "8": "08",
    "9": "09",
} | {f"{code} {name}": code for code, name in TYPES.items()}
LEVEL = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "乡镇（街道）级",
    "6": "村（社区）级",
    "7": "分级管理",
}
LEVEL_ALSO = {"镇（乡、街道）级": "5", "乡镇级": "5", "村级": "6"}
AUDIENCE = {"person": "个人", "organization": "法人和其他组织"}
AUDIENCE_ALSO = {"自然人": "person", "法人": "organization", "企业": "organization"}
CASE_KIND = {"instant": "即办件", "committed": "承诺件", "unknown": "尚未明确"}
CASE_KIND_ALSO = {"1": "instant", "2": "committed"}
UNIT = {"working": "工作日", "calendar": "自然日", "hours": "小时", "working-hours": "工作小时"}
UNIT_ALSO = {"日": "calendar", "天": "calendar", "个工作日": "working"}
CHANNEL = {"window": "窗口", "web": "网上", "mobile": "手机", "kiosk": "自助终端", "agent": "帮代办"}
CHANNEL_ALSO = {
    "窗口办理": "window",
    "电脑端网上办理": "web",
    "网上办理": "web",
    "移动端网上申请": "mobile",
    "1": "window",
    "2": "web",
    "3": "mobile",
}
HALL = {Hall.IN.value: "已进驻", Hall.OUT.value: "应进驻未进驻", Hall.EXEMPT.value: "不宜进驻"}
HALL_ALSO = {"是": "in", "1": "in", "否": "out", "0": "out"}
NECESSITY = {"required": "必要", "conditional": "视情形", "deferrable": "可容缺"}
NECESSITY_ALSO = {
    "是": "required",
    "1": "required",
    "否": "conditional",
    "0": "conditional",
    "非必要": "conditional",
} | {"可容缺后补": "deferrable"}
SOURCE = {
    "applicant": "申请人提交",
    "licence": "电子证照核验",
    "record": "部门数据共享",
    "made": "办理机构制作",
}
SOURCE_ALSO = {"申请人自备": "applicant"}
FORM = {"original": "原件", "copy": "复印件", "electronic": "电子件"}
FORM_ALSO = {"纸质": "original", "电子": "electronic"}
ORIGIN = {origin.value: name for origin, name in ORIGIN_NAMES.items()}
ORIGIN_ALSO = {"中介机构": "intermediary", "中介机构或法定机构产生": "intermediary"}
FIELD = {
    "text": "单行文字",
    "textarea": "多行文字",
    "choice": "单选",
    "choices": "多选",
    "date": "日期",
    "number": "数字",
    "money": "金额",
    "phone": "电话",
    "id_number": "身份证号码",
    "uscc": "统一社会信用代码",
    "address": "地址",
    "boolean": "是否",
    "group": "填写组",
}
STEP = {
    "review": "审查",
    "opinion": "会签",
    "survey": "联合踏勘",
    "meeting": "联席预审",
    "publicity": "公示",
    "decision": "决定",
    "making": "制证",
}
ROLE: dict[str, str] = {
    str(role.value): name
    for role, name in ROLE_NAMES.items()
    if role.value in ("clerk", "reviewer", "decider", "head", "issuer", "town")
}
JOIN = {"all": "全部完成", "any": "任一完成", "quorum": "达到数量"}
RESULT = {"licence": "证照", "approval": "批文", "reply": "答复"}
RESULT_ALSO = {"其他": "reply"}
REACH = {reach.value: name for reach, name in REACH_NAMES.items()}
REACH_ALSO = {"全国": "nation", "跨省": "provinces", "跨市": "cities", "跨县": "counties"}
ACT = {act.value: name for act, name in ACT_NAMES.items()}
NATURE, APPLICANT, DELEGATED = BODY_NATURES, APPLICANT_KINDS, DELEGATED_LEVELS
