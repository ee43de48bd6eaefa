"""常用意见: sentences to pick from instead of typing them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Sentences for a text of a verb: (verb, text) → sentences.
PHRASES: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("accept", "note"): (
            "申请材料齐全，符合法定形式，予以受理。",
            "申请人已按告知内容全部补正，予以受理。",
        ),
        ("decline", "reasons"): (
            "申请事项依法不需要取得行政许可。",
            "申请事项依法不属于本行政机关职权范围，请向有关行政机关申请。",
            "申请人不具备申请资格，不符合受理条件。",
        ),
        ("review", "opinion"): (
            "经审查，申请材料齐全、真实有效，符合规定条件，同意。",
            "经现场核查，场所、设施与申报情况一致，符合要求，同意。",
            "经审查，申请内容与实际情况不符，不符合规定条件，不同意。",
            "不涉及本部门禁止或限制事项，无不同意见。",
        ),
        ("suspend", "reason"): (
            "申请事项依法需要检验、检测，应当由有资质的机构出具报告。",
            "申请事项直接关系他人重大利益，申请人、利害关系人要求听证。",
            "申请事项技术性强，需要组织专家评审。",
        ),
        ("resume", "result"): (
            "检验、检测报告已经出具，结论为合格。",
            "听证会已经举行，听证笔录已归入案卷。",
            "专家评审已经结束，评审意见为通过。",
        ),
        ("extend", "reasons"): (
            "情况复杂，需要进一步核查。",
            "需要征求其他部门或者上级机关的意见。",
        ),
        ("decide", "opinion"): (
            "经审查，申请符合法定条件、标准，准予许可。",
            "各环节审查意见一致，同意办理。",
        ),
        ("decide", "reasons"): (
            "申请人不符合法定条件。",
            "经营场所或设施设备不符合有关标准。",
            "提交的材料内容不真实。",
        ),
        ("withdraw", "reason"): ("申请人要求撤回申请。", "申请人改办其他事项。"),
    }
)

#: What is often wrong with a material or an answer, offered while typing.
COMMON_FAULTS = (
    "未提供",
    "内容填写不完整",
    "图像不清晰，无法辨认",
    "已超过有效期",
    "缺少签名或盖章",
    "与其他材料内容不一致",
)
#: How it is often mended.
COMMON_MENDS = (
    "请补充提供",
    "请补填完整后重新提交",
    "请重新拍照或扫描后上传",
    "请提供在有效期内的材料",
    "请补签名或盖章后重新提交",
    "请核对后按实际情况修改",
)


def composed(picked: str, typed: str) -> str:
    """The text of a picked sentence with what was typed after it."""
    return "\n".join(part for part in (picked.strip(), typed.strip()) if part)
