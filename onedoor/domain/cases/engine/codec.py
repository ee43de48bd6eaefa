"""The engine's state as JSON, for the case row, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from onedoor.core.due import Pause
from onedoor.core.instants import format_instant, parse_instant

from .terms import Extension, Stage, State, StepDone


def state_to_json(state: State) -> dict[str, Any]:
    """Only what differs from an empty state is written."""
    found: dict[str, Any] = {"seq": state.seq, "stage": state.stage.value}
    for name in ("last_at", "received_at", "clock_from", "steps_from", "decided_at", "concluded_at"):
        instant: datetime | None = getattr(state, name)
        if instant is not None:
            found[name] = format_instant(instant)
    for name in ("correction_targets", "skipped", "overdue"):
        listed: tuple[str, ...] = getattr(state, name)
        if listed:
            found[name] = list(listed)
    known = {name: getattr(state, name) for name in ("corrections", "deemed", "outcome", "rated")}
    known["correct_by"] = state.correct_by.isoformat() if state.correct_by else ""
    found |= {name: value for name, value in known.items() if value}
    if state.done:
        found["done"] = [[done.code, done.outcome, format_instant(done.at)] for done in state.done]
    if state.pauses:
        found["pauses"] = [[_written(p.start), _written(p.end) if p.end else None] for p in state.pauses]
    if state.extension:
        found["extension"] = [state.extension.days, list(state.extension.limits)]
    return found


def state_from_json(found: Mapping[str, Any]) -> State:
    """The inverse of `state_to_json`."""
    return State(
        seq=found["seq"],
        stage=Stage(found["stage"]),
        last_at=_instant(found, "last_at"),
        received_at=_instant(found, "received_at"),
        corrections=found.get("corrections", 0),
        correction_targets=tuple(found.get("correction_targets", ())),
        correct_by=date.fromisoformat(found["correct_by"]) if "correct_by" in found else None,
        clock_from=_instant(found, "clock_from"),
        steps_from=_instant(found, "steps_from"),
        deemed=found.get("deemed", False),
        skipped=tuple(found.get("skipped", ())),
        done=tuple(StepDone(code, outcome, parse_instant(at)) for code, outcome, at in found.get("done", ())),
        pauses=tuple(
            Pause(_moment(start), _moment(end) if end else None) for start, end in found.get("pauses", ())
        ),
        extension=_extension(found.get("extension")),
        overdue=tuple(found.get("overdue", ())),
        decided_at=_instant(found, "decided_at"),
        concluded_at=_instant(found, "concluded_at"),
        outcome=found.get("outcome", ""),
        rated=found.get("rated", False),
    )


def _extension(found: tuple[int, list[str]] | None) -> Extension | None:
    return Extension(found[0], tuple(found[1])) if found else None


def _written(moment: date) -> str:
    return format_instant(moment) if isinstance(moment, datetime) else moment.isoformat()


def _moment(text: str) -> date:
    """A civil day or an instant, as it was written."""
    return parse_instant(text) if "T" in text else date.fromisoformat(text)


def _instant(found: Mapping[str, Any], name: str) -> datetime | None:
    text = found.get(name)
    return parse_instant(text) if text is not None else None
