"""The words of package drafts 一件事草案: what is composed and reviewed before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.catalog.terms import ServiceVersion
from onedoor.domain.offices.terms import Principal, Role

from .terms import PackageVersion

PACKAGE_STATE_NAMES: dict[PackageDraftState, str] = {
    PackageDraftState.DRAFTING: "起草中",
    PackageDraftState.REVIEWING: "待审核",
    PackageDraftState.DONE: "已发布",
    PackageDraftState.ABANDONED: "已作废",
}


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes which draft, having seen which `revision` of it, and when."""

    actor: Principal
    code: str
    revision: int
    at: datetime

    @property
    def tenant_id(self) -> int:
        """The county whose package it is."""
        return self.actor.tenant_id

    @property
    def principal(self) -> str:
        """Who acts, as facts have it."""
        return self.actor.key


def keeps(actor: Principal, lead: str) -> bool:
    """Whether somebody keeps the packages that a department leads: an editor of the county or of that department."""
    return any(grant.role is Role.EDITOR and grant.department in (None, lead) for grant in actor.grants)


@dataclass(frozen=True, slots=True)
class PackageDraft:
    """A draft as it stands. `package` is what its document describes, for looking only while there are `problems`;
    `items` are its items in force, by code, and `base` the version in force, if there is one.

    `revision` counts its changes: whoever changes it says which one was seen. `base_number` is the number of the
    version in force when it was begun or handed in, 0 for none. `writers` are the principals who have worked on it.
    `fault` says why it came back from review.
    """

    id: int
    tenant_id: int
    code: str
    state: PackageDraftState
    revision: int
    package: PackageVersion
    problems: tuple[Problem, ...]
    items: Mapping[str, ServiceVersion]
    base: PackageVersion | None
    base_number: int
    reason: str
    fault: str
    author: str
    writers: tuple[str, ...]
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class PackageVersionLine:
    """A version of a package in the list of all of them; in force from `published_at` until `retired_at`."""

    id: UUID
    number: int
    name: str
    published_at: datetime
    published_by: str
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class PackageEvent:
    """Something that happened to a package: a stable `kind`, when, by which principal; further what was changed
    (`what`, as in `events.package_draft_changed`), about which item or question, and the reason given."""

    kind: str
    at: datetime
    principal: str
    number: int = 0
    what: str = ""
    about: str = ""
    reason: str = ""
