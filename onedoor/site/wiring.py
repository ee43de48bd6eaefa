"""Who reacts to facts, what runs by itself, and what remembers the heads of streams: the rooms, wired together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from django.conf import settings

from onedoor.domain.cases import followers as case_followers
from onedoor.domain.cases import queries as case_queries
from onedoor.domain.cases import tasks as case_tasks
from onedoor.domain.catalog import tasks as catalog
from onedoor.domain.journal import tasks as journal
from onedoor.domain.journal.terms import Fact, HeadSource
from onedoor.domain.notices import tasks as notices
from onedoor.domain.offices import actions as offices
from onedoor.domain.papers import tasks as papers
from onedoor.simulation import presence
from onedoor.site.beside import Beside
from onedoor.site.nightly import Nightly


class Reaction(Protocol):
    """What a follower does with one fact; it may see the same fact again."""

    def __call__(self, fact: Fact, *, at: datetime) -> None: ...


#: Follower → reaction. The name keeps its place in the journal: renaming one makes it begin anew.
FOLLOWERS: Final[Mapping[str, Reaction]] = {
    "cases.bundles": case_followers.learn_of_members,
    "cases.papers": case_followers.issue_papers,
    "cases.messages": case_followers.tell_applicant,
}


@dataclass(frozen=True, slots=True)
class Job:
    """Something the worker does every `every` seconds. `run` says how much it did; it runs again at once while
    that is `full` or more. What `run` only begins in a process beside is done by `here`."""

    name: str
    every: float
    run: Callable[[datetime], int]
    full: int = 1
    here: Callable[[datetime], int] | None = None


def _follow(name: str, reaction: Reaction, at: datetime) -> int:
    return journal.follow(name, partial(reaction, at=at), at=at)


def _sweep(at: datetime) -> int:
    """Time takes effect by the real clock, but not while a virtual county lives in its own."""
    return 0 if presence.is_living() else case_tasks.sweep(at=at)


def _anchor(at: datetime) -> int:
    journal.anchor(at)
    return 0


def _render_outstanding(at: datetime) -> int:
    papers.render_outstanding()
    return 0


def _tidy(at: datetime) -> int:
    offices.tidy(at=at)
    return 0


def _carry(at: datetime) -> int:
    """Short messages go out if the county has a gateway for them."""
    url = settings.ONEDOOR_SMS_URL
    return notices.carry(notices.webhook(url, settings.ONEDOOR_SMS_TOKEN_FILE), at=at) if url else 0


def jobs() -> list[Job]:
    """Everything the worker does, most urgent first."""
    return [
        Job("journal.sequence", 0.2, lambda at: journal.sequence(), full=1000),
        *(
            Job(f"follow.{name}", 0.3, partial(_follow, name, reaction), full=100)
            for name, reaction in FOLLOWERS.items()
        ),
        Job("notices.carry", 1, _carry, full=50),
        Job("cases.sweep", 5, _sweep, full=500),
        Job("cases.calendar", 60, lambda at: case_tasks.catch_up_with_calendar(at=at), full=2000),
        Job("cases.drafts", 3600, lambda at: case_tasks.discard_drafts(at=at), full=500),
        Job("journal.anchor", 60, _anchor),
        Job("offices.tidy", 600, _tidy),
        Job("catalog.drafts", 30, catalog.apply_drafts, full=50),
        Job(
            "catalog.batches",
            1,
            Beside("catalog.batches", catalog.batches_wait).look,
            here=catalog.work_batches,
        ),
        Job("catalog.tidy", 3600, catalog.tidy),
        Job("papers.outstanding", 600, _render_outstanding),
        Job("site.nightly", 30, Nightly().look),
    ]


#: Every projection that remembers heads, for `onedoor journal verify`.
HEADS: Final[tuple[HeadSource, ...]] = (case_queries.heads,)
