"""Who may do what in a clean-up, what a report must say, and what a result is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.documents import TYPES
from onedoor.domain.catalog.reading import has_control
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.offices.terms import Principal, Role

from .terms import GONE, CampaignView, Counts, Declaration, EntryView, ResultLine, Tally

#: Those who report for a department.
REPORTERS = (Role.EDITOR, Role.HEAD)
#: Those who look on.
ONLOOKERS = (Role.SUPERVISOR, Role.DIRECTOR)
MOST_PLACES = 20
_LONGEST = {"basis": 500, "reason": 500, "target": 200}
_NAMES = {"basis": "依据", "reason": "理由", "target": "合并到或移交给", "places": "修改之处"}


def may_run(actor: Principal) -> bool:
    """Whether somebody opens, reviews and publishes clean-ups: an editor of the whole county."""
    return any(grant.role is Role.EDITOR and grant.department is None for grant in actor.grants)


def reports_for(actor: Principal, department: str) -> bool:
    """Whether somebody reports for a department."""
    return any(grant.role in REPORTERS and grant.department in (None, department) for grant in actor.grants)


def seen_by(actor: Principal) -> frozenset[str] | None:
    """The departments whose items somebody sees; None for all, empty for nobody's."""
    scopes = [grant.department for grant in actor.grants if grant.role in (*REPORTERS, *ONLOOKERS)]
    return None if None in scopes else frozenset(scope for scope in scopes if scope)


def in_time(campaign: CampaignView, state: EntryState, today: date) -> bool:
    """Whether a department may still report: in the days set for it, or when its report was returned."""
    return state is EntryState.RETURNED or campaign.opens_on <= today <= campaign.closes_on


def problems_of(
    declared: Declaration, *, code: str, added: bool, codes: Mapping[str, str]
) -> Iterator[Problem]:
    """What is wrong with a report of the item `code`; `codes` are the items of the clean-up with their names."""
    if added is not (declared.decision is Decision.ADD):
        yield Problem(
            "/decision",
            "wrong_decision",
            "“新增”只用于目录里没有的事项，请另选处理意见。" if not added else "新增的事项只能填“新增”。",
        )
    yield from _texts(declared)
    if declared.decision is not Decision.KEEP:
        for key, text in (("basis", declared.basis), ("reason", declared.reason)):
            if not text:
                yield Problem(f"/{key}", "required", f"请写明{_NAMES[key]}。")
    yield from _target(declared, code, codes)
    yield from _places(declared)


def _texts(declared: Declaration) -> Iterator[Problem]:
    for key, most in _LONGEST.items():
        text = getattr(declared, key)
        if len(text) > most:
            yield Problem(f"/{key}", "too_long", f"{_NAMES[key]}共 {len(text)} 字，请缩短到 {most} 字以内。")
        if has_control(text, lines=True):
            yield Problem(
                f"/{key}", "control_character", f"{_NAMES[key]}中有不可见的字符，请删去后重新填写。"
            )


def _target(declared: Declaration, code: str, codes: Mapping[str, str]) -> Iterator[Problem]:
    target = declared.target
    if declared.decision is Decision.HAND_OVER and not target:
        yield Problem("/target", "required", "请写明下放或划转给谁，例如“下放到各乡镇”。")
    if declared.decision is not Decision.MERGE:
        if target and declared.decision is not Decision.HAND_OVER:
            yield Problem("/target", "unexpected", "只有合并和下放划转才填这一栏，请删去或改处理意见。")
        return
    if not target:
        yield Problem("/target", "required", "请写明合并到哪个事项的编码。")
    elif target == code:
        yield Problem("/target", "merged_into_itself", "事项不能合并到自己，请改为另一个事项的编码。")
    elif target not in codes:
        yield Problem("/target", "unknown_item", f"这次清理里没有编码为“{target[:64]}”的事项，请核对编码。")


def _places(declared: Declaration) -> Iterator[Problem]:
    places = declared.places
    if declared.decision is Decision.MODIFY and not places:
        yield Problem("/places", "required", "请写明修改了哪几处，每处一行，例如“承诺时限：20→8 个工作日”。")
    if places and declared.decision is not Decision.MODIFY:
        yield Problem("/places", "unexpected", "只有“修改”才填修改之处，请删去或改处理意见。")
    if len(places) > MOST_PLACES:
        yield Problem("/places", "too_many", f"最多写 {MOST_PLACES} 处，请合并一些。")
    if any(len(place) > 300 or has_control(place) for place in places):
        yield Problem("/places", "too_long", "每处最多 300 字，不能有不可见的字符，请改短。")


def merge_faults(entries: Sequence[EntryView]) -> Iterator[Problem]:
    """Items that are merged into one that does not stay."""
    leaving = {entry.code for entry in entries if entry.decision in GONE and entry.code}
    for entry in entries:
        if entry.decision is Decision.MERGE and entry.target in leaving:
            yield Problem(
                f"/{entry.code}",
                "target_leaves",
                f"“{entry.name}”要并入的事项“{entry.target}”自己也不再保留，请退回改报。",
            )


def count(entries: Iterable[EntryView]) -> Counts:
    """The figures of some items; those taken back do not count."""
    made = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for entry in entries:
        if not entry.counts:
            continue
        made["items"] += not entry.added
        made["open"] += entry.state in (EntryState.OPEN, EntryState.RETURNED)
        made["waiting"] += entry.state is EntryState.REPORTED
        if entry.decision:
            made[entry.decision.value] += 1
            made["places"] += len(entry.places)
    return Counts(**made)


def tallies(entries: Sequence[EntryView]) -> tuple[tuple[Tally, ...], tuple[Tally, ...]]:
    """The figures by department and by kind of item."""
    departments = {entry.department: entry.department_name for entry in entries if entry.counts}
    kinds = sorted({entry.type for entry in entries if entry.counts})
    return (
        tuple(
            Tally(code, departments[code], count(e for e in entries if e.department == code))
            for code in sorted(departments)
        ),
        tuple(
            Tally(kind, TYPES.get(kind, kind), count(e for e in entries if e.type == kind)) for kind in kinds
        ),
    )


def compose(campaign: CampaignView, entries: Sequence[EntryView]) -> dict[str, Any]:
    """The content of a result, as it is kept for good."""
    departments, kinds = tallies(entries)
    return {
        "name": campaign.name,
        "basis": campaign.basis,
        "opens_on": campaign.opens_on.isoformat(),
        "closes_on": campaign.closes_on.isoformat(),
        "counts": asdict(count(entries)),
        "departments": [asdict(tally) for tally in departments],
        "kinds": [asdict(tally) for tally in kinds],
        "lines": [_line(entry) for entry in entries if entry.counts],
    }


def _line(entry: EntryView) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "type": entry.type,
        "department": entry.department,
        "department_name": entry.department_name,
        "decision": entry.decision.value if entry.decision else "",
        "target": entry.target,
        "basis": entry.basis,
        "reason": entry.reason,
        "places": list(entry.places),
    }


def read_line(value: Mapping[str, Any]) -> ResultLine:
    """A line of a result as it was kept."""
    return ResultLine(**{**value, "decision": Decision(value["decision"]), "places": tuple(value["places"])})


def read_tally(value: Mapping[str, Any]) -> Tally:
    """A tally of a result as it was kept."""
    return Tally(value["key"], value["name"], Counts(**value["counts"]))
