"""The words of packages 一件事: a published package version, and the plan that answers make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from onedoor.domain.catalog.terms import Field, LimitTerm, Material, Section, ServiceVersion


@dataclass(frozen=True, slots=True)
class PackageMember:
    """联办事项: an item of a package.

    `service` is the item's code; it is "" only in a package that is not ready, where nothing but the `name` of an
    item is known that the county's catalogue lacks. `when` is a CEL condition over the package's questions, "" for
    always; `why` says in a sentence whom it concerns. `after` names the members that must be done before.
    """

    service: str
    name: str = ""
    department_name: str = ""
    optional: bool = False
    when: str = ""
    why: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageVersion:
    """一件事: one immutable version of a package.

    `questions` are asked before anything else and decide which members are needed. One that is bound to the data
    element of a form's field answers that field too. `visits` and `promised_limit` are what the county promises for
    the package as a whole; without a promise the members' own limits hold.
    """

    id: UUID
    tenant_id: int
    code: str
    number: int
    name: str
    plain_name: str
    summary: str
    audience: tuple[str, ...]  # person, organization
    themes: tuple[str, ...]
    occasions: tuple[str, ...]  # life events 人生大事 and stages of a business, in words
    lead: str  # department code 牵头部门
    lead_name: str
    questions: tuple[Field, ...]
    members: tuple[PackageMember, ...]
    promised_limit: LimitTerm | None = None
    visits: int = 1
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    ready: bool = True  # False: listed and planned as far as known, but not yet open for filing
    published_at: datetime | None = None
    digest: bytes = field(default=b"")


@dataclass(frozen=True, slots=True)
class PackageCard:
    """What a list shows of a package in force."""

    id: UUID
    code: str
    number: int
    name: str
    plain_name: str
    summary: str
    audience: tuple[str, ...]
    themes: tuple[str, ...]
    occasions: tuple[str, ...]
    lead: str
    lead_name: str
    members: int
    promised_limit: LimitTerm | None
    visits: int
    ready: bool


@dataclass(frozen=True, slots=True)
class PackagePage:
    """A part of a list. `next_cursor` is opaque, None on the last page; `total` counts the whole list."""

    items: tuple[PackageCard, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class PlannedMember:
    """An item that these answers call for. `after` names only planned members; a skipped one is passed through."""

    service: ServiceVersion
    why: str
    after: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SkippedMember:
    """An item that these answers do not call for."""

    code: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenMember:
    """An item of which the plan cannot say yet whether it is needed: the `questions` (codes) have no answer."""

    code: str
    name: str
    why: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LackingMember:
    """An item that is needed and that the catalogue does not offer: not listed, withdrawn, or not yet ready.

    `code` is "" for one that is known by name only; `why` says what is wrong with it.
    """

    code: str
    name: str
    department_name: str
    why: str


@dataclass(frozen=True, slots=True)
class PlannedField:
    """A question of the merged form.

    `field.code` is the code in the merged form and stays the same whatever the answers; its `when` speaks of codes
    of the merged form. `sources` are (service code, field code) in the members' own forms, `asked_for` the services
    among them. `answer` is what the package's questions have answered already, None if nothing.
    """

    field: Field
    asked_for: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    answer: Any = None


@dataclass(frozen=True, slots=True)
class PlannedMaterial:
    """A material of the merged list; handed in once, for all members that ask for it.

    `material.code` is the code in the merged list; `sources` are (service code, material code) in the members' own
    lists. `proved` tells that nobody has to hand it in 免提交; `given_by` is the service among the earlier members
    that issues it, "" if none does. Its `when` speaks of codes of the merged form.
    """

    material: Material
    asked_for: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    why: str
    proved: bool = False
    given_by: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A count for the members one by one, and for the package; None where it cannot be told."""

    parts: int | None
    together: int | None

    @property
    def saved(self) -> int | None:
        """How many fewer the package has."""
        if self.parts is None or self.together is None:
            return None
        return self.parts - self.together


@dataclass(frozen=True, slots=True)
class Figures:
    """What the package spares 减材料、减环节、减跑动、减时限, against the sum of its members.

    `steps` counts filing, the procedure's steps and collection; surveys of several members are one. `days` are
    working days, or calendar days if every limit is one (`unit`); None where the units differ.
    """

    materials: Figure
    questions: Figure
    steps: Figure
    visits: Figure
    days: Figure
    unit: str = "working"


@dataclass(frozen=True, slots=True)
class Plan:
    """一次告知: everything that a package needs, given the answers to its questions.

    Members are in an order in which each comes after those it depends on. `missing` are questions that have no answer
    yet; until they do, `open` members may still be added. `answers` are the answers as they were understood.
    """

    package: PackageVersion
    answers: Mapping[str, Any]
    members: tuple[PlannedMember, ...]
    skipped: tuple[SkippedMember, ...]
    open: tuple[OpenMember, ...]
    lacking: tuple[LackingMember, ...]
    fields: tuple[PlannedField, ...]
    sections: tuple[Section, ...]
    materials: tuple[PlannedMaterial, ...]
    missing: tuple[Field, ...]
    figures: Figures

    @property
    def code(self) -> str:
        """The package's code."""
        return self.package.code

    @property
    def number(self) -> int:
        """The number of the package's version."""
        return self.package.number

    @property
    def complete(self) -> bool:
        """Whether every question is answered, so that the plan is final."""
        return not self.missing

    @property
    def can_be_filed(self) -> bool:
        """Whether cases may be made of it: it is final, and every member it calls for can be applied for."""
        return self.complete and self.package.ready and bool(self.members) and not self.lacking
