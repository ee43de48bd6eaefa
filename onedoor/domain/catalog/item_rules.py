"""What is wrong with the further words of an item. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from onedoor.core.identifiers import validate_service_code
from onedoor.core.refusals import Problem, Refused

from .item_terms import DelegatedAct, GivenAnswer, Situation
from .terms import Field, ServiceVersion

#: Questions whose answers a situation may give beforehand.
_GIVEN = ("choice", "choices", "boolean")


def problems_of(version: ServiceVersion) -> Iterator[Problem]:
    """Every fault of meaning in `details`."""
    yield from _handling_code(version)
    yield from _fees(version)
    yield from _delegations(version)
    yield from _situations(version)


def _handling_code(version: ServiceVersion) -> Iterator[Problem]:
    """业务办理项编码 is the national code and two digits more."""
    code, pointer = version.details.handling_code, "/details/handling_code"
    if not code:
        return
    try:
        validate_service_code(code)
    except Refused as refused:
        yield Problem(pointer, refused.code, refused.detail)
        return
    if len(code) != 33 or not code.startswith(version.national_code[:31]):
        yield Problem(
            pointer,
            "handling_code_differs",
            "业务办理项编码应为 33 位，前 31 位与国家实施编码相同，请核对这两个编码。",
        )


def _fees(version: ServiceVersion) -> Iterator[Problem]:
    for index, fee in enumerate(version.details.fees):
        if fee.reduction and not fee.reducible:
            yield Problem(
                f"/details/fees/{index}/reduction",
                "reduction_unexpected",
                f"收费“{fee.name}”写了减免依据却没有允许减免，请改为允许减免，或删去依据。",
            )


def _delegations(version: ServiceVersion) -> Iterator[Problem]:
    for index, delegation in enumerate(version.details.delegations):
        pointer = f"/details/delegations/{index}"
        if not delegation.acts:
            yield Problem(f"{pointer}/acts", "required", "没有写明下沉的权限，请写受理、审批或发放结果。")
        if DelegatedAct.DECIDE in delegation.acts and not delegation.seal:
            yield Problem(
                f"{pointer}/seal",
                "seal_missing",
                "下沉审批权限的，应启用审批专用章，请填写，或去掉审批权限。",
            )


def _situations(version: ServiceVersion) -> Iterator[Problem]:
    situations = version.details.situations
    for code, times in Counter(each.code for each in situations).items():
        if times > 1:
            yield Problem(
                "/details/situations",
                "duplicate_code",
                f"情形代码“{code}”出现了 {times} 次，请改用不同的代码。",
            )
    fields = {field.code: field for section in version.sections for field in section.fields}
    for index, situation in enumerate(situations):
        for place, answer in enumerate(situation.answers):
            pointer = f"/details/situations/{index}/answers/{place}"
            yield from _answer(situation, answer, fields.get(answer.field), pointer)


def _answer(
    situation: Situation, answer: GivenAnswer, field: Field | None, pointer: str
) -> Iterator[Problem]:
    if field is None:
        yield Problem(
            f"{pointer}/field",
            "unknown_field",
            f"情形“{situation.name}”用到的填写项“{answer.field}”不存在，请改为表单里已有的代码。",
        )
    elif field.type not in _GIVEN:
        yield Problem(
            f"{pointer}/field",
            "field_not_chosen",
            f"情形“{situation.name}”只能用选择题和是非题，“{field.label}”不是，请换一个填写项。",
        )
    else:
        values = [option.value for option in field.options] or ["true", "false"]
        if answer.value not in values:
            yield Problem(
                f"{pointer}/value",
                "unknown_value",
                f"填写项“{field.label}”的回答应为 {'、'.join(values[:20])} 之一，请修改。",
            )
