"""Which paper a fact calls for, and what it says.

The paper's content is put together from the journal, the dossier and the version the case is filed under; nothing
is typed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from onedoor.core.instants import civil_date, page_date
from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.catalog.terms import Field, LimitTerm, ServiceVersion
from onedoor.domain.journal.terms import Fact
from onedoor.domain.offices import queries as offices
from onedoor.domain.papers.terms import PaperKind, PaperRef

from . import agency
from .engine.clocks import PROMISED, STATUTORY, Clock, clocks
from .engine.evolve import fold_all
from .engine.schemas import METHOD_NAMES, SPECIAL_NAMES
from .engine.terms import Happened, Kind, State
from .rules import limits_of
from .statements import Locked

UNIT_NAMES = {"working": "个工作日", "calendar": "日", "hours": "小时", "working-hours": "个工作小时"}

#: What the decision is called, by item type (GB/T 39046 A.1).
ACTS = {
    "01": "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "办理",
    "20": "办理",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Everything a paper may quote. `state` is the state right after the fact, `papers` were issued before it."""

    case: Locked
    version: ServiceVersion
    fact: Fact
    state: State
    application: Mapping[str, Any]
    written: Mapping[str, Any]
    tenant_name: str
    papers: tuple[PaperRef, ...] = ()


def kind_for(fact: Fact) -> PaperKind | None:
    """The paper that a fact calls for, None for most facts."""
    if fact.kind == Kind.DECIDED:
        return PaperKind.APPROVAL if fact.data["outcome"] == "approve" else PaperKind.REFUSAL
    return _KINDS.get(fact.kind)


_KINDS: Mapping[str, PaperKind] = {
    Kind.SUBMITTED: PaperKind.RECEIPT,
    Kind.ACCEPTED: PaperKind.ACCEPTANCE,
    Kind.DEEMED_ACCEPTED: PaperKind.ACCEPTANCE,
    Kind.CORRECTION_NOTIFIED: PaperKind.CORRECTION,
    Kind.DECLINED: PaperKind.DECLINE,
    Kind.SUSPENDED: PaperKind.SPECIAL,
    Kind.EXTENDED: PaperKind.EXTENSION,
    Kind.ISSUED: PaperKind.LICENCE,
    Kind.DELIVERED: PaperKind.DELIVERY,
}
#: What an applicant is handed at the end.
_RESULTS = frozenset({PaperKind.APPROVAL, PaperKind.REFUSAL, PaperKind.LICENCE})


def content(kind: PaperKind, source: Source) -> dict[str, Any]:
    """The entries of `papers.rules.ENTRIES` for this kind."""
    return _CONTENTS[kind](source)


def limit_text(term: LimitTerm) -> str:
    """A limit as an official sentence has it, without a gap: 8个工作日."""
    return f"{term.amount}{UNIT_NAMES[term.unit]}"


def state_after(facts: tuple[Fact, ...], seq: int) -> State:
    """The state right after fact `seq`."""
    return fold_all(Happened(f.kind, f.data, f.effective_at) for f in facts if f.seq <= seq)


def _case(source: Source) -> dict[str, Any]:
    return {
        "case_number": source.case.number,
        "service_name": source.version.name,
        "act": ACTS.get(source.version.type, "行政许可"),
        "phone": source.version.phone,
        "complaint_phone": source.version.complaint_phone,
        "location": source.version.location,
    }


def _day(source: Source) -> date:
    return civil_date(source.fact.effective_at)


def _receipt(source: Source) -> dict[str, Any]:
    names = {m.code: m for m in source.version.materials}
    materials = [
        {
            "name": names[given["code"]].name,
            "form": PROVIDED[given["provided"]],
            "count": str(max(1, names[given["code"]].originals + names[given["code"]].copies)),
        }
        for given in source.application["materials"]
        if given["code"] in names
    ]
    agent = agency.agent_from(source.application)
    return {
        **_case(source),
        "agent": agency.on_paper(agent) if agent else None,
        "query_code": source.application["query_code"],
        "received_on": _day(source),
        "materials": materials,
        "limit": limit_text(source.version.promised_limit),
    }


def _acceptance(source: Source) -> dict[str, Any]:
    state = source.state
    found = _case(source) | {
        "received_on": civil_date(state.received_at) if state.received_at else _day(source),
        "limit": limit_text(source.version.promised_limit),
        "deemed": state.deemed,
        "basis": _basis(source),
    }
    if PROMISED in (running := running_in(source, state)):
        found["due_on"] = running[PROMISED].due.date
    return found


def running_in(source: Source, state: State) -> dict[str, Clock]:
    """The limits that run in a state of the case, by code."""
    calendar = offices.calendar(source.case.tenant_id, source.case.calendar_version)
    limits = limits_of(source.version)
    running = clocks(state, procedure=source.version.procedure, limits=limits, calendar=calendar)
    return {clock.code: clock for clock in running}


def _correction(source: Source) -> dict[str, Any]:
    names = {f"material:{m.code}": m.name for m in source.version.materials}
    names |= {f"field:{f.code}": f.label for section in source.version.sections for f in section.fields}
    items = [
        {"name": names.get(item["target"], item["target"]), "problem": item["reason"], "mend": item["mend"]}
        for item in source.written["items"]
    ]
    received = source.state.received_at
    return _case(source) | {
        "received_on": civil_date(received) if received else _day(source),
        "items": items,
        **({"due_on": source.fact.data["correct_by"]} if "correct_by" in source.fact.data else {}),
        "basis": _basis(source),
    }


def _special(source: Source) -> dict[str, Any]:
    return _case(source) | {
        "accepted_on": _accepted(source),
        "special": SPECIAL_NAMES[source.fact.data["kind"]],
        "started_on": _day(source),
        "needed": f"{source.fact.data['days']}{UNIT_NAMES['working']}",
        "reasons": _lines(source.written["reason"]),
    }


def _extension(source: Source) -> dict[str, Any]:
    found = _case(source) | {
        "accepted_on": _accepted(source),
        "added": f"{source.fact.data['days']}{UNIT_NAMES['working']}",
        "reasons": _lines(source.written["reasons"]),
    }
    former, extended = (running_in(source, s) for s in (replace(source.state, extension=None), source.state))
    for code in (PROMISED, STATUTORY):
        if code in source.fact.data["limits"]:
            found[f"{code}_former_on"] = former[code].due.date
            found[f"{code}_due_on"] = extended[code].due.date
    return found


def _delivery(source: Source) -> dict[str, Any]:
    way = source.fact.data["method"]
    return _case(source) | {
        "documents": [
            {"label": paper.title, "value": paper.document_number}
            for paper in source.papers
            if paper.kind in _RESULTS and paper.source_seq < source.fact.seq
        ],
        "way": way,
        "method": METHOD_NAMES[way],
        "receiver": source.written["receiver"],
        "courier_number": source.written.get("courier_number"),
        "delivered_on": _day(source),
    }


def _decline(source: Source) -> dict[str, Any]:
    return _case(source) | {"received_on": _received(source)} | _reasons(source)


def _refusal(source: Source) -> dict[str, Any]:
    return _case(source) | {"accepted_on": _accepted(source)} | _reasons(source)


def _reasons(source: Source) -> dict[str, Any]:
    return {
        "reasons": _lines(source.written["reasons"]),
        "basis": _basis(source),
        "review_organ": f"{source.tenant_name.removesuffix('政务服务中心')}人民政府",
        "court": "有管辖权的人民法院",
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _received(source: Source) -> date:
    return civil_date(source.state.received_at) if source.state.received_at else _day(source)


def _accepted(source: Source) -> date:
    return civil_date(source.state.clock_from) if source.state.clock_from else _day(source)


def _approval(source: Source) -> dict[str, Any]:
    return (
        _case(source)
        | {
            "basis": _basis(source),
            "accepted_on": _accepted(source),
            "result_name": source.version.result.name,
        }
        | _validity(source)
    )


def _licence(source: Source) -> dict[str, Any]:
    return {
        "name": source.version.result.name,
        "holder_label": "持证单位" if source.application["applicant"]["kind"] == "organization" else "持证人",
        "rows": _licence_rows(source),
    } | _validity(source)


def _licence_rows(source: Source) -> list[dict[str, str]]:
    """The answers worth printing: short ones, as the applicant gave them, under the form's own labels."""
    form = source.application["form"]
    rows = [{"label": "许可事项", "value": source.version.name}]
    for section in source.version.sections:
        for field in section.fields:
            shown = _on_licence(field, form.get(field.code))
            if shown and field.type not in ("phone", "id_number", "textarea") and len(shown) <= 60:
                rows.append({"label": field.label, "value": shown})
    rows.append({"label": "办件编号", "value": source.case.number})
    return rows[:9]


def _on_licence(field: Field, value: Any) -> str:
    """An answer as a licence has room for it: of a group the first question's answers, or how many rows there are."""
    if field.type != "group" or not value:
        return answer_text(field, value)
    first = field.fields[0]
    names = "、".join(filter(None, (answer_text(first, row.get(first.code)) for row in value)))
    private = first.type in ("phone", "id_number")
    return f"共 {len(value)} 组" if private or not names or len(names) > 60 else names


def answer_text(field: Field, value: Any) -> str:
    """An answer as people read it; "" for none, a line a row for a group."""
    if value is None or value == "" or value == []:
        return ""
    if field.type == "group":
        return "\n".join(f"{place}. {_row_text(field, row)}" for place, row in enumerate(value, start=1))
    labels = {option.value: option.label for option in field.options}
    if field.type == "boolean":
        return "是" if value else "否"
    if field.type == "date":
        return page_date(date.fromisoformat(str(value)))
    if isinstance(value, list):
        return "、".join(labels.get(str(each), str(each)) for each in value)
    return labels.get(str(value), str(value))


def _row_text(group: Field, row: Mapping[str, Any]) -> str:
    pairs = ((asked.label, answer_text(asked, row.get(asked.code))) for asked in group.fields)
    return "；".join(f"{label}：{text}" for label, text in pairs if text)


def _validity(source: Source) -> dict[str, Any]:
    months = source.version.result.validity_months
    if not months:
        return {}
    start = civil_date(source.state.decided_at) if source.state.decided_at else _day(source)
    return {"valid_from": start, "valid_until": _months_after(start, months)}


def _months_after(day: date, months: int) -> date:
    """The day before the same day of the month so many months later, as validity is written on licences."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            end = date(day.year + years, month + 1, min(day.day, last))
        except ValueError:
            continue
        return date.fromordinal(end.toordinal() - 1)
    raise AssertionError("every month has 28 days")


def _basis(source: Source) -> list[str]:
    return [f"{basis.title}{basis.article}" for basis in source.version.basis[:3]]


_CONTENTS: dict[PaperKind, Callable[[Source], dict[str, Any]]] = {
    PaperKind.RECEIPT: _receipt,
    PaperKind.ACCEPTANCE: _acceptance,
    PaperKind.CORRECTION: _correction,
    PaperKind.DECLINE: _decline,
    PaperKind.SPECIAL: _special,
    PaperKind.EXTENSION: _extension,
    PaperKind.APPROVAL: _approval,
    PaperKind.REFUSAL: _refusal,
    PaperKind.LICENCE: _licence,
    PaperKind.DELIVERY: _delivery,
}
