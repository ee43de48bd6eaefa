"""What changes for the applicant from one version of an item to another, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from onedoor.domain.catalog.condition_words import needed_when
from onedoor.domain.catalog.guides.guide import (
    AUDIENCE_NAMES,
    CASE_KIND_NAMES,
    CHANNEL_NAMES,
    FORM_NAMES,
    LEVEL_NAMES,
    NECESSITY_NAMES,
    TYPE_NAMES,
    limit_text,
)
from onedoor.domain.catalog.terms import Field, Hall, Join, Material, ServiceVersion, Source, Step

from .detail_differences import detail_changes, material_details

#: What has a code of its own: a material, a question, a step.
_T = TypeVar("_T", Field, Material, Step)

#: Who brings a material, as a sentence has it.
SOURCE_NAMES = {
    Source.APPLICANT: "申请人提交",
    Source.LICENCE: "核验电子证照，免提交",
    Source.RECORD: "部门数据共享，免提交",
    Source.MADE: "办理机构制作",
}
KIND_NAMES = {"licence": "证照", "approval": "批文", "reply": "答复"}
JOIN_NAMES = {
    Join.ALL: "前面的环节全部办完后开始",
    Join.ANY: "前面任一环节办完后开始",
    Join.QUORUM: "前面达到数量后开始",
}
FIELD_TYPE_NAMES = {
    "text": "一行文字", "textarea": "多行文字", "choice": "单选", "choices": "多选", "date": "日期", "number": "数字",
    "money": "金额", "phone": "电话", "id_number": "身份证号", "uscc": "统一社会信用代码", "address": "地址",
    "boolean": "是或否", "group": "填写组",
}  # fmt: skip
HALL_NAMES = {Hall.IN: "已进驻大厅", Hall.OUT: "应进驻，还没有进驻", Hall.EXEMPT: "不宜进驻"}


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence; `part` is where it belongs (办理, 材料, 表单, 流程, 其他)."""

    part: str
    words: str


def changes(old: ServiceVersion, new: ServiceVersion, departments: Mapping[str, str]) -> tuple[Change, ...]:
    """Everything that differs, what matters most to applicants first; () if both say the same. `departments` gives
    names by code."""
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("办理", chain(_handling(old, new), _lists(old, new))),
        ("材料", _materials(old, new)),
        ("表单", _form(old, new)),
        ("流程", _procedure(old, new, departments)),
        ("其他", _others(old, new, departments)),
    )
    return tuple(Change(part, words) for part, sentences in parts for words in sentences)


def _turned(name: str, old: str, new: str) -> Iterator[str]:
    """The sentence for a text that became another one."""
    if old == new:
        return
    if not old:
        yield f"{name}写明为“{new}”。"
    elif not new:
        yield f"{name}不再写明（原为“{old}”）。"
    else:
        yield f"{name}由“{old}”改为“{new}”。"


def _counted(name: str, old: str, new: str) -> Iterator[str]:
    """The same for figures, which stand without quotation marks."""
    if old != new:
        yield (
            f"{name}由{old}改为{new}。" if old and new else f"{name}{'写明为' + new if new else '不再写明'}。"
        )


def _limit(version: ServiceVersion, key: str) -> str:
    term = getattr(version, key)
    return limit_text(term).replace(" ", "") + (f"（{term.note}）" if term.note else "")


def _handling(old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    yield from _counted("承诺时限", _limit(old, "promised_limit"), _limit(new, "promised_limit"))
    yield from _counted("法定时限", _limit(old, "statutory_limit"), _limit(new, "statutory_limit"))
    yield from _counted("到现场次数", f"{old.visits}次", f"{new.visits}次")
    yield from _turned("收费", old.fee, new.fee)
    yield from _turned(
        "办件类型", CASE_KIND_NAMES.get(old.case_kind, ""), CASE_KIND_NAMES.get(new.case_kind, "")
    )
    yield from _turned("办理结果", old.result.name, new.result.name)
    yield from _turned("结果形式", KIND_NAMES.get(old.result.kind, ""), KIND_NAMES.get(new.result.kind, ""))
    yield from _counted("结果有效期", _months(old), _months(new))
    yield from _turned("结果样本", old.result.sample, new.result.sample)
    yield from _words("服务对象", _named(old.audience, AUDIENCE_NAMES), _named(new.audience, AUDIENCE_NAMES))
    yield from _words("办理渠道", _named(old.channels, CHANNEL_NAMES), _named(new.channels, CHANNEL_NAMES))
    for key, name in (
        ("location", "办理地点"),
        ("hours", "办理时间"),
        ("phone", "咨询电话"),
        ("complaint_phone", "投诉电话"),
    ):
        yield from _turned(name, getattr(old, key), getattr(new, key))
    if old.ready != new.ready:
        yield "可以按本系统的流程申请办理。" if new.ready else "只公布信息，不能在本系统申请。"


def _months(version: ServiceVersion) -> str:
    months = version.result.validity_months
    return f"{months}个月" if months else "长期有效"


def _named(codes: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(code, code) for code in codes]


def _words(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What joined a list of short texts and what left it."""
    yield from (f"新增{name}“{word}”。" for word in new if word not in old)
    yield from (f"删去{name}“{word}”。" for word in old if word not in new)


def _lists(old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    yield from _words("受理条件", old.conditions, new.conditions)
    yield from _words(
        "设定依据", [b.title + b.article for b in old.basis], [b.title + b.article for b in new.basis]
    )
    answers = {each.question: each.answer for each in old.questions}
    yield from _words("常见问题", list(answers), [each.question for each in new.questions])
    for each in new.questions:
        if each.question in answers and answers[each.question] != each.answer:
            yield f"常见问题“{each.question}”的回答有修改。"


def _matched(
    old: Sequence[_T], new: Sequence[_T], name: Callable[[_T], str]
) -> tuple[list[tuple[_T, _T]], list[_T], list[_T]]:
    """Pairs that are the same thing, by code and then by name; what is new; what is gone."""
    rest, fresh = list(old), list(new)
    pairs: list[tuple[_T, _T]] = []
    keys: tuple[Callable[[_T], str], ...] = (lambda thing: thing.code, name)
    for key in keys:
        waiting, fresh = fresh, []
        for each in waiting:
            former = next((other for other in rest if key(other) == key(each)), None)
            if former is None:
                fresh.append(each)
            else:
                rest.remove(former)
                pairs.append((former, each))
    return pairs, fresh, rest


def _materials(old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    pairs, fresh, gone = _matched(old.materials, new.materials, lambda m: m.name)
    yield from (f"新增材料“{m.name}”（{_material_words(new, m)}）。" for m in fresh)
    yield from (f"删去材料“{m.name}”，不用再交。" for m in gone)
    for former, now in pairs:
        yield from _turned("材料名称", former.name, now.name)
        yield from _material(old, new, former, now)
    if _order(old.materials, new.materials):
        yield "材料的先后次序有调整。"


def _order(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether what both have stands in another order."""
    both = {each.code for each in old} & {each.code for each in new}
    return [e.code for e in old if e.code in both] != [e.code for e in new if e.code in both]


def _material_words(version: ServiceVersion, material: Material) -> str:
    parts = [
        NECESSITY_NAMES[material.necessity],
        f"{needed_when(version, material.when)}才要" if material.when else "",
        SOURCE_NAMES[material.source],
        copies(material) if material.source is Source.APPLICANT else "",
    ]
    return "，".join(part for part in parts if part)


def copies(material: Material) -> str:
    """How many of a material are handed in."""
    parts = [f"原件{material.originals}份"] if material.originals else []
    parts += [f"复印件{material.copies}份"] if material.copies else []
    return "、".join(parts) or FORM_NAMES.get(material.form, "")


def _material(old: ServiceVersion, new: ServiceVersion, former: Material, now: Material) -> Iterator[str]:
    name = f"材料“{now.name}”"
    if former.source != now.source:
        yield f"{name}由{SOURCE_NAMES[former.source]}改为{SOURCE_NAMES[now.source]}。"
    if former.necessity != now.necessity:
        yield f"{name}由{NECESSITY_NAMES[former.necessity]}改为{NECESSITY_NAMES[now.necessity]}。"
    before, after = needed_when(old, former.when), needed_when(new, now.when)
    if former.when != now.when and before != after:
        yield f"{name}{f'改为{after}才要' if after else '不再附条件'}{f'（原为{before}）' if before else ''}。"
    if now.source is Source.APPLICANT and copies(former) != copies(now):
        yield f"{name}的份数由{copies(former)}改为{copies(now)}。"
    yield from _turned(f"{name}的证照类型", former.licence_type, now.licence_type)
    yield from _turned(f"{name}的说明", former.note, now.note)
    yield from _turned(f"{name}的依据", former.basis, now.basis)
    yield from material_details(name, former, now, _turned)


def _questions(version: ServiceVersion) -> list[Field]:
    return [field for section in version.sections for field in section.fields]


def _form(old: ServiceVersion, new: ServiceVersion) -> Iterator[str]:
    pairs, fresh, gone = _matched(_questions(old), _questions(new), lambda field: field.label)
    for field in fresh:
        more = "，".join(
            part
            for part in (
                FIELD_TYPE_NAMES.get(field.type, ""),
                "必填" if field.required else "选填",
                f"{needed_when(new, field.when)}才问" if field.when else "",
            )
            if part
        )
        yield f"表单新增“{field.label}”（{more}）。"
    yield from (f"表单删去“{field.label}”，不用再填。" for field in gone)
    for former, now in pairs:
        yield from _turned("表单的问题", former.label, now.label)
        yield from _field(old, new, former, now)
    yield from _words("表单分组", [s.title for s in old.sections], [s.title for s in new.sections])
    if _order(_questions(old), _questions(new)):
        yield "表单问题的先后次序有调整。"


def _field(old: ServiceVersion, new: ServiceVersion, former: Field, now: Field) -> Iterator[str]:
    name = f"表单“{now.label}”"
    if former.type != now.type:
        yield f"{name}由{FIELD_TYPE_NAMES[former.type]}改为{FIELD_TYPE_NAMES[now.type]}。"
    if former.required != now.required:
        yield f"{name}由{'必填改为选填' if former.required else '选填改为必填'}。"
    yield from _words(f"{name}的选项", [o.label for o in former.options], [o.label for o in now.options])
    before, after = needed_when(old, former.when), needed_when(new, now.when)
    if former.when != now.when and before != after:
        yield f"{name}{f'改为{after}才问' if after else '不再附条件'}{f'（原为{before}）' if before else ''}。"
    yield from _words(f"{name}的填写项", [f.label for f in former.fields], [f.label for f in now.fields])
    yield from _turned(f"{name}的提示", former.hint, now.hint)
    yield from _counted(f"{name}最多可填的字数", str(former.max_length), str(now.max_length))
    yield from _turned(f"{name}的数据元", former.element, now.element)


def _procedure(old: ServiceVersion, new: ServiceVersion, departments: Mapping[str, str]) -> Iterator[str]:
    pairs, fresh, gone = _matched(old.procedure.steps, new.procedure.steps, lambda step: step.name)
    for step in fresh:
        limit = limit_text(step.limit).replace(" ", "") if step.limit else ""
        where = departments.get(step.department, step.department)
        yield f"新增环节“{step.name}”（{'，'.join(part for part in (where, limit) if part)}）。"
    yield from (f"删去环节“{step.name}”。" for step in gone)
    names = {step.code: step.name for step in (*old.procedure.steps, *new.procedure.steps)}
    for former, now in pairs:
        yield from _turned("环节名称", former.name, now.name)
        yield from _step(old, new, former, now, departments, names)


def _step(
    old: ServiceVersion,
    new: ServiceVersion,
    former: Step,
    now: Step,
    departments: Mapping[str, str],
    names: Mapping[str, str],
) -> Iterator[str]:
    name = f"环节“{now.name}”"
    yield from _turned(
        f"{name}的办理部门",
        departments.get(former.department, former.department),
        departments.get(now.department, now.department),
    )
    limits = [limit_text(step.limit).replace(" ", "") if step.limit else "" for step in (former, now)]
    yield from _counted(f"{name}的时限", *limits)
    if former.role != now.role or former.kind != now.kind:
        yield f"{name}的类型或办理角色有修改。"
    if set(former.after) != set(now.after):
        listed = "、".join(f"“{names.get(code, code)}”" for code in now.after)
        yield f"{name}改为{f'在{listed}之后' if listed else '受理后就'}开始。"
    if (former.join, former.quorum) != (now.join, now.quorum):
        yield f"{name}改为{JOIN_NAMES[now.join]}。"
    before, after = needed_when(old, former.when), needed_when(new, now.when)
    if former.when != now.when and before != after:
        yield f"{name}{f'改为{after}才办' if after else '不再附条件'}{f'（原为{before}）' if before else ''}。"


def _others(old: ServiceVersion, new: ServiceVersion, departments: Mapping[str, str]) -> Iterator[str]:
    for key, name in (
        ("name", "事项名称"),
        ("plain_name", "通俗名称"),
        ("main_item", "主项"),
        ("national_code", "实施编码"),
        ("basic_code", "基本编码"),
    ):
        yield from _turned(name, getattr(old, key), getattr(new, key))
    yield from _turned("事项类型", TYPE_NAMES.get(old.type, old.type), TYPE_NAMES.get(new.type, new.type))
    yield from _turned("进驻大厅情况", HALL_NAMES.get(old.hall, ""), HALL_NAMES.get(new.hall, ""))
    yield from _turned("行使层级", LEVEL_NAMES.get(old.level, ""), LEVEL_NAMES.get(new.level, ""))
    yield from _turned("实施部门", *_departments(old, new, departments))
    yield from _words("主题", old.themes, new.themes)
    yield from _words("关键词", old.keywords, new.keywords)
    yield from detail_changes(old.details, new.details, _turned)


def _departments(old: ServiceVersion, new: ServiceVersion, names: Mapping[str, str]) -> tuple[str, str]:
    """What each version's department is called: by today's names if it is another one, else as it was called then."""
    if old.department != new.department:
        return names.get(old.department, old.department), names.get(new.department, new.department)
    return old.department_name, new.department_name
