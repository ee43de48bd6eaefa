"""代办人 at the counter: who stands there for the applicant, in a small block of the intake page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.http import QueryDict

from onedoor.core.identifiers import mask_name
from onedoor.core.instants import page_date
from onedoor.domain.cases.queries import AgentView
from onedoor.domain.people.terms import ACT_NAMES, CAPACITY_NAMES, Act, AgentGiven, Told
from onedoor.faces.controls import Control, choices_of
from onedoor.faces.parts import Row

USUAL: Final = timedelta(days=180)
_PREFIX: Final = "agent-"
_ACTS: Final = [(act.value, ACT_NAMES[act]) for act in Act]
_TOLD: Final = [(Told.PRINCIPAL.value, "申请人"), (Told.AGENT.value, "代办人")]


def read(sent: QueryDict) -> AgentGiven | None:
    """The agent as sent; None where nothing is said of one."""
    name, number, phone, capacity = (
        sent.get(_PREFIX + part, "").strip() for part in ("name", "id_number", "phone", "capacity")
    )
    if not (name or number or phone or capacity):
        return None
    return AgentGiven(
        name=name,
        id_number=number,
        phone=phone,
        capacity=capacity,
        until=sent.get(_PREFIX + "until", "").strip(),
        acts=tuple(sent.getlist(_PREFIX + "acts")),
        notify=tuple(sent.getlist(_PREFIX + "notify")),
    )


def controls(agent: AgentGiven | None, today: date, faults: Mapping[str, str]) -> tuple[Control, ...]:
    """The block's questions with what was given."""
    given = agent or AgentGiven(until=(today + USUAL).isoformat(), acts=tuple(act.value for act in Act))
    capacities = [("", "本人来办"), *((each.value, name) for each, name in CAPACITY_NAMES.items())]
    return (
        _control(
            "capacity", "代办人与申请人的关系", "select", given.capacity, faults, capacities, {given.capacity}
        ),
        _control("name", "代办人姓名", "name", given.name, faults),
        _control("id_number", "代办人身份证号", "id_number", given.id_number, faults),
        _control("phone", "代办人手机号码", "phone", given.phone, faults),
        _control("until", "代办到哪一天", "date", given.until, faults),
        _control("acts", "代办权限", "choices", "", faults, _ACTS, set(given.acts)),
        _control("notify", "短信发给谁", "choices", "", faults, _TOLD, set(given.notify)),
    )


def _control(
    part: str,
    label: str,
    kind: str,
    value: str,
    faults: Mapping[str, str],
    pairs: list[tuple[str, str]] | None = None,
    chosen: set[str] | None = None,
) -> Control:
    name = _PREFIX + part
    return Control(
        name=name,
        id=f"id_{name}",
        label=label,
        type=kind,
        value=value,
        required=part != "capacity",
        choices=choices_of(f"id_{name}", pairs or (), chosen or set()),
        fault=faults.get(name, ""),
        max_length=120 if kind == "name" else 0,
    )


def rows(agent: AgentView | None) -> list[Row]:
    """The agent of a case, masked, for the page of the case."""
    if agent is None:
        return []
    who = "，".join(filter(None, (agent.capacity, agent.id_number, agent.phone)))
    until = f"，到{page_date(agent.until)}为止" if agent.until else ""
    found = [
        Row("代办人", f"{mask_name(agent.name)}（{who}）"),
        Row("代办权限", "、".join(agent.acts) + until),
    ]
    return [*found, Row("委托", agent.ending)] if agent.ending else found


def in_clear(agent: AgentGiven | None) -> list[Row]:
    """The agent of a case with name and numbers, for who has said why."""
    if agent is None:
        return []
    return [
        Row("代办人", agent.name),
        Row("代办人身份证号", agent.id_number),
        Row("代办人手机号码", agent.phone),
    ]
