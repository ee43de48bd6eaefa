"""What the interface takes and gives of packages, as its OpenAPI document shows it."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from .schemas import LimitOut, Strict


class PackageLine(Schema):
    """A package in a list; `members` counts the items it may call for."""

    code: str
    version: int
    name: str
    plain_name: str
    summary: str
    audience: list[str]
    themes: list[str]
    occasions: list[str]
    lead: str
    lead_name: str
    members: int
    promised_limit: LimitOut | None
    visits: int
    ready: bool


class PackageList(Schema):
    """A page of packages."""

    items: list[PackageLine]
    next_cursor: str | None
    total: int


class OptionOut(Schema):
    """A choice."""

    value: str
    label: str


class QuestionOut(Schema):
    """A question that decides what is needed; asked if `when` (CEL over earlier questions) holds."""

    code: str
    element: str
    label: str
    type: str
    required: bool
    hint: str
    options: list[OptionOut]
    when: str


class MemberOut(Schema):
    """An item of a package; `code` is empty for one that the catalogue lacks. `when` is CEL over the questions."""

    code: str
    name: str
    department_name: str
    optional: bool
    when: str
    why: str
    after: list[str]


class PackageOut(PackageLine):
    """A package in full."""

    keywords: list[str]
    conditions: list[str]
    questions: list[QuestionOut]
    items: list[MemberOut]
    digest: str
    published_at: str | None


class PlanIn(Strict):
    """Answers by the code of the question; as many as there are already."""

    answers: dict[str, Any] = Field(default_factory=dict, max_length=100)


class PlannedItem(Schema):
    """An item that is needed, why, and after which others."""

    code: str
    version: int
    name: str
    department: str
    department_name: str
    why: str
    after: list[str]
    optional: bool
    promised_limit: LimitOut | None
    result: str


class SkippedItem(Schema):
    """An item that is not needed."""

    code: str
    name: str
    why: str


class OpenItem(SkippedItem):
    """An item that may be needed; `questions` are still to be answered."""

    questions: list[str]


class LackingItem(SkippedItem):
    """An item that is needed and cannot be applied for here."""

    department_name: str


class PlaceOut(Schema):
    """Where something stands in an item's own form or list."""

    service: str
    code: str


class PlannedFieldOut(Schema):
    """A question of the merged form. `answer` is what the package's questions have said already."""

    code: str
    element: str
    label: str
    type: str
    required: bool
    when: str
    answer: Any = None
    asked_for: list[str]
    sources: list[PlaceOut]
    why: str


class PlannedMaterialOut(Schema):
    """A material of the merged list. `proved` need not be handed in; `given_by` is an earlier item that issues it."""

    code: str
    name: str
    necessity: str
    when: str
    source: str
    licence_type: str
    form: str
    originals: int
    copies: int
    note: str
    asked_for: list[str]
    sources: list[PlaceOut]
    why: str
    proved: bool
    given_by: str


class FigureOut(Schema):
    """A count for the items one by one and for the package; null where it cannot be told."""

    parts: int | None
    together: int | None
    saved: int | None


class FiguresOut(Schema):
    """What the package spares; `unit` is that of the days."""

    materials: FigureOut
    questions: FigureOut
    steps: FigureOut
    visits: FigureOut
    days: FigureOut
    unit: str


class PlanOut(Schema):
    """Everything that is needed. `form` is the merged form as JSON Schema."""

    package: str
    version: int
    name: str
    answers: dict[str, Any]
    complete: bool
    can_be_filed: bool
    promised_limit: LimitOut | None
    missing: list[QuestionOut]
    items: list[PlannedItem]
    skipped: list[SkippedItem]
    open: list[OpenItem]
    lacking: list[LackingItem]
    form: dict[str, Any]
    fields: list[PlannedFieldOut]
    materials: list[PlannedMaterialOut]
    figures: FiguresOut
