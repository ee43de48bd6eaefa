"""What a virtual county did, counted while it lives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts of cases, but for `acts`: acts of people, and `together`: packages that were filed, of which every member
    is a case. `levels` counts ratings by level.

    `overdue` are cases in which a step or a whole limit ran out; `left` are cases that somebody outside the
    simulation took over; `working_days` is the sum from acceptance to decision.
    """

    acts: int = 0
    drafts: int = 0
    filed: int = 0
    online: int = 0
    together: int = 0
    accepted: int = 0
    deemed: int = 0
    corrected: int = 0
    declined: int = 0
    withdrawn: int = 0
    suspended: int = 0
    extended: int = 0
    decided: int = 0
    refused: int = 0
    delivered: int = 0
    overdue: int = 0
    left: int = 0
    working_days: int = 0
    levels: Counter[int] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """All cases, drafts that were left behind among them."""
        return self.filed + self.drafts

    @property
    def rated(self) -> int:
        """Cases that somebody rated."""
        return sum(self.levels.values())

    @property
    def mean_working_days(self) -> float | None:
        """From acceptance to decision, None while nothing is decided."""
        return self.working_days / self.decided if self.decided else None
