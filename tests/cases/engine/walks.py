"""Random lives of a case: a procedure, limits, and commands at random times across holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from onedoor.domain.cases.engine.clocks import Limits
from onedoor.domain.cases.engine.lifecycle import LIFECYCLE
from onedoor.domain.cases.engine.terms import Command
from onedoor.domain.catalog.terms import Procedure
from tests.factories.procedures import drawn_limits, drawn_procedure, drawn_skips

#: Sequences begin around National Day, the year's end, the Spring Festival and in a year without notice.
BEGINNINGS = (
    datetime(2026, 9, 16, 1, 0, tzinfo=UTC),
    datetime(2025, 12, 20, 8, 0, tzinfo=UTC),
    datetime(2026, 2, 1, 15, 59, tzinfo=UTC),
    datetime(2027, 4, 20, 3, 0, tzinfo=UTC),
)
VERBS = tuple(LIFECYCLE)
SPECIAL = (
    "hearing",
    "tender",
    "auction",
    "inspection",
    "testing",
    "quarantine",
    "appraisal",
    "expert_review",
)
LIKELY = {
    "new": ("submit", "submit", "save_draft"),
    "draft": ("submit", "submit", "save_draft", "withdraw"),
    "submitted": ("accept", "accept", "accept", "notify_correction", "decline"),
    "correcting": ("correct", "correct", "correct", "withdraw", "decline"),
    "accepted": ("review", "review", "review", "review", "decide", "decide", "suspend", "extend"),
    "suspended": ("resume", "resume", "resume", "withdraw"),
    "approved": ("issue", "deliver"),
    "refused": ("deliver",),
    "issued": ("deliver",),
    "delivered": ("rate",),
    "declined": ("rate",),
}
_TARGETS = ("material:m1", "material:m2", "field:a")


@dataclass
class Walk:
    """One random life. `next` gives commands that often fit the stage and sometimes do not."""

    draw: Random
    graph: Procedure = field(init=False)
    limits: Limits = field(init=False)
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.graph, self.limits = drawn_procedure(self.draw), drawn_limits(self.draw)
        self.at = self.draw.choice(BEGINNINGS) + timedelta(seconds=self.draw.randrange(40 * 86_400))

    def events(self) -> int:
        """How many things happen, at most 40."""
        return self.draw.randint(1, 40)

    def later(self) -> datetime:
        """The next instant: moments, hours or days on, now and then a clock that was set back."""
        kind = self.draw.random()
        if kind < 0.35:
            step = timedelta(seconds=self.draw.randrange(60))
        elif kind < 0.65:
            step = timedelta(hours=self.draw.randrange(1, 30))
        elif kind < 0.95:
            step = timedelta(seconds=self.draw.randrange(12 * 86_400))
        else:
            step = -timedelta(seconds=self.draw.randrange(3 * 86_400))
        self.at += step
        return self.at

    def next(self, stage: str) -> Command:
        """A command, likely or not."""
        verb = self.draw.choice(LIKELY.get(stage, VERBS) if self.draw.random() < 0.85 else VERBS)
        return Command(verb, self.payload(verb), self.step_for(verb))

    def step_for(self, verb: str) -> str:
        row = LIFECYCLE[verb]
        if not row.at_step or self.draw.random() < 0.05:
            return ""
        codes = [step.code for step in self.graph.steps]
        if verb == "decide" and self.draw.random() < 0.7:
            return "decide"
        return "nowhere" if self.draw.random() < 0.03 else self.draw.choice(codes)

    def payload(self, verb: str) -> dict[str, Any]:
        """A payload as the schema takes it; the law may still refuse it."""
        draw = self.draw
        match verb:
            case "submit" | "correct" | "save_draft":
                return {"skipped": drawn_skips(draw, self.graph)}
            case "notify_correction":
                targets = draw.choices(_TARGETS, k=draw.randint(1, 3))
                told = {"items": [{"target": target, "reason": "缺", "mend": "补"} for target in targets]}
                return told | ({"days": draw.randint(1, 20)} if draw.random() < 0.7 else {})
            case "review":
                return {"outcome": "object" if draw.random() < 0.1 else "pass", "opinion": "已核"}
            case "suspend":
                return {"kind": draw.choice(SPECIAL), "days": draw.randint(1, 40), "reason": "送检"}
            case "resume":
                return {"result": "合格"}
            case "extend":
                return {"days": draw.randint(1, 10), "reasons": "情况复杂"}
            case "decide":
                return draw.choice(
                    ({"outcome": "approve"}, {"outcome": "refuse", "reasons": "不符"}, {"outcome": "refuse"})
                )
            case "deliver":
                return draw.choice(
                    (
                        {"method": "window"},
                        {"method": "courier"},
                        {"method": "courier", "courier_number": "1"},
                    )
                )
            case "rate":
                return {"level": draw.randint(1, 5)}
        return {}


def candidates(verb: str) -> Iterator[dict[str, Any]]:
    """Payloads of which one is taken wherever the verb can be done at all."""
    match verb:
        case "notify_correction":
            yield {"items": [{"target": "material:m1", "reason": "缺", "mend": "补"}]}
        case "review":
            yield {"outcome": "pass", "opinion": "已核"}
        case "suspend":
            yield {"kind": "hearing", "days": 5, "reason": "听证"}
        case "resume":
            yield {"result": "合格"}
        case "extend":
            yield {"days": 10, "reasons": "情况复杂"}
        case "decide":
            yield {"outcome": "refuse", "reasons": "不符"}
        case "deliver":
            yield {"method": "window"}
        case "rate":
            yield {"level": 5}
        case _:
            yield {}
