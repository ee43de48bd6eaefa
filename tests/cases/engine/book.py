"""The law of a case once more, written as an old clerk would keep it: a book of entries, and rules read off it.

Shares no code with the engine: days are counted one by one, and every question is answered from the entries.
Catalogue and calendar are the only things both use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any

from onedoor.core.calendar import DayKind, seed_calendar
from onedoor.core.due import Limit
from onedoor.domain.catalog.terms import Procedure, Step

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
#: Which entry leaves the case in which stage; the others leave it where it is.
LEAVES = {
    "submit": "submitted",
    "correct": "submitted",
    "save_draft": "draft",
    "notify_correction": "correcting",
    "accept": "accepted",
    "deemed": "accepted",
    "decline": "declined",
    "suspend": "suspended",
    "resume": "accepted",
    "approve": "approved",
    "refuse": "refused",
    "issue": "issued",
    "deliver": "delivered",
    "withdraw": "withdrawn",
}
#: From where a verb may be done.
FROM = {
    "save_draft": {"new", "draft"},
    "submit": {"new", "draft"},
    "accept": {"submitted"},
    "decline": {"submitted", "correcting"},
    "notify_correction": {"submitted"},
    "correct": {"correcting"},
    "review": {"accepted"},
    "decide": {"accepted"},
    "suspend": {"accepted"},
    "resume": {"suspended"},
    "extend": {"accepted"},
    "issue": {"approved"},
    "deliver": {"approved", "refused", "issued"},
    "withdraw": {"draft", "submitted", "correcting", "accepted", "suspended"},
    "rate": {"delivered", "declined"},
}


#: Special procedures from their beginning to their end, None while one lasts.
Pauses = tuple[tuple[datetime, datetime | None], ...]


@cache
def end_after(day: date, amount: int, unit: str, pauses: Pauses = ()) -> datetime | None:
    """24:00 of the day on which `amount` days after `day` are over; None if a procedure lasts that must end before."""
    stops = [(s.astimezone(BEIJING).date(), r and r.astimezone(BEIJING).date()) for s, r in pauses]
    while amount:
        day += DAY
        if any(begun < day and (ended is None or day <= ended) for begun, ended in stops):
            if any(begun < day and ended is None for begun, ended in stops):
                return None
            continue
        working = seed_calendar().kind(day) in (DayKind.WORKING, DayKind.MAKE_UP)
        amount -= working or unit == "calendar"
    return datetime.combine(day + DAY, time(), BEIJING)


def over(start: datetime, limit: Limit, pauses: Pauses) -> datetime | None:
    """The instant at which a limit from `start` is over."""
    if limit.unit.value != "hours":
        return end_after(start.astimezone(BEIJING).date(), limit.amount, limit.unit.value, pauses)
    left = timedelta(hours=limit.amount)
    for begun, ended in pauses:
        if ended is not None and ended <= start:
            continue
        if start + left <= begun:
            break
        if ended is None:
            return None
        left -= begun - start
        start = ended
    return start + left


def last_day(end: datetime, limit: Limit) -> date:
    """The day with which a limit ends: midnight is 24:00 of the day before, but for hours."""
    local = end.astimezone(BEIJING)
    return local.date() if limit.unit.value == "hours" else (local - timedelta(seconds=1)).date()


@dataclass(frozen=True)
class Entry:
    """One line of the book: what, when, where, with which words."""

    what: str
    when: datetime
    step: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Book:
    """A case in entries, with the procedure and the two limits of its version."""

    graph: Procedure
    promised: Limit
    statutory: Limit
    entries: list[Entry] = field(default_factory=list)

    # ---- what the entries say

    def last(self, *whats: str) -> Entry | None:
        return next((entry for entry in reversed(self.entries) if entry.what in whats), None)

    @property
    def stage(self) -> str:
        found = self.last(*LEAVES)
        return LEAVES[found.what] if found else "new"

    @property
    def skipped(self) -> set[str]:
        found = self.last("submit", "correct")
        return set(found.words["skipped"]) if found else set()

    def finished(self, code: str) -> datetime | None:
        kinds = ("review", "approve", "refuse", "issue")
        return next((e.when for e in self.entries if e.what in kinds and e.step == code), None)

    def opens(self, step: Step) -> datetime | None:
        """When everything that has to come before a step was over."""
        beginning = self.last("accept", "deemed")
        if beginning is None:
            return None
        gates = [self.passed(self.step(code)) for code in step.after]
        if step.join != "all":
            votes = [self.finished(code) for code in step.after if code not in self.skipped]
            gates = votes or gates
        if not gates:
            return beginning.when
        enough = min({"all": len(gates), "any": 1, "quorum": step.quorum}[step.join.value], len(gates))
        behind = sorted(gate for gate in gates if gate)
        return max(beginning.when, behind[enough - 1]) if len(behind) >= enough else None

    def passed(self, step: Step) -> datetime | None:
        """When a step was over: done, or reached by a case that skips it."""
        return self.finished(step.code) or (self.opens(step) if step.code in self.skipped else None)

    def step(self, code: str) -> Step:
        return next(step for step in self.graph.steps if step.code == code)

    def open_branches(self) -> list[Step]:
        return [
            step
            for step in self.graph.steps
            if step.kind != "making"
            and step.code not in self.skipped
            and not self.finished(step.code)
            and self.opens(step)
        ]

    @property
    def making(self) -> Step | None:
        makings = [s for s in self.graph.steps if s.kind == "making" and s.code not in self.skipped]
        return makings[0] if makings else None

    @property
    def pauses(self) -> Pauses:
        """Every special procedure."""
        begun = [entry.when for entry in self.entries if entry.what == "suspend"]
        ended = [entry.when for entry in self.entries if entry.what == "resume"]
        return tuple(zip(begun, [*ended, None], strict=False))

    def decision_over(self, code: str, since: datetime, limit: Limit) -> datetime | None:
        """When a limit on the decision is over, what the head added with it."""
        end = over(since, limit, self.pauses)
        extension = self.last("extend")
        if extension is None or end is None:
            return end
        before = self.entries[: self.entries.index(extension)]
        if any(entry.what == "late" and entry.step == code for entry in before):
            return end
        return end_after(last_day(end, limit), extension.words["days"], "working", self.pauses)

    def running(self) -> list[tuple[str, datetime | None]]:
        """The limits that run, the binding one first, with the instant each is over."""
        if self.stage == "submitted":
            received = self.last("submit", "correct")
            assert received
            return [("acceptance", end_after(received.when.astimezone(BEIJING).date(), 5, "working"))]
        if self.stage in ("approved", "refused", "issued"):
            decided = self.last("approve", "refuse")
            assert decided
            return [("delivery", end_after(decided.when.astimezone(BEIJING).date(), 10, "working"))]
        if self.stage not in ("accepted", "suspended"):
            return []
        since = self.last("accept")
        if since is None:  # deemed: the office's time began with the receipt
            since = self.last("submit", "correct")
        assert since
        found = [
            ("promised", self.decision_over("promised", since.when, self.promised)),
            ("statutory", self.decision_over("statutory", since.when, self.statutory)),
        ]
        for step in self.open_branches():
            opened = self.opens(step)
            if step.limit and opened:
                limit = Limit(step.limit.amount, self.promised.unit.__class__(step.limit.unit))
                found.append((f"step:{step.code}", over(opened, limit, self.pauses)))
        return found

    def noted_late(self) -> list[str]:
        return [entry.step for entry in self.entries if entry.what == "late"]

    def next_expiry(self) -> tuple[str, datetime] | None:
        left = [(code, end) for code, end in self.running() if end and code not in self.noted_late()]
        return min(left, key=lambda each: each[1]) if left else None

    # ---- what is written into the book

    def let_time_pass(self, until: datetime) -> None:
        """Write what has become of silence, in the order in which it fell due."""
        while (expiry := self.next_expiry()) and expiry[1] <= until:
            code, instant = expiry
            self.entries.append(
                Entry("deemed", instant) if code == "acceptance" else Entry("late", instant, code)
            )

    def write(self, verb: str, step: str, words: Mapping[str, Any], at: datetime) -> str:
        """Do a verb, or say why not."""
        if self.stage not in FROM[verb]:
            return "verb_out_of_order"
        if self.entries:
            at = max(at, *(entry.when for entry in self.entries))
        reason = self.objection(verb, step, words, at)
        if reason:
            return reason
        what = words["outcome"] if verb == "decide" else verb
        if verb == "issue" and self.making:
            step = self.making.code
        self.entries.append(Entry(what, at, step, words))
        return ""

    def may_still_correct(self, at: datetime) -> bool:
        """Whether the term runs that was told with the correction."""
        told = self.last("notify_correction")
        assert told
        days = told.words.get("days", 15)
        return at < (end_after(told.when.astimezone(BEIJING).date(), days, "working") or at)

    def objection(self, verb: str, step: str, words: Mapping[str, Any], at: datetime) -> str:
        """What speaks against a verb that the stage allows."""
        if verb == "decline":
            waits = self.stage == "correcting" and self.may_still_correct(at)
            return "correction_term_running" if waits else ""
        if verb == "notify_correction":
            targets = [item["target"] for item in words["items"]]
            if self.last("notify_correction"):
                return "correction_already_told"
            return "correction_target_twice" if len(targets) > len(set(targets)) else ""
        if verb in ("suspend", "extend"):
            again = verb == "extend" and self.last("extend")
            return "already_extended" if again else "limit_over" if "statutory" in self.noted_late() else ""
        if verb in ("review", "decide"):
            return self.objection_at_step(verb, step, words)
        if verb == "issue" and self.making is None:
            return "nothing_to_make"
        if verb == "issue" and step not in ("", self.making.code if self.making else ""):
            return "step_kind"
        if verb == "deliver":
            if self.stage == "approved" and self.making:
                return "licence_not_made"
            return (
                "courier_number_missing"
                if words["method"] == "courier" and not words.get("courier_number", "").strip()
                else ""
            )
        return "already_rated" if verb == "rate" and self.last("rate") else ""

    def objection_at_step(self, verb: str, code: str, words: Mapping[str, Any]) -> str:
        if not code:
            return "step_missing"
        if code not in {step.code for step in self.graph.steps}:
            return "unknown_step"
        kind = self.step(code).kind.value
        if kind == "making" or (kind == "decision") != (verb == "decide"):
            return "step_kind"
        if self.finished(code):
            return "step_done"
        if code not in {step.code for step in self.open_branches()}:
            return "step_not_open"
        if verb == "decide" and words["outcome"] == "approve":
            objected = [e for e in self.entries if e.what == "review" and e.words["outcome"] == "object"]
            return "review_objected" if objected else ""
        if verb == "decide" and not words.get("reasons", "").strip():
            return "reasons_missing"
        return ""
