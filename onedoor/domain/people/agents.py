"""What an entrustment must look like. Pure, like `rules`; the faults point under /agent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from onedoor.core.identifiers import canonical, mask_numbers, validate_id_number, validate_mobile
from onedoor.core.instants import page_date
from onedoor.core.refusals import Problem, Refused

from .terms import Act, AgentGiven, Capacity, Scope, SubjectKind, Told

#: The longest an entrustment may run.
LONGEST: Final = timedelta(days=5 * 366)
NAME_LENGTH: Final = 120
REASON_LENGTHS: Final = range(2, 201)
_ROOT: Final = "/agent"


def problems(
    given: AgentGiven, *, principal_kind: str, principal_number: str, day: date
) -> tuple[Problem, ...]:
    """Every fault of an agent as given, for a principal of this kind and number."""
    found = [*_identity(given, canonical(principal_number)), *_scope(given, day)]
    fault = _capacity(given.capacity, principal_kind)
    return tuple([*found, fault] if fault else found)


def scope(given: AgentGiven, services: frozenset[str] = frozenset()) -> Scope:
    """How far a faultless agent's entrustment reaches."""
    return Scope(frozenset(given.acts), services, date.fromisoformat(given.until))


def counter_reason(text: str) -> str:
    """Why an entrustment is revoked at the counter, trimmed and without whole numbers.

    Raises Refused("reason_missing").
    """
    cleaned = " ".join(text.split())
    if len(cleaned) not in REASON_LENGTHS or not cleaned.isprintable():
        raise Refused("reason_missing", "请用 2 至 200 个字写明为什么撤销，例如“委托人要求自己办理”。")
    return mask_numbers(cleaned)


def _identity(given: AgentGiven, principal_number: str) -> list[Problem]:
    found = []
    name, number = given.name.strip(), canonical(given.id_number)
    if not name:
        found.append(Problem(f"{_ROOT}/name", "name_missing", "请填写代办人姓名。"))
    elif len(name) > NAME_LENGTH or not name.isprintable():
        found.append(Problem(f"{_ROOT}/name", "name_malformed", "代办人姓名过长或含有特殊字符，请核对。"))
    for field, validate, text in (
        ("id_number", validate_id_number, number),
        ("phone", validate_mobile, canonical(given.phone)),
    ):
        try:
            validate(text)
        except Refused as refused:
            found.append(Problem(f"{_ROOT}/{field}", refused.code, refused.detail))
    if number and number == principal_number:
        detail = "代办人与申请人是同一个人，本人办理不用填写代办人。"
        found.append(Problem(f"{_ROOT}/id_number", "agent_is_applicant", detail))
    return found


def _scope(given: AgentGiven, day: date) -> list[Problem]:
    found = []
    if not given.acts:
        found.append(Problem(f"{_ROOT}/acts", "acts_missing", "请至少选择一项代办权限。"))
    elif not set(given.acts) <= {act.value for act in Act}:
        detail = "代办权限只能是申请（apply）、补正（correct）、撤回（withdraw）、领取（receive）。"
        found.append(Problem(f"{_ROOT}/acts", "act_malformed", detail))
    if not set(given.notify) <= {told.value for told in Told} or not given.notify:
        detail = "请选择消息发给谁：申请人（principal）、代办人（agent），至少一个。"
        found.append(Problem(f"{_ROOT}/notify", "notify_malformed", detail))
    fault = _until(given.until, day)
    return [*found, fault] if fault else found


def _until(text: str, day: date) -> Problem | None:
    pointer = f"{_ROOT}/until"
    try:
        until = date.fromisoformat(text)
    except ValueError:
        return Problem(pointer, "until_malformed", "请填写代办到哪一天为止，例如 2027-06-30。")
    if until < day:
        return Problem(
            pointer, "until_past", f"代办截止日期 {page_date(until)} 已经过去，请填今天或以后的日期。"
        )
    if until > day + LONGEST:
        return Problem(pointer, "until_too_far", "代办期限最长 5 年，请改早一些；到期后可以重新委托。")
    return None


def _capacity(capacity: str, principal_kind: str) -> Problem | None:
    pointer = f"{_ROOT}/capacity"
    if capacity not in {each.value for each in Capacity}:
        detail = "请选择代办人与申请人的关系：受委托人、法定代理人（监护人）或单位经办人。"
        return Problem(pointer, "capacity_malformed", detail)
    if capacity == Capacity.GUARDIAN and principal_kind != SubjectKind.PERSON:
        return Problem(
            pointer, "capacity_misfit", "只有自然人才有监护人；替单位办事请选单位经办人或受委托人。"
        )
    if capacity == Capacity.STAFF and principal_kind != SubjectKind.ORGANIZATION:
        return Problem(
            pointer, "capacity_misfit", "单位经办人只能替单位办事；替个人办事请选受委托人或监护人。"
        )
    return None
