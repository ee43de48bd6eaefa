"""What the interface takes and gives, as its OpenAPI document shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, PlainSerializer

from onedoor.core.instants import format_instant

#: An instant as RFC 3339 with the offset +08:00.
Instant = Annotated[datetime, PlainSerializer(format_instant, return_type=str, when_used="json")]


class Strict(Schema):
    """A document that may hold nothing unknown."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000)


class ApplicantIn(Strict):
    """Who applies."""

    kind: Literal["person", "organization"]
    name: str = Field(max_length=200)
    id_type: Literal["resident_id", "uscc"]
    id_number: str = Field(max_length=40)
    phone: str = Field(max_length=40)


class AgentIn(Strict):
    """Who acts for the applicant (代办人). With `entrustment`, a standing one given to the caller, it tells the rest.

    `until` is the last day (YYYY-MM-DD); `acts` what the agent may do; `notify` whom messages reach.
    """

    name: str = Field("", max_length=120)
    id_number: str = Field("", max_length=40)
    phone: str = Field("", max_length=40)
    capacity: Literal["", "guardian", "entrusted", "staff"] = ""
    until: str = Field("", max_length=10)
    acts: list[Literal["apply", "correct", "withdraw", "receive"]] = Field(default_factory=list, max_length=4)
    notify: list[Literal["principal", "agent"]] = Field(["principal", "agent"], max_length=2)
    entrustment: str = Field("", max_length=36)


class MaterialIn(Strict):
    """A material as handed in; `uploads` are ids given by POST /uploads."""

    code: str = Field(max_length=40)
    provided: Literal["upload", "original", "licence", "data", "deferred"]
    uploads: list[UUID] = Field(default_factory=list, max_length=20)


class CaseIn(Strict):
    """A filing, for a service or for a package. With `draft` it is only kept.

    For a package, `answers` are those to its questions; `form` and `materials` are those of the plan they make.
    """

    service: str = Field("", max_length=64)
    package: str = Field("", max_length=64)
    applicant: ApplicantIn
    agent: AgentIn | None = None
    channel: Literal["window", "web", "mobile", "kiosk", "agent"]
    form: dict[str, Any] = Field(default_factory=dict, max_length=200)
    materials: list[MaterialIn] = Field(default_factory=list, max_length=100)
    answers: dict[str, Any] = Field(default_factory=dict, max_length=100)
    draft: bool = False


class CaseAnswer(Schema):
    """A case after an act. `due_at` is the limit now running, null when none runs."""

    number: str
    state: str
    state_name: str
    seq: int
    due_at: Instant | None = None


class MemberOut(Schema):
    """A member of a package that was filed. `number` and `stage` are null while it waits for the services in `after`;
    `due_at` is told to whoever may open its case."""

    service: str
    service_name: str
    department: str
    number: str | None
    state: str
    state_name: str
    stage: str | None
    after: list[str]
    due_at: Instant | None = None


class MemberResultOut(Schema):
    """What came of an act on one member; `refused` says why it was not done, null if it was."""

    service_name: str
    number: str
    state_name: str
    refused: str | None


class BundleAnswer(CaseAnswer):
    """A package after an act; `results` has a line for every member that was acted on."""

    members: list[MemberOut]
    results: list[MemberResultOut]


class CaseCreated(CaseAnswer):
    """A new case; the query code is told here and on the receipt only.

    `members` are there for a package alone: all that was filed, the query code opens each of them.
    """

    query_code: str
    members: list[MemberOut] | None = None


class UploadOut(Schema):
    """A stored file."""

    id: UUID
    sm3: str
    size: int
    media_type: str


class ProblemItem(Schema):
    """One faulty place."""

    pointer: str
    code: str
    detail: str


class ProblemOut(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemItem]


class LimitOut(Schema):
    """A time limit; `unit` is working, calendar, hours or working-hours."""

    amount: int
    unit: str


class ServiceLine(Schema):
    """A service in a list."""

    code: str
    version: int
    name: str
    plain_name: str
    type: str
    department: str
    department_name: str
    audience: list[str]
    themes: list[str]
    case_kind: str
    promised_limit: LimitOut
    visits: int
    ready: bool


class ServiceList(Schema):
    """A page of services."""

    items: list[ServiceLine]
    next_cursor: str | None
    total: int


class PackageOf(Schema):
    """The package a case was filed with: the number of the whole, the package's code and name."""

    number: str
    code: str
    name: str


class CaseLineOut(Schema):
    """A case in a list; names are masked. `days_left` counts working days, negative when late."""

    number: str
    service: str
    service_name: str
    applicant: str
    state: str
    state_name: str
    due_at: Instant | None
    days_left: int | None
    lamp: str
    created_at: Instant
    package: PackageOf | None = None


class CaseList(Schema):
    """A page of cases."""

    items: list[CaseLineOut]
    next_cursor: str | None


class FactOut(Schema):
    """A fact of the journal. `details` are what people may read; hashes prove that nothing was changed."""

    seq: int
    kind: str
    name: str
    who: str
    effective_at: Instant
    recorded_at: Instant
    details: dict[str, str]
    hash: str


class FactList(Schema):
    """The journal of a case, oldest first."""

    items: list[FactOut]
    next_cursor: str | None = None


class DayOut(Schema):
    """A day of a limit: counted, weekend, holiday, make_up or paused."""

    date: str
    status: str


class ClockOut(Schema):
    """A limit that runs or ran; `extended` are the working days that were added to it."""

    code: str
    name: str
    started_at: Instant
    limit: LimitOut
    extended: int
    due_at: Instant | None
    provisional: bool
    ended_at: Instant | None
    late: bool
    calendar_version: int
    days: list[DayOut]


class DeadlineOut(Schema):
    """The deadline explained: the limit now running, and every limit that ever ran."""

    number: str
    due_at: Instant | None
    running: str | None
    clocks: list[ClockOut]


class PaperOut(Schema):
    """A document issued in a case."""

    id: UUID
    kind: str
    title: str
    document_number: str
    organ: str
    verify_code: str
    created_at: Instant
    sm3: str


class PaperList(Schema):
    """The documents of a case."""

    items: list[PaperOut]
    next_cursor: str | None = None


class VerifiedOut(Schema):
    """What anyone may learn of a paper by its code; the holder is masked."""

    kind: str
    title: str
    document_number: str
    organ: str
    holder: str
    issued_on: str
    valid_until: str | None
    state: str
    sm3: str


class MeasureOut(Schema):
    """Counts of one group; the rate is a share of 1, null without decisions."""

    key: str
    received: int
    accepted: int
    decided: int
    approved: int
    on_time: int
    on_time_rate: float | None


class MetricsOut(Schema):
    """Counts and rates of a period."""

    since: str = Field(alias="from")
    until: str = Field(alias="to")
    by: str
    definitions: dict[str, str]
    items: list[MeasureOut]
