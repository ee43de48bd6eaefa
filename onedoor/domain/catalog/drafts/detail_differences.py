"""What changes, from one version of an item to another, in what directories say beyond an application. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from onedoor.domain.catalog.item_terms import (
    ACT_NAMES,
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    ORIGIN_NAMES,
    REACH_NAMES,
    Delegation,
    Details,
)
from onedoor.domain.catalog.terms import Material

Texts = Callable[[str, str, str], Iterator[str]]

_WORDS = {
    "sub_item": "子项", "local_code": "地方编码", "handling_code": "业务办理项编码", "power_source": "权力来源",
    "entrusted_by": "委托部门", "quota": "数量限制", "visit_reason": "必须到现场的原因", "depth": "网上办理深度",
    "consult_address": "咨询地址", "mobile_url": "移动端地址",
}  # fmt: skip
_FLAGS = {
    "by_post": "寄件申请",
    "result_by_post": "结果寄送",
    "pay_online": "网上支付",
    "appointment": "预约办理",
}
_ROWS = {
    "special": "特别程序",
    "intermediaries": "中介服务",
    "fees": "收费项目",
    "situations": "情形",
    "delegations": "下沉",
}
_MATERIAL = {
    "kind": "材料类型", "origin_note": "来源渠道说明", "issuer": "出具单位", "proves": "证明内容", "paper_size": "规格",
    "accept_standard": "受理标准", "fill_note": "填报须知", "blank_form": "空白表格", "sample": "示例样表",
}  # fmt: skip


def detail_changes(old: Details, new: Details, turned: Texts) -> Iterator[str]:
    """The sentences; `turned` makes the one for a text that became another."""
    for key, name in _FLAGS.items():
        if getattr(old, key) != getattr(new, key):
            yield f"{'可以' if getattr(new, key) else '不能再'}{name}。"
    for key, name in _ROWS.items():
        yield from _rows(name, getattr(old, key), getattr(new, key))
    yield from turned("通办范围", REACH_NAMES.get(old.reach, ""), REACH_NAMES.get(new.reach, ""))
    for key, name in _WORDS.items():
        yield from turned(name, getattr(old, key), getattr(new, key))
    yield from turned("联办机构", "、".join(old.joint), "、".join(new.joint))
    natures = (BODY_NATURES.get(each.body_nature, "") for each in (old, new))
    yield from turned("实施主体性质", *natures)
    kinds = ("、".join(APPLICANT_KINDS.get(k, k) for k in each.applicant_kinds) for each in (old, new))
    yield from turned("服务对象分类", *kinds)


def material_details(name: str, old: Material, new: Material, turned: Texts) -> Iterator[str]:
    """The sentences about what is said of a material besides what is to be handed in."""
    for key, what in _MATERIAL.items():
        yield from turned(f"{name}的{what}", getattr(old, key), getattr(new, key))
    origins = (ORIGIN_NAMES.get(each.origin, "") for each in (old, new))
    yield from turned(f"{name}的来源渠道", *origins)


def _rows(name: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
    """What joined a list of named things, what left it, and what is otherwise."""
    former = {_named(each): each for each in old}
    now = {_named(each): each for each in new}
    yield from (f"新增{name}“{each}”。" for each in now if each not in former)
    yield from (f"删去{name}“{each}”。" for each in former if each not in now)
    yield from (
        f"{name}“{each}”的内容有修改。" for each in now if each in former and now[each] != former[each]
    )


def _named(each: Any) -> str:
    if isinstance(each, Delegation):
        return (
            f"{DELEGATED_LEVELS.get(each.level, each.level)}{'、'.join(ACT_NAMES[act] for act in each.acts)}"
        )
    return str(each.name)
