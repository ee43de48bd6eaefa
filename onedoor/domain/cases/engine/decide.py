"""What a command brings about, or why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from onedoor.core.calendar import Calendar
from onedoor.core.due import Limit, Unit, due
from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.terms import Procedure, Step, StepKind

from .clocks import PROMISED, STATUTORY
from .lifecycle import LIFECYCLE, Verb
from .procedure import REVIEWED_BY_PEOPLE, finished, making_step, open_steps, stage_name, step_by_code
from .schemas import CORRECTION_DAYS
from .terms import Command, Happened, Stage, State


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything a handler may look at."""

    state: State
    verb: Verb
    command: Command
    procedure: Procedure
    calendar: Calendar
    at: datetime


def decide(
    state: State, command: Command, *, procedure: Procedure, calendar: Calendar, at: datetime
) -> tuple[Happened, ...]:
    """The facts that the command makes at `at`.

    `state` is up to date: `lapse` has run. Raises Refused: unknown_verb, verb_out_of_order (409), and the codes
    of the handlers below. An instant before the last fact (a clock set back) counts as that fact's instant.
    """
    verb = LIFECYCLE.get(command.verb)
    if verb is None:
        raise Refused("unknown_verb", f"没有“{command.verb}”这个操作，请查看办件操作清单。", status=404)
    if state.stage not in verb.stages:
        raise Refused(
            "verb_out_of_order",
            f"办件现在的状态是“{stage_name(state, procedure)}”，不能“{verb.name}”，请刷新页面查看可以进行的操作。",
            status=409,
        )
    at = at if state.last_at is None else max(at, state.last_at)
    data = _HANDLERS[command.verb](_Asked(state, verb, command, procedure, calendar, at))
    return (Happened(verb.kind, data, at),)


def _plain(asked: _Asked) -> Mapping[str, Any]:
    return {}


def _submit(asked: _Asked) -> Mapping[str, Any]:
    return {"skipped": list(asked.command.payload.get("skipped", ()))}


def _notify_correction(asked: _Asked) -> Mapping[str, Any]:
    if asked.state.corrections:
        raise Refused(
            "correction_already_told",
            "补正内容只能一次性告知，本件已经告知过补正。请受理，或者说明理由不予受理。",
        )
    targets = [item["target"] for item in asked.command.payload["items"]]
    if len(set(targets)) != len(targets):
        raise Refused("correction_target_twice", "同一材料或填写项只能列一次，请合并后再告知。")
    return {"targets": targets, "correct_by": _correct_by(asked).isoformat()}


def _correct_by(asked: _Asked) -> date:
    """The last day of the term: of so many working days as the office has set, told to the applicant as a date."""
    limit = Limit(asked.command.payload.get("days", CORRECTION_DAYS), Unit.WORKING_DAY)
    ends = due(civil_date(asked.at), limit=limit, calendar=asked.calendar).date
    if ends is None:
        raise ValueError("a limit without pauses has an end")
    return ends


def correction_over(state: State, at: datetime) -> bool:
    """Whether the term to correct in has gone by unused. A case whose notice named no term has none that could."""
    if state.stage is not Stage.CORRECTING or state.correct_by is None:
        return False
    return civil_date(at) > state.correct_by


def _decline(asked: _Asked) -> Mapping[str, Any]:
    if asked.state.stage is Stage.CORRECTING and not correction_over(asked.state, asked.at):
        raise Refused(
            "correction_term_running",
            "补正期限还没有到，不能以没有补正为由不予受理；请等申请人补正，或者等期限届满。",
            status=409,
        )
    return {}


def _open_step(asked: _Asked, kinds: frozenset[StepKind], wrong_kind: str) -> Step:
    """The named open step. Raises Refused: step_missing, unknown_step, step_done, step_not_open, step_kind."""
    code = asked.command.step
    if not code:
        raise Refused("step_missing", "请指明是哪个环节。")
    step = step_by_code(asked.procedure, code)
    if step is None:
        raise Refused("unknown_step", f"办理流程中没有环节“{code}”，请核对。")
    if step.kind not in kinds:
        raise Refused("step_kind", f"“{step.name}”环节{wrong_kind}")
    if step.code in finished(asked.state):
        raise Refused("step_done", f"“{step.name}”环节已经办完，请刷新页面。", status=409)
    if all(step.code != opened.code for opened, _ in open_steps(asked.procedure, asked.state)):
        raise Refused("step_not_open", f"“{step.name}”环节要等前面的环节办完后才能办理。", status=409)
    return step


def _review(asked: _Asked) -> Mapping[str, Any]:
    step = _open_step(asked, REVIEWED_BY_PEOPLE, "不是审查环节，请在对应的环节办理。")
    return {"step": step.code, "outcome": asked.command.payload["outcome"]}


def _suspend(asked: _Asked) -> Mapping[str, Any]:
    if STATUTORY in asked.state.overdue:
        raise Refused(
            "limit_over",
            "法定办结时限已经届满，特别程序不能再使它暂停；请尽快作出决定。",
            status=409,
        )
    payload = asked.command.payload
    return {"kind": payload["kind"], "days": payload["days"]}


def _extend(asked: _Asked) -> Mapping[str, Any]:
    if asked.state.extension is not None:
        raise Refused(
            "already_extended", "办理期限只能延长一次，本件已经延长过；请在期限内作出决定。", status=409
        )
    if STATUTORY in asked.state.overdue:
        raise Refused(
            "limit_over", "延期应当在法定办结时限届满前决定，本件已经届满；请尽快作出决定。", status=409
        )
    limits = [code for code in (PROMISED, STATUTORY) if code not in asked.state.overdue]
    return {"days": asked.command.payload["days"], "limits": limits}


def _decide(asked: _Asked) -> Mapping[str, Any]:
    step = _open_step(asked, frozenset({StepKind.DECISION}), "不是决定环节，请在决定环节作出决定。")
    payload = asked.command.payload
    if payload["outcome"] == "approve":
        if any(done.outcome == "object" for done in asked.state.done):
            raise Refused("review_objected", "有环节的审查结论是“不同意”，不能准予；请作出不予决定。")
    elif not str(payload.get("reasons", "")).strip():
        raise Refused("reasons_missing", "不予许可必须说明理由，请填写“不予的理由”。")
    return {"step": step.code, "outcome": payload["outcome"]}


def _issue(asked: _Asked) -> Mapping[str, Any]:
    step = making_step(asked.procedure, asked.state.skipped)
    if step is None:
        raise Refused("nothing_to_make", "这个办件没有制证环节，请直接送达。")
    if asked.command.step and asked.command.step != step.code:
        raise Refused("step_kind", "这不是制证环节，请在制证环节办理。")
    return {"step": step.code}


def _deliver(asked: _Asked) -> Mapping[str, Any]:
    if asked.state.stage is Stage.APPROVED and making_step(asked.procedure, asked.state.skipped) is not None:
        raise Refused("licence_not_made", "证照还没有制作，请先制证再送达。", status=409)
    payload = asked.command.payload
    if payload["method"] == "courier" and not str(payload.get("courier_number", "")).strip():
        raise Refused("courier_number_missing", "邮政寄递需要填写寄递单号。")
    return {"method": payload["method"]}


def _rate(asked: _Asked) -> Mapping[str, Any]:
    if asked.state.rated:
        raise Refused("already_rated", "这件事已经评价过，一件事只评价一次，感谢您的参与。", status=409)
    return {"level": asked.command.payload["level"]}


_HANDLERS: dict[str, Callable[[_Asked], Mapping[str, Any]]] = {
    "save_draft": _plain,
    "submit": _submit,
    "accept": _plain,
    "decline": _decline,
    "notify_correction": _notify_correction,
    "correct": _submit,
    "review": _review,
    "suspend": _suspend,
    "resume": _plain,
    "extend": _extend,
    "decide": _decide,
    "issue": _issue,
    "deliver": _deliver,
    "withdraw": _plain,
    "rate": _rate,
}
